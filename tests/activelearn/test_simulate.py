from __future__ import annotations

import json
from dataclasses import replace

import pytest

from activelearn.finetune import FineTuneSettings
from activelearn.simulate import simulate


@pytest.fixture(scope="module")
def halves(messages):
    return messages.take(range(0, 24, 2)), messages.take(range(1, 24, 2))


def test_curves_with_random_beside(encoder, halves):
    train, test = halves
    seen = []
    found = simulate(
        train,
        test,
        strategies=["margin_diverse", "entropy"],
        batch=3,
        rounds=3,
        seeds=[0, 1],
        learner="head",
        encoder=encoder,
        progress=lambda fraction, message: seen.append(fraction),
    )
    assert found.strategies == ["margin_diverse", "entropy", "random"]
    assert len(found.curves) == 6
    for curve in found.curves:
        assert [point.labels for point in curve.points] == [3, 6, 9]
        assert all(point.low <= point.accuracy <= point.high for point in curve.points)
        assert {point.learner for point in curve.points} == {"head"}
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1.0)
    rows = found.summary()
    assert [row["mean"] for row in rows] == sorted((row["mean"] for row in rows), reverse=True)
    random = next(row for row in rows if row["strategy"] == "random")
    assert random["over_random"] == 0.0 and random["matches_random_at"] is not None
    assert json.loads(json.dumps(found.to_json()))["summary"] == rows


def test_same_seeds_same_simulation(encoder, halves):
    def once():
        return simulate(*halves, batch=3, rounds=2, learner="head", encoder=encoder).to_json()

    assert once() == once()


def test_pool_that_runs_out_ends_the_curve(encoder, halves):
    found = simulate(
        *halves, strategies=["random"], start=8, batch=10, rounds=9, learner="head", encoder=encoder
    )
    assert [point.labels for point in found.curves[0].points] == [8, 12]


def test_fine_tune_in_the_loop(encoder, halves):
    found = simulate(
        *halves,
        batch=4,
        rounds=2,
        learner="finetune",
        encoder=encoder,
        settings=FineTuneSettings(max_steps=2),
    )
    assert {point.learner for curve in found.curves for point in curve.points} == {"finetune"}


def test_mistakes_are_named(halves):
    train, test = halves
    with pytest.raises(ValueError, match="no query strategy 'best'"):
        simulate(train, test, strategies=["best"])
    with pytest.raises(ValueError, match="batch is 0"):
        simulate(train, test, batch=0)
    with pytest.raises(ValueError, match="test data has no labels"):
        simulate(train, replace(test, targets=None))
