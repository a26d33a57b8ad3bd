"""A trial: does a recipe's augmented text help? Paired runs with and without, on the same seeds."""

from __future__ import annotations

import dataclasses

import numpy as np

from activelearn.data import Dataset, Target
from activelearn.progress import part
from workbench import changes, events, items
from workbench.errors import ConfigError, ProjectError
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.targets import show
from workbench.training import check_kind, learner_for, unlabelled

FEWEST = 40
HELD_BACK = 3


def _recipe(recipe: str) -> str:
    from augment.recipes import RECIPES

    if recipe not in RECIPES:
        raise ConfigError(f"no recipe is called {recipe!r}: {', '.join(RECIPES)}")
    return recipe


def augment_preview(project: Project, recipe: str, n: int = 5, seed: int = 0) -> list[dict]:
    """``n`` labelled texts with what the recipe makes of them and the word diff."""
    from augment.diff import word_diff
    from augment.recipes import augment

    data = items.labelled(project, holdout=False)
    if not len(data):
        raise ProjectError("no item is labelled yet: label some, then preview a recipe")
    picked = np.random.default_rng(seed).permutation(len(data))[:n].tolist()
    chosen = data.take(picked)
    try:
        made = augment(chosen.texts, _recipe(recipe), seed=seed, language=_language(project))
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return [
        {
            "before": chosen.texts[child.parent_index],
            "after": child.text,
            "diff": word_diff(chosen.texts[child.parent_index], child.text),
            "label": show(chosen.targets[child.parent_index]),
        }
        for child in made.children
    ]


def run_trial(
    project: Project,
    recipe: str,
    *,
    seeds: int | None = None,
    learner: str | None = None,
    progress: Progress = quiet,
    by: str = events.SYSTEM,
) -> dict:
    """Trains with and without the recipe's children and keeps the verdict.

    Measured on a third of the labelled items that neither run trains on and that has no children;
    the holdout is not touched, so that it stays an honest measure of the model that follows. The
    learner is the one that the next round would use, unless ``learner`` names another.
    """
    from activelearn.folds import fold_numbers
    from augment.recipes import augment_dataset
    from augment.trial import compare

    recipe = _recipe(recipe)
    check_kind(project)
    chosen = project.settings
    data = items.labelled(project, holdout=False)
    if len(data) < FEWEST or len(set(data.targets)) < 2:
        raise ProjectError(
            f"a trial needs at least {FEWEST} labelled items of two classes, there are {len(data)}"
        )
    number = fold_numbers(data, HELD_BACK, chosen.round.seed)
    train = data.take(np.flatnonzero(number != 0).tolist())
    held = data.take(np.flatnonzero(number == 0).tolist())
    pool = unlabelled(project, chosen.round.seed, part(progress, 0.0, 0.1))
    teacher, reason = learner_for(project, train, learner or chosen.round.learner, pool)

    def children(seed: int) -> Dataset:
        return augment_dataset(
            train,
            recipe,
            seed=seed,
            per_text=chosen.augment.per_text,
            language=_language(project),
        )

    def fit_predict(known: Dataset, wanted: Dataset, seed: int, report: Progress) -> list[Target]:
        model = teacher.fit(known, seed=seed, progress=lambda f, m: report(0.9 * f, m))
        probabilities = model.predict_proba(wanted.texts, lambda f, m: report(0.9 + 0.1 * f, m))
        return [known.schema.labels[index] for index in probabilities.argmax(axis=1)]

    try:
        trial = compare(
            train,
            held,
            make_children=children,
            fit_predict=fit_predict,
            seeds=list(range(seeds or chosen.augment.trial_seeds)),
            recipe=recipe,
            progress=part(progress, 0.1, 1.0),
        )
    except ValueError as error:
        raise ConfigError(str(error)) from None
    result = dataclasses.asdict(trial) | {
        "learner": teacher.name,
        "reason": reason,
        "trained_on": len(train),
        "measured_on": len(held),
    }
    trials = dict(project.store.fact("trials", {}))
    project.store.set_fact("trials", trials | {recipe: result})
    events.record(project, by, "trial", recipe=recipe, use=trial.use, measured_on=len(held))
    return result


def use_recipe(project: Project, recipe: str, by: str = events.SYSTEM) -> None:
    """Switches a recipe on for the next rounds (empty: none), if it won its trial."""
    if recipe:
        won = dict(project.store.fact("trials", {})).get(_recipe(recipe), {})
        if not won.get("use"):
            raise ConfigError(
                f"the recipe {recipe} has not won a trial: run `workbench augment {recipe} --trial`"
            )
    changes.change(project, {"augment": {"recipe": recipe}}, by)


def _language(project: Project) -> str:
    return project.settings.project.language
