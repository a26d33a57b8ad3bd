"""What more labels would buy: the learning curve carried on, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from activelearn.evaluate import Interval

LEVEL = 0.9
AHEAD = (1, 4)
"""How many rounds a forecast looks ahead, for a project and where forecasts are tried."""

DRAWS = 40_000
RATE, RATE_SPREAD = 0.5, 0.8
JITTER, JITTER_SPREAD = 0.0175, 0.8
PAIRED = 0.2
"""How much of a measurement's variance is new each time: the items measured on stay the same."""


@dataclass(frozen=True)
class Measurement:
    """Accuracy of the model that ``learner`` made of ``labels`` labels, on ``items`` random
    items."""

    labels: int
    accuracy: float
    items: int
    learner: str = ""


@dataclass(frozen=True)
class Curve:
    """Weighted draws of error(n) = floor + (last - floor) · (n / anchor)^-rate, each array [s]."""

    anchor: int
    last: np.ndarray
    floor: np.ndarray
    rate: np.ndarray
    jitter: np.ndarray
    weights: np.ndarray

    def accuracy(self, labels: int, level: float = LEVEL) -> Interval:
        """Accuracy with that many labels: the median and the interval that holds it."""
        error = self._error(labels) + self.jitter
        return _interval(1.0 - np.clip(error, 0.0, 1.0), self.weights, level)

    def labels_for(self, accuracy: float, level: float = LEVEL) -> Interval:
        """How many labels reach that accuracy; infinite where the curve ends below it."""
        reach = (self.last - self.floor) / np.maximum(1.0 - accuracy - self.floor, 0.0).clip(1e-12)
        beyond = 1.0 - accuracy <= self.floor
        with np.errstate(over="ignore"):
            labels = self.anchor * reach ** (1.0 / self.rate)
        return _interval(np.where(beyond, np.inf, labels), self.weights, level)

    def _error(self, labels: int) -> np.ndarray:
        return self.floor + (self.last - self.floor) * (labels / self.anchor) ** -self.rate


def fit_curve(history: Sequence[Measurement], *, seed: int) -> Curve:
    """The power laws that the measurements speak for (Hestness et al. 2017 for their form).

    By importance sampling, from priors as wide as real curves differ. All are measured on the same
    items, so that they are off by a common amount beside their own. A learner has its own curve: of
    the ``history`` what came before another one made the models tells nothing. ValueError without
    any.
    """
    if not history:
        raise ValueError("a forecast needs at least one measured accuracy")
    learner = history[-1].learner
    history = [*takewhile(lambda one: one.learner == learner, reversed(history))][::-1]
    rng = np.random.default_rng(seed)
    labels = np.array([one.labels for one in history], dtype=np.float64)
    errors = np.array([1.0 - one.accuracy for one in history])
    items = np.array([max(one.items, 1) for one in history], dtype=np.float64)
    near = (errors * items + 1) / (items + 2)
    variance = near * (1 - near) / items
    anchor = float(labels[-1])
    common = rng.normal(0.0, np.sqrt((1 - PAIRED) * variance[-1]), DRAWS)
    spread = JITTER * np.exp(rng.normal(0.0, JITTER_SPREAD, DRAWS))
    own = 2 * np.sqrt(PAIRED * variance[-1] + spread**2)
    last = np.clip(errors[-1] - common + own * rng.normal(size=DRAWS), 1e-4, 1.0)
    floor = last * rng.beta(1.0, 2.0, DRAWS)
    rate = RATE * np.exp(rng.normal(0.0, RATE_SPREAD, DRAWS))
    curve = Curve(int(anchor), last, floor, rate, spread * rng.normal(size=DRAWS), np.ones(DRAWS))
    log = np.zeros(DRAWS)
    for count, error, noise in zip(labels, errors, variance, strict=True):
        deviation = np.sqrt(PAIRED * noise + spread**2)
        log -= 0.5 * ((error - common - curve._error(count)) / deviation) ** 2 + np.log(deviation)
    log += 0.5 * ((errors[-1] - common - last) / own) ** 2 + np.log(own)
    weights = np.exp(log - log.max())
    return Curve(curve.anchor, last, floor, rate, curve.jitter, weights / weights.sum())


def _interval(values: np.ndarray, weights: np.ndarray, level: float) -> Interval:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    middle, low, high = (
        float(values[order][min(np.searchsorted(reached, share), len(order) - 1)])
        for share in (0.5, (1 - level) / 2, (1 + level) / 2)
    )
    return Interval(middle, low, high)
