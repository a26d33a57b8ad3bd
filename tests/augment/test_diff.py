"""The word diff gives back both texts and points at what changed."""

from __future__ import annotations

import pytest

from augment.diff import word_diff
from augment.recipes import RECIPES, augment

TEXTS = [
    "I don't  want this parcel;\nplease send my refund (€3.50) to the bank account...",
    "客服你好，我的 iPhone 15 订单还没发货，请尽快帮我退款。",
]


def joined(parts, *kinds):
    return "".join(part for part, kind in parts if kind in kinds)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (text, child.text)
        for text in TEXTS
        for name in ("random_swap", "random_delete", "synonyms")
        for child in augment([text], name, seed=1, per_text=3).children
    ]
    + [("", ""), ("", "new"), ("old", ""), ("a  b\n", "a b"), ("Hello", "你好")],
)
def test_round_trip(before, after):
    parts = word_diff(before, after)
    assert joined(parts, "same", "removed") == before
    assert joined(parts, "same", "added") == after
    assert all(part for part, _ in parts)


def test_changed_words_are_named():
    assert word_diff("send my refund now", "send my money back now") == [
        ("send my ", "same"),
        ("refund", "removed"),
        ("money back", "added"),
        (" now", "same"),
    ]
    assert ("退款", "removed") in word_diff("请尽快退款。", "请尽快退钱。")


def test_every_recipe_shows_a_change():
    for name in RECIPES:
        (child,) = augment(TEXTS[:1], name, seed=1).children
        kinds = {kind for _, kind in word_diff(TEXTS[0], child.text)}
        assert kinds - {"same"}
