"""Whether forecasts come true: made on a replay as a project would make them, then looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.forecast import AHEAD, Measurement, fit_curve

HOLDOUT = 200
FEWEST_ITEMS = 50


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


def backtest(labels: Sequence[int], right: np.ndarray, *, seed: int) -> list[Held]:
    """Every forecast one and four rounds ahead, from each round on.

    ``right`` [rounds, items] says how right each round's model is of each test item. 200 of the
    items (half of few) are the holdout that the forecasts see; the truth is measured on the others.
    Empty where there are too few of either.
    """
    items = right.shape[1]
    seen = min(HOLDOUT, items // 2)
    if seen < FEWEST_ITEMS:
        return []
    order = np.random.default_rng(seed).permutation(items)
    measured, truth = right[:, order[:seen]].mean(axis=1), right[:, order[seen:]].mean(axis=1)
    history = [
        Measurement(count, float(accuracy), seen)
        for count, accuracy in zip(labels, measured, strict=True)
    ]
    found = []
    for now in range(len(history)):
        curve = fit_curve(history[: now + 1], seed=seed)
        for then in (now + ahead for ahead in AHEAD if now + ahead < len(history)):
            told = curve.accuracy(labels[then])
            found.append(
                Held(labels[now], labels[then] - labels[now], told.value, told.low, told.high,
                     float(truth[then]))
            )  # fmt: skip
    return found
