"""The head: a linear layer on the vectors of an encoder that stays as it is."""

from __future__ import annotations

from itertools import count

import numpy as np

from activelearn.calibrate import temperature_of
from activelearn.data import Dataset, LabelSchema, labelled_targets
from activelearn.encoder import CachedEncoder, Embedder
from activelearn.evaluate import surpasses
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

NAME_WORTH, FEW = 4.0, 4
"""How many examples a label's name counts as, with up to so many labels a class; the more there
are, the less it counts."""

TURNS, PSEUDO_PER_LABEL, PSEUDO_WORTH = 4, 60, 0.2
"""Self-training: how often, how many texts a label, what one counts while labels are few."""


class HeadLearner:
    """Logistic regression on the frozen encoder's vectors, which are computed once and kept.

    With ``names`` it learns from what the labels are called, too, so that it can tell one that has
    no example yet. ``unlabelled`` are vectors [n, d] of texts that nobody labelled. While labels
    are few the head learns from those of them too that it is surest of, the same number for each
    label (self-training: Yarowsky 1995, Lee 2013); the more labels there are, the less these count.

    ``strength``, the inverse of the regularisation, is found on labels held back if it is None, and
    so is then whether texts without a label teach at all: where labels are rare or hard to tell
    apart, what is guessed as often for each is too often wrong. So is whether names teach, if
    ``names`` is None: they may say nothing of what they stand for.
    """

    name = "head"

    def __init__(
        self,
        encoder: Embedder,
        strength: float | None = None,
        unlabelled: np.ndarray | None = None,
        names: bool | None = None,
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
        if found.names:
            vectors, encoded, counted = with_names(
                self.encoder, dataset.schema, vectors, encoded, counted
            )
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
        """This learner with what was not given: the strength by which labels held back surprise it
        least, and whether to learn from names and from the texts that nobody labelled: not where
        with these it gets fewer of the labels held back right, by over a standard error.

        Surprise is what is left once the probabilities are tempered: a weaker head is less sure,
        which is not yet better.
        """
        strengths = STRENGTHS if self.strength is None else (self.strength,)
        undecided = self.names is None and len(named(dataset.schema)) > 0
        names = undecided if self.names is None else self.names
        given = self.strength is not None and not undecided
        if given or len(set(dataset.groups())) < ENOUGH_TO_FIND:
            return self._with(strengths[-1], names, self.unlabelled)
        own, groups = dataset.own(), dataset.groups()
        drawn = np.random.default_rng(seed).permutation(len(own))[:MOST_TO_FIND]
        asked = {groups[own[place]] for place in drawn}
        sample = dataset.take([row for row, group in enumerate(groups) if group in asked])
        judged, kind = sample.own(), kind_of(dataset.schema)
        people = sample.take(judged)
        truth = kind.encode(labelled_targets(people), people.schema)
        guesses = self.strength is None and self.unlabelled is not None and len(self.unlabelled)
        most, turns = len(strengths) + undecided + bool(guesses), count()

        def held_back(learner: HeadLearner) -> np.ndarray:
            turn = next(turns)
            report = part(progress, turn / most, (turn + 1) / most)
            return out_of_fold(
                sample, learner, folds=FOLDS, seed=seed,
                progress=lambda done, _: report(done, "Finding how strongly the head is to learn"),
            )[judged]  # fmt: skip

        def surprise(told: np.ndarray) -> float:
            return kind.surprise(kind.tempered(told, temperature_of(told, truth, kind)), truth)

        def loses(before: np.ndarray, after: np.ndarray) -> bool:
            right = [
                kind.item_scores(people.targets, kind.decode(told, people.schema))
                for told in (before, after)
            ]
            return surpasses(*right)

        *others, first = strengths
        told = {first: held_back(self._with(first, names and not undecided, None))}
        if undecided:
            taught = held_back(self._with(first, True, None))
            names = not loses(told[first], taught)
            told = {first: taught} if names else told
        told |= {strength: held_back(self._with(strength, names, None)) for strength in others}
        strength = min(sorted(told, reverse=True), key=lambda one: surprise(told[one]))
        found = self._with(strength, names, self.unlabelled)
        if guesses and loses(told[strength], held_back(found)):
            return self._with(strength, names, None)
        return found

    def _with(self, strength: float, names: bool, unlabelled: np.ndarray | None) -> HeadLearner:
        return HeadLearner(self.encoder, strength, unlabelled, names)


def with_names(
    encoder: Embedder,
    schema: LabelSchema,
    vectors: np.ndarray,
    encoded: np.ndarray,
    counted: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vectors [n, d], targets and weights [n] of examples, and after them the labels' names."""
    more = named(schema)
    if not len(more):
        return vectors, encoded, counted
    worth = NAME_WORTH * min(1.0, FEW * len(more) / len(counted))
    return (
        np.concatenate([vectors, encoder.embed(more.texts)]),
        np.concatenate([encoded, kind_of(schema).encode(more.targets, schema)]),
        np.concatenate([counted, np.full(len(more), worth)]),
    )
