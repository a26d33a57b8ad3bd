"""Learning curves of all query strategies and of the rivals, on the same data, budgets, seeds."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean

from activelearn.curves import BASELINE
from activelearn.strategies import DEFAULT
from benchmarks.active_learning import rivals
from benchmarks.report import Options, Skipped, machine, save, saved, say

HEAD_STRATEGIES = (
    "margin_diverse", "margin", "least_confidence", "entropy", "bald", "badge", "contrastive",
    "typiclust", "kmeans", "core_set", BASELINE,
)  # fmt: skip
"""Compared with the head, which takes seconds; the default is the one that does best over all."""

QUICK_STRATEGIES = (DEFAULT, "margin", BASELINE)
RIVAL_STRATEGIES = ("breaking_ties", "least_confidence", "contrastive")
RIVALS = {
    "small-text": ("small-text", "small_text_curves.py", "its own"),
    "small-text-ours": ("small-text", "small_text_curves.py", "ours"),
    "setfit": ("setfit", "setfit_curves.py", "its own"),
}
"""The parts that rivals measure: whose environment, which script, whose settings."""


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

COVERAGE = (0.85, 0.95)
ALWAYS = {"low": 0.0, "truth": 0.0, "high": 1.0}


def curves(options: Options) -> dict:
    """Every strategy with the head, the default with the learner that `auto` takes, random beside
    both; small-text at its documented settings and at ours, SetFit on random labels.

    Each part (a data set, what learns on it, a seed) takes from minutes to an hour, and is a raw
    result of its own: a run measures the parts that are missing, or those whose names begin as
    ``--parts`` says, and its table is of all that are there. ``--quick``: two strategies, one seed,
    half of the rounds, no fine-tuning, no rivals, and nothing is kept.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/, trec/, sst2/, chnsenticorp/ in it")
    found = _quick(options) if options.quick else _parts(options)
    table, ok = [], True
    for task in TASKS:
        rows, kept = _rows(task, found[task.name], options.quick)
        table += rows
        ok &= kept
    forecasts = [one for every in found.values() for each in every for one in each["forecasts"]]
    held = fmean(one["low"] <= one["truth"] <= one["high"] for one in forecasts or [ALWAYS])
    intervals = {"system": f"{len(forecasts):,} forecasts", "strategy": "90 % interval held"}
    table.append({"data": "all", **intervals, "mean": f"{held:.3f}"})
    ok &= options.quick or COVERAGE[0] <= held <= COVERAGE[1]
    return {"rows": table, "ok": ok, "held": held, "quick": options.quick}


def _quick(options: Options) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = defaultdict(list)
    for task in TASKS:
        budget = {"batch": task.batch, "rounds": task.rounds // 2, "seed": 0}
        found[task.name] += _ours(task, options, QUICK_STRATEGIES, "head", **budget)
    return found


def _parts(options: Options) -> dict[str, list[dict]]:
    """What the parts have found, each measured now if it is named or not there yet."""
    found: dict[str, list[dict]] = defaultdict(list)
    for task in TASKS:
        for what, measure in _measures(task, options).items():
            part = f"{task.name}.{what}"
            name = f"active_learning.curves.{part}"
            if part.startswith(options.parts) if options.parts else not saved(name):
                say(part)
                ran_on, started = machine(), time.monotonic()
                try:
                    result = {"curves": list(measure())}
                except Skipped as reason:
                    say(str(reason))
                    continue
                save(name, result, options, ran_on, time.monotonic() - started)
            found[task.name] += (saved(name) or {"curves": []})["curves"]
    return found


def _measures(task: Task, options: Options) -> dict[str, Callable[[], Iterator[dict]]]:
    """The parts of a data set by name, and what measures each."""
    systems = {"head": partial(_ours, task, options, HEAD_STRATEGIES, "head")}
    if task.name != "banking77":
        systems["auto"] = partial(_ours, task, options, (DEFAULT,), "auto")
        systems["auto-random"] = partial(_ours, task, options, (BASELINE,), "auto")
    for name, (rival, script, settings) in RIVALS.items():
        systems[name] = partial(_rival, task, options, rival, script, settings)
    budget = {"batch": task.batch, "rounds": task.rounds}
    return {
        f"{name}.{seed}": partial(measure, seed=seed, **budget)
        for name, measure in systems.items()
        for seed in range(options.seeds)
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
) -> Iterator[dict]:
    from activelearn.simulate import simulate
    from workbench.workflows.simulate import replay_data

    folder = options.data / task.name
    found = simulate(
        *replay_data(None, folder / "train.csv", folder / "test.csv"),
        strategies=strategies,
        learners=(learner,),
        batch=batch,
        rounds=rounds,
        seeds=(seed,),
        progress=lambda done, message: say(f"{task.name} {learner} {done:.0%} {message}"),
        alone=True,
    )
    for curve in found.curves:
        yield {
            "system": f"ours, {learner}",
            "strategy": curve.strategy,
            "seed": seed,
            "points": [[point.labels, point.accuracy] for point in curve.points],
            "forecasts": [asdict(one) for one in curve.forecasts],
        }


def _rival(
    task: Task, options: Options, name: str, script: str, settings: str, **budget: int
) -> Iterator[dict]:
    from activelearn.encoder import default_model
    from activelearn.finetune import FineTuneSettings

    python = rivals.python(name, options.rivals)
    if python is None:
        raise Skipped(f"the environment of {name} could not be made")
    train, test = (_read(options.data / task.name / f"{side}.csv") for side in ("train", "test"))
    epochs = [FineTuneSettings().epochs_for(task.batch * (step + 1)) for step in range(task.rounds)]
    asked = {"model": default_model(), "train": train, "test": test, "settings": settings,
             "strategies": RIVAL_STRATEGIES, "epochs": epochs,
             "max_length": rivals.longest([text for text, _ in train + test]),
             **budget}  # fmt: skip
    for curve in rivals.ask(python, script, asked)["curves"]:
        yield {"system": f"{name}, {settings} settings", **curve, "forecasts": []}


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
        if system.startswith("ours") and strategy == DEFAULT
    ]
    if not ours:
        return True
    least, at = task.promised
    best = max(ours, key=lambda curve: fmean(accuracy for _, accuracy in curve))
    kept = fmean(accuracy for _, accuracy in best) >= least
    kept &= all(dict(best).get(labels, 1.0) >= accuracy for labels, accuracy in at.items())
    if task.name == "banking77":
        end = means["ours, head", BASELINE][-1]
        reached = next((labels for labels, accuracy in best if accuracy >= end[1]), end[0])
        kept &= reached <= RANDOM_SHARE * end[0]
    return kept
