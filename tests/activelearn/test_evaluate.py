from __future__ import annotations

import numpy as np
import pytest

from activelearn.evaluate import accuracy_interval, confusion, surpasses


def answers(right: int, wrong: int) -> tuple[list[str], list[str]]:
    return ["a"] * (right + wrong), ["a"] * right + ["b"] * wrong


def test_interval_is_around_the_value_and_shrinks_with_more_items():
    small = accuracy_interval(*answers(15, 5), seed=0)
    large = accuracy_interval(*answers(1500, 500), seed=0)
    assert small.value == large.value == 0.75
    assert small.low < 0.75 < small.high
    assert large.high - large.low < (small.high - small.low) / 5
    assert small.high - small.low == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 20), rel=0.2)


def test_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        right = int(rng.binomial(200, 0.8))
        found = accuracy_interval(*answers(right, 200 - right), seed=trial, level=0.9, draws=400)
        held += found.low <= 0.8 <= found.high
    assert 0.82 <= held / 200 <= 0.97


def test_unanimous_items_do_not_claim_certainty():
    perfect = accuracy_interval(*answers(20, 0), seed=0)
    assert perfect.value == perfect.high == 1.0 and 0.7 < perfect.low < 0.95
    hopeless = accuracy_interval(*answers(0, 20), seed=0)
    assert hopeless.value == hopeless.low == 0.0 and 0.05 < hopeless.high < 0.3


@pytest.mark.parametrize("count", [20, 50, 200, 1000])
def test_one_mistake_more_never_makes_the_interval_surer(count):
    found = [accuracy_interval(*answers(count - wrong, wrong), seed=0) for wrong in range(6)]
    lows = [one.low for one in found]
    assert lows == sorted(lows, reverse=True)


@pytest.mark.parametrize(("gained", "lost", "expected"), [
    (0, 0, False), (1, 0, False), (2, 0, True), (5, 3, False), (12, 4, True), (0, 9, False),
])  # fmt: skip
def test_better_by_over_a_standard_error(gained, lost, expected):
    one = np.array([1.0] * gained + [0.0] * lost + [1.0] * 50)
    other = np.array([0.0] * gained + [1.0] * lost + [1.0] * 50)
    assert surpasses(one, other) is expected


def test_same_seed_same_interval():
    assert accuracy_interval(*answers(30, 9), seed=4) == accuracy_interval(*answers(30, 9), seed=4)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="label the holdout first"):
        accuracy_interval([], [], seed=0)
    with pytest.raises(ValueError, match="level"):
        accuracy_interval(["a"], ["a"], seed=0, level=95)
    with pytest.raises(ValueError):
        accuracy_interval(["a", "b"], ["a"], seed=0)


def test_confusion_has_truth_in_rows():
    counts = confusion(["a", "a", "b"], ["a", "c", "b"], ["a", "b", "c"])
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
