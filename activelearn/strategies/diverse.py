"""Strategies that spread the batch over the pool by the embeddings."""

from __future__ import annotations

import warnings

import numpy as np

from activelearn.strategies.pool import LARGEST, PREFILTER, Pool, filled, filled_at_random, top
from activelearn.threads import one_thread

MINIBATCH_FROM = 20_000
CLUSTERED = 30_000
"""A larger pool is clustered by a uniform sample of it: its clusters are the pool's."""

MOST_COVERED = 1_000
"""So many clusters more than are picked, at most, are made for those that hold labelled texts."""

MANY_CENTRES = 64
MOST_STEPS = 25
NEIGHBOURS = 20


def kmeans_start(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Clusters of the pool, the largest first, each by the item nearest to its centre."""
    sample = pool.sample(CLUSTERED, seed)
    picked, sizes = cluster_picks(pool.vectors(sample), batch, seed)
    return filled_at_random(sample[picked[np.argsort(-sizes, kind="stable")]], pool, batch, seed)


def kmeans(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """As `kmeans_start`, over clusters that hold nothing labelled yet, or the least, first."""
    if pool.known is None or not len(pool.known.embeddings):
        return kmeans_start(pool, batch, seed)
    sample = pool.sample(CLUSTERED, seed)
    known = np.nan_to_num(pool.known.embeddings)
    points = np.concatenate([pool.vectors(sample), known])
    members, distances = _clusters(points, batch + min(len(known), MOST_COVERED), seed)
    labelled = np.bincount(members[len(sample) :], minlength=members.max() + 1)
    own = members[: len(sample)]
    order = np.lexsort((distances[: len(sample)], own))
    groups, first, sizes = np.unique(own[order], return_index=True, return_counts=True)
    rank = np.lexsort((-sizes, labelled[groups]))
    return filled_at_random(sample[order[first[rank]]], pool, batch, seed)


def typiclust(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """The most typical item of each of the largest clusters without a label.

    Typical: the inverse of the mean distance to the nearest neighbours in the cluster (Hacohen,
    Dekel and Weinshall, "Active learning on a budget", 2022).
    """
    from sklearn.neighbors import NearestNeighbors

    sample = pool.sample(CLUSTERED, seed)
    known = pool.known.embeddings if pool.known is not None else np.empty((0, 1))
    points = pool.vectors(sample)
    if len(known):
        points = np.concatenate([points, np.nan_to_num(known)])
    members, _ = _clusters(points, batch + min(len(known), MOST_COVERED), seed)
    taken = np.bincount(members[len(sample) :], minlength=members.max() + 1)
    own = members[: len(sample)]
    sizes = np.bincount(own, minlength=len(taken))
    picked = []
    for cluster in np.lexsort((-sizes, taken)):
        inside = np.flatnonzero(own == cluster)
        if not len(inside) or len(picked) == batch:
            continue
        near = min(NEIGHBOURS, len(inside) - 1)
        if near < 1:
            picked.append(inside[0])
            continue
        distances, _ = (
            NearestNeighbors(n_neighbors=near + 1).fit(points[inside]).kneighbors(points[inside])
        )
        picked.append(inside[int(distances[:, 1:].mean(axis=1).argmin())])
    return filled_at_random(sample[np.array(picked, dtype=int)], pool, batch, seed)


def core_set(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Each time the item farthest from all that is labelled or picked.

    k-centre greedy (Sener and Savarese, "Active learning for convolutional neural networks: a
    core-set approach", 2018).
    """
    sample = pool.sample(max(LARGEST, 2 * batch), seed)
    points = pool.vectors(sample).astype(np.float32)
    norms = (points**2).sum(axis=1)
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    known = pool.known.embeddings if pool.known is not None else np.empty((0, points.shape[1]))
    for first in range(0, len(known), MANY_CENTRES):
        centres = np.nan_to_num(known[first : first + MANY_CENTRES]).astype(np.float32)
        away = (centres**2).sum(axis=1) - 2 * points @ centres.T
        nearest = np.minimum(nearest, norms + away.min(axis=1))
    picked: list[int] = []
    if not len(known):
        picked.append(int(np.random.default_rng(seed).integers(len(points))))
    while len(picked) < min(batch, len(points)):
        if picked:
            centre = points[picked[-1]]
            nearest = np.minimum(nearest, norms - 2 * points @ centre + centre @ centre)
            nearest[picked[-1]] = -np.inf
        picked.append(int(nearest.argmax()))
        nearest[picked[-1]] = -np.inf
    return filled_at_random(sample[picked], pool, batch, seed)


def margin_diverse(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Clusters of the 10 x batch smallest margins, weighted by 1 - margin.

    After Zhdanov, "Diverse mini-batch active learning" (2019), with margin as the uncertainty.
    """
    uncertainty = pool.uncertainty("margin")
    candidates = top(uncertainty, PREFILTER * batch, seed)
    scored = candidates[uncertainty[candidates] >= 0]
    weights = np.maximum(uncertainty[scored], 1e-6)
    picked, _ = cluster_picks(pool.vectors(scored), batch, seed, weights)
    return filled(scored[np.sort(picked)], candidates, batch)


def cluster_picks(
    points: np.ndarray, clusters: int, seed: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The point nearest to each centre and each cluster's size; fewer where points coincide."""
    if len(points) <= clusters:
        return np.arange(len(points)), np.ones(len(points), dtype=np.int64)
    members, distances = _clusters(points, clusters, seed, weights)
    order = np.lexsort((distances, members))
    _, first, sizes = np.unique(members[order], return_index=True, return_counts=True)
    return order[first], sizes


def _clusters(
    points: np.ndarray, clusters: int, seed: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each point and its distance to that cluster's centre."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    method = MiniBatchKMeans if len(points) > MINIBATCH_FROM else KMeans
    model = method(
        n_clusters=min(clusters, len(points)),
        n_init=1,
        max_iter=MOST_STEPS,
        random_state=seed % 2**32,
    )
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore", ConvergenceWarning)
        members = model.fit_predict(points, sample_weight=weights)
    return members, np.linalg.norm(points - model.cluster_centers_[members], axis=1)
