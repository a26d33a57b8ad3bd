"""The Audit page: one finding at a time, settled with one key."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui.i18n import text
from ui.web.frame import T, next_step
from ui.web.jobs_panel import JobPanel
from ui.web.keys import hot_keys
from ui.web.site import Site, guarded, language, person
from workbench import findings
from workbench.findings import Finding
from workbench.status import status as status_of
from workbench.targets import show

KEYS = {"k": "wb-keep", "c": "wb-change", "u": "wb-unsure", "z": "wb-undo"}


class AuditPage:
    """The callbacks of the page; each returns step, card, finding id, label choice, buttons."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def first(self, request: gr.Request) -> tuple:
        """The most suspicious open finding."""
        found = findings.ranked(self.site.project, limit=1)
        return self._shown(found[0] if found else None, request)

    @guarded
    def keep(self, number: int | None, request: gr.Request) -> tuple:
        return self._decide(number, "keep", None, request)

    @guarded
    def unsure(self, number: int | None, request: gr.Request) -> tuple:
        return self._decide(number, "unsure", None, request)

    @guarded
    def change(self, number: int | None, label: str | None, request: gr.Request) -> tuple:
        """Changes the label to the one chosen beside the buttons, at first the suggestion."""
        if number is not None and not label:
            gr.Warning(text(language(request), "audit.no_target"))
            return gr.skip()
        return self._decide(number, "change", label, request)

    @guarded
    def undo(self, request: gr.Request) -> tuple:
        """Takes the last decision back and shows that finding again."""
        found = findings.undo(self.site.project, person(request))
        if found is None:
            gr.Info(text(language(request), "audit.nothing"))
            return gr.skip()
        return self._shown(found, request)

    @guarded
    def start(self, request: gr.Request) -> None:
        """Queues an audit."""
        self.site.jobs.submit("audit", {})
        gr.Info(text(language(request), "audit.queued"))

    def _decide(
        self, number: int | None, decision: str, label: str | None, request: gr.Request
    ) -> tuple:
        if number is None:
            return gr.skip()
        findings.decide(self.site.project, number, decision, person(request), label)
        return self.first(request)

    def _shown(self, found: Finding | None, request: gr.Request) -> tuple:
        spoken, project = language(request), self.site.project
        status = status_of(project)
        buttons = [gr.update(interactive=found is not None)] * 3
        step = next_step(self.site, "audit", status, spoken)
        labels = status["labels"]
        if found is None:
            empty = f'<p class="wb-text wb-quiet">{text(spoken, "audit.none")}</p>'
            return (step, f'<article class="wb-item wb-empty">{empty}</article>', None,
                    gr.update(choices=labels, value=None), *buttons)  # fmt: skip
        value = show(found.suggestion) or None
        return (step, card(found, status["findings"], spoken), found.id,
                gr.update(choices=labels, value=value), *buttons)  # fmt: skip


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = AuditPage(site)
    step = gr.HTML(elem_classes="wb-step")
    number = gr.State(None)
    card_slot = gr.HTML(elem_classes="wb-frame", elem_id="wb-finding")
    with gr.Row(elem_classes="wb-decide"):
        keep = gr.Button(T("audit.keep"), elem_id=KEYS["k"], min_width=120)
        change = gr.Button(T("audit.change"), variant="primary", elem_id=KEYS["c"], min_width=120)
        unsure = gr.Button(T("audit.unsure"), elem_id=KEYS["u"], min_width=120)
        undo = gr.Button(T("audit.undo"), elem_id=KEYS["z"], min_width=120)
    with gr.Row(equal_height=False):
        with gr.Column(min_width=280, elem_classes="wb-panel"):
            label = gr.Dropdown([], label=T("audit.to"), elem_id="wb-to")
        with gr.Column(min_width=280, elem_classes="wb-panel"):
            run = gr.Button(T("audit.run"))
            panel = JobPanel(site, ("audit",))
    hot_keys(KEYS)
    shown = [step, card_slot, number, label, keep, change, unsure]
    demo.load(page.first, None, shown, show_progress="hidden")
    panel.on_end(page.first, [], shown)
    keep.click(page.keep, number, shown, show_progress="hidden")
    unsure.click(page.unsure, number, shown, show_progress="hidden")
    change.click(page.change, [number, label], shown, show_progress="hidden")
    undo.click(page.undo, None, shown, show_progress="hidden")
    run.click(page.start, None, None)


def card(found: Finding, counts: dict[str, int], spoken: str) -> str:
    """The finding as HTML."""
    given = escape(show(found.given)) or "–"
    suggestion = escape(show(found.suggestion)) or text(spoken, "audit.no_suggestion")
    done = sum(count for state, count in counts.items() if state != "open")
    left = text(spoken, "audit.left", open=counts.get("open", 0), done=done)
    size = "wb-text wb-long" if len(found.text) > 280 else "wb-text"
    return (
        f'<article class="wb-item" data-finding="{found.id}"><p class="wb-kind">'
        f"{text(spoken, f'audit.kind.{found.kind}')}<span>{left}</span></p>"
        f'<p class="{size}">{escape(found.text)}</p><div class="wb-versus">'
        f"<div><span>{text(spoken, 'audit.given')}</span><b>{given}</b></div><i>→</i>"
        f"<div><span>{text(spoken, 'audit.suggestion')}</span><b>{suggestion}</b></div></div>"
        f'<p class="wb-why">{why(found, spoken)}</p></article>'
    )


def why(found: Finding, spoken: str) -> str:
    """Why the audit raised the finding, as HTML."""
    facts = found.why
    if found.kind == "label":
        shown = {name: f"{facts.get(name, 0.0):.0%}" for name in ("given", "suggested")}
        return text(spoken, "audit.why.label", **shown)
    if found.kind == "conflict":
        label = escape(str(facts.get("other_label", "")))
        other = escape(str(facts.get("other_text", "")))
        return f"{text(spoken, 'audit.why.conflict', label=label)}<q>{other}</q>"
    shown = {name: f"{facts.get(name, 0.0):.2f}" for name in ("distance", "usual")}
    return text(spoken, "audit.why.outlier", **shown)
