"""Which learner does better on the labels at hand, and how sure it may be of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.calibrate import Calibration, calibrate
from activelearn.data import Dataset
from activelearn.folds import out_of_fold
from activelearn.kinds import kind_of
from activelearn.learners import SPOKEN, Learner
from activelearn.progress import Progress, part

FOLDS = {"head": 3, "few_shot": 3, "finetune": 2}
"""Training the whole encoder again and again is dear: half of the labels must do."""

FEWEST, ENOUGH = 20, 100
"""From so many labels on learners are compared; so many held back say enough, and where half of the
labels are as many, the other half is not held back in its turn."""


@dataclass(frozen=True)
class Validated:
    """A learner, its share of right out-of-fold predictions, and the calibration they give."""

    learner: Learner
    accuracy: float
    calibration: Calibration


def validated(
    dataset: Dataset,
    learner: Learner,
    *,
    folds: int,
    seed: int,
    progress: Progress | None = None,
) -> Validated:
    """What out-of-fold predictions say of ``learner``; ValueError for fewer than 2 labels."""
    kind = kind_of(dataset.schema)
    own = np.array([parent is None for parent in dataset.parents or [None] * len(dataset)])
    turns = 1 if folds == FOLDS["finetune"] and own.sum() >= folds * ENOUGH else folds
    told = out_of_fold(dataset, learner, folds=folds, turns=turns, seed=seed, progress=progress)
    judged = np.flatnonzero(own & ~np.isnan(told).any(axis=1))
    people, told = dataset.take(judged.tolist()), told[judged]
    right = kind.item_scores(people.targets, kind.decode(told, dataset.schema))
    return Validated(learner, float(right.mean()), calibrate(told, people))


def better(
    dataset: Dataset, learners: Sequence[Learner], *, seed: int, progress: Progress | None = None
) -> tuple[Validated, str]:
    """The learner that does best on labels held back (the first among equals), and the reason.

    All are judged on the same folds, so that none has learned from more labels than the others.
    """
    found = []
    folds = min(FOLDS[learner.name] for learner in learners)
    for number, learner in enumerate(learners):
        low, high = number / len(learners), (number + 1) / len(learners)
        report = part(progress, low, high)
        found.append(validated(dataset, learner, folds=folds, seed=seed, progress=report))
    best = max(found, key=lambda one: one.accuracy)
    compared = ", ".join(f"{one.learner.name} {one.accuracy:.1%}" for one in found)
    return best, f"{SPOKEN[best.learner.name]} is used: right on labels held back: {compared}."
