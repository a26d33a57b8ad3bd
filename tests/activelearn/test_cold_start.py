"""The first batch: by clusters, or by the names of labels that are many."""

from __future__ import annotations

import numpy as np
import pytest

from activelearn.cold_start import cold_starts, first_batch, start_for
from activelearn.data import LabelSchema
from activelearn.strategies import Known

ANIMALS = [
    "ant",
    "bear",
    "cat",
    "dog",
    "eagle",
    "fox",
    "goat",
    "horse",
    "iguana",
    "jaguar",
    "kangaroo",
    "lion",
    "monkey",
    "newt",
    "owl",
    "penguin",
    "rabbit",
    "shark",
    "tiger",
    "vulture",
    "whale",
    "zebra",
]
MANY = LabelSchema("single", tuple(ANIMALS))


@pytest.fixture(scope="module")
def pool() -> list[str]:
    """Of each animal three clear texts, then texts between two animals."""
    clear = [f"{told} {one}" for one in ANIMALS for told in ("a picture of a", "this is a", "the")]
    pairs = zip(ANIMALS, [*ANIMALS[5:], *ANIMALS[:5]], strict=True)
    return clear + [f"either {one} or {other}, hard to say" for one, other in pairs]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (ANIMALS, "margin_diverse"),
        (ANIMALS[:20], "kmeans_start"),
        ([f"LABEL_{i}" for i in range(40)], "kmeans_start"),
        ([f"{one}的{two}" for one in "货退款账户" for two in "问题丢失慢错"], "kmeans_start"),
    ],
    ids=["many names", "few names", "codes", "names that the encoder cannot read"],
)
def test_what_the_first_batch_goes_by(encoder, labels, expected):
    assert start_for(LabelSchema("single", tuple(labels)), encoder) == expected


def test_asks_about_what_the_names_leave_unsure(encoder, pool):
    vectors = encoder.embed(pool)
    picked = first_batch("margin_diverse", MANY, encoder, vectors, batch=10, seed=0)
    assert len(set(picked.tolist())) == 10
    unclear = np.mean(picked >= 3 * len(ANIMALS))
    assert unclear > 2 * len(ANIMALS) / len(pool)
    again = first_batch("margin_diverse", MANY, encoder, vectors, batch=10, seed=0)
    assert again.tolist() == picked.tolist()


@pytest.mark.parametrize("batch", [1, 500])
def test_every_start_gives_the_number_asked_for_and_nothing_twice(encoder, pool, batch):
    vectors = encoder.embed(pool)
    for strategy in {*cold_starts(), "margin_diverse"} - {"auto"}:
        picked = first_batch(strategy, MANY, encoder, vectors, batch=batch, seed=3).tolist()
        assert len(picked) == len(set(picked)) == min(batch, len(pool))


@pytest.mark.parametrize("strategy", ["kmeans", "typiclust", "core_set"])
def test_a_start_goes_round_what_is_labelled(encoder, strategy):
    schema, rng = LabelSchema("single", ("a", "b")), np.random.default_rng(0)
    centres = rng.normal(size=(6, 16)) * 10
    members = np.arange(240) % 6
    vectors = (centres[members] + rng.normal(size=(240, 16)) * 0.1).astype(np.float32)
    known = Known(vectors[:3])
    picked = first_batch(strategy, schema, encoder, vectors, known=known, batch=3, seed=0)
    assert set(members[picked]) == {3, 4, 5}


def test_a_start_needs_no_labels():
    assert set(cold_starts()) >= {"auto", "random", "kmeans_start", "typiclust"}
    assert not {"margin", "bald", "activelab", "contrastive"} & set(cold_starts())
