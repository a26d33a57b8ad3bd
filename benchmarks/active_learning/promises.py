"""What is promised of the learning curves, and the tables that show whether it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from activelearn.curves import BASELINE
from activelearn.strategies import DEFAULT

OURS, RIVAL = "ours, ", "small-text"


@dataclass(frozen=True)
class Task:
    """A data set with its budget: ``batch`` labels a round for ``rounds`` rounds.

    ``mean`` is the least that the curve has on average, ``at`` the least accuracy at some numbers
    of labels. ``head_seeds``: how often the head is replayed at least; three say little of
    strategies that are 0.01 apart, but with BANKING77 each takes half an hour.
    """

    name: str
    batch: int
    rounds: int
    mean: float = 0.0
    at: tuple[tuple[int, float], ...] = ()
    head_seeds: int = 10


TASKS = (
    Task("banking77", 77, 12, mean=0.84, head_seeds=3),
    Task("trec", 25, 11, mean=0.89, at=((75, 0.88), (275, 0.945))),
    Task("sst2", 25, 11, at=((275, 0.82),)),
    Task("chnsenticorp", 25, 11),
)
RANDOM_SHARE = 0.45
"""BANKING77: of the labels with which random's accuracy at the end must be reached."""

COVERAGE = (0.85, 0.95)
"""How often a forecast's 90 % interval is to hold the truth, over all data sets and budgets."""

Curves = dict[tuple[str, str], list[tuple[int, float]]]
"""(system, strategy) to the points (labels, mean accuracy over the seeds)."""


def means(curves: Sequence[dict]) -> Curves:
    """The mean curve of each system and strategy over its seeds."""
    grouped: dict[tuple[str, str], list[list]] = defaultdict(list)
    for curve in curves:
        grouped[curve["system"], curve["strategy"]].append(curve["points"])
    return {
        key: [(at[0][0], fmean(accuracy for _, accuracy in at)) for at in zip(*runs, strict=True)]
        for key, runs in grouped.items()
    }


def table(task: Task, curves: Sequence[dict]) -> list[dict]:
    """A row for each system and strategy, the best first."""
    seeds: dict[tuple[str, str], int] = defaultdict(int)
    for curve in curves:
        seeds[curve["system"], curve["strategy"]] += 1
    ranked = sorted(means(curves).items(), key=lambda one: -average(one[1]))
    return [
        {
            "data": f"{task.name}, {task.batch} labels a round",
            "system": system,
            "strategy": strategy,
            "seeds": seeds[system, strategy],
            "mean": f"{average(curve):.3f}",
            **{f"round {place}": f"{curve[place - 1][1]:.3f}" if place <= len(curve) else ""
               for place in (1, 2, 3, 6, 11)},
        }
        for (system, strategy), curve in ranked
    ]  # fmt: skip


def promises(task: Task, curves: Curves) -> Iterator[dict]:
    """What is promised of a data set, what was found, and whether it holds."""
    name = default_of(curves)
    if name is None:
        return
    ours = curves[name]
    if task.mean:
        found = average(ours)
        yield _row(task.name, f"mean ≥ {task.mean}", f"{found:.3f}", found >= task.mean)
    for labels, least in task.at:
        if labels in dict(ours):
            found = dict(ours)[labels]
            yield _row(task.name, f"{labels} labels: ≥ {least}", f"{found:.3f}", found >= least)
    chance = curves.get((name[0], BASELINE))
    if task.name == "banking77" and chance:
        labels, end = chance[-1]
        reached = next((at for at, accuracy in ours if accuracy >= end), labels + 1)
        wanted = f"random's {end:.3f} with ≤ {RANDOM_SHARE:.0%} of the labels"
        share = reached / labels
        yield _row(task.name, wanted, f"{share:.0%}", share <= RANDOM_SHARE)
    rival = best_rival(curves)
    if rival is not None:
        behind = [
            f"{labels} labels ({accuracy:.3f}, theirs {theirs:.3f})"
            for (labels, accuracy), (_, theirs) in zip(ours, curves[rival], strict=False)
            if accuracy < theirs
        ]
        wanted = f"ahead of {rival[0]}, {rival[1]} at every budget"
        said = f"behind at {', '.join(behind)}" if behind else "ahead at all"
        yield _row(task.name, wanted, said, not behind)


def over_all(found: dict[str, Curves]) -> list[dict]:
    """Every strategy with the head: the mean of its curve on each data set and over them, the best
    first; only data sets on which all strategies of the first were measured are in it.
    """
    by_data = {
        data: {strategy: average(curve) for (system, strategy), curve in curves.items()
               if system == f"{OURS}head"}
        for data, curves in found.items()
    }  # fmt: skip
    full = max(map(len, by_data.values()), default=0)
    by_data = {data: every for data, every in by_data.items() if full and len(every) == full}
    strategies = next(iter(by_data.values()), {})
    rows = {name: [every[name] for every in by_data.values()] for name in strategies}
    return [
        {"strategy, with the head": name}
        | {data: f"{one:.3f}" for data, one in zip(by_data, each, strict=True)}
        | {"over all": f"{fmean(each):.4f}"}
        for name, each in sorted(rows.items(), key=lambda one: -fmean(one[1]))
    ]


def default_wins(ranked: Sequence[dict]) -> Iterator[dict]:
    """Whether the default strategy is the best of those in the table ``over_all``."""
    if len(ranked) > 1:
        said = ", ".join(
            f"{one['strategy, with the head']} {one['over all']}" for one in ranked[:2]
        )
        wanted = f"{DEFAULT} is the best over the data sets with the head"
        yield _row("all", wanted, said, ranked[0]["strategy, with the head"] == DEFAULT)


def coverage(curves: Sequence[dict]) -> Iterator[dict]:
    """How often the truth lay in the interval that was forecast, over all curves."""
    forecasts = [one for curve in curves for one in curve["forecasts"]]
    if forecasts:
        held = fmean(one["low"] <= one["truth"] <= one["high"] for one in forecasts)
        wanted = f"90 % interval of {len(forecasts):,} forecasts holds {COVERAGE[0]:.0%}"
        yield _row("all", f"{wanted} to {COVERAGE[1]:.0%}", f"{held:.1%}",
                   COVERAGE[0] <= held <= COVERAGE[1])  # fmt: skip


def default_of(curves: Curves) -> tuple[str, str] | None:
    """What a user gets without asking: the default strategy, with ``auto`` where it was measured
    (above 20 classes it is the head)."""
    asked = ((f"{OURS}{learner}", DEFAULT) for learner in ("auto", "head"))
    return next((name for name in asked if name in curves), None)


def best_rival(curves: Curves) -> tuple[str, str] | None:
    """small-text's best strategy at its best settings."""
    theirs = [name for name in curves if name[0].startswith(RIVAL)]
    return max(theirs, key=lambda name: average(curves[name]), default=None)


def average(curve: Sequence[tuple[int, float]]) -> float:
    """The mean accuracy over all budgets."""
    return fmean(accuracy for _, accuracy in curve)


def _row(data: str, promised: str, found: str, kept: bool) -> dict:
    return {"data": data, "promised": promised, "found": found, "kept": "yes" if kept else "no"}
