from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from activelearn.data import Dataset
from activelearn.folds import fold_numbers, out_of_fold
from activelearn.head import HeadLearner


def with_children(messages: Dataset) -> Dataset:
    children = replace(
        messages,
        uids=[f"{uid}#typos-0-0" for uid in messages.uids],
        texts=[text.upper() for text in messages.texts],
        parents=list(messages.uids),
    )
    return children.concat(messages)


def test_children_are_in_their_parents_fold(messages):
    both = with_children(messages)
    numbers = fold_numbers(both, 5, seed=1)
    fold_of = dict(zip(both.uids, numbers.tolist(), strict=True))
    for uid, parent in zip(both.uids, both.groups(), strict=True):
        assert fold_of[uid] == fold_of[parent]


def test_the_same_text_is_in_one_fold_whatever_its_uid(messages):
    again = replace(messages, uids=[f"again {uid}" for uid in messages.uids])
    both = with_children(messages).concat(again)
    numbers = fold_numbers(both, 5, seed=1)
    for text in messages.texts:
        rows = [row for row, one in enumerate(both.texts) if one == text]
        assert len(rows) == 2 and len(set(numbers[rows])) == 1


def test_folds_are_balanced_by_label(messages):
    numbers = fold_numbers(messages, 4, seed=0)
    for label in messages.schema.labels:
        rows = [n for n, target in zip(numbers, messages.targets, strict=True) if target == label]
        assert np.bincount(rows, minlength=4).tolist() == [2, 2, 2, 2]


def test_seed_decides(messages):
    assert np.array_equal(fold_numbers(messages, 4, 0), fold_numbers(messages, 4, 0))
    assert not np.array_equal(fold_numbers(messages, 4, 0), fold_numbers(messages, 4, 1))


def test_fewer_items_than_folds(messages):
    assert sorted(fold_numbers(messages.take([0, 9, 17]), 5, 0)) == [0, 1, 2]
    with pytest.raises(ValueError, match="at least 2"):
        fold_numbers(messages.take([0]), 5, 0)
    with pytest.raises(ValueError, match="at least 2"):
        fold_numbers(messages, 1, 0)


def test_no_row_is_scored_by_a_model_that_saw_it(encoder, messages):
    """A label that only one text has is unknown to the model that scores this text."""
    lone = replace(messages.take([*range(16), 16]), parents=None)
    rows = out_of_fold(lone, HeadLearner(encoder, names=False), folds=4, seed=0)
    assert rows.shape == (17, 3)
    assert np.allclose(rows.sum(axis=1), 1, atol=1e-5)
    assert rows[16, 2] < 1e-6
    assert (rows[:16].argmax(axis=1) == np.repeat([0, 1], 8)).mean() > 0.8


def test_progress_runs_up_to_one(encoder, messages):
    seen = []
    out_of_fold(
        messages, HeadLearner(encoder), folds=2, seed=0, progress=lambda f, m: seen.append((f, m))
    )
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert seen[-1][1] == "Fold 2 of 2"


def test_folds_that_do_not_take_their_turn_are_not_told(encoder, messages):
    whole = out_of_fold(messages, HeadLearner(encoder), folds=3, seed=0)
    first = out_of_fold(messages, HeadLearner(encoder), folds=3, turns=1, seed=0)
    inside = fold_numbers(messages, 3, 0) == 0
    assert np.array_equal(first[inside], whole[inside])
    assert np.isnan(first[~inside]).all()
