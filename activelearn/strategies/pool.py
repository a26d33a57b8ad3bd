"""What a query strategy sees, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from activelearn.kinds import kind_of

PREFILTER = 10
"""Strategies that compare items with each other look at this many times the batch."""

LARGEST = 20_000
"""Where an item is compared with all others, only this many of the most promising are."""

CHUNK = 65_536

Sampler = Callable[[np.ndarray, int, int], np.ndarray]
"""(indices, draws, seed) to probabilities float32 [draws, len(indices), k], each draw another."""


@dataclass(frozen=True)
class Known:
    """What is labelled so far: embeddings [m, d] and the model's probabilities [m, k] of it."""

    embeddings: np.ndarray
    probabilities: np.ndarray | None = None


@dataclass(frozen=True)
class Pool:
    """The items to pick from; which arrays there are depends on what the strategy needs."""

    size: int
    kind: str
    probabilities: np.ndarray | None = None
    embeddings: np.ndarray | None = None
    known: Known | None = None
    sampler: Sampler | None = None
    answers: np.ndarray | None = None
    label: int | None = None

    def uncertainty(self, measure: str) -> np.ndarray:
        """Uncertainty float64 [n]; an item without usable probabilities is less than certain."""
        scores = np.empty(self.size)
        for part, rows in self.parts():
            scores[part] = kind_of(self.kind).uncertainty(rows, measure)
        return np.where(np.isnan(scores), -1.0, scores)

    @cached_property
    def unusable(self) -> np.ndarray:
        """bool [n]: the items whose probabilities are not numbers."""
        found = np.empty(self.size, dtype=bool)
        for part, rows in self.parts():
            found[part] = ~np.isfinite(rows).all(axis=1)
        return found

    def parts(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The probabilities, some at a time: all of them may not fit into memory."""
        for start in range(0, self.size, CHUNK):
            part = slice(start, start + CHUNK)
            yield part, self.probabilities[part]

    def vectors(self, indices: np.ndarray) -> np.ndarray:
        """The embeddings of some items, what is not a number as 0."""
        return np.nan_to_num(self.embeddings[indices], nan=0.0, posinf=0.0, neginf=0.0)

    def sample(self, most: int, seed: int) -> np.ndarray:
        """Up to ``most`` items, ascending: all of them, or a uniform draw."""
        if self.size <= most:
            return np.arange(self.size)
        drawn = np.random.default_rng(seed).choice(self.size, most, replace=False)
        return np.sort(drawn)


def descending(scores: np.ndarray, seed: int) -> np.ndarray:
    """All indices, highest score first; ties in an order drawn from the seed, not the file's."""
    return np.lexsort((np.random.default_rng(seed).permutation(len(scores)), -scores))


def top(scores: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The ``count`` indices of the highest scores, as `descending` orders them."""
    if count >= len(scores):
        return descending(scores, seed)
    edge = np.partition(scores, len(scores) - count)[len(scores) - count]
    near = np.flatnonzero(scores >= edge)
    return near[descending(scores[near], seed)][:count]


def filled(picked: np.ndarray, ranking: np.ndarray, batch: int) -> np.ndarray:
    """``picked``, completed to ``batch`` from the best of ``ranking`` that is not in it."""
    if len(picked) >= batch:
        return picked[:batch]
    rest = ranking[~np.isin(ranking, picked)]
    return np.concatenate([picked, rest])[:batch]


def filled_at_random(picked: np.ndarray, pool: Pool, batch: int, seed: int) -> np.ndarray:
    """``picked``, completed to ``batch`` with others drawn from the seed."""
    if len(picked) >= batch:
        return picked[:batch]
    return filled(picked, np.random.default_rng(seed).permutation(pool.size), batch)
