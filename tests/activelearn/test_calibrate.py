"""Temperatures that undo what was done to known probabilities, and the error that shows it."""

from __future__ import annotations

import numpy as np
import pytest

from activelearn.calibrate import calibrate, calibration_error
from activelearn.data import Dataset, LabelSchema
from activelearn.kinds import kind_of

SCHEMA = LabelSchema("single", ("a", "b", "c"))


def drawn(count: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, Dataset]:
    """Targets drawn from known probabilities, and these with their logits divided."""
    rng = np.random.default_rng(seed)
    honest = rng.dirichlet(np.ones(3) * 0.7, count)
    targets = [SCHEMA.labels[rng.choice(3, p=row)] for row in honest]
    uids = [str(i) for i in range(count)]
    spoilt = kind_of(SCHEMA).tempered(honest, temperature)
    return spoilt, Dataset(uids, uids, targets, SCHEMA)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_undoes_what_was_done(temperature: float) -> None:
    probabilities, dataset = drawn(4000, temperature)
    found = calibrate(probabilities, dataset)
    assert found.temperature == pytest.approx(1 / temperature, rel=0.15)
    assert found.after < 0.03
    if temperature != 1.0:
        assert found.after < found.before / 2


def test_no_prediction_changes() -> None:
    probabilities, _ = drawn(200, 1.0)
    for temperature in (0.1, 5.0):
        tempered = kind_of(SCHEMA).tempered(probabilities, temperature)
        assert np.array_equal(tempered.argmax(axis=1), probabilities.argmax(axis=1))
        assert np.allclose(tempered.sum(axis=1), 1.0, atol=1e-5)


def test_error_of_the_boastful_and_of_the_honest() -> None:
    rows = np.tile([0.99, 0.005, 0.005], (100, 1))
    truth = ["a"] * 50 + ["b"] * 50
    assert calibration_error(rows, truth, SCHEMA) == pytest.approx(0.49, abs=0.01)
    assert calibration_error(np.tile([0.5, 0.3, 0.2], (100, 1)), truth, SCHEMA) < 0.02


def test_a_few_labels_that_are_all_right_make_nobody_certain() -> None:
    uids = [str(i) for i in range(20)]
    rows = np.tile([0.8, 0.1, 0.1], (20, 1))
    found = calibrate(rows, Dataset(uids, uids, ["a"] * 20, SCHEMA))
    assert 0.3 < found.temperature < 1.0
    many = [str(i) for i in range(2000)]
    sure = calibrate(np.tile(rows, (100, 1)), Dataset(many, many, ["a"] * 2000, SCHEMA))
    assert sure.temperature < 0.3


def test_few_labels_break_nothing() -> None:
    probabilities, dataset = drawn(3, 1.0)
    assert calibrate(probabilities, dataset).temperature > 0


def test_a_temperature_that_makes_it_worse_is_not_used() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(2) * 3, 200)
    rows = np.column_stack([probabilities, np.zeros(200)])
    targets = [SCHEMA.labels[2 if place % 2 else row.argmax()] for place, row in enumerate(rows)]
    uids = [str(place) for place in range(200)]
    found = calibrate(rows, Dataset(uids, uids, targets, SCHEMA))
    assert found.temperature == 1.0 and found.after == found.before > 0
