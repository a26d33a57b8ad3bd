"""Strategies for several annotators: a new label, or a second opinion on one that is there."""

from __future__ import annotations

import numpy as np

from activelearn.strategies.pool import LARGEST, PREFILTER, Pool, top


def activelab(pool: Pool, batch: int, seed: int) -> np.ndarray:
    """The items whose consensus an answer would change most, whether or not they have one yet.

    ActiveLab (Goh and Mueller 2023) as `cleanlab.multiannotator` has it: low scores first. Needs
    one class per text.
    """
    import io
    import warnings
    from contextlib import redirect_stdout

    import pandas as pd
    from cleanlab.multiannotator import get_active_learning_scores

    if pool.kind != "single":
        raise ValueError("the strategy activelab needs one class for each text")
    unsure = pool.uncertainty("least_confidence")
    answered = ~np.isnan(pool.answers).all(axis=1)
    old = np.flatnonzero(answered & ~pool.unusable)
    if not len(old):
        return top(unsure, batch, seed)
    scores = np.full(pool.size, np.nan)
    fresh = top(np.where(answered, -1.0, unsure), max(LARGEST, PREFILTER * batch), seed)
    fresh = fresh[~answered[fresh] & ~pool.unusable[fresh]]
    columns = pool.answers[old]
    columns = columns[:, ~np.isnan(columns).all(axis=0)]
    told = _untied(pool.probabilities[np.concatenate([old, fresh])], seed)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        given, unlabelled = get_active_learning_scores(
            labels_multiannotator=pd.DataFrame(columns).astype("Int64"),
            pred_probs=told[: len(old)],
            pred_probs_unlabeled=told[len(old) :] if len(fresh) else None,
        )
    scores[old] = given
    if len(fresh):
        scores[fresh] = unlabelled
    return top(-np.nan_to_num(scores, nan=np.inf), batch, seed)


def _untied(probabilities: np.ndarray, seed: int) -> np.ndarray:
    """Probabilities float64 [n, k] none of which are alike: ties cleanlab breaks by the global
    random state, and where all are tied it fails."""
    told = probabilities + 1e-9 * np.random.default_rng(seed).random(probabilities.shape)
    return told / told.sum(axis=1, keepdims=True)
