"""How many random labels would do the same, on vectors whose classes are known."""

from __future__ import annotations

import numpy as np
import pytest

from activelearn.data import Dataset, LabelSchema
from activelearn.head import HeadLearner
from activelearn.reading import tokenise
from activelearn.savings import FEWEST, labels_at_random, random_curve

SCHEMA = LabelSchema("single", ("a", "b", "c"))


class Noisy:
    """Vectors around one centre a class: more examples teach more."""

    model, max_length, version = "noisy", 8, "1"
    tokens = staticmethod(tokenise)

    def embed(self, texts, progress=None) -> np.ndarray:
        centres = {"a": 0, "b": 1, "c": 2}
        rows = []
        for text in texts:
            rng = np.random.default_rng(int(text[1:]))
            rows.append(np.eye(3, 24)[centres[text[0]]] + rng.normal(size=24) * 0.5)
        return np.array(rows, dtype=np.float32)


def sample(count: int, start: int = 0) -> Dataset:
    targets = [SCHEMA.labels[i % 3] for i in range(count)]
    texts = [f"{target}{start + i}" for i, target in enumerate(targets)]
    return Dataset(texts, texts, targets, SCHEMA)


def test_the_curve_rises_and_knows_what_it_was_measured_on() -> None:
    found = random_curve(sample(200), HeadLearner(Noisy()), seed=0)
    assert [one.labels for one in found] == sorted({one.labels for one in found})
    assert found[-1].accuracy > found[0].accuracy
    assert all(one.labels + one.items == 200 for one in found)


def test_a_better_model_is_worth_more_random_labels() -> None:
    learner, held = HeadLearner(Noisy()), sample(200)
    reached = random_curve(held, learner, seed=0)[2]
    needed = labels_at_random(held, reached.accuracy, learner, seed=0)
    assert needed.low <= reached.labels * 1.3 and needed.high >= reached.labels * 0.7
    more = labels_at_random(held, min(0.999, reached.accuracy + 0.05), learner, seed=0)
    assert more.value > needed.value


def test_too_few_random_labels() -> None:
    with pytest.raises(ValueError, match=str(FEWEST)):
        random_curve(sample(FEWEST - 1), HeadLearner(Noisy()), seed=0)
