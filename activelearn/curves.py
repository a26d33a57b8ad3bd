"""What a replay found: learning curves, what each strategy saves, and which to label with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from activelearn.backtest import Held, Watched
from activelearn.evaluate import mean_interval

BASELINE = "random"
PROVED = 0.9
"""The level of the interval by which a strategy must be better than chance; of several each is
asked for more, so that together they are wrong no more often (Bonferroni)."""

SHARES = (0.8, 0.9, 0.95)
"""Of the accuracy with all labels: how many labels each takes is what a simulation tells."""

ROUNDING, DIGITS = 1e-9, 6
"""Shares of accuracies are not exact in binary: what misses by less than this is reached, and a
label is counted where more than rounding asks for it."""


@dataclass(frozen=True)
class Point:
    """The model after one round: accuracy on the test set, its interval, the learner that made it.

    ``accuracy`` is the mean item score of the task kind, with ``low`` and ``high`` around it.
    """

    labels: int
    accuracy: float
    low: float
    high: float
    learner: str


@dataclass(frozen=True)
class Curve:
    """The learning curve of one strategy, learner and seed, and whether forecasts on it came true.

    ``name`` is the strategy's, with the learner's behind it where there are several learners.
    ``right`` is how right each test item was told, the mean over the rounds.
    """

    name: str
    strategy: str
    learner: str
    seed: int
    points: list[Point]
    watched: list[Watched]
    forecasts: list[Held]
    right: list[float]

    @property
    def mean(self) -> float:
        """The mean accuracy over the rounds: one number for the whole curve."""
        return float(np.mean([point.accuracy for point in self.points]))


@dataclass(frozen=True)
class Simulation:
    """The curves of every strategy, learner and seed, random always among them.

    ``full`` is each learner's accuracy when it learns from all labels.
    """

    curves: list[Curve]
    full: dict[str, float]

    @property
    def means(self) -> dict[str, list[tuple[int, float]]]:
        """For each name (labels, accuracy averaged over the seeds) after each round."""
        result = {}
        for name in dict.fromkeys(curve.name for curve in self.curves):
            curves = [curve for curve in self.curves if curve.name == name]
            rounds = zip(*(curve.points for curve in curves), strict=True)
            result[name] = [
                (points[0].labels, float(np.mean([point.accuracy for point in points])))
                for points in rounds
            ]
        return result

    @property
    def coverage(self) -> tuple[int, int]:
        """How many of the forecasts' 90 % intervals held the truth, and how many there were."""
        held = [one.inside for curve in self.curves for one in curve.forecasts]
        return sum(held), len(held)

    def summary(self) -> list[dict[str, Any]]:
        """One row for each name, best first.

        Keys: ``name``, ``strategy``, ``learner``, ``mean`` (of the curve, over seeds),
        ``over_random`` (its difference to random's with the same learner; the lowest of that over
        the seeds as ``over_random_least``, and the lower end of its interval, paired by test item,
        as ``over_random_low``: 90 % over all rows together), ``last`` (accuracy at the end),
        ``labels`` (at the end), ``matches_random_at`` (labels with which it first reaches random's
        last accuracy; None if never), ``needs`` (labels for each of SHARES of that with all labels,
        between rounds in a straight line; None where the curve does not get there).
        """
        means, rows = self.means, []
        tried = sum(not name.startswith(BASELINE) for name in means)
        level = 1 - (1 - PROVED) / max(1, tried)
        for name, curve in means.items():
            own = [one for one in self.curves if one.name == name]
            base = [
                one
                for one in self.curves
                if one.strategy == BASELINE and one.learner == own[0].learner
            ]
            gaps = [one.mean - other.mean for one, other in zip(own, base, strict=True)]
            gain = np.mean([one.right for one in own], 0) - np.mean([one.right for one in base], 0)
            target = means[base[0].name][-1][1]
            full = self.full[own[0].learner]
            rows.append(
                {
                    "name": name,
                    "strategy": own[0].strategy,
                    "learner": own[0].learner,
                    "mean": float(np.mean([accuracy for _, accuracy in curve])),
                    "over_random": float(np.mean(gaps)),
                    "over_random_least": min(gaps),
                    "over_random_low": mean_interval(gain, seed=0, level=level).low,
                    "last": curve[-1][1],
                    "labels": curve[-1][0],
                    "matches_random_at": next((n for n, a in curve if a >= target), None),
                    "needs": [labels_for(curve, share * full) for share in SHARES],
                }
            )
        return sorted(rows, key=lambda row: -row["mean"])

    def recommendation(self) -> dict[str, Any]:
        """What to label with: the best row of the summary that is random or beats it with every
        seed, and by more than the test items that were drawn explain.

        Keys: ``strategy`` and ``learner``; ``saves``: whether it is better than random labels;
        ``seeds``: how many said so (of one every other would, were both the same);
        ``share`` of the accuracy with all labels, the ``labels`` that it takes and the ``random``
        labels that it would take, for the largest of SHARES that it reaches, with fewer labels than
        random where it is better (None for none).
        """
        rows = self.summary()
        best = next(
            row
            for row in rows
            if row["strategy"] == BASELINE
            or min(row["over_random_least"], row["over_random_low"]) > 0
        )
        (base,) = (
            row for row in rows if row["strategy"] == BASELINE and row["learner"] == best["learner"]
        )
        reached = [
            place
            for place, (labels, others) in enumerate(zip(best["needs"], base["needs"], strict=True))
            if labels is not None and (best is base or others is None or labels < others)
        ]
        return {
            "strategy": best["strategy"],
            "learner": best["learner"],
            "saves": best is not base,
            "seeds": len({curve.seed for curve in self.curves}),
            "share": SHARES[reached[-1]] if reached else None,
            "labels": best["needs"][reached[-1]] if reached else None,
            "random": base["needs"][reached[-1]] if reached else None,
        }

    def to_json(self) -> dict[str, Any]:
        """Curves, means and summary as plain dicts and lists, ready for ``json.dumps``."""
        return {
            "curves": [asdict(curve) for curve in self.curves],
            "means": {name: [list(point) for point in c] for name, c in self.means.items()},
            "summary": self.summary(),
            "full": self.full,
            "recommendation": self.recommendation(),
            "forecasts_held": list(self.coverage),
        }


def labels_for(curve: Sequence[tuple[int, float]], target: float) -> int | None:
    """How many labels reach the accuracy ``target`` on a curve of (labels, accuracy)."""
    before = None
    for labels, accuracy in curve:
        if accuracy >= target - ROUNDING:
            if before is None:
                return labels
            share = min(1.0, (target - before[1]) / (accuracy - before[1]))
            return math.ceil(round(before[0] + share * (labels - before[0]), DIGITS))
        before = (labels, accuracy)
    return None
