"""Which learner does better on the labels at hand, and how sure it may be of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.calibrate import Calibration, calibrate
from activelearn.data import Dataset
from activelearn.evaluate import surpasses
from activelearn.folds import fold_numbers, out_of_fold
from activelearn.head import HeadLearner
from activelearn.kinds import kind_of
from activelearn.learners import SPOKEN, Learner
from activelearn.progress import Progress, part

FOLDS = {"head": 3, "few_shot": 3, "finetune": 2}
"""Training the whole encoder again and again is dear: half of the labels must do."""

FEWEST = 20
"""From so many labels on learners are compared."""

ENOUGH = 70
"""So many labels held back say enough: where half of all are as many and training is dear, the
other half is not held back in its turn."""


@dataclass(frozen=True)
class Validated:
    """A learner, how right its out-of-fold predictions are (float64 [n], 0 to 1), and the
    calibration they give."""

    learner: Learner
    right: np.ndarray
    calibration: Calibration

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())


def validated(
    dataset: Dataset,
    learner: Learner,
    *,
    folds: int,
    turns: int | None = None,
    seed: int,
    progress: Progress | None = None,
) -> Validated:
    """What out-of-fold predictions say of ``learner``, of the first ``turns`` folds if it is given;
    ValueError for fewer than 2 labels."""
    kind = kind_of(dataset.schema)
    told = out_of_fold(dataset, learner, folds=folds, turns=turns, seed=seed, progress=progress)
    fold_of = fold_numbers(dataset, folds, seed)
    judged = [row for row in dataset.own() if fold_of[row] < (turns or folds)]
    people, told = dataset.take(judged), told[judged]
    right = kind.item_scores(people.targets, kind.decode(told, dataset.schema))
    return Validated(learner, right, calibrate(told, people))


def better(
    dataset: Dataset, learners: Sequence[Learner], *, seed: int, progress: Progress | None = None
) -> tuple[Validated, str]:
    """The last of the learners, which the number of labels speaks for, unless another does better
    on labels held back by over a standard error; and the reason.

    The last trains most, and loses most by learning from a part of the labels. All are judged on
    the same folds, so that none has learned from more labels than the others. The head finds its
    strength once for all of them, which takes longer than all the fits with it.
    """
    found = []
    folds = min(FOLDS[learner.name] for learner in learners)
    dear = any(learner.name == "finetune" for learner in learners)
    turns = 1 if dear and len(dataset.own()) >= folds * ENOUGH else folds
    for number, learner in enumerate(learners):
        low, high = number / len(learners), (number + 1) / len(learners)
        report = part(progress, low, high)
        if isinstance(learner, HeadLearner):
            learner = learner.settled(dataset, seed=seed, progress=part(report, 0.0, 0.5))
            report = part(report, 0.5, 1.0)
        found.append(
            validated(dataset, learner, folds=folds, turns=turns, seed=seed, progress=report)
        )
    best = found[-1]
    for one in found[:-1]:
        if surpasses(one.right, best.right):
            best = one
    compared = ", ".join(f"{one.learner.name} {one.accuracy:.1%}" for one in found)
    if best.accuracy < max(one.accuracy for one in found):
        compared += ", too close to go by"
    return best, f"{SPOKEN[best.learner.name]} is used: right on labels held back: {compared}."
