from __future__ import annotations

from dataclasses import dataclass, field

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
