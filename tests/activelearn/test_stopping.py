"""The stopping criteria on histories that are clear."""

from __future__ import annotations

from activelearn.evaluate import Interval
from activelearn.stopping import agreement, few_changes, stabilised, target_reached


def test_stable_predictions_stop_only_after_three_rounds() -> None:
    assert not stabilised([0.999, 0.999]).stop
    assert stabilised([0.5, 0.995, 0.992, 0.996]).stop
    assert stabilised([0.98, 1.0, 0.99]).stop, "0.99, but for rounding"
    assert not stabilised([0.995, 0.96, 0.99]).stop


def test_few_changes_looks_at_the_last_round() -> None:
    assert few_changes([0.2, 0.004]).stop
    assert not few_changes([0.001, 0.2]).stop and not few_changes([]).stop


def test_a_target_needs_its_lower_bound() -> None:
    assert target_reached(Interval(0.93, 0.91, 0.95), 0.9).stop
    assert not target_reached(Interval(0.93, 0.89, 0.95), 0.9).stop
    assert not target_reached(None, 0.9).stop


def test_agreement() -> None:
    assert agreement(["a", "b"], ["a", "b"]) == 1.0 == agreement(["a"], ["a"])
    assert agreement(["a", "a", "b", "b"], ["a", "b", "a", "b"]) < 0.1
