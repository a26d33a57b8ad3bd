"""Whether forecasts come true: made on a replay as a project would make them, then looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.forecast import AHEAD, Measurement, fit_curve

HOLDOUT = 200
"""So many test items are seen; on as many others at least the truth is hardly noise."""


@dataclass(frozen=True)
class Watched:
    """A round as a project sees it, ``accuracy`` on a holdout of ``items``; ``truth`` on others."""

    labels: int
    accuracy: float
    items: int
    truth: float
    learner: str = ""


@dataclass(frozen=True)
class Held:
    """A forecast made at ``labels`` for ``ahead`` labels, and the truth that it should hold."""

    labels: int
    ahead: int
    value: float
    low: float
    high: float
    truth: float

    @property
    def inside(self) -> bool:
        return self.low <= self.truth <= self.high


def watch(
    labels: Sequence[int], learners: Sequence[str], right: np.ndarray, *, seed: int
) -> list[Watched]:
    """The rounds of a replay as a project with a holdout would have seen them.

    ``right`` [rounds, items] says how right each round's model is of each test item. 200 of the
    items are the holdout, the truth is measured on the others. Empty where these are fewer.
    """
    items, seen = right.shape[1], HOLDOUT
    if items < 2 * seen:
        return []
    order = np.random.default_rng(seed).permutation(items)
    measured, truth = right[:, order[:seen]].mean(axis=1), right[:, order[seen:]].mean(axis=1)
    return [
        Watched(count, float(accuracy), seen, float(true), learner)
        for count, learner, accuracy, true in zip(labels, learners, measured, truth, strict=True)
    ]


def backtest(rounds: Sequence[Watched], *, seed: int) -> list[Held]:
    """Every forecast one and four rounds ahead, from each round on, beside what came."""
    found = []
    for now, last in enumerate(rounds):
        history = [
            Measurement(one.labels, one.accuracy, one.items, one.learner)
            for one in rounds[: now + 1]
        ]
        curve = fit_curve(history, seed=seed)
        for then in (rounds[now + ahead] for ahead in AHEAD if now + ahead < len(rounds)):
            told = curve.accuracy(then.labels)
            found.append(
                Held(last.labels, then.labels - last.labels, told.value, told.low, told.high,
                     then.truth)
            )  # fmt: skip
    return found
