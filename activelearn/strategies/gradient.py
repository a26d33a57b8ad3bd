"""Strategies that ask what an item would change in the model."""

from __future__ import annotations

import numpy as np

from activelearn.kinds import kind_of
from activelearn.strategies.pool import LARGEST, PREFILTER, Pool, descending, filled, top

NEIGHBOURS = 10


def badge(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """A spread of the largest gradients that the head would get from its own predictions.

    k-means++ over gradient embeddings (Ash et al., "Deep batch active learning by diverse,
    uncertain gradient lower bounds", 2020). The gradient of a linear head is the outer product of
    residual and embedding, so that distances come from the two factors and none is ever built.
    """
    candidates = top(pool.uncertainty("margin"), max(LARGEST, PREFILTER * batch), seed)
    candidates = candidates[~pool.unusable[candidates]]
    if not len(candidates):
        return np.random.default_rng(seed).permutation(pool.size)[:batch]
    vectors = pool.vectors(candidates).astype(np.float32)
    residuals = kind_of(pool.kind).residuals(pool.probabilities[candidates])
    lengths = (vectors**2).sum(axis=1) * (residuals**2).sum(axis=1)
    rng = np.random.default_rng(seed)
    picked = [int(lengths.argmax())]
    nearest = np.full(len(candidates), np.inf)
    while len(picked) < min(batch, len(candidates)):
        last = picked[-1]
        products = (vectors @ vectors[last]) * (residuals @ residuals[last])
        nearest = np.minimum(nearest, np.maximum(lengths - 2 * products + lengths[last], 0.0))
        nearest[picked] = 0.0
        total = nearest.sum()
        if total <= 0:
            break
        picked.append(int(rng.choice(len(candidates), p=nearest / total)))
    chosen = candidates[np.array(picked)]
    return filled(chosen, top(pool.uncertainty("margin"), pool.size, seed), batch)


def contrastive(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """Items whose prediction differs most from that of the labelled items nearest to them.

    Mean Kullback-Leibler divergence to the neighbours' predictions (Margatina et al., "Active
    learning by acquiring contrastive examples", 2021).
    """
    from sklearn.neighbors import NearestNeighbors

    known = pool.known
    if known.probabilities is None or not len(known.embeddings):
        raise ValueError("the strategy contrastive needs predictions of the labelled items")
    candidates = top(pool.uncertainty("entropy"), max(LARGEST, PREFILTER * batch), seed)
    near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(known.embeddings)))
    _, places = near.fit(np.nan_to_num(known.embeddings)).kneighbors(pool.vectors(candidates))
    own = np.log(np.clip(pool.probabilities[candidates], 1e-12, 1.0).astype(np.float64))
    labelled = np.clip(known.probabilities, 1e-12, 1.0).astype(np.float64)
    entropy = (labelled * np.log(labelled)).sum(axis=1)
    divergence = entropy[places].mean(axis=1) - (labelled[places].mean(axis=1) * own).sum(axis=1)
    scores = np.where(pool.unusable[candidates], -np.inf, np.nan_to_num(divergence))
    return filled(candidates[descending(scores, seed)], candidates, batch)
