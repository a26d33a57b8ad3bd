"""Strategies that go by what the model is unsure of, and chance, which all are measured against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from activelearn.strategies.pool import PREFILTER, Pool, descending, filled, top

DRAWS = 10


def at_random(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Every item is as likely as any other."""
    return np.random.default_rng(seed).permutation(pool.size)[:batch]


def most(measure: str) -> Callable[[Pool, int, int], np.ndarray]:
    """The items with the highest uncertainty of that measure."""

    def pick(pool: Pool, batch: int, seed: int) -> np.ndarray:
        return top(pool.uncertainty(measure), batch, seed)

    return pick


def rare_class(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """The least sure of those that the model takes for the class ``label``, then the nearest to it.

    Without a ``label`` it is the class that the model finds least often in the pool. For classes
    that few labels have: uncertainty alone hardly ever asks about them.
    """
    label, own, rival = pool.label, np.empty(pool.size), np.empty(pool.size)
    if label is None:
        label = int(
            sum(np.nan_to_num(rows, nan=0.0).sum(axis=0) for _, rows in pool.parts()).argmin()
        )
    for part, told in pool.parts():
        rows = np.nan_to_num(told, nan=0.0)
        own[part] = rows[:, label]
        rival[part] = np.delete(rows, label, axis=1).max(axis=1, initial=0.0)
    inside = (own >= rival) & ~pool.unusable
    scores = np.where(inside, 2.0 - own, own)
    return top(np.where(pool.unusable, -1.0, scores), batch, seed)


def bald(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """The items over which draws of the model disagree most, each draw being sure of itself.

    Mutual information between prediction and weights, by Monte-Carlo dropout (Houlsby et al. 2011,
    Gal et al. 2017), over the items of the highest entropy: asking the model again is dear.
    """
    ranking = top(pool.uncertainty("entropy"), max(PREFILTER * batch, 1000), seed)
    draws = np.clip(pool.sampler(ranking, DRAWS, seed).astype(np.float64), 1e-12, 1.0)
    mean = draws.mean(axis=0)
    disagreement = _entropy(mean) - _entropy(draws).mean(axis=0)
    known = np.where(np.isnan(disagreement) | pool.unusable[ranking], -1.0, disagreement)
    return filled(ranking[descending(known, seed)], ranking, batch)


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    return -(probabilities * np.log(probabilities)).sum(axis=-1)
