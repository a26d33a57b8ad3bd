from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from activelearn.curves import Curve, Point, Simulation, labels_for
from activelearn.finetune import FineTuneSettings
from activelearn.simulate import round_ends, simulate


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
        learners=["head"],
        encoder=encoder,
        progress=lambda fraction, message: seen.append(fraction),
    )
    assert list(found.means) == ["margin_diverse", "entropy", "random"]
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
        return simulate(*halves, batch=3, rounds=2, learners=["head"], encoder=encoder).to_json()

    assert once() == once()


def test_no_measured_speed_decides_a_curve(halves, monkeypatch):
    """Whatever is the fastest here and now, the same texts are chosen."""
    from activelearn import encoder, models

    def measured(*_: object) -> None:
        raise AssertionError("a replay was about to measure how fast texts are read")

    for module in (encoder, models):
        monkeypatch.setattr(module, "WORTH_PROBING", len(halves[0]) - 2)
        monkeypatch.setattr(module, "probe", measured)
    quick = FineTuneSettings(max_steps=2)
    simulate(*halves, batch=6, rounds=2, learners=["head", "finetune"], settings=quick)


def test_a_replay_that_was_cut_off_goes_on(encoder, halves, tmp_path):
    asked = {"strategies": ["entropy"], "batch": 3, "rounds": 2, "learners": ["head"]}
    file, fitted = tmp_path / "unfinished.json", []

    def stop(fraction: float, message: str) -> None:
        fitted.append(message)
        if message.startswith("random, seed 0: 6 labels"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(*halves, **asked, encoder=encoder, unfinished=file, progress=stop)
    assert any(said.startswith("entropy") for said in fitted)
    fitted.clear()
    resumed = simulate(
        *halves, **asked, encoder=encoder, unfinished=file, progress=lambda _, m: fitted.append(m)
    )
    assert not any(said.startswith("entropy") for said in fitted)
    assert resumed.to_json() == simulate(*halves, **asked, encoder=encoder).to_json()
    fitted.clear()
    simulate(*halves, **asked | {"batch": 4}, encoder=encoder, unfinished=file,
             progress=lambda _, m: fitted.append(m))  # fmt: skip
    assert any(said.startswith("entropy, seed 0: 8 labels") for said in fitted)


def test_a_replay_that_was_cut_off_in_a_curve_goes_on_in_it(encoder, halves, tmp_path):
    asked = {"strategies": ["entropy"], "batch": 3, "rounds": 3, "learners": ["head"]}
    file, said = tmp_path / "unfinished.json", []

    def stop(fraction: float, message: str) -> None:
        if message.startswith("entropy, seed 0: 9 labels"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(*halves, **asked, encoder=encoder, unfinished=file, progress=stop)
    resumed = simulate(
        *halves, **asked, encoder=encoder, unfinished=file, progress=lambda _, m: said.append(m)
    )
    assert not any(one.startswith(("entropy, seed 0: 3", "entropy, seed 0: 6")) for one in said)
    assert resumed.to_json() == simulate(*halves, **asked, encoder=encoder).to_json()


def test_a_replay_is_not_taken_up_on_another_kind_of_device(encoder, halves, tmp_path, monkeypatch):
    """A CPU bounds what a training reads: curves of both kinds are not one replay."""
    asked = {"strategies": ["entropy"], "batch": 3, "rounds": 1, "learners": ["head"]}
    asked |= {"encoder": encoder, "unfinished": tmp_path / "unfinished.json"}
    simulate(*halves, **asked)
    fitted: list[str] = []
    simulate(*halves, **asked, progress=lambda _, said: fitted.append(said))
    assert not any(said.startswith("entropy") for said in fitted)
    monkeypatch.setattr("activelearn.simulate.best_device", lambda: torch.device("meta"))
    simulate(*halves, **asked, progress=lambda _, said: fitted.append(said))
    assert any(said.startswith("entropy") for said in fitted)


def test_a_strategy_alone(encoder, halves):
    asked = {"encoder": encoder, "batch": 2, "rounds": 2, "learners": ("head",)}
    beside = simulate(*halves, strategies=("margin",), **asked)
    alone = simulate(*halves, strategies=("margin",), alone=True, **asked)
    assert alone.curves == beside.curves[:1] and alone.full == {}
    chance = simulate(*halves, strategies=("random",), alone=True, **asked)
    assert chance.curves == beside.curves[1:]


def test_pool_that_runs_out_ends_the_curve(encoder, halves):
    found = simulate(
        *halves,
        strategies=["random"],
        start=8,
        batch=10,
        rounds=9,
        learners=["head"],
        encoder=encoder,
    )
    assert [point.labels for point in found.curves[0].points] == [8, 12]


def test_fine_tune_in_the_loop(encoder, halves):
    found = simulate(
        *halves,
        batch=4,
        rounds=2,
        learners=["finetune"],
        encoder=encoder,
        settings=FineTuneSettings(max_steps=2),
    )
    assert {point.learner for curve in found.curves for point in curve.points} == {"finetune"}


@pytest.mark.parametrize("learner", ["finetune", "few_shot", "auto"])
def test_where_rounds_train_the_later_ones_take_more_of_the_time(encoder, halves, learner):
    seen: list[tuple[float, str]] = []
    simulate(
        *halves,
        batch=4,
        rounds=3,
        alone=True,
        learners=[learner],
        encoder=encoder,
        settings=FineTuneSettings(max_steps=2),
        progress=lambda *told: seen.append(told),
    )
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    done = [fraction for fraction, said in seen if "accuracy" in said]
    assert done[2] - done[1] > 1.2 * (done[1] - done[0])


def test_rounds_of_heads_take_the_same_time():
    assert round_ends(4, 1.0) == [0, 0.25, 0.5, 0.75, 1]
    assert round_ends(3, 3.0) == pytest.approx([0, 1 / 6, 1 / 2, 1])
    assert round_ends(1, 3.0) == [0, 1]


def test_learners_side_by_side(encoder, halves):
    found = simulate(
        *halves,
        batch=4,
        rounds=2,
        learners=["head", "finetune"],
        encoder=encoder,
        settings=FineTuneSettings(max_steps=2),
    )
    names = ["margin_diverse, head", "margin_diverse, finetune", "random, head", "random, finetune"]
    assert list(found.means) == names
    assert set(found.full) == {"head", "finetune"}
    rows = {row["name"]: row for row in found.summary()}
    assert rows["random, finetune"]["over_random"] == 0.0
    own = found.means["margin_diverse, finetune"], found.means["random, finetune"]
    gap = [sum(a for _, a in curve) / 2 for curve in own]
    assert rows["margin_diverse, finetune"]["over_random"] == pytest.approx(gap[0] - gap[1])


class TestSavings:
    def curves(self, active, random, full=1.0):
        def points(values):
            return [Point(10 * n, v, v, v, "head") for n, v in enumerate(values, start=1)]

        def right(values):
            share = int(200 * sum(values) / len(values))
            return [1.0] * share + [0.0] * (200 - share)

        made = [
            Curve(name, name, "head", 0, points(values), [], [], right(values))
            for name, values in (("margin", active), ("random", random))
        ]
        return Simulation(made, {"head": full})

    def test_labels_between_rounds_in_a_straight_line(self):
        curve = [(10, 0.5), (20, 0.7), (30, 0.9)]
        assert [labels_for(curve, target) for target in (0.4, 0.5, 0.6, 0.7, 0.8)] == [
            10, 10, 15, 20, 25
        ]  # fmt: skip
        assert labels_for(curve, 0.91) is None

    def test_rounding_costs_no_label(self):
        assert labels_for([(25, 0.5), (50, 0.6)], 0.8 * 0.75) == 50
        assert labels_for([(10, 0.5), (20, 0.6), (30, 0.7)], 0.7) == 30
        assert labels_for([(0, 0.0), (100, 1.0)], 0.07) == 7, "100 * 0.07 is a little more than 7"
        assert labels_for([(0, 0.0), (100, 1.0)], 0.0701) == 8
        assert labels_for([(25, 0.5), (50, 0.6)], 0.6 + 1e-6) is None

    def test_what_is_saved(self):
        found = self.curves([0.5, 0.9, 0.96], [0.4, 0.8, 0.9]).recommendation()
        assert found == {
            "strategy": "margin", "learner": "head", "saves": True, "seeds": 1,
            "share": 0.95, "labels": 29, "random": None,
        }  # fmt: skip

    def test_better_by_no_more_than_the_test_items_explain(self):
        found = self.curves([0.5, 0.81, 0.9], [0.5, 0.8, 0.9]).recommendation()
        assert (found["strategy"], found["saves"]) == ("random", False)

    def test_another_learner_at_random_may_be_the_best(self):
        good = [
            replace(curve, name=f"{curve.name}, finetune", learner="finetune")
            for curve in self.curves([0.85, 0.9, 0.9], [0.85, 0.9, 0.9]).curves
        ]
        poor = [
            replace(curve, name=f"{curve.name}, head")
            for curve in self.curves([0.5, 0.7, 0.8], [0.3, 0.5, 0.6]).curves
        ]
        both = Simulation(good + poor, {"head": 1.0, "finetune": 1.0}).recommendation()
        assert (both["strategy"], both["learner"], both["saves"]) == ("random", "finetune", False)

    def test_what_takes_more_labels_than_random_is_not_shown_as_a_saving(self):
        found = self.curves([0.7, 0.84, 0.9], [0.4, 0.7, 0.92], full=1.0).recommendation()
        assert (found["strategy"], found["share"], found["labels"]) == ("margin", 0.8, 18)

    def test_no_better_than_random(self):
        found = self.curves([0.4, 0.8, 0.9], [0.5, 0.9, 0.9]).recommendation()
        assert (found["strategy"], found["saves"]) == ("random", False)

    def test_too_few_rounds_to_say(self):
        found = self.curves([0.3, 0.4, 0.5], [0.2, 0.3, 0.4]).recommendation()
        assert (found["strategy"], found["saves"], found["labels"]) == ("margin", True, None)


def test_mistakes_are_named(halves):
    train, test = halves
    with pytest.raises(ValueError, match="no query strategy 'best'"):
        simulate(train, test, strategies=["best"])
    with pytest.raises(ValueError, match="batch is 0"):
        simulate(train, test, batch=0)
    with pytest.raises(ValueError, match="test data has no labels"):
        simulate(train, replace(test, targets=None))
