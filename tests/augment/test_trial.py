"""The trial with a real classifier on real recipes, and what it must refuse."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from activelearn.data import Dataset, LabelSchema
from augment.recipes import augment_dataset
from augment.trial import Progress, compare

SCHEMA = LabelSchema("single", ("refund", "delivery"))
WORDS = {
    "refund": ["refund", "money back", "reimbursement"],
    "delivery": ["parcel", "package", "shipment"],
}


def dataset(prefix: str, count: int, words: slice) -> Dataset:
    texts, targets = [], []
    for number in range(count):
        label = SCHEMA.labels[number % 2]
        known = WORDS[label][words]
        texts.append(f"Where is my {known[number // 2 % len(known)]} of order {number}?")
        targets.append(label)
    return Dataset([f"{prefix}{n}" for n in range(count)], texts, targets, SCHEMA)


def fit_predict(train: Dataset, wanted: Dataset, seed: int, report: Progress) -> list[str]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    order = np.random.default_rng(seed).permutation(len(train))[: max(2, len(train) * 4 // 5)]
    part = train.take([*order.tolist(), 0, 1])
    model = make_pipeline(CountVectorizer(), LogisticRegression())
    report(0.5, "half way")
    return model.fit(part.texts, part.targets).predict(wanted.texts).tolist()


TRAIN, HELD = dataset("t", 20, slice(0, 1)), dataset("h", 60, slice(0, 3))


def trial(recipe: str, **more):
    def children(seed: int) -> Dataset:
        return augment_dataset(TRAIN, recipe, seed=seed, per_text=3)

    settings = {"make_children": children, "fit_predict": fit_predict, "seeds": [0, 1, 2]}
    return compare(TRAIN, HELD, **{**settings, "recipe": recipe, **more})


def test_a_recipe_that_helps_is_used():
    seen = []
    found = trial("synonyms", progress=lambda fraction, message: seen.append((fraction, message)))
    assert found.use and found.verdict.startswith("Use synonyms: accuracy ")
    assert 0 < found.difference.low <= found.difference.value <= found.difference.high
    assert found.difference.value == pytest.approx(found.with_ - found.without)
    assert found.children == (40, 40, 40) and len(found.runs) == 3
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert (0.25, "seed 1 of 3, with synonyms: half way") in seen
    assert trial("synonyms") == found
    assert json.loads(json.dumps(dataclasses.asdict(found)))["use"] is True


def test_a_recipe_that_proves_nothing_is_not_used():
    found = trial("random_swap")
    assert not found.use and found.difference.low <= 0 <= found.difference.high
    assert "no gain is proved" in found.verdict


def test_a_harmful_recipe_is_not_used():
    def wrong(seed: int) -> Dataset:
        made = augment_dataset(TRAIN, "synonyms", seed=seed, per_text=3)
        flipped = [SCHEMA.labels[1 - SCHEMA.labels.index(label)] for label in made.targets]
        return dataclasses.replace(made, targets=flipped)

    found = trial("synonyms", make_children=wrong)
    assert not found.use and found.difference.high < 0
    assert "harms" in found.verdict


def test_without_children_nothing_is_used():
    lists = [["unheard", "unseen"]]
    found = trial(
        "synonyms",
        make_children=lambda seed: augment_dataset(
            TRAIN, "synonyms", seed=seed, parameters={"lists": lists}
        ),
    )
    assert not found.use and found.difference == (0, 0, 0)
    assert "could change none" in found.verdict


def test_too_few_items_prove_nothing():
    guessed = fit_predict(TRAIN, HELD, 0, lambda fraction, message: None)
    few = HELD.take([n for n in range(len(HELD)) if guessed[n] != HELD.targets[n]][:4])
    found = compare(
        TRAIN,
        few,
        make_children=lambda seed: augment_dataset(TRAIN, "synonyms", seed=seed, per_text=3),
        fit_predict=fit_predict,
        seeds=[0],
    )
    assert found.difference.low > 0 and not found.use
    assert "too few items" in found.verdict


def test_the_interval_covers_seeds_as_well_as_items():
    rng = np.random.default_rng(0)
    luck = {0: 0.9, 1: 0.1, 2: 0.9, 3: 0.1}

    def lucky(train: Dataset, wanted: Dataset, seed: int, report: Progress) -> list[str]:
        share = luck[seed] if len(train) > len(TRAIN) else 0.5
        right = rng.random(len(wanted)) < share
        other = {"refund": "delivery", "delivery": "refund"}
        return [t if ok else other[t] for t, ok in zip(wanted.targets, right, strict=True)]

    found = trial("synonyms", fit_predict=lucky, seeds=[0, 1, 2, 3])
    assert found.difference.high - found.difference.low > 0.5


def test_leaks_and_wrong_calls_are_refused():
    leak = HELD.concat(augment_dataset(TRAIN, "random_swap", seed=0))
    with pytest.raises(ValueError, match="trained on and measured on"):
        compare(TRAIN, leak, make_children=lambda s: TRAIN, fit_predict=fit_predict, seeds=[0])
    with pytest.raises(ValueError, match="no parent among the trained"):
        trial("typos", make_children=lambda seed: augment_dataset(HELD, "typos", seed=seed))
    with pytest.raises(ValueError, match="predictions came back"):
        trial("typos", fit_predict=lambda train, wanted, seed, report: ["refund"])
    for seeds in ([], [1, 1]):
        with pytest.raises(ValueError, match="seed"):
            trial("typos", seeds=seeds)
