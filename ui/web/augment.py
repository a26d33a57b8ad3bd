"""The Augment page: what a recipe makes of the texts, and whether it helps."""

from __future__ import annotations

from html import escape

import gradio as gr

from activelearn.learners import LEARNERS
from ui.i18n import STRINGS, named, text
from ui.web.frame import T, both
from ui.web.guide import FEWEST_FOR_TRIAL, next_step
from ui.web.intake_panel import table
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.site import Site, guarded, language, person
from workbench.status import status as status_of
from workbench.workflows.trial import augment_preview, use_recipe

TAGS = {"removed": "del", "added": "ins"}
SHOWN = 5
COLUMNS = ("recipe", "without", "with", "difference", "verdict")


class AugmentPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, recipe: str, request: gr.Request) -> tuple:
        """Next step, the trials so far, and which buttons make sense."""
        spoken, project = language(request), self.site.project
        found = status_of(project)
        trials = dict(project.store.fact("trials", {}))
        used = found["recipe"]
        won = bool(trials.get(recipe, {}).get("use"))
        name = named(spoken, "recipe", recipe)
        return (
            next_step(self.site, "augment", found, spoken),
            verdicts(trials, used, spoken),
            gr.update(interactive=found["labelled"] >= FEWEST_FOR_TRIAL),
            gr.update(
                value=text(spoken, "augment.use", recipe=name),
                visible=used != recipe,
                interactive=won,
            ),
            gr.update(visible=bool(used)),
        )

    @guarded
    def preview(self, recipe: str, seed: int, request: gr.Request) -> str:
        """Texts with what the recipe makes of them; the same seed gives the same texts."""
        spoken, project = language(request), self.site.project
        hint = f'<p class="wb-quiet">{_hint(recipe, spoken)}</p>'
        if not status_of(project)["labelled"]:
            return hint
        rows = augment_preview(project, recipe, SHOWN, seed)
        changed = [row for row in rows if row["before"] != row["after"]]
        if not changed:
            return f'{hint}<p class="wb-quiet">{text(spoken, "augment.nothing_made")}</p>'
        drawn = (
            f'<div class="wb-diff"><span class="wb-tag">{escape(row["label"])}</span>'
            f"<p>{diff_html(row['diff'])}</p></div>"
            for row in changed
        )
        return hint + "".join(drawn)

    @guarded
    def trial(self, recipe: str, learner: str, request: gr.Request) -> None:
        """Queues a trial."""
        queue_job(self.site, "trial", {"recipe": recipe, "learner": learner}, request)

    @guarded
    def use(self, recipe: str, request: gr.Request) -> tuple:
        """Switches the recipe on, if it has won its trial."""
        use_recipe(self.site.project, recipe, person(request))
        spoken = language(request)
        gr.Info(text(spoken, "augment.now_used", recipe=named(spoken, "recipe", recipe)))
        return self.overview(recipe, request)

    @guarded
    def stop(self, recipe: str, request: gr.Request) -> tuple:
        """Switches augmentation off."""
        use_recipe(self.site.project, "", person(request))
        gr.Info(text(language(request), "augment.now_none"))
        return self.overview(recipe, request)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    from augment.recipes import RECIPES

    page = AugmentPage(site)
    step = gr.HTML(elem_classes="wb-step")
    choices = [(T(f"recipe.{n}") if f"recipe.{n}" in STRINGS else n, n) for n in RECIPES]
    seed = gr.State(0)
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            recipe = gr.Radio(choices, value=next(iter(RECIPES)), label=T("augment.recipe"))
            learner = gr.Radio([(T(f"rounds.{name}"), name) for name in LEARNERS],
                               value="head", label=T("rounds.learner"))  # fmt: skip
            run = gr.Button(T("augment.trial"), variant="primary")
            panel = JobPanel(site, ("trial",))
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            gr.HTML(f"<h2>{both('augment.preview_title')}</h2>")
            texts = gr.HTML(min_height=160)
            look = gr.Button(T("augment.preview"), size="sm", elem_classes="wb-small")
    with gr.Column(elem_classes="wb-panel"):
        trials = gr.HTML()
        with gr.Row():
            use = gr.Button(T("augment.trial"), interactive=False, elem_classes="wb-small")
            stop = gr.Button(T("augment.stop"), visible=False, elem_classes="wb-small")
    shown = [step, trials, run, use, stop]
    preview = {"fn": page.preview, "inputs": [recipe, seed], "outputs": texts}
    panel.on_load(demo, page.overview, shown, inputs=[recipe])
    demo.load(**preview, show_progress="minimal")
    recipe.change(**preview, show_progress="minimal")
    recipe.change(page.overview, recipe, shown, show_progress="hidden")
    look.click(lambda last: last + 1, seed, seed).then(**preview, show_progress="minimal")
    panel.on_start(run, page.trial, [recipe, learner])
    use.click(page.use, recipe, shown)
    stop.click(page.stop, recipe, shown)


def diff_html(parts: list[tuple[str, str]]) -> str:
    """A word diff as HTML: what is gone struck through, what is new marked."""
    shown = []
    for piece, state in parts:
        tag = TAGS.get(state)
        shown.append(f"<{tag}>{escape(piece)}</{tag}>" if tag else escape(piece))
    return "".join(shown)


def verdicts(trials: dict[str, dict], used: str, spoken: str) -> str:
    """The trials as a table."""
    title = f"<h2>{text(spoken, 'augment.trials')}</h2>"
    rule = f'<p class="wb-quiet">{text(spoken, "augment.before_trial")}</p>'
    if not trials:
        return f'{title}<p class="wb-quiet">{text(spoken, "augment.no_trials")}</p>{rule}'
    head = [text(spoken, f"augment.{name}") for name in COLUMNS]
    rows = [_trial(name, found, name == used, spoken) for name, found in trials.items()]
    return f"{title}{table(head, rows, 'wb-stacked')}{rule}"


def _trial(name: str, found: dict, used: bool, spoken: str) -> list[str]:
    value, low, high = (100 * part for part in found["difference"])
    mark = f' <span class="wb-tag">{text(spoken, "augment.used")}</span>' if used else ""
    interval = f"{text(spoken, 'augment.interval')} {low:+.1f} … {high:+.1f}"
    return [
        f"{escape(named(spoken, 'recipe', name))}{mark}",
        f"{found['without']:.1%}",
        f"{found['with_']:.1%}",
        f"{value:+.1f} {text(spoken, 'augment.points')} <small>{interval}</small>",
        text(spoken, "augment.helps" if found["use"] else "augment.unproved"),
    ]


def _hint(recipe: str, spoken: str) -> str:
    key = f"augment.hint.{recipe}"
    return text(spoken, key) if key in STRINGS else ""
