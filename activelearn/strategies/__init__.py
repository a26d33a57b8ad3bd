"""Query strategies: which items of the pool to label next.

Each is one small function in the registry; ``choose`` is the only way to call one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from activelearn.strategies import diverse, gradient, opinions, uncertain
from activelearn.strategies.pool import Known, Pool, Sampler

__all__ = ["CLUSTERS", "DEFAULT", "STRATEGIES", "Known", "Sampler", "Strategy", "choose"]

DEFAULT = "margin_diverse"
CLUSTERS = "kmeans_start"

Picker = Callable[[Pool, int, int], np.ndarray]


@dataclass(frozen=True)
class Strategy:
    """A named way to pick; ``pick(pool, batch, seed)`` gives indices in order of usefulness.

    ``needs`` names the fields of the pool without which it cannot work. ``measure`` is the
    uncertainty that it goes by, by which what is left of a batch can be ordered anew.
    """

    name: str
    pick: Picker
    needs: tuple[str, ...] = ()
    measure: str = ""


def choose(
    name: str,
    *,
    probabilities: np.ndarray | None = None,
    embeddings: np.ndarray | None = None,
    known: Known | None = None,
    sampler: Sampler | None = None,
    answers: np.ndarray | None = None,
    label: int | None = None,
    batch: int,
    seed: int,
    kind: str = "single",
) -> np.ndarray:
    """Indices int64 [min(batch, n)] of the items to label next, most useful first, none twice.

    ``probabilities`` [n, k] and ``embeddings`` [n, d] are those of the pool; ``known`` is what is
    labelled so far, ``sampler`` draws probabilities from a model that is unsure of itself,
    ``answers`` [n, annotators] (class numbers, NaN for none) lets items that have answers already
    be picked again, and ``label`` is the class that `rare_class` looks into. Give what the strategy
    needs. The same arguments give the same answer. Items that the model could not score (NaN) come
    last. Raises ValueError for an unknown name, missing arrays or arrays of unequal length.
    """
    if name not in STRATEGIES:
        raise ValueError(f"no query strategy {name!r}: choose one of {', '.join(STRATEGIES)}")
    given = {
        "probabilities": probabilities,
        "embeddings": embeddings,
        "known": known,
        "sampler": sampler,
        "answers": answers,
    }
    for need in STRATEGIES[name].needs:
        if given[need] is None:
            raise ValueError(f"the strategy {name} needs {_WORDS[need]}")
    sizes = {len(array) for array in (probabilities, embeddings, answers) if array is not None}
    if len(sizes) != 1:
        raise ValueError(f"the pool has no one size: {sorted(sizes) or 'no arrays were given'}")
    size = sizes.pop()
    batch = min(batch, size)
    if batch <= 0:
        return np.empty(0, dtype=np.int64)
    pool = Pool(size, kind, label=label, **given)
    return STRATEGIES[name].pick(pool, batch, seed).astype(np.int64)


_WORDS = {
    "probabilities": f"a trained model: start with {CLUSTERS}",
    "embeddings": "embeddings of the pool",
    "known": "the items that are labelled so far",
    "sampler": "a fine-tuned model, which can be asked several times with dropout",
    "answers": "the answers of each annotator",
}


def _most(measure: str) -> Strategy:
    return Strategy(measure, uncertain.most(measure), ("probabilities",), measure)


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("random", uncertain.at_random),
        _most("least_confidence"),
        _most("entropy"),
        _most("margin"),
        Strategy("rare_class", uncertain.rare_class, ("probabilities",)),
        Strategy("bald", uncertain.bald, ("probabilities", "sampler")),
        Strategy("kmeans_start", diverse.kmeans_start, ("embeddings",)),
        Strategy("typiclust", diverse.typiclust, ("embeddings",)),
        Strategy("kmeans", diverse.kmeans, ("embeddings",)),
        Strategy("core_set", diverse.core_set, ("embeddings",)),
        Strategy(
            "margin_diverse", diverse.margin_diverse, ("probabilities", "embeddings"), "margin"
        ),
        Strategy("badge", gradient.badge, ("probabilities", "embeddings")),
        Strategy("contrastive", gradient.contrastive, ("probabilities", "embeddings", "known")),
        Strategy("activelab", opinions.activelab, ("probabilities", "answers")),
    )
}
