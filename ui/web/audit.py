"""The Audit page: one finding at a time, settled with one key."""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from ui.i18n import text
from ui.web.frame import T
from ui.web.guide import next_step
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.site import Site, guarded, language, person
from workbench import findings
from workbench.findings import Finding
from workbench.hotkeys import shown_keys
from workbench.status import status as status_of
from workbench.targets import show

HERE = Path(__file__).parent
COMMANDS = {"keep": "K", "change": "C", "unsure": "U", "undo": "Z"}
LONG_TEXT = 280


class AuditPage:
    """The callbacks of the page; each returns the next step and the card of a finding."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def first(self, request: gr.Request) -> tuple[str, str]:
        """The most suspicious open finding."""
        found = findings.ranked(self.site.project, limit=1)
        return self._shown(found[0] if found else None, request)

    def decided(self, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        """What a key or a button of the card asks for."""
        asked = event._data
        return self.decide(str(asked["do"]), asked.get("finding"), asked.get("label"), request)

    @guarded
    def decide(
        self, decision: str, number: int | None, label: str | None, request: gr.Request
    ) -> tuple[str, str]:
        """Keeps a decision (or takes the last one back) and shows the finding that follows."""
        if decision == "undo":
            back = findings.undo(self.site.project, person(request))
            if back is None:
                gr.Info(text(language(request), "audit.nothing"))
                return gr.skip()
            return self._shown(back, request)
        findings.decide(self.site.project, int(number), decision, person(request), label or None)
        return self.first(request)

    @guarded
    def start(self, request: gr.Request) -> None:
        """Queues an audit."""
        queue_job(self.site, "audit", {}, request)

    def _shown(self, found: Finding | None, request: gr.Request) -> tuple[str, str]:
        spoken, project = language(request), self.site.project
        status = status_of(project)
        step = next_step(self.site, "audit", status, spoken)
        if found is None:
            return step, empty(status["findings"], spoken)
        return step, card(found, status["findings"], shown_keys(project)[0], spoken)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = AuditPage(site)
    step = gr.HTML(elem_classes="wb-step")
    finding = gr.HTML(
        js_on_load=(HERE / "audit.js").read_text("utf-8"),
        elem_id="wb-finding",
        elem_classes="wb-frame",
    )
    with gr.Column(elem_classes="wb-panel wb-narrow"):
        run = gr.Button(T("audit.run"), elem_id="wb-audit-run")
        panel = JobPanel(site, ("audit",))
    shown = [step, finding]
    finding.decided(page.decided, None, shown, show_progress="hidden", trigger_mode="multiple")
    panel.on_load(demo, page.first, shown)
    panel.on_start(run, page.start)


def card(found: Finding, counts: dict[str, int], labels: list[tuple[str, str]], spoken: str) -> str:
    """The finding as HTML, its buttons included; ``labels`` with their keys."""
    given, suggestion = show(found.given), show(found.suggestion)
    done = sum(count for state, count in counts.items() if state != "open")
    left = text(spoken, "audit.left", open=counts.get("open", 0), done=done)
    size = "wb-text wb-long" if len(found.text) > LONG_TEXT else "wb-text"
    versus = _side(spoken, "audit.given", given)
    if suggestion:
        versus += f"<i>→</i>{_side(spoken, 'audit.suggestion', suggestion)}"
    change = button(spoken, "change", suggestion, extra="wb-best") if suggestion else ""
    others = "".join(
        '<button type="button" class="wb-key" data-do="change"'
        f' data-label="{escape(label)}" data-key="{key}">'
        f"{f'<kbd>{key}</kbd>' if key else ''}<span>{_breakable(label)}</span></button>"
        for label, key in labels
        if label not in (given, suggestion)
    )
    return (
        f'<article class="wb-item" data-finding="{found.id}"><p class="wb-kind">'
        f"{text(spoken, f'audit.kind.{found.kind}')}<span>{left}</span></p>"
        f'<p class="{size}">{escape(found.text)}</p><div class="wb-versus">{versus}</div>'
        f'<div class="wb-why">{why(found, spoken)}</div></article>'
        f'<div class="wb-actions wb-decide">{button(spoken, "keep", given)}{change}'
        f"{button(spoken, 'unsure')}{button(spoken, 'undo')}</div>"
        f'<p class="wb-quiet">{text(spoken, "audit.other")}</p>'
        f'<div class="wb-labels">{others}</div><p class="wb-help">{text(spoken, "audit.help")}</p>'
    )


def empty(counts: dict[str, int], spoken: str) -> str:
    """What the page shows when no finding is open."""
    settled = sum(counts.values())
    title = text(spoken, "audit.settled" if settled else "audit.none")
    hint = "" if settled else f'<p class="wb-quiet">{text(spoken, "audit.none_hint")}</p>'
    undo = f'<div class="wb-actions">{button(spoken, "undo")}</div>' if settled else ""
    return f'<article class="wb-item wb-empty"><p class="wb-text">{title}</p>{hint}</article>{undo}'


def button(spoken: str, decision: str, label: str = "", extra: str = "") -> str:
    """One decision as a button with its hot key."""
    key = COMMANDS[decision]
    named = f" <b>{escape(label)}</b>" if label else ""
    sent = f' data-label="{escape(label)}"' if decision == "change" else ""
    return (
        f'<button type="button" class="wb-key {extra}" data-do="{decision}"'
        f' data-key="{key.lower()}"{sent}>'
        f"<kbd>{key}</kbd><span>{text(spoken, f'audit.{decision}')}{named}</span></button>"
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


def _breakable(label: str) -> str:
    return escape(label).replace("_", "_<wbr>")


def _side(spoken: str, key: str, label: str) -> str:
    return f"<div><span>{text(spoken, key)}</span><b>{escape(label) or '–'}</b></div>"
