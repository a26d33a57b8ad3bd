"""The first batch: what to label while there are no labels to learn from."""

from __future__ import annotations

from typing import Any

import numpy as np

from activelearn.data import LabelSchema
from activelearn.encoder import Embedder
from activelearn.head import STRENGTH, HeadLearner
from activelearn.learners import MANY_LABELS, MOST_UNLABELLED
from activelearn.names import named
from activelearn.strategies import CLUSTERS, DEFAULT, STRATEGIES, Known, choose
from activelearn.unknown import BLIND

AUTO = "auto"


def cold_starts() -> tuple[str, ...]:
    """What a first batch may be chosen by: AUTO, or a strategy that needs no labels."""
    return (AUTO, *(name for name, one in STRATEGIES.items() if set(one.needs) <= {"embeddings"}))


def start_for(schema: LabelSchema, encoder: Embedder) -> str:
    """The strategy that AUTO stands for: with many labels, if their names tell them apart and the
    encoder can read them, it is the default, by a model of the names alone; else clusters.

    With few labels clusters of the texts hold them all, and the names teach less than an example.
    """
    names = named(schema)
    if len(names) <= MANY_LABELS or encoder.unknown(names.texts).mean() > BLIND:
        return CLUSTERS
    return DEFAULT


def first_batch(
    strategy: str,
    schema: LabelSchema,
    encoder: Embedder,
    embeddings: Any,
    *,
    known: Known | None = None,
    batch: int,
    seed: int,
) -> np.ndarray:
    """Indices int64 [min(batch, n)] of the texts to label first, most useful first.

    ``embeddings`` [n, d] are the pool's, an array or what gives one for some rows; ``known`` are
    labelled texts, too few to learn from. A strategy that goes by what a model is unsure of asks a
    head that learned from the labels' names, about a uniform sample of a large pool.
    """
    common = {"batch": batch, "seed": seed, "kind": schema.kind}
    if "probabilities" not in STRATEGIES[strategy].needs:
        return choose(strategy, embeddings=embeddings, known=known, **common)
    most = max(MOST_UNLABELLED, batch)
    rows = np.sort(np.random.default_rng(seed).permutation(len(embeddings))[:most])
    vectors = embeddings[rows]
    head = HeadLearner(encoder, STRENGTH, vectors, names=False).fit(named(schema), seed=seed)
    told = head.predict_from_embeddings(vectors)
    return rows[choose(strategy, probabilities=told, embeddings=vectors, **common)]
