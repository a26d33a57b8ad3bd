"""Query strategies: which items of the pool to label next."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from activelearn.kinds import kind_of

DEFAULT = "margin_diverse"
COLD_START = "kmeans_start"
_MINIBATCH_FROM = 20_000
_PREFILTER = 10


@dataclass(frozen=True)
class Pool:
    """What a strategy sees: ``probabilities`` [n, k] and ``embeddings`` [n, d], where it asked."""

    size: int
    probabilities: np.ndarray | None
    embeddings: np.ndarray | None
    kind: str

    def uncertainty(self, measure: str) -> np.ndarray:
        """Uncertainty float64 [n]; an item without usable probabilities is less than certain."""
        scores = kind_of(self.kind).uncertainty(self.probabilities, measure)
        return np.where(np.isnan(scores), -1.0, scores)


Picker = Callable[[Pool, int, int], np.ndarray]


@dataclass(frozen=True)
class Strategy:
    """A named way to pick; ``pick(pool, batch, seed)`` gives indices in order of usefulness."""

    name: str
    pick: Picker
    needs_probabilities: bool = False
    needs_embeddings: bool = False


def choose(
    name: str,
    *,
    probabilities: np.ndarray | None = None,
    embeddings: np.ndarray | None = None,
    batch: int,
    seed: int,
    kind: str = "single",
) -> np.ndarray:
    """Indices int64 [min(batch, n)] of the items to label next, most useful first, none twice.

    ``probabilities`` [n, k] and ``embeddings`` [n, d] are those of the pool; give what the strategy
    needs. The same arguments give the same answer. Items that the model could not score (NaN) come
    last. Raises ValueError for an unknown name, missing arrays or arrays of unequal length.
    """
    if name not in STRATEGIES:
        raise ValueError(f"no query strategy {name!r}: choose one of {', '.join(STRATEGIES)}")
    strategy = STRATEGIES[name]
    if strategy.needs_probabilities and probabilities is None:
        raise ValueError(f"the strategy {name} needs a trained model: start with {COLD_START}")
    if strategy.needs_embeddings and embeddings is None:
        raise ValueError(f"the strategy {name} needs embeddings of the pool")
    sizes = {len(array) for array in (probabilities, embeddings) if array is not None}
    if len(sizes) != 1:
        raise ValueError(f"the pool has no one size: {sorted(sizes) or 'no arrays were given'}")
    size = sizes.pop()
    batch = min(batch, size)
    if batch <= 0:
        return np.empty(0, dtype=np.int64)
    clean = None if embeddings is None else _finite(embeddings)
    return strategy.pick(Pool(size, probabilities, clean, kind), batch, seed).astype(np.int64)


def _finite(embeddings: np.ndarray) -> np.ndarray:
    if np.isfinite(embeddings).all():
        return embeddings
    return np.nan_to_num(embeddings, nan=0.0, posinf=0.0, neginf=0.0)


def _random(pool: Pool, batch: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(pool.size)[:batch]


def _most_uncertain(measure: str) -> Picker:
    def pick(pool: Pool, batch: int, seed: int) -> np.ndarray:
        return _descending(pool.uncertainty(measure), seed)[:batch]

    return pick


def _kmeans_start(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Clusters of the pool, the largest first, each by the item nearest to its centre."""
    picked, sizes = _cluster_picks(pool.embeddings, batch, seed)
    picked = picked[np.argsort(-sizes, kind="stable")]
    return _filled(picked, _random(pool, pool.size, seed), batch)


def _margin_diverse(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Clusters of the 10 x batch smallest margins, weighted by 1 - margin.

    After Zhdanov, "Diverse mini-batch active learning" (2019), with margin as the uncertainty.
    """
    uncertainty = pool.uncertainty("margin")
    ranking = _descending(uncertainty, seed)
    candidates = ranking[: _PREFILTER * batch]
    weights = np.maximum(uncertainty[candidates], 1e-6)
    picked, _ = _cluster_picks(pool.embeddings[candidates], batch, seed, weights)
    chosen = candidates[np.sort(picked)]
    return _filled(chosen, ranking, batch)


def _cluster_picks(
    points: np.ndarray, clusters: int, seed: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The point nearest to each centre and each cluster's size; fewer where points coincide."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    if len(points) <= clusters:
        return np.arange(len(points)), np.ones(len(points), dtype=np.int64)
    method = MiniBatchKMeans if len(points) > _MINIBATCH_FROM else KMeans
    kmeans = method(n_clusters=clusters, n_init=1, random_state=seed % 2**32)
    with warnings.catch_warnings(), threadpool_limits(limits=1, user_api="openmp"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        members = kmeans.fit_predict(points, sample_weight=weights)
    distances = np.linalg.norm(points - kmeans.cluster_centers_[members], axis=1)
    order = np.lexsort((distances, members))
    _, first, sizes = np.unique(members[order], return_index=True, return_counts=True)
    return order[first], sizes


def _descending(scores: np.ndarray, seed: int) -> np.ndarray:
    """All indices, highest score first; ties in an order drawn from the seed, not the file's."""
    return np.lexsort((np.random.default_rng(seed).permutation(len(scores)), -scores))


def _filled(picked: np.ndarray, ranking: np.ndarray, batch: int) -> np.ndarray:
    """``picked``, completed to ``batch`` from the best of ``ranking`` that is not in it."""
    rest = ranking[~np.isin(ranking, picked)]
    return np.concatenate([picked, rest])[:batch]


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("random", _random),
        Strategy("least_confidence", _most_uncertain("least_confidence"), True),
        Strategy("entropy", _most_uncertain("entropy"), True),
        Strategy("margin", _most_uncertain("margin"), True),
        Strategy("kmeans_start", _kmeans_start, needs_embeddings=True),
        Strategy("margin_diverse", _margin_diverse, True, True),
    )
}
