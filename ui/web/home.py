"""The Project page: where the project stands, import, Label Studio."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui.i18n import text
from ui.web import exchange_panel, intake_panel
from ui.web.doctor_panel import DoctorPanel
from ui.web.frame import T
from ui.web.guide import next_step
from ui.web.guideline_panel import GuidelinePanel
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.site import Site, guarded, language
from workbench.status import status as status_of


class ProjectPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple[str, str, str, str]:
        """Next step, the numbers, the way to Label Studio, what the last import left out."""
        spoken, found = language(request), status_of(self.site.project)
        return (
            next_step(self.site, "project", found, spoken),
            numbers(found, spoken),
            exchange_panel.studio(self.site.project, spoken),
            intake_panel.reports(self.site.jobs, spoken),
        )

    @guarded
    def sync(self, request: gr.Request) -> None:
        """Binds a Label Studio project where none is bound yet, then queues a sync."""
        from workbench.bootstrap import bind

        project = self.site.project
        if not project.connected() and project.settings.labelstudio.managed:
            bind(project)
        queue_job(self.site, "sync", {}, request)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = ProjectPage(site)
    step = gr.HTML(elem_classes="wb-step")
    cards = gr.HTML(elem_classes="wb-cards-slot")
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            intake = intake_panel.IntakePanel(site)
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            exchange = exchange_panel.ExchangePanel(site)
            sync = gr.Button(T("project.sync"))
            panel = JobPanel(site, ("import", "sync"))
    exchange.build_question(demo)
    reports = gr.HTML(elem_classes="wb-panel wb-reports")
    with gr.Column(elem_classes="wb-panel"):
        DoctorPanel(site)
    with gr.Column(elem_classes="wb-panel"):
        GuidelinePanel(site, demo)
    intake.wire(panel)
    panel.on_load(demo, page.overview, [step, cards, exchange.html, reports])
    panel.on_start(sync, page.sync)


def numbers(found: dict, spoken: str) -> str:
    """The counts as cards."""
    measured = next((r for r in reversed(found["rounds"]) if r["accuracy"] is not None), None)
    accuracy = (
        (f"{measured['accuracy']:.1%}", f"{measured['low']:.1%} – {measured['high']:.1%}")
        if measured
        else ("–", text(spoken, "stat.unmeasured"))
    )
    cards = [
        ("items", f"{found['items']:,}", ""),
        ("labelled", f"{found['labelled']:,}", ""),
        ("holdout", f"{found['holdout_labelled']:,} <small>/ {found['holdout']:,}</small>", ""),
        ("accuracy", *accuracy),
        ("queue", f"{found['queue_left']:,}", ""),
        ("round", str(found["round"]), ""),
    ]
    if found["waiting_to_send"]:
        cards.append(("waiting", f"{found['waiting_to_send']:,}", ""))
    drawn = (
        f"<div><b>{value}</b><span>{text(spoken, f'stat.{name}')}</span>"
        f"{f'<small>{under}</small>' if under else ''}</div>"
        for name, value, under in cards
    )
    return (
        f'<h2 class="wb-name">{escape(found["name"])}</h2>'
        f'<div class="wb-cards">{"".join(drawn)}</div>'
    )
