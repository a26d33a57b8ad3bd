"""The head: a linear layer on the vectors of an encoder that stays as it is."""

from __future__ import annotations

from itertools import count

import numpy as np

from activelearn.calibrate import temperature_of
from activelearn.data import Dataset, labelled_targets
from activelearn.encoder import CachedEncoder, Embedder
from activelearn.folds import out_of_fold
from activelearn.kinds import UNSEEN_LOGIT, kind_of
from activelearn.models import HeadModel
from activelearn.names import named
from activelearn.progress import Progress, part

STRENGTH = 100.0
"""How little the head is held back: the inverse of its regularisation, while labels are too few to
find it."""

STRENGTHS = (3.0, 10.0, 30.0, STRENGTH)
FOLDS, ENOUGH_TO_FIND, MOST_TO_FIND = 3, 20, 2_000
"""What is tried, on so many folds, from so many labels on; of more than so many a sample."""

NAME_WORTH = 4.0
"""How many examples a label's name counts as."""

TURNS, PSEUDO_PER_LABEL, PSEUDO_WORTH, FEW = 4, 60, 0.2, 4
"""Self-training: how often, how many texts a label, what one counts, and the labels a class up to
which it counts so much."""


class HeadLearner:
    """Logistic regression on the frozen encoder's vectors, which are computed once and kept.

    With ``names`` it learns from what the labels are called, too, so that it can tell one that has
    no example yet. ``unlabelled`` are vectors [n, d] of texts that nobody labelled. While labels
    are few the head learns from those of them too that it is surest of, the same number for each
    label (self-training: Yarowsky 1995, Lee 2013); the more labels there are, the less these count.

    ``strength``, the inverse of the regularisation, is found on labels held back if it is None, and
    so is whether names, and texts without a label, teach at all: a name may say nothing of what it
    stands for, and where labels are rare or hard to tell apart, what is guessed as often for each
    is too often wrong.
    """

    name = "head"

    def __init__(
        self,
        encoder: Embedder,
        strength: float | None = None,
        unlabelled: np.ndarray | None = None,
        names: bool = True,
    ) -> None:
        self.encoder = encoder if isinstance(encoder, CachedEncoder) else CachedEncoder(encoder)
        self.strength = strength
        self.unlabelled = unlabelled
        self.names = names

    def fit(self, dataset: Dataset, *, seed: int, progress: Progress | None = None) -> HeadModel:
        """Fit the head; a label with neither an example nor a telling name gets about 0."""
        kind, targets = kind_of(dataset.schema), labelled_targets(dataset)
        vectors = self.encoder.embed(dataset.texts, part(progress, 0.0, 0.6))
        encoded, labels = kind.encode(targets, dataset.schema), len(dataset.schema.labels)
        report = part(progress, 0.6, 1.0)
        report(0.0, "Fitting the head")
        found = self.settled(dataset, seed=seed, progress=part(report, 0.0, 0.5))
        strength, unlabelled = found.strength, found.unlabelled
        counted = np.ones(len(targets))
        if found.names and len(more := named(dataset.schema)):
            vectors = np.concatenate([vectors, self.encoder.embed(more.texts)])
            encoded = np.concatenate([encoded, kind.encode(more.targets, dataset.schema)])
            counted = np.concatenate([counted, np.full(len(more), NAME_WORTH)])
        weights, biases = kind.fit_linear(vectors, encoded, labels, strength, counted)
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
                    np.concatenate([counted, np.full(len(rows), worth)]),
                )
        report(1.0, "Fitted the head")
        return HeadModel(self.encoder, dataset.schema, weights, biases)

    def settled(
        self, dataset: Dataset, *, seed: int, progress: Progress | None = None
    ) -> HeadLearner:
        """This learner with the strength by which labels held back surprise it least, without the
        names and without the texts that nobody labelled where with these it gets fewer of the
        labels held back right, by over a standard error.

        Surprise is what is left once the probabilities are tempered: a weaker head is less sure,
        which is not yet better.
        """
        if self.strength is not None:
            return self
        if len(set(dataset.groups())) < ENOUGH_TO_FIND:
            return self._with(STRENGTH, self.names, self.unlabelled)
        drawn = np.random.default_rng(seed).permutation(len(dataset))[:MOST_TO_FIND]
        sample, kind = dataset.take(np.sort(drawn).tolist()), kind_of(dataset.schema)
        truth = kind.encode(labelled_targets(sample), sample.schema)
        most, turns = len(STRENGTHS) + 2, count()

        def held_back(learner: HeadLearner) -> np.ndarray:
            turn = next(turns)
            report = part(progress, turn / most, (turn + 1) / most)
            return out_of_fold(
                sample, learner, folds=FOLDS, seed=seed,
                progress=lambda done, _: report(done, "Finding how strongly the head is to learn"),
            )  # fmt: skip

        def surprise(told: np.ndarray) -> float:
            return kind.surprise(kind.tempered(told, temperature_of(told, truth, kind)), truth)

        def loses(before: np.ndarray, after: np.ndarray) -> bool:
            right = [
                kind.item_scores(sample.targets, kind.decode(told, sample.schema))
                for told in (before, after)
            ]
            lost = right[0] - right[1]
            return lost.mean() > lost.std() / np.sqrt(len(lost))

        names = self.names and len(named(dataset.schema)) > 0
        plain = {STRENGTH: held_back(self._with(STRENGTH, False, None))}
        taught = {STRENGTH: held_back(self._with(STRENGTH, True, None))} if names else plain
        names = names and not loses(plain[STRENGTH], taught[STRENGTH])
        told = taught if names else plain
        for strength in STRENGTHS:
            if strength not in told:
                told[strength] = held_back(self._with(strength, names, None))
        strength = min(sorted(told, reverse=True), key=lambda one: surprise(told[one]))
        found = self._with(strength, names, self.unlabelled)
        if self.unlabelled is None or not len(self.unlabelled):
            return found
        if loses(told[strength], held_back(found)):
            return self._with(strength, names, None)
        return found

    def _with(self, strength: float, names: bool, unlabelled: np.ndarray | None) -> HeadLearner:
        return HeadLearner(self.encoder, strength, unlabelled, names)
