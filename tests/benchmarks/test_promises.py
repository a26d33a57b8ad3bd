from __future__ import annotations

import pytest

from benchmarks import tables
from benchmarks.active_learning import few_shot
from benchmarks.active_learning.promises import (
    TASKS,
    Task,
    best_rival,
    coverage,
    default_of,
    default_wins,
    means,
    over_all,
    promises,
    table,
)


def curve(system: str, strategy: str, *accuracies: float, seed: int = 0, batch: int = 25) -> dict:
    points = [[batch * (place + 1), accuracy] for place, accuracy in enumerate(accuracies)]
    return {"system": system, "strategy": strategy, "seed": seed, "points": points,
            "forecasts": []}  # fmt: skip


OURS = [
    curve("ours, auto", "margin_diverse", 0.6, 0.8),
    curve("ours, auto", "margin_diverse", 0.8, 0.9, seed=1),
]


def test_a_curve_is_the_mean_of_its_seeds() -> None:
    assert means(OURS)["ours, auto", "margin_diverse"] == [
        (25, pytest.approx(0.7)), (50, pytest.approx(0.85)),
    ]  # fmt: skip
    (row,) = table(Task("trec", 25, 11), OURS)
    assert (row["seeds"], row["mean"], row["round 2"], row["round 3"]) == (2, "0.775", "0.850", "")


def test_what_is_promised_is_looked_up() -> None:
    task = Task("trec", 25, 2, mean=0.77, at=((50, 0.86), (75, 0.9)))
    found = list(promises(task, means(OURS)))
    assert [(row["found"], row["kept"]) for row in found] == [("0.775", "yes"), ("0.850", "no")]


def test_small_text_at_its_best_is_compared_at_every_budget() -> None:
    theirs = [
        curve("small-text, its own settings", "breaking_ties", 0.1, 0.2),
        curve("small-text, our settings", "breaking_ties", 0.5, 0.86),
    ]
    curves = means(OURS + theirs)
    assert best_rival(curves) == ("small-text, our settings", "breaking_ties")
    (row,) = promises(Task("trec", 25, 2), curves)
    assert row["kept"] == "no" and row["found"] == "behind at 50 labels (0.850, theirs 0.860)"
    (row,) = promises(Task("trec", 25, 2), means(OURS + theirs[:1]))
    assert row["kept"] == "yes" and row["found"] == "ahead at all"


def test_random_is_to_be_reached_with_part_of_its_labels() -> None:
    curves = [
        curve("ours, head", "margin_diverse", 0.84, 0.9, 0.95, batch=77),
        curve("ours, head", "random", 0.5, 0.7, 0.84, batch=77),
    ]
    found = list(promises(TASKS[0], means(curves)))
    assert [(row["found"], row["kept"]) for row in found] == [("0.897", "yes"), ("33%", "yes")]


def test_without_our_default_nothing_is_said() -> None:
    other = means([curve("ours, head", "margin", 0.5)])
    assert default_of(other) is None and list(promises(TASKS[1], other)) == []


def test_the_default_is_compared_over_the_data_sets_where_all_were_measured() -> None:
    def head(**accuracies: float) -> dict:
        return means([curve("ours, head", name, one) for name, one in accuracies.items()])

    found = {
        "a": head(margin_diverse=0.8, margin=0.5),
        "b": head(margin_diverse=0.6, margin=0.7),
        "c": head(margin=0.9),
        "d": {},
    }
    ranked = over_all(found)
    assert ranked == [
        {"strategy, with the head": "margin_diverse", "a": "0.800", "b": "0.600",
         "over all": "0.7000"},
        {"strategy, with the head": "margin", "a": "0.500", "b": "0.700", "over all": "0.6000"},
    ]  # fmt: skip
    (row,) = default_wins(ranked)
    assert row["kept"] == "yes" and row["found"] == "margin_diverse 0.7000, margin 0.6000"
    (row,) = default_wins(over_all({"b": found["b"]}))
    assert row["kept"] == "no"
    assert over_all({}) == [] and list(default_wins([])) == []


def test_few_shot_training_is_compared_with_setfit_and_with_what_there_is_without_it() -> None:
    def compared(auto: str, setfit: float, few_shot: float = 0.5) -> dict[str, list[dict]]:
        right = {"head": 0.4, "few_shot": few_shot, "finetune": 0.7, "setfit": setfit}
        each = {"per_class": 2, "auto": auto, "seconds": 1.0}
        return {who: [each | {"accuracy": one}] for who, one in right.items()}

    found = few_shot.summary({"a": compared("few_shot", 0.6), "b": compared("finetune", 0.6)})
    assert found["ok"] and found["setfit_ahead_on"] == ["a"]
    assert [row["SetFit"] for row in found["rows"]] == ["0.600", "0.600"]
    assert found["few_shot_ahead_on"] == ["a 2"]  # than the head; on b the fine-tune is better
    assert few_shot.summary({"a": compared("few_shot", 0.6, 0.3)})["few_shot_ahead_on"] == []
    both = {"a": compared("few_shot", 0.6), "b": compared("head", 0.6)}
    assert not few_shot.summary(both)["ok"]


def test_forecasts_that_hold_too_rarely_or_always_break_the_promise() -> None:
    held = {"low": 0.1, "truth": 0.5, "high": 0.9}
    missed = held | {"truth": 0.95}
    for right, wrong, kept in ((9, 1, "yes"), (8, 2, "no"), (10, 0, "no")):
        (row,) = coverage([{"forecasts": [held] * right + [missed] * wrong}])
        assert row["kept"] == kept and row["found"] == f"{right / 10:.1%}"
    assert list(coverage(OURS)) == []


def test_the_readme_says_what_the_raw_results_say() -> None:
    text = tables.README.read_text("utf-8")
    assert f"{tables.BEGIN}\n{tables.readme()}\n{tables.END}" in text
    assert tables.ALL.read_text("utf-8") == tables.everything()
