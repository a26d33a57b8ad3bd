"""The Rounds page: start a round, watch it, see what the labels bought."""

from __future__ import annotations

from html import escape

import gradio as gr

from activelearn.learners import LEARNERS
from ui import plots
from ui.i18n import STRINGS, named, text
from ui.outlook import sentences
from ui.rounds import took
from ui.web.frame import T, both
from ui.web.guide import next_step
from ui.web.intake_panel import table
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.site import Site, guarded, language
from ui.web.tune_panel import TunePanel
from ui.words.reported import reported
from workbench.jobs import ACTIVE
from workbench.outlook import Outlook, outlook
from workbench.status import status as status_of

COLUMNS = ("number", "labels", "accuracy", "by", "chosen_by", "queue")


class RoundsPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple:
        """Next step, the rounds so far, and the three figures."""
        spoken, found = language(request), status_of(self.site.project)
        measured = [row for row in found["rounds"] if row["confusion"]]
        last = measured[-1] if measured else {}
        matrix, classes = last.get("confusion"), last.get("classes") or found["labels"]
        running = any(
            job.kind == "round" and job.state in ACTIVE for job in self.site.jobs.recent()
        )
        return (
            next_step(self.site, "rounds", found, spoken),
            history(found["rounds"], spoken, running),
            plots.learning_curve(found["rounds"], spoken),
            gr.update(visible=matrix is not None),
            plots.confusion_matrix(matrix, classes, spoken),
            plots.label_distribution(found["label_counts"], spoken),
            expected(outlook(self.site.project), spoken),
        )

    @guarded
    def defaults(self) -> tuple[str, int, str]:
        """What ``workbench.toml`` says a round is."""
        chosen = self.site.project.settings.round
        return chosen.strategy, chosen.batch, chosen.learner

    @guarded
    def start(self, strategy: str, batch: float, learner: str, request: gr.Request) -> None:
        """Queues a round."""
        params = {"strategy": strategy, "batch": int(batch or 0) or None, "learner": learner}
        params = {name: one for name, one in params.items() if one}
        queue_job(self.site, "round", params, request)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    from activelearn.strategies import STRATEGIES

    page = RoundsPage(site)
    step = gr.HTML(elem_classes="wb-step")
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            gr.HTML(f"<h2>{both('rounds.title')}</h2>")
            choices = [(strategy_words(name), name) for name in STRATEGIES]
            strategy = gr.Dropdown(choices, label=T("rounds.strategy"))
            batch = gr.Number(label=T("rounds.batch"), precision=0, minimum=1)
            learner = gr.Radio([(T(f"rounds.{name}"), name) for name in LEARNERS],
                               label=T("rounds.learner"))  # fmt: skip
            start = gr.Button(T("rounds.start"), variant="primary")
            panel = JobPanel(site, ("round", "tune"))
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            curve = gr.Plot(show_label=False, container=False, elem_classes="wb-plot")
    ahead = gr.HTML(elem_classes="wb-panel")
    search = TunePanel(site)
    rounds = gr.HTML(elem_classes="wb-panel")
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320, elem_classes="wb-panel") as confusion:
            matrix = gr.Plot(show_label=False, container=False, elem_classes="wb-plot")
        with gr.Column(min_width=320, elem_classes="wb-panel"):
            counts = gr.Plot(show_label=False, container=False, elem_classes="wb-plot wb-bars")
    demo.load(page.defaults, None, [strategy, batch, learner], show_progress="hidden")
    panel.on_load(demo, page.overview, [step, rounds, curve, confusion, matrix, counts, ahead])
    panel.on_start(start, page.start, [strategy, batch, learner])
    search.wire(demo, panel)


def strategy_words(name: str) -> object:
    """What a list shows for a strategy, in the reader's language."""
    key = f"strategy.{name}"
    return T(key) if key in STRINGS else name


def expected(found: Outlook, spoken: str) -> str:
    """What more labels would buy, as HTML."""
    listed = "".join(f"<li>{escape(one)}</li>" for one in sentences(found, spoken))
    note = text(spoken, "outlook.note") if found.forecasts else ""
    return (
        f'<h2>{text(spoken, "outlook.title")}</h2><ul>{listed}</ul><p class="wb-quiet">{note}</p>'
    )


def history(rounds: list[dict], spoken: str, running: bool = False) -> str:
    """The rounds as a table, newest first; ``running`` when the last one is at work."""
    if not rounds:
        return f'<p class="wb-quiet">{text(spoken, "rounds.none")}</p>'
    reason = next((row["reason"] for row in reversed(rounds) if row["reason"]), "")
    why = (
        f'<p class="wb-quiet">{text(spoken, "rounds.why")}: {escape(reported(spoken, reason))}</p>'
        if reason
        else ""
    )
    times = next((took(row, spoken) for row in reversed(rounds) if row["seconds"]), "")
    if times:
        why += f'<p class="wb-quiet">{escape(times)}</p>'
    head = [text(spoken, f"rounds.{name}") for name in COLUMNS]
    rows = [_round(row, spoken, running and row is rounds[-1]) for row in reversed(rounds)]
    return f"<h2>{text(spoken, 'rounds.list')}</h2>{why}{table(head, rows, 'wb-stacked')}"


def _round(row: dict, spoken: str, running: bool) -> list[str]:
    accuracy = text(spoken, "stat.unmeasured")
    if row["accuracy"] is not None:
        accuracy = f"{row['accuracy']:.1%} <small>{row['low']:.1%} – {row['high']:.1%}</small>"
    if row["state"] != "done":
        queue = text(spoken, "rounds.running" if running else "rounds.cut")
    elif row["view_url"]:
        url = escape(row["view_url"])
        queue = f'<a href="{url}" target="_blank" rel="noopener">Label Studio ↗</a>'
    else:
        queue = ""
    learner = named(spoken, "rounds.learner", row["learner"]) if row["learner"] else ""
    strategy = named(spoken, "strategy", row["strategy"]) if row["strategy"] else ""
    version = f"<small>{escape(row['model_version'])}</small>" if row["model_version"] else ""
    return [
        str(row["number"]),
        f"{row['labels']:,}" if row["learner"] else "",
        accuracy,
        f"{escape(learner)} {version}",
        escape(strategy),
        queue,
    ]
