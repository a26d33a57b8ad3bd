"""Learning curves of all query strategies and of the rivals, on the same data, budgets, seeds."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.active_learning import rivals
from benchmarks.report import Options, Skipped, say

HEAD_STRATEGIES = (
    "margin_diverse", "margin", "least_confidence", "entropy", "bald", "badge", "contrastive",
    "typiclust", "kmeans", "core_set",
)  # fmt: skip
"""Compared with the head, which takes seconds; the default is the one that does best over all."""

QUICK_STRATEGIES = ("margin_diverse", "margin")
RIVAL_STRATEGIES = ("breaking_ties", "least_confidence", "contrastive")
TEST = 1_000


@dataclass(frozen=True)
class Task:
    """A data set with its budget: ``batch`` labels a round for ``rounds`` rounds.

    ``promised``: the least mean of the curve, and the least accuracy at some numbers of labels.
    """

    name: str
    batch: int
    rounds: int
    promised: tuple[float, dict[int, float]] = (0.0, {})


TASKS = (
    Task("banking77", 77, 12, (0.84, {})),
    Task("trec", 25, 11, (0.89, {75: 0.88, 275: 0.945})),
    Task("sst2", 25, 11, (0.0, {275: 0.82})),
    Task("chnsenticorp", 25, 11),
)
RANDOM_SHARE = 0.45
"""BANKING77: of the labels with which random's accuracy at the end must be reached."""


def curves(options: Options) -> dict:
    """Every strategy with the head, the default with the learner that `auto` takes, random beside
    both; small-text at its documented settings and at ours, SetFit on random labels.

    ``--quick``: two strategies, one seed, half of the rounds, no fine-tuning, no rivals.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/, trec/, sst2/, chnsenticorp/ in it")
    found: dict[str, list[dict]] = defaultdict(list)
    for task in TASKS:
        folder = options.data / task.name
        if not (folder / "train.csv").is_file():
            say(f"{task.name}: not in the folder of --data")
            continue
        for curve in _all(task, folder, options):
            found[task.name].append(curve)
    table, ok = [], True
    for task in TASKS:
        rows, kept = _rows(task, found[task.name], options.quick)
        table += rows
        ok &= kept
    return {"rows": table, "ok": ok, "curves": found, "quick": options.quick}


def _all(task: Task, folder: Path, options: Options) -> Iterator[dict]:
    seeds = 1 if options.quick else options.seeds
    rounds = task.rounds // 2 if options.quick else task.rounds
    budget = {"batch": task.batch, "rounds": rounds, "seeds": seeds}
    strategies = QUICK_STRATEGIES if options.quick else HEAD_STRATEGIES
    yield from _ours(task, folder, strategies, "head", **budget)
    if options.quick:
        return
    if task.name != "banking77":
        yield from _ours(task, folder, ("margin_diverse", "margin"), "auto", **budget)
    yield from _rivals(task, folder, options, **budget)


def _ours(
    task: Task, folder: Path, strategies: tuple[str, ...], learner: str, **budget: int
) -> Iterator[dict]:
    from workbench.workflows.simulate import simulate_file

    found = simulate_file(
        None,
        folder / "train.csv",
        test=folder / "test.csv",
        strategies=strategies,
        learners=(learner,),
        progress=lambda fraction, message: say(f"{task.name} {learner} {fraction:.0%} {message}"),
        **budget,
    )
    for curve in found["curves"]:
        points = [[point["labels"], point["accuracy"]] for point in curve["points"]]
        yield {"system": f"ours, {learner}", "strategy": curve["strategy"], "seed": curve["seed"],
               "points": points, "forecasts": curve["forecasts"]}  # fmt: skip


def _rivals(task: Task, folder: Path, options: Options, **budget: int) -> Iterator[dict]:
    from activelearn.encoder import default_model

    asked = {"model": default_model(), "train": _read(folder / "train.csv"),
             "test": _read(folder / "test.csv"), **budget}  # fmt: skip
    for name, script, every in (
        ("small-text", "small_text_curves.py", ("its own", "ours")),
        ("setfit", "setfit_curves.py", ("its own",)),
    ):
        python = rivals.python(name, options.rivals)
        if python is None:
            continue
        for settings in every:
            say(f"{task.name} {name}, {settings} settings")
            more = {"settings": settings, "strategies": RIVAL_STRATEGIES}
            for curve in rivals.ask(python, script, asked | more)["curves"]:
                yield {"system": f"{name}, {settings} settings", **curve}


def _read(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return [[row["text"], row["label"]] for row in csv.DictReader(file)]


def _rows(task: Task, curves: list[dict], quick: bool) -> tuple[list[dict], bool]:
    """The table of a data set, best first, and whether what is promised of it holds."""
    grouped: dict[tuple[str, str], list[list]] = defaultdict(list)
    for curve in curves:
        grouped[curve["system"], curve["strategy"]].append(curve["points"])
    means = {
        key: [(at[0][0], fmean(accuracy for _, accuracy in at)) for at in zip(*runs, strict=True)]
        for key, runs in grouped.items()
    }
    rows = [
        {
            "data": task.name,
            "system": system,
            "strategy": strategy,
            "seeds": len(grouped[system, strategy]),
            "mean": f"{fmean(accuracy for _, accuracy in curve):.3f}",
            **{f"round {place}": f"{curve[place - 1][1]:.3f}"
               for place in (1, 3, 6, len(curve)) if place <= len(curve)},
        }
        for (system, strategy), curve in means.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: -float(row["mean"]))
    return rows, quick or _kept(task, means)


def _kept(task: Task, means: dict[tuple[str, str], list[tuple[int, float]]]) -> bool:
    ours = [
        curve
        for (system, strategy), curve in means.items()
        if system.startswith("ours") and strategy == "margin_diverse"
    ]
    if not ours:
        return True
    least, at = task.promised
    best = max(ours, key=lambda curve: fmean(accuracy for _, accuracy in curve))
    kept = fmean(accuracy for _, accuracy in best) >= least
    kept &= all(dict(best).get(labels, 1.0) >= accuracy for labels, accuracy in at.items())
    if task.name == "banking77":
        end = next(curve for (_, strategy), curve in means.items() if strategy == "random")[-1]
        reached = next((labels for labels, accuracy in best if accuracy >= end[1]), end[0])
        kept &= reached <= RANDOM_SHARE * end[0]
    return kept
