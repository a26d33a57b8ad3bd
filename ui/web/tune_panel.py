"""The search for fine-tune settings on the Rounds page."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui.i18n import text
from ui.tuning import line
from ui.web.frame import T, both
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.site import Site, guarded, language, person
from workbench.workflows.tune import FACT, use_tuned

TRIALS = 20


class TunePanel:
    """A number of trials, a button, and what the last search found."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with gr.Column(elem_classes="wb-panel"):
            gr.HTML(f'<h2>{both("tune.title")}</h2><p class="wb-quiet">{both("tune.hint")}</p>')
            with gr.Row(equal_height=False, elem_classes="wb-foot"):
                self.trials = gr.Number(label=T("tune.trials"), value=TRIALS, precision=0,
                                        minimum=2, maximum=500, min_width=140)  # fmt: skip
                self.search = gr.Button(T("tune.start"), elem_classes="wb-small")
                self.use = gr.Button(T("tune.write"), visible=False, elem_classes="wb-small")
            self.found = gr.HTML()

    def wire(self, demo: gr.Blocks, panel: JobPanel) -> None:
        shown = [self.found, self.use]
        demo.load(self.last, None, shown, show_progress="hidden")
        panel.moved.change(self.last, None, shown, show_progress="hidden")
        panel.on_start(self.search, self.start, [self.trials])
        self.use.click(self.write, None, shown)

    @guarded
    def last(self, request: gr.Request) -> tuple[str, dict]:
        """What the last search found."""
        found = self.site.project.store.fact(FACT)
        said = f"<p>{escape(line(found, language(request)))}</p>" if found else ""
        return said, gr.update(visible=bool(found and found["use"]))

    @guarded
    def start(self, trials: float | None, request: gr.Request) -> None:
        """Queues a search."""
        queue_job(self.site, "tune", {"trials": int(trials or TRIALS)}, request)

    @guarded
    def write(self, request: gr.Request) -> tuple[str, dict]:
        """Puts what was found into the settings."""
        use_tuned(self.site.project, person(request))
        gr.Info(text(language(request), "tune.written"))
        return self.last(request)
