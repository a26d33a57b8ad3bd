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


def test_a_head_by_itself_learns_from_two_thirds(encoder, messages):
    alone = Counting(HeadLearner(encoder))
    best, _ = better(messages, [alone], seed=0)
    assert alone.trained_on == [16, 16, 16]
    assert best.accuracy > 0.7


@pytest.mark.parametrize(("copies", "trainings"), [(8, [96, 96]), (9, [108])])
def test_half_of_many_labels_is_enough_to_judge_by(encoder, messages, copies, trainings):
    """Two learners of which one trains the whole encoder: its second training is spared."""
    rows = [*range(len(messages))] * copies
    many = Dataset(
        [f"{copy}" for copy in range(len(rows))],
        [messages.texts[row] for row in rows],
        [messages.targets[row] for row in rows],
        messages.schema,
    )
    brief = FineTuneSettings(max_steps=1, self_training=False)
    head = Counting(HeadLearner(encoder, strength=100.0))
    finetune = Counting(FineTuneLearner(encoder, brief))
    best, _ = better(many, [head, finetune], seed=0)
    assert head.trained_on == finetune.trained_on == trainings
    assert best.learner is head
    assert best.accuracy > 0.95
    assert np.isfinite([best.calibration.before, best.calibration.after]).all()
