"""Predictions for labelled items by models that did not see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from activelearn.data import Dataset, labelled_targets
from activelearn.kinds import kind_of
from activelearn.progress import Progress, part

if TYPE_CHECKING:
    from activelearn.learners import Learner


def fold_numbers(dataset: Dataset, folds: int, seed: int) -> np.ndarray:
    """The fold of each row, int64 [n], balanced by label; a child is in its parent's fold.

    Gives fewer folds where there are fewer originals; ValueError with fewer than two of either.
    """
    targets, groups = labelled_targets(dataset), dataset.groups()
    strata = kind_of(dataset.schema).strata(targets)
    stratum_of: dict[str, object] = {}
    for uid, group, stratum in zip(dataset.uids, groups, strata, strict=True):
        if uid == group or group not in stratum_of:
            stratum_of[group] = stratum
    folds = min(folds, len(stratum_of))
    if folds < 2:
        raise ValueError("out-of-fold predictions need at least 2 folds and 2 labelled items")
    names = list(stratum_of)
    mixed = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    rank = {stratum: i for i, stratum in enumerate(dict.fromkeys(strata))}
    dealt = sorted(mixed, key=lambda name: rank[stratum_of[name]])
    fold_of = {name: i % folds for i, name in enumerate(dealt)}
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def out_of_fold(
    dataset: Dataset,
    learner: Learner,
    *,
    folds: int = 5,
    turns: int | None = None,
    seed: int,
    progress: Progress | None = None,
) -> np.ndarray:
    """Probabilities float32 [n, k], each row from a model trained without its fold.

    Only the first ``turns`` folds are predicted if it is given; the rows of the others are NaN.
    """
    numbers = fold_numbers(dataset, folds, seed)
    count = min(int(numbers.max()) + 1, turns or folds)
    result = np.full((len(dataset), len(dataset.schema.labels)), np.nan, dtype=np.float32)
    for fold in range(count):
        said = f"Fold {fold + 1} of {count}"
        report = part(progress, fold / count, (fold + 1) / count)
        inside, outside = np.flatnonzero(numbers == fold), np.flatnonzero(numbers != fold)
        model = learner.fit(
            dataset.take(outside.tolist()),
            seed=seed + fold,
            progress=lambda done, text, said=said, report=report: report(
                0.9 * done, f"{said}: {text}"
            ),
        )
        result[inside] = model.predict_proba([dataset.texts[i] for i in inside])
        report(1.0, said)
    return result
