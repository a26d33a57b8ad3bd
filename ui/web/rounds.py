"""The Rounds page: start a round, watch it, see what the labels bought."""

from __future__ import annotations

from html import escape

import gradio as gr
from matplotlib.figure import Figure

from ui import plots
from ui.i18n import STRINGS, text
from ui.web.frame import T, next_step
from ui.web.jobs_panel import JobPanel
from ui.web.site import Site, guarded, language
from workbench.status import status as status_of

LEARNERS = ("auto", "head", "finetune")


class RoundsPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple[str, str, Figure, Figure, Figure]:
        """Next step, the rounds so far, and the three figures."""
        spoken, found = language(request), status_of(self.site.project)
        measured = [row for row in found["rounds"] if row["confusion"]]
        matrix = measured[-1]["confusion"] if measured else None
        return (
            next_step(self.site, "rounds", found, spoken),
            history(found["rounds"], spoken),
            plots.learning_curve(found["rounds"], spoken),
            plots.confusion_matrix(matrix, found["labels"], spoken),
            plots.label_distribution(found["label_counts"], spoken),
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
        self.site.jobs.submit("round", {name: one for name, one in params.items() if one})
        gr.Info(text(language(request), "rounds.queued"))


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    from activelearn.strategies import STRATEGIES

    page = RoundsPage(site)
    step = gr.HTML(elem_classes="wb-step")
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            named = [(_strategy(name), name) for name in STRATEGIES]
            strategy = gr.Dropdown(named, label=T("rounds.strategy"))
            batch = gr.Number(label=T("rounds.batch"), precision=0, minimum=1)
            learner = gr.Radio([(T(f"rounds.{name}"), name) for name in LEARNERS],
                               label=T("rounds.learner"))  # fmt: skip
            start = gr.Button(T("rounds.start"), variant="primary")
            panel = JobPanel(site, ("round",))
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            curve = gr.Plot(show_label=False, container=False, elem_classes="wb-plot")
    rounds = gr.HTML(elem_classes="wb-panel")
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320, elem_classes="wb-panel"):
            matrix = gr.Plot(show_label=False, container=False, elem_classes="wb-plot")
        with gr.Column(min_width=320, elem_classes="wb-panel"):
            counts = gr.Plot(show_label=False, container=False, elem_classes="wb-plot")
    shown = [step, rounds, curve, matrix, counts]
    demo.load(page.defaults, None, [strategy, batch, learner], show_progress="hidden")
    demo.load(page.overview, None, shown, show_progress="hidden")
    panel.on_end(page.overview, [], shown)
    start.click(page.start, [strategy, batch, learner], None)


def _strategy(name: str) -> object:
    key = f"strategy.{name}"
    return T(key) if key in STRINGS else name


def history(rounds: list[dict], spoken: str) -> str:
    """The rounds as a table, newest first."""
    if not rounds:
        return f'<p class="wb-quiet">{text(spoken, "rounds.none")}</p>'
    names = ("stat.round", "rounds.labels", "rounds.accuracy", "rounds.learner", "rounds.strategy")
    head = "".join(f"<th>{text(spoken, name)}</th>" for name in (*names, "rounds.queue"))
    body = "".join(_round(row, spoken) for row in reversed(rounds))
    reason = next((row["reason"] for row in reversed(rounds) if row["reason"]), "")
    why = (
        f'<p class="wb-quiet">{text(spoken, "rounds.why")}: {escape(reason)}</p>' if reason else ""
    )
    return (
        f"<h2>{text(spoken, 'rounds.list')}</h2>{why}"
        f'<div class="wb-table"><table><tr>{head}</tr>{body}</table></div>'
    )


def _round(row: dict, spoken: str) -> str:
    accuracy = text(spoken, "stat.unmeasured")
    if row["accuracy"] is not None:
        accuracy = f"{row['accuracy']:.1%} <small>{row['low']:.1%} – {row['high']:.1%}</small>"
    view = ""
    if row["view_url"]:
        view = (
            f'<a href="{escape(row["view_url"])}" target="_blank" rel="noopener">Label Studio ↗</a>'
        )
    if row["state"] != "done":
        view = text(spoken, "rounds.cut", step=row["step"] or "–")
    key = f"strategy.{row['strategy']}"
    strategy = text(spoken, key) if key in STRINGS else row["strategy"]
    title = f' title="{text(spoken, "rounds.model")}: {escape(row["model_version"])}"'
    cells = (row["number"], row["labels"], accuracy, escape(row["learner"]), strategy, view)
    return f"<tr{title}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
