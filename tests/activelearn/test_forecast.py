"""Forecasts from curves whose end is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from activelearn.forecast import Measurement, fit_curve


def curve(labels: int, floor: float = 0.05, rate: float = 0.6) -> float:
    return 1 - floor - 0.5 * (labels / 25) ** -rate


def history(sizes: list[int], items: int, seed: int = 0, **form: float) -> list[Measurement]:
    """What a holdout of ``items`` shows of that curve."""
    rng = np.random.default_rng(seed)
    return [
        Measurement(size, rng.binomial(items, curve(size, **form)) / items, items) for size in sizes
    ]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        form = {"floor": rng.uniform(0.0, 0.15), "rate": rng.uniform(0.3, 0.9)}
        known = history([50, 75, 100, 125, 150], 200, seed, **form)
        found = fit_curve(known, seed=seed).accuracy(350)
        held.append(found.low <= curve(350, **form) <= found.high)
    assert 0.8 <= np.mean(held) <= 1.0


def test_more_items_and_more_rounds_narrow_it() -> None:
    def width(sizes: list[int], items: int) -> float:
        found = fit_curve(history(sizes, items), seed=0).accuracy(300)
        return found.high - found.low

    assert width([50, 100, 150], 2000) < width([50, 100, 150], 60)
    assert width([50, 75, 100, 125, 150], 2000) < width([150], 60)


def test_more_labels_never_forecast_less() -> None:
    found = fit_curve(history([50, 100], 200), seed=0)
    values = [found.accuracy(labels).value for labels in (100, 200, 400, 800)]
    assert values == sorted(values) and all(0 <= value <= 1 for value in values)


def test_labels_for_an_accuracy() -> None:
    found = fit_curve(history([50, 100, 200, 400], 5000), seed=0)
    needed = found.labels_for(curve(600))
    assert needed.low < 600 < needed.high
    assert found.labels_for(0.9999).high == math.inf


def test_same_seed_same_forecast() -> None:
    known = history([50, 100], 200)
    assert fit_curve(known, seed=3).accuracy(200) == fit_curve(known, seed=3).accuracy(200)


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_a_perfect_and_a_hopeless_model(accuracy: float) -> None:
    found = fit_curve([Measurement(50, accuracy, 40)], seed=0).accuracy(100)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_nothing_measured() -> None:
    with pytest.raises(ValueError, match="at least one measured accuracy"):
        fit_curve([], seed=0)


def test_another_learner_begins_another_curve() -> None:
    before = [Measurement(20 * n, 0.5 + 0.02 * n, 200, "head") for n in range(1, 5)]
    after = Measurement(100, 0.85, 200, "finetune")
    found = fit_curve([*before, after], seed=0).accuracy(120)
    assert found == fit_curve([after], seed=0).accuracy(120) and found.value >= 0.85
    again = Measurement(120, 0.7, 200, "head")
    assert fit_curve([*before, after, again], seed=0).accuracy(140) == (
        fit_curve([again], seed=0).accuracy(140)
    )
