"""What an encoder's vocabulary lacks is told by its characters."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from activelearn.data import Dataset, LabelSchema
from activelearn.encoder import CachedEncoder, Encoder
from activelearn.head import HeadLearner
from activelearn.learners import choose_learner
from activelearn.unknown import BLIND, unknown_shares, with_characters

ENGLISH = ["the parcel is late", "café au lait"]
GOOD = ["房间很干净", "服务特别热情", "早餐非常丰盛", "位置方便干净"]
BAD = ["房间太脏了", "服务特别冷淡", "早餐实在难吃", "位置偏僻太脏"]


def test_the_share_of_what_is_unknown(encoder: Encoder) -> None:
    shares = encoder.unknown([*ENGLISH, GOOD[0], "hotel 房间", ""])
    assert shares.dtype == np.float32
    assert shares[:2].tolist() == [0.0, 0.0] and shares[4] == 0
    assert shares[2] > BLIND and 0 < shares[3] <= 1
    assert CachedEncoder(encoder).unknown(GOOD).tolist() == encoder.unknown(GOOD).tolist()


def test_the_bundled_encoder_knows_few_chinese_characters(encoder: Encoder) -> None:
    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    assert (encoder.unknown(characters) == 0).sum() == 244, "as the documents say"


def test_a_tokeniser_that_knows_every_byte_lacks_nothing() -> None:
    shares = unknown_shares(SimpleNamespace(unk_token_id=None), [*ENGLISH, *GOOD], 16)
    assert not shares.any()


def test_what_the_encoder_can_read_keeps_its_vector(encoder: Encoder) -> None:
    rows = encoder.embed(ENGLISH)
    assert with_characters(rows, ENGLISH, encoder.unknown(ENGLISH)) is rows
    mixed = encoder.embed([*ENGLISH, GOOD[0]])
    assert np.allclose(mixed[:2], rows, atol=1e-5)


def test_texts_that_the_encoder_cannot_tell_apart_have_vectors_of_their_own(
    encoder: Encoder,
) -> None:
    texts = ["脏脏脏", "热热热"]
    read = np.full((2, 384), 384**-0.5, dtype=np.float32)
    spelled = with_characters(read, texts, np.array([1.0, 1.0], dtype=np.float32))
    assert spelled.dtype == np.float32
    assert np.allclose(np.linalg.norm(spelled, axis=1), 1, atol=1e-5)
    assert spelled[0] @ spelled[1] < 0.9
    hinted = with_characters(read, texts, np.array([0.05, 1.0], dtype=np.float32))
    assert hinted[0] @ read[0] > spelled[0] @ read[0], "the more is unknown, the more it counts"
    vectors = encoder.embed(texts)
    assert vectors[0] @ vectors[1] < 0.9
    assert np.allclose(encoder.embed(texts[::-1])[::-1], vectors, atol=1e-5)


def test_a_head_learns_words_that_the_encoder_does_not_know(encoder: Encoder) -> None:
    schema = LabelSchema("single", ("good", "bad"))
    texts, targets = [*GOOD, *BAD], ["good"] * len(GOOD) + ["bad"] * len(BAD)
    data = Dataset([str(place) for place in range(len(texts))], texts, targets, schema)
    model = HeadLearner(encoder).fit(data, seed=0)
    told = model.predict_proba(["大堂很干净", "大堂太脏了", "前台热情", "前台冷淡"]).argmax(axis=1)
    assert told.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("texts", "used"), [(["the room is clean"], "finetune"), (GOOD[:1], "head")]
)
def test_auto_does_not_train_an_encoder_that_cannot_read(encoder, texts, used) -> None:
    schema = LabelSchema("single", ("good", "bad"))
    rows = [f"{texts[0]} {place}" for place in range(400)]
    data = Dataset(rows, rows, ["good", "bad"] * 200, schema)
    learner, reason = choose_learner(data, encoder=encoder)
    assert learner.name == used
    assert ("multilingual" in reason) == (used == "head")
    assert choose_learner(data, "finetune", encoder=encoder)[0].name == "finetune"
