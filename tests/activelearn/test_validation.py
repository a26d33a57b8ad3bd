from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from activelearn.data import Dataset
from activelearn.finetune import FineTuneLearner, FineTuneSettings
from activelearn.head import HeadLearner
from activelearn.validation import better


@dataclass
class Counting:
    """A learner that notes how many labels each of its trainings had."""

    inner: HeadLearner | FineTuneLearner
    trained_on: list[int] = field(default_factory=list)

    @property
    def name(self):
        return self.inner.name

    def fit(self, dataset, *, seed, progress=None):
        self.trained_on.append(len(dataset))
        return self.inner.fit(dataset, seed=seed, progress=progress)


def test_rivals_learn_from_as_many_labels_as_each_other(encoder, messages):
    brief = FineTuneSettings(max_steps=1, self_training=False)
    head = Counting(HeadLearner(encoder))
    finetune = Counting(FineTuneLearner(encoder, brief))
    best, reason = better(messages, [head, finetune], seed=0)
    assert head.trained_on == finetune.trained_on == [12, 12]
    assert best.learner is head, "one step of training teaches nothing"
    assert reason.startswith("The head is used: right on labels held back: head ")
    assert best.calibration.temperature > 0


@dataclass
class Wrong:
    """Tells all texts right but those of some rows."""

    name: str
    dataset: Dataset
    wrong: range

    def fit(self, dataset, *, seed, progress=None):
        return self

    def predict_proba(self, texts, progress=None):
        rows = [self.dataset.texts.index(text) for text in texts]
        labels = self.dataset.schema.labels
        told = [labels.index(self.dataset.targets[row]) + (row in self.wrong) for row in rows]
        return np.eye(len(labels), dtype=np.float32)[np.array(told) % len(labels)]


@pytest.mark.parametrize(
    ("end", "used", "close"), [(2, "finetune", False), (3, "finetune", True), (9, "head", False)]
)
def test_what_the_labels_are_enough_for_is_used_unless_it_is_clearly_worse(
    messages, end, used, close
):
    head, finetune = Wrong("head", messages, range(1)), Wrong("finetune", messages, range(1, end))
    best, reason = better(messages, [head, finetune], seed=0)
    assert best.learner.name == used
    assert reason.endswith(", too close to go by.") is close


def test_a_head_by_itself_learns_from_two_thirds(encoder, messages):
    alone = Counting(HeadLearner(encoder))
    best, _ = better(messages, [alone], seed=0)
    assert alone.trained_on == [16, 16, 16]
    assert best.accuracy > 0.7


@pytest.mark.parametrize(
    ("count", "children", "trainings"),
    [(139, 0, [69, 70]), (140, 0, [70]), (100, 100, [100, 100])],
)
def test_half_of_many_labels_is_enough_to_judge_by(encoder, messages, count, children, trainings):
    """Two learners of which one trains the whole encoder: its second training is spared where
    people gave labels enough; what was made of their texts is none."""
    places = [*range(count), *range(children)]
    rows = [place % len(messages) for place in places]
    uids = [str(place) for place in range(len(rows))]
    many = Dataset(
        uids,
        [messages.texts[row] for row in rows],
        [messages.targets[row] for row in rows],
        messages.schema,
        [None] * count + uids[:children],
    )
    brief = FineTuneSettings(max_steps=1, self_training=False)
    head = Counting(HeadLearner(encoder, strength=100.0))
    finetune = Counting(FineTuneLearner(encoder, brief))
    best, _ = better(many, [head, finetune], seed=0)
    assert head.trained_on == finetune.trained_on
    assert sorted(head.trained_on) == pytest.approx(trainings, abs=12 * bool(children))
    assert best.learner is head
    assert best.accuracy > 0.95
    assert np.isfinite([best.calibration.before, best.calibration.after]).all()


def test_the_head_finds_its_strength_once(encoder, messages, monkeypatch):
    asked = []
    settled = HeadLearner.settled

    def noted(self, dataset, **rest):
        if self.strength is None:
            asked.append(len(dataset))
        return settled(self, dataset, **rest)

    monkeypatch.setattr(HeadLearner, "settled", noted)
    best, _ = better(messages, [HeadLearner(encoder)], seed=0)
    assert asked == [len(messages)]
    assert best.learner.strength is not None


def test_a_training_that_collapsed_is_not_left_out(messages):
    """One fold's probabilities are no numbers: that is an error, not a smaller sample."""

    class Collapsed:
        name = "finetune"

        def fit(self, dataset, *, seed, progress=None):
            class Model:
                def predict_proba(self, texts, progress=None):
                    return np.full((len(texts), 3), np.nan if seed else 1 / 3, dtype=np.float32)

            return Model()

    with pytest.raises(ValueError):
        better(messages, [Collapsed()], seed=0)
