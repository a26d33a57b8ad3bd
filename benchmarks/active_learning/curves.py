"""Learning curves of all query strategies and of the rivals, on the same data, budgets, seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from activelearn.curves import BASELINE
from activelearn.data import Dataset
from activelearn.strategies import DEFAULT
from benchmarks.active_learning import rivals
from benchmarks.active_learning.promises import (
    OURS,
    TASKS,
    Task,
    coverage,
    default_wins,
    means,
    over_all,
    promises,
    table,
)
from benchmarks.report import Options, Skipped, measure, one_thread, saved, say

NAME = "active_learning.curves"
HEAD_STRATEGIES = (
    "margin_diverse", "margin", "least_confidence", "entropy", "bald", "badge", "contrastive",
    "typiclust", "kmeans", "core_set", BASELINE,
)  # fmt: skip
"""Compared with the head, which takes seconds; the default is the one that does best over all."""

QUICK_STRATEGIES = (DEFAULT, "margin", BASELINE)
SMALL_TEXT = ("breaking_ties", "least_confidence", "contrastive")
RIVALS = {
    "small-text": ("small-text", "small_text_curves.py", "its own", SMALL_TEXT),
    "small-text-ours": ("small-text", "small_text_curves.py", "our", SMALL_TEXT),
    "setfit": ("setfit", "setfit_curves.py", "its own", (BASELINE,)),
}
"""What rivals measure: whose environment, which script, whose settings, which strategies."""


def curves(options: Options) -> dict:
    """Every strategy with the head, the default with the learner that `auto` takes, random beside
    both; small-text at its documented settings and at ours, SetFit on random labels.

    Each part (a data set, what learns on it and how, a seed) takes from minutes to an hour, and is
    a raw result of its own: a run measures the parts that are missing, or those whose names begin
    as ``--parts`` says, and its table is of all that are there. ``--quick``: one seed, no rivals,
    half of the rounds of two strategies and random with the head, three of TREC with `auto`, in as
    many threads as the machine has.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/, trec/, sst2/, chnsenticorp/ in it")
    if options.quick:
        return {"rows": _rows(_quick(options)), "ok": True}
    with one_thread():
        return summary(_parts(options))


def summary(found: dict[str, list[dict]]) -> dict:
    """The tables of what the parts found: data set to curves."""
    curves = {task.name: means(found.get(task.name, [])) for task in TASKS}
    ranked = over_all(curves)
    kept = [row for task in TASKS for row in promises(task, curves[task.name])]
    kept += default_wins(ranked)
    kept += coverage([curve for every in found.values() for curve in every])
    ok = all(row["kept"] == "yes" for row in kept)
    return {"rows": _rows(found), "promises": kept, "ranked": ranked, "ok": ok}


def _rows(found: dict[str, list[dict]]) -> list[dict]:
    return [row for task in TASKS for row in table(task, found.get(task.name, []))]


def kept_parts(seeds: int) -> dict[str, list[dict]]:
    """What the parts that were measured before have found: data set to curves."""
    found: dict[str, list[dict]] = defaultdict(list)
    for task in TASKS:
        for what in _measures(task, Options(seeds=seeds)):
            part = saved(f"{NAME}.{task.name}.{what}")
            found[task.name] += part["curves"] if part else []
    return found


def _quick(options: Options) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = defaultdict(list)
    for task in TASKS:
        budget = {"batch": task.batch, "rounds": task.rounds // 2, "seed": 0}
        found[task.name] += _ours(task, options, QUICK_STRATEGIES, "head", **budget)["curves"]
        if task.name == "trec":
            budget["rounds"] = 3
            found[task.name] += _ours(task, options, (DEFAULT,), "auto", **budget)["curves"]
    return found


def _parts(options: Options) -> dict[str, list[dict]]:
    """Measures the parts that are named, or else those that are missing; gives all there are."""
    for task in TASKS:
        parts = _measures(task, options).items()
        measure(NAME, {f"{task.name}.{what}": measured for what, measured in parts}, options)
    return kept_parts(options.seeds)


def _measures(task: Task, options: Options) -> dict[str, Callable[[], dict]]:
    """The parts of a data set by name, and what measures each."""
    systems = {"head": partial(_ours, task, options, HEAD_STRATEGIES, "head")}
    if task.name != "banking77":
        systems["auto"] = partial(_ours, task, options, (DEFAULT,), "auto")
        systems["auto-random"] = partial(_ours, task, options, (BASELINE,), "auto")
    for name, (rival, script, settings, strategies) in RIVALS.items():
        for strategy in strategies:
            systems[f"{name}.{strategy}"] = partial(
                _rival, task, options, rival, script, settings, strategy
            )
    budget = {"batch": task.batch, "rounds": task.rounds}
    seeds = {"head": max(options.seeds, task.head_seeds)}
    return {
        f"{name}.{seed}": partial(system, seed=seed, **budget)
        for name, system in systems.items()
        for seed in range(seeds.get(name, options.seeds))
    }


def _ours(
    task: Task,
    options: Options,
    strategies: tuple[str, ...],
    learner: str,
    *,
    batch: int,
    rounds: int,
    seed: int,
) -> dict:
    from activelearn.simulate import simulate

    found = simulate(
        *read(options.data / task.name),
        strategies=strategies,
        learners=(learner,),
        batch=batch,
        rounds=rounds,
        seeds=(seed,),
        progress=lambda done, message: say(f"{task.name} {learner} {done:.0%} {message}"),
        alone=True,
    )
    curves = [
        {
            "system": f"{OURS}{learner}",
            "strategy": curve.strategy,
            "seed": seed,
            "points": [[point.labels, point.accuracy] for point in curve.points],
            "watched": [asdict(one) for one in curve.watched],
            "forecasts": [asdict(one) for one in curve.forecasts],
        }
        for curve in found.curves
    ]
    return {"curves": curves}


def _rival(
    task: Task,
    options: Options,
    name: str,
    script: str,
    settings: str,
    strategy: str,
    **budget: int,
) -> dict:
    from activelearn.encoder import default_model
    from activelearn.finetune import FineTuneSettings

    python = rivals.python(name, options.rivals)
    if python is None:
        raise Skipped(f"the environment of {name} could not be made")
    train, test = (rivals.rows(one) for one in read(options.data / task.name))
    order = np.random.default_rng(budget["seed"]).permutation(len(train)).tolist()
    sets = [order[: task.batch * (step + 1)] for step in range(task.rounds)]
    epochs = [FineTuneSettings().epochs_for(task.batch * (step + 1)) for step in range(task.rounds)]
    asked = {"model": default_model(), "train": train, "test": test, "settings": settings,
             "strategy": strategy, "epochs": epochs, "sets": sets,
             "max_length": rivals.longest([text for text, _ in train + test]),
             **budget}  # fmt: skip
    found = rivals.ask(python, script, asked)["curves"]
    system = f"{name}, {settings} settings"
    return {
        "curves": [{"system": system, **curve, "forecasts": []} for curve in found],
        "rival": rivals.versions(python),
    }


def read(folder: Path) -> tuple[Dataset, Dataset]:
    """What is learned from, and what is measured on; no text is in both."""
    from workbench.workflows.simulate import replay_data

    train, test, *_ = replay_data(None, folder / "train.csv", folder / "test.csv")
    return train, test
