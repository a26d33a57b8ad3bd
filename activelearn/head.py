"""The head: a linear layer on the vectors of an encoder that stays as it is."""

from __future__ import annotations

import numpy as np

from activelearn.calibrate import temperature_of
from activelearn.data import Dataset, labelled_targets
from activelearn.encoder import CachedEncoder, Embedder
from activelearn.folds import out_of_fold
from activelearn.kinds import UNSEEN_LOGIT, kind_of
from activelearn.models import HeadModel
from activelearn.progress import Progress, part

STRENGTH = 100.0
"""How little the head is held back: the inverse of its regularisation, while labels are too few to
find it."""

STRENGTHS = (3.0, 10.0, 30.0, STRENGTH)
FOLDS, ENOUGH_TO_FIND, MOST_TO_FIND = 3, 20, 2_000
"""What is tried, on so many folds, from so many labels on; of more than so many a sample."""

TURNS, PSEUDO_PER_LABEL, PSEUDO_WORTH, FEW = 4, 60, 0.2, 4
"""Self-training: how often, how many texts a label, what one counts, and the labels a class up to
which it counts so much."""


class HeadLearner:
    """Logistic regression on the frozen encoder's vectors, which are computed once and kept.

    ``unlabelled`` are vectors [n, d] of texts that nobody labelled. While labels are few the head
    learns from those of them too that it is surest of, the same number for each label
    (self-training: Yarowsky 1995, Lee 2013); the more labels there are, the less these count.

    ``strength``, the inverse of the regularisation, is found on labels held back if it is None, and
    so is whether texts without a label teach at all: where labels are rare or hard to tell apart,
    what is guessed as often for each is too often wrong.
    """

    name = "head"

    def __init__(
        self,
        encoder: Embedder,
        strength: float | None = None,
        unlabelled: np.ndarray | None = None,
    ) -> None:
        self.encoder = encoder if isinstance(encoder, CachedEncoder) else CachedEncoder(encoder)
        self.strength = strength
        self.unlabelled = unlabelled

    def fit(self, dataset: Dataset, *, seed: int, progress: Progress | None = None) -> HeadModel:
        """Fit the head; labels of the schema without an example get a probability of about 0."""
        kind, targets = kind_of(dataset.schema), labelled_targets(dataset)
        vectors = self.encoder.embed(dataset.texts, part(progress, 0.0, 0.6))
        encoded, labels = kind.encode(targets, dataset.schema), len(dataset.schema.labels)
        report = part(progress, 0.6, 1.0)
        report(0.0, "Fitting the head")
        found = self.settled(dataset, seed=seed, progress=part(report, 0.0, 0.5))
        strength, unlabelled = found.strength, found.unlabelled
        weights, biases = kind.fit_linear(vectors, encoded, labels, strength)
        seen = int((biases != UNSEEN_LOGIT).sum())
        if unlabelled is not None and len(unlabelled) and seen > 1:
            worth = PSEUDO_WORTH * min(1.0, FEW * seen / len(targets))
            for turn in range(TURNS):
                report(0.5 + 0.5 * turn / TURNS, "Fitting the head")
                told = kind.probabilities(unlabelled @ weights.T + biases)
                rows, guessed = kind.surest(told, PSEUDO_PER_LABEL)
                weights, biases = kind.fit_linear(
                    np.concatenate([vectors, unlabelled[rows]]),
                    np.concatenate([encoded, guessed]),
                    labels,
                    strength,
                    np.concatenate([np.ones(len(targets)), np.full(len(rows), worth)]),
                )
        report(1.0, "Fitted the head")
        return HeadModel(self.encoder, dataset.schema, weights, biases)

    def settled(
        self, dataset: Dataset, *, seed: int, progress: Progress | None = None
    ) -> HeadLearner:
        """This learner with the strength by which labels held back surprise it least, and without
        the texts that nobody labelled where with them it gets fewer of these right, by over
        a standard error.

        Surprise is what is left once the probabilities are tempered: a weaker head is less sure,
        which is not yet better.
        """
        if self.strength is not None:
            return self
        if len(set(dataset.groups())) < ENOUGH_TO_FIND:
            return HeadLearner(self.encoder, STRENGTH, self.unlabelled)
        drawn = np.random.default_rng(seed).permutation(len(dataset))[:MOST_TO_FIND]
        sample, kind = dataset.take(np.sort(drawn).tolist()), kind_of(dataset.schema)
        truth = kind.encode(labelled_targets(sample), sample.schema)

        def held_back(learner: HeadLearner, number: int) -> np.ndarray:
            share = 1 / (len(STRENGTHS) + 1)
            report = part(progress, number * share, (number + 1) * share)
            return out_of_fold(
                sample, learner, folds=FOLDS, seed=seed,
                progress=lambda done, _: report(done, "Finding how strongly the head is to learn"),
            )  # fmt: skip

        plain = {
            strength: held_back(HeadLearner(self.encoder, strength), number)
            for number, strength in enumerate(STRENGTHS)
        }

        def surprise(strength: float) -> float:
            told = plain[strength]
            return kind.surprise(kind.tempered(told, temperature_of(told, truth, kind)), truth)

        def right(told: np.ndarray) -> np.ndarray:
            return kind.item_scores(sample.targets, kind.decode(told, sample.schema))

        strength = min(reversed(STRENGTHS), key=surprise)
        taught = HeadLearner(self.encoder, strength, self.unlabelled)
        if self.unlabelled is None or not len(self.unlabelled):
            return taught
        lost = right(plain[strength]) - right(held_back(taught, len(STRENGTHS)))
        if lost.mean() > lost.std() / np.sqrt(len(lost)):
            return HeadLearner(self.encoder, strength)
        return taught
