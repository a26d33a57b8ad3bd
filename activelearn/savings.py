"""What choosing the texts saved: how many labels drawn at random would do the same."""

from __future__ import annotations

import numpy as np

from activelearn.data import Dataset
from activelearn.evaluate import Interval
from activelearn.forecast import Measurement, fit_curve
from activelearn.head import HeadLearner
from activelearn.kinds import kind_of

FEWEST = 40
"""Random items without which the curve of random labels is not worth drawing."""

SIZES, REPEATS = 5, 6
LARGEST_PART = 0.7


def random_curve(sample: Dataset, learner: HeadLearner, *, seed: int) -> list[Measurement]:
    """The learning curve of random labels, from a labelled random ``sample`` alone.

    Heads learn from parts of it and are measured on what is left, several times; nobody uses these
    models. ValueError for a sample that is too small.
    """
    if len(sample) < FEWEST:
        raise ValueError(f"the curve of random labels needs {FEWEST} of them, not {len(sample)}")
    kind, rng = kind_of(sample.schema), np.random.default_rng(seed)
    sizes = np.unique(np.geomspace(len(sample) / 5, LARGEST_PART * len(sample), SIZES).astype(int))
    right: dict[int, list[float]] = {int(size): [] for size in sizes}
    for _ in range(REPEATS):
        order = rng.permutation(len(sample)).tolist()
        for size in right:
            model = learner.fit(sample.take(order[:size]), seed=seed)
            rest = sample.take(order[size:])
            said = kind.decode(model.predict_proba(rest.texts), sample.schema)
            right[size].append(float(kind.item_scores(rest.targets, said).mean()))
    return [
        Measurement(size, float(np.mean(found)), len(sample) - size)
        for size, found in right.items()
    ]


def labels_at_random(
    sample: Dataset, accuracy: float, learner: HeadLearner, *, seed: int
) -> Interval:
    """How many random labels the head needs for ``accuracy``; infinite where they never reach it.

    ``accuracy`` must be a head's as well: what a better learner adds is not what choosing saved.
    """
    return fit_curve(random_curve(sample, learner, seed=seed), seed=seed).labels_for(accuracy)
