"""The Replay page: what the strategies would have saved on labels that are there already."""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from activelearn.learners import LEARNERS
from ui import plots
from ui.i18n import text
from ui.replay import about, advised, alike, left_out, table
from ui.web import intake_panel
from ui.web.frame import T, both
from ui.web.guide import next_step
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.rounds import strategy_words
from ui.web.site import Site, guarded, language
from workbench import replays
from workbench.status import status as status_of
from workbench.workflows.labelled import likely_label

ROUNDS, SEEDS = 10, 1


class ReplayPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, chosen: list[int] | None, request: gr.Request) -> tuple:
        """Next step, which replays there are, and those that are compared (else the newest)."""
        spoken, project = language(request), self.site.project
        kept = replays.listed(replays.folder_of(project))
        numbers = [one["number"] for one in kept]
        chosen = [one for one in chosen or [] if one in numbers] or numbers[:1]
        return (
            next_step(self.site, "replay", status_of(project), spoken),
            gr.update(
                choices=[(about(one, spoken), one["number"]) for one in kept],
                value=chosen,
                visible=bool(kept),
            ),
            *self._shown([one for one in kept if one["number"] in chosen], spoken),
        )

    @guarded
    def compare(self, chosen: list[int], request: gr.Request) -> tuple:
        """The curves and the table of some replays."""
        there = replays.listed(replays.folder_of(self.site.project))
        kept = [one for one in there if one["number"] in chosen]
        return self._shown(kept, language(request))

    def _shown(self, kept: list[dict], spoken: str) -> tuple:
        if not kept:
            none = f'<p class="wb-quiet">{text(spoken, "replay.none")}</p>'
            return gr.update(visible=False), none
        said = "".join(
            f"<p><b>{escape(about(one, spoken))}</b><br>{escape(advised(one, spoken))}"
            f"{_quiet(left_out(one['result'], spoken))}{_quiet(alike(one['result'], spoken))}</p>"
            for one in kept
        )
        head, rows = table(kept, spoken)
        note = f'<p class="wb-quiet">{text(spoken, "replay.note")}</p>'
        title = f"<h2>{text(spoken, 'replay.found')}</h2>"
        shown = title + said + intake_panel.table(head, rows, "wb-stacked") + note
        return gr.update(visible=True, value=plots.replays(kept, spoken)), shown

    @guarded
    def columns(self, path: str | None, request: gr.Request) -> tuple:
        """Which columns of a file are taken for the text and the label, and what may be said of it:
        other columns, and a file to measure on."""
        if not path:
            return gr.update(visible=False), gr.skip(), gr.skip(), None
        found = intake_panel.looked_into(self.site.project, path)
        words, *_ = intake_panel.column_choices(found, language(request))
        label = words | {"value": likely_label(Path(path), found.columns)}
        return gr.update(visible=True), words, label, None

    @guarded
    def start(
        self,
        path: str | None,
        text_column: str | None,
        label_column: str | None,
        test: str | None,
        strategies: list[str],
        learners: list[str],
        batch: float | None,
        rounds: float | None,
        seeds: float | None,
        request: gr.Request,
    ) -> None:
        """Queues a replay."""
        asked: dict = {
            "strategies": strategies or ["margin_diverse"],
            "learners": learners or ["auto"],
            "batch": int(batch or 0) or None,
            "rounds": int(rounds or ROUNDS),
            "seeds": int(seeds or SEEDS),
        }
        if path:
            if intake_panel.same_column(text_column, label_column, language(request)):
                return
            asked["columns"] = {"text": text_column, "label": label_column or None}
            files = {"path": path, "test": test} if test else {"path": path}
            for name, file in files.items():
                asked[name] = str(intake_panel.kept_upload(self.site.project, Path(file)))
        queue_job(self.site, "simulate", asked, request)


def _quiet(line: str) -> str:
    return f'<br><span class="wb-quiet">{escape(line)}</span>' if line else ""


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    from activelearn.strategies import STRATEGIES

    page = ReplayPage(site)
    step = gr.HTML(elem_classes="wb-step")
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            gr.HTML(f'<h2>{both("replay.title")}</h2><p class="wb-quiet">{both("replay.hint")}</p>')
            file = gr.File(label=T("replay.file"), type="filepath", height=176,
                           file_types=intake_panel.ENDINGS)  # fmt: skip
            with gr.Column(visible=False) as more:
                with gr.Row():
                    columns = [gr.Dropdown([], label=T(f"import.{name}"), min_width=130)
                               for name in ("text", "label")]  # fmt: skip
                test = gr.File(label=T("replay.test"), type="filepath", height=176,
                               file_types=intake_panel.ENDINGS)  # fmt: skip
            choices = [
                (strategy_words(name), name)
                for name, one in STRATEGIES.items()
                if name != "random" and "answers" not in one.needs
            ]
            strategies = gr.Dropdown(choices, value=["margin_diverse"], multiselect=True,
                                     label=T("replay.strategies"))  # fmt: skip
            learners = gr.CheckboxGroup([(T(f"rounds.{name}"), name) for name in LEARNERS],
                                        value=["auto"], label=T("rounds.learner"))  # fmt: skip
            with gr.Row(elem_classes="wb-numbers"):
                batch = gr.Number(
                    label=T("replay.batch"), value=site.project.settings.round.batch, precision=0,
                    minimum=1, min_width=90,
                )  # fmt: skip
                rounds = gr.Number(label=T("replay.rounds"), value=ROUNDS, precision=0, minimum=1,
                                   maximum=100, min_width=90)  # fmt: skip
                seeds = gr.Number(label=T("replay.seeds"), value=SEEDS, precision=0, minimum=1,
                                  maximum=20, min_width=90)  # fmt: skip
            run = gr.Button(T("replay.start"), variant="primary")
            panel = JobPanel(site, ("simulate",))
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel wb-curves"):
            curve = gr.Plot(show_label=False, container=False, elem_classes="wb-plot")
            chosen = gr.Dropdown([], multiselect=True, visible=False, label=T("replay.compare"))
    found = gr.HTML(elem_classes="wb-panel")
    panel.on_load(demo, page.overview, [step, chosen, curve, found], inputs=[chosen])
    chosen.input(page.compare, chosen, [curve, found], show_progress="hidden")
    file.change(page.columns, file, [more, *columns, test], show_progress="minimal")
    chosen_file = [file, *columns, test]
    panel.on_start(run, page.start, [*chosen_file, strategies, learners, batch, rounds, seeds])
