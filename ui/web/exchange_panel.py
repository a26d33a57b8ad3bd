"""The Label Studio panel of the Project page: the exchange, and labels that changed over there."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui.i18n import text
from ui.web.frame import T
from ui.web.jobs_panel import duration, queue_job
from ui.web.site import Site, guarded, language, person
from ui.words.reported import reported
from workbench.exchange import conflicts, labels
from workbench.exchange.state import Exchange, state
from workbench.project import Project
from workbench.targets import show

REFRESH_S = 5.0
SHOWN = 5
ASKED = 12
RETIRED = ""


class ExchangePanel:
    """Shows how the exchange stands, by itself every few seconds; asks what became of labels."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.html = gr.HTML()

    def build_question(self, demo: gr.Blocks) -> None:
        """The question about changed labels, to be seen only while there is one."""
        asked = gr.State("")
        with gr.Column(elem_classes="wb-panel", elem_id="wb-labels", visible=False) as box:
            words = gr.HTML()
            choices = [gr.Radio([], visible=False) for _ in range(ASKED)]
            button = gr.Button(T("labels.apply"), variant="primary", elem_id="wb-apply-labels")
        refresh = {
            "fn": self.refresh,
            "inputs": asked,
            "outputs": [self.html, asked, box, words, button, *choices],
            "show_progress": "hidden",
            "queue": False,
        }
        demo.load(**refresh)
        gr.Timer(REFRESH_S).tick(**refresh)
        button.click(self.apply, [asked, *choices], None).then(**refresh)

    @guarded
    def refresh(self, asked: str, request: gr.Request) -> list:
        """How the exchange stands; the question too where it is another one than ``asked``."""
        change, spoken = labels.pending(self.site.project), language(request)
        now = change.xml if change else ""
        drawn = [gr.skip()] * (3 + ASKED) if now == asked else self._question(change, spoken)
        return [studio(self.site.project, spoken), now, *drawn]

    def _question(self, change: labels.Change | None, spoken: str) -> list[dict]:
        """The box, the words, the button, and a choice for each removed label."""
        if change is None:
            return [gr.update(visible=False)] * (3 + ASKED)
        fits = len(change.removed) <= ASKED
        removed = change.removed if fits else []
        choices = [
            gr.update(
                choices=answers(change, spoken),
                value=change.proposed.get(name, RETIRED),
                label=text(spoken, "labels.removed", name=name),
                visible=True,
            )
            for name in removed
        ]
        return [
            gr.update(visible=True),
            gr.update(value=question(change, spoken), visible=True),
            gr.update(visible=not change.problem and fits),
            *choices,
            *[gr.update(visible=False)] * (ASKED - len(removed)),
        ]

    @guarded
    def apply(self, request: gr.Request, seen: str, *said: str) -> None:
        """Applies the change ``seen``; ``said`` is the new name of each removed label, or ""."""
        project, spoken = self.site.project, language(request)
        change = labels.pending(project)
        names = dict(zip(change.removed if change else [], said, strict=False))
        retired = [name for name, new in names.items() if new == RETIRED]
        renamed = {name: new for name, new in names.items() if new != RETIRED}
        labels.apply(project, renamed, retired, by=person(request), seen=seen)
        gr.Info(text(spoken, "labels.applied"))
        queue_job(self.site, "sync", {}, request)


def answers(change: labels.Change, spoken: str) -> list[tuple[str, str]]:
    """What may have become of a removed label: (words, new name or "")."""
    from workbench.labelstudio.labelconfig import parse

    there = parse(change.xml).schema.labels
    names = change.added + [name for name in there if name not in change.added]
    renamed = [(text(spoken, "labels.renamed", name=name), name) for name in names]
    return [*renamed, (text(spoken, "labels.retired"), RETIRED)]


def question(change: labels.Change, spoken: str) -> str:
    """What changed, in words."""
    lines = [f"<h2>{text(spoken, 'labels.title')}</h2>"]
    for key, names in (("labels.added", change.added), ("labels.other", change.other)):
        if names:
            lines.append(f"<p>{escape(text(spoken, key, names=', '.join(names)))}</p>")
    if len(change.removed) > ASKED:
        lines.append(f"<p>{text(spoken, 'labels.more', n=len(change.removed))}</p>")
    if change.problem:
        said = escape(text(spoken, "labels.problem", reason=reported(spoken, change.problem)))
        lines.append(f'<p class="wb-problem">{said}</p>')
    lines.append(f'<p class="wb-quiet">{text(spoken, "labels.ask")}</p>')
    return "".join(lines)


def studio(project: Project, spoken: str) -> str:
    """Link, last exchange, what waits, and what is wrong where something is."""
    parts = ["<h2>Label Studio</h2>"]
    chosen = project.settings.labelstudio
    if project.connected():
        url = escape(f"{chosen.url.rstrip('/')}/projects/{chosen.project_id}/data")
        parts.append(f'<p class="wb-quiet">{text(spoken, "project.studio")}</p>')
        parts.append(
            f'<p><a href="{url}" target="_blank" rel="noopener">'
            f"{text(spoken, 'project.labelstudio')} ↗</a></p>"
        )
    else:
        parts.append(f"<p>{text(spoken, 'project.unbound')}</p>")
    found = state(project)
    parts += [f'<p class="wb-quiet">{line}</p>' for line in standing(found, spoken)]
    if found.error:
        parts.append(f'<p class="wb-problem">{escape(reported(spoken, found.error))}</p>')
    return "".join(parts) + settled(project, found.conflicts, spoken)


def standing(found: Exchange, spoken: str) -> list[str]:
    """The exchange in sentences."""
    lines = []
    if found.ago_s is not None:
        lines.append(text(spoken, "project.synced", time=duration(found.ago_s, spoken)))
    if found.waiting and found.lag_s is not None:
        time = duration(found.lag_s, spoken)
        lines.append(text(spoken, "exchange.waiting", n=found.waiting, time=time))
    elif found.waiting:
        lines.append(text(spoken, "exchange.withdrawn", n=found.waiting))
    if found.unread:
        lines.append(text(spoken, "exchange.unread", n=found.unread))
    if found.ago_s is not None and not (found.waiting or found.unread or found.error):
        lines[-1] += f" {text(spoken, 'exchange.fine')}"
    return lines


def settled(project: Project, count: int, spoken: str) -> str:
    """The newest conflicts, folded away: text, person, both answers, and the rule."""
    if not count:
        return ""
    rows = []
    for one in conflicts.newest(project, SHOWN):
        said = text(
            spoken,
            "exchange.conflict",
            who=f"<b>{escape(one.annotator)}</b>",
            dropped=f"<s>{escape(show(one.dropped))}</s>",
            kept=f"<b>{escape(show(one.kept))}</b>",
            rule=text(spoken, f"exchange.rule.{one.rule}"),
        )
        rows.append(f'<li>{said}<br><span class="wb-quiet">{escape(one.text[:200])}</span></li>')
    title = text(spoken, "exchange.conflicts", n=count)
    listed = f"<summary>{title}</summary><ul>{''.join(rows)}</ul>"
    return f'<details class="wb-conflicts">{listed}</details>'
