from __future__ import annotations

import numpy as np
import pytest

from activelearn.data import LabelSchema
from activelearn.kinds import kind_of
from activelearn.stopping import agreement

SCHEMA = LabelSchema("single", ("no", "yes", "maybe"))


def test_targets_round_trip():
    kind, targets = kind_of(SCHEMA), ["maybe", "no", "yes"]
    encoded = kind.encode(targets, SCHEMA)
    assert encoded.tolist() == [2, 0, 1]
    assert kind.decode(np.eye(3)[encoded], SCHEMA) == targets


def test_label_outside_the_schema_is_named():
    with pytest.raises(ValueError, match="'perhaps' is not in the schema"):
        kind_of(SCHEMA).encode(["perhaps"], SCHEMA)


def test_probabilities_of_extreme_logits_sum_to_one():
    rows = kind_of("single").probabilities(np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]]))
    assert np.allclose(rows.sum(axis=1), 1)
    assert np.allclose(rows[1], 1 / 3)


@pytest.mark.parametrize("measure", ["least_confidence", "entropy", "margin"])
def test_uncertainty_runs_from_certain_to_flat(measure):
    rows = np.array([[1.0, 0, 0], [0.6, 0.3, 0.1], [1 / 3, 1 / 3, 1 / 3], [np.nan, 0, 0]])
    scores = kind_of("single").uncertainty(rows, measure)
    assert scores[0] == pytest.approx(0, abs=1e-6)
    assert scores[0] < scores[1] < scores[2] <= 1
    assert np.isnan(scores[3])


@pytest.mark.parametrize("present", [[0], [1, 2], [0, 1, 2]])
def test_linear_head_gives_unseen_labels_nothing(present):
    rng = np.random.default_rng(0)
    encoded = np.array(present * 10)
    features = np.eye(3)[encoded] + rng.normal(size=(len(encoded), 3)) * 0.01
    kind = kind_of("single")
    weights, biases = kind.fit_linear(features, encoded, 3, 10.0)
    rows = kind.probabilities(features @ weights.T + biases)
    assert rows.shape == (len(encoded), 3)
    assert (rows.argmax(axis=1) == encoded).all()
    absent = [i for i in range(3) if i not in present]
    assert (rows[:, absent] < 1e-6).all()


def test_expected_agreement_is_the_kappa_that_right_probabilities_lead_to():
    rng = np.random.default_rng(0)
    rows = rng.dirichlet([4.0, 1.0, 0.5], size=20_000)
    truth = (rows.cumsum(axis=1) > rng.random((len(rows), 1))).argmax(axis=1)
    expected = kind_of("single").expected_agreement(rows)
    assert expected == pytest.approx(agreement(rows.argmax(axis=1), truth), abs=0.02)
    assert kind_of("single").expected_agreement(np.tile([1.0, 0.0, 0.0], (5, 1))) == 0.0


def test_metrics():
    found = kind_of("single").metrics(["no", "no", "yes", "yes"], ["no", "no", "yes", "no"], SCHEMA)
    assert found["accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)


@pytest.mark.parametrize("name", ["multi", "spans"])
def test_other_kinds_are_refused(name):
    with pytest.raises(ValueError, match=f"task kind {name} is not trainable yet"):
        kind_of(LabelSchema(name, ("a",)))
