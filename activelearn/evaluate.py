"""How good predictions are, with an error bar that says how far the number can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.data import Target
from activelearn.kinds import kind_of

_RESAMPLE_CELLS = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A measured value with the bounds of its confidence interval."""

    value: float
    low: float
    high: float


def accuracy_interval(
    truth: Sequence[Target],
    predicted: Sequence[Target],
    *,
    seed: int,
    level: float = 0.95,
    draws: int = 2000,
    kind: str = "single",
) -> Interval:
    """Accuracy with its bootstrap interval, as `mean_interval` has it."""
    scores = kind_of(kind).item_scores(truth, predicted)
    return mean_interval(scores, seed=seed, level=level, draws=draws)


def mean_interval(
    scores: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    seed: int,
    level: float = 0.95,
    draws: int = 2000,
) -> Interval:
    """The mean of scores [n], weighted (above 0), with the percentile bootstrap interval (Efron,
    1979).

    Where nearly all items score the same, resampling hardly varies and would claim certainty: the
    interval is as wide as Wilson's at least. Raises ValueError without items or at a level outside
    0–1.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level is {level}: give a share between 0 and 1, such as 0.95")
    if not len(scores):
        raise ValueError("accuracy cannot be measured on no items: label the holdout first")
    weights = np.ones(len(scores)) if weights is None else weights
    value = float(np.average(scores, weights=weights))
    rng, means = np.random.default_rng(seed), np.empty(draws)
    step = max(_RESAMPLE_CELLS // len(scores), 1)
    for first in range(0, draws, step):
        count = min(step, draws - first)
        drawn = rng.integers(0, len(scores), (count, len(scores)))
        heavy = weights[drawn]
        means[first : first + count] = (scores[drawn] * heavy).sum(axis=1) / heavy.sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    if scores.min() < 0 or scores.max() > 1:
        return Interval(value, float(low), float(high))
    least, most = _wilson(value, float(weights.sum() ** 2 / (weights**2).sum()), level)
    return Interval(value, min(float(low), least), max(float(high), most))


def _wilson(share: float, count: float, level: float) -> tuple[float, float]:
    """Wilson's interval of a share of ``count`` items (1927)."""
    from statistics import NormalDist

    z = NormalDist().inv_cdf((1 + level) / 2)
    spread = z * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    middle, scale = share + z * z / (2 * count), 1 + z * z / count
    return max(0.0, float((middle - spread) / scale)), min(1.0, float((middle + spread) / scale))


def surpasses(scores: np.ndarray, others: np.ndarray) -> bool:
    """Whether scores [n] are higher than others of the same items by over a standard error of their
    sum, as it is where neither is better (McNemar 1947): never by one item alone."""
    gain = scores - others
    return bool(gain.sum() > np.sqrt((gain**2).sum()))


def confusion(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    """Counts int64 [k, k] of one class per text: row = true label, column = predicted label."""
    index = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for true, guess in zip(truth, predicted, strict=True):
        counts[index[true], index[guess]] += 1
    return counts
