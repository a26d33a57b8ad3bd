"""The Augment page: what a recipe makes of the texts, and whether it helps."""

from __future__ import annotations

from html import escape

import gradio as gr

from ui.i18n import STRINGS, text
from ui.web.frame import T, next_step
from ui.web.jobs_panel import JobPanel
from ui.web.site import Site, guarded, language
from workbench.status import status as status_of
from workbench.workflows.trial import augment_preview, use_recipe

TAGS = {"removed": "del", "added": "ins"}


class AugmentPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple[str, str]:
        """Next step and the trials so far."""
        spoken, project = language(request), self.site.project
        found = status_of(project)
        trials = dict(project.store.fact("trials", {}))
        return (
            next_step(self.site, "augment", found, spoken),
            verdicts(trials, found["recipe"], spoken),
        )

    @guarded
    def preview(self, recipe: str, n: float, seed: float, request: gr.Request) -> str:
        """Texts with what the recipe makes of them; the same seed gives the same texts."""
        spoken = language(request)
        rows = augment_preview(self.site.project, recipe, int(n or 5), int(seed or 0))
        changed = [row for row in rows if row["before"] != row["after"]]
        if not changed:
            return f'<p class="wb-quiet">{text(spoken, "augment.nothing_made")}</p>'
        return "".join(
            f'<div class="wb-diff"><span class="wb-tag">{escape(row["label"])}</span>'
            f"<p>{diff_html(row['diff'])}</p></div>"
            for row in changed
        )

    @guarded
    def trial(self, recipe: str, request: gr.Request) -> None:
        """Queues a trial."""
        self.site.jobs.submit("trial", {"recipe": recipe})
        gr.Info(text(language(request), "augment.queued"))

    @guarded
    def use(self, recipe: str, request: gr.Request) -> tuple[str, str]:
        """Switches the recipe on, if it has won its trial."""
        use_recipe(self.site.project, recipe)
        spoken = language(request)
        shown = text(spoken, f"recipe.{recipe}") if f"recipe.{recipe}" in STRINGS else recipe
        gr.Info(text(spoken, "augment.now_used", recipe=shown))
        return self.overview(request)

    @guarded
    def stop(self, request: gr.Request) -> tuple[str, str]:
        """Switches augmentation off."""
        use_recipe(self.site.project, "")
        gr.Info(text(language(request), "augment.now_none"))
        return self.overview(request)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    from augment.recipes import RECIPES

    page = AugmentPage(site)
    step = gr.HTML(elem_classes="wb-step")
    named = [(T(f"recipe.{n}") if f"recipe.{n}" in STRINGS else n, n) for n in RECIPES]
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            recipe = gr.Dropdown(named, value=next(iter(RECIPES)), label=T("augment.recipe"))
            with gr.Row():
                count = gr.Number(5, label=T("augment.n"), precision=0, minimum=1, maximum=50,
                                  min_width=110)  # fmt: skip
                seed = gr.Number(0, label=T("augment.seed"), precision=0, min_width=110)
            look = gr.Button(T("augment.preview"))
            run = gr.Button(T("augment.trial"), variant="primary")
            panel = JobPanel(site, ("trial",))
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            texts = gr.HTML()
    with gr.Column(elem_classes="wb-panel"):
        trials = gr.HTML()
        with gr.Row():
            use = gr.Button(T("augment.use"), min_width=140)
            stop = gr.Button(T("augment.stop"), min_width=140)
    demo.load(page.overview, None, [step, trials], show_progress="hidden")
    panel.on_end(page.overview, [], [step, trials])
    look.click(page.preview, [recipe, count, seed], texts)
    run.click(page.trial, recipe, None)
    use.click(page.use, recipe, [step, trials])
    stop.click(page.stop, None, [step, trials])


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
    if not trials:
        return f'{title}<p class="wb-quiet">{text(spoken, "augment.no_trials")}</p>'
    names = ("recipe", "without", "with", "difference", "verdict")
    head = "".join(f"<th>{text(spoken, f'augment.{name}')}</th>" for name in names)
    rows = "".join(_trial(name, found, name == used, spoken) for name, found in trials.items())
    return f'{title}<div class="wb-table"><table><tr>{head}</tr>{rows}</table></div>'


def _trial(name: str, found: dict, used: bool, spoken: str) -> str:
    value, low, high = found["difference"]
    shown = text(spoken, f"recipe.{name}") if f"recipe.{name}" in STRINGS else name
    mark = f' <span class="wb-tag">{text(spoken, "augment.used")}</span>' if used else ""
    verdict = text(spoken, "augment.helps" if found["use"] else "augment.unproved")
    difference = f"{100 * value:+.1f} <small>{100 * low:+.1f} … {100 * high:+.1f}</small>"
    means = [f"{found[name]:.1%}" for name in ("without", "with_")]
    cells = (f"{escape(shown)}{mark}", *means, difference, verdict)
    title = f' title="{escape(str(found["verdict"]))}"'
    return f"<tr{title}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
