"""What an encoder's vocabulary lacks is told by its characters."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from transformers import PreTrainedTokenizerFast

from activelearn.data import Dataset, LabelSchema
from activelearn.encoder import CachedEncoder, Encoder
from activelearn.head import HeadLearner
from activelearn.learners import choose_learner
from activelearn.unknown import BLIND, spelled, unknown_characters

ENGLISH = ["the parcel is late", "café au lait"]
GOOD = ["房间很干净", "服务特别热情", "早餐非常丰盛", "位置方便干净"]
BAD = ["房间太脏了", "服务特别冷淡", "早餐实在难吃", "位置偏僻太脏"]


def test_the_share_of_what_is_unknown(encoder: Encoder) -> None:
    shares = encoder.unknown([*ENGLISH, GOOD[0], "hotel 脏", "great 😀", ""])
    assert shares.dtype == np.float32
    assert shares[:2].tolist() == [0.0, 0.0] and shares[5] == 0
    assert shares[2] > BLIND
    assert shares[3:5] == pytest.approx([1 / 6, 1 / 6])
    assert CachedEncoder(encoder).unknown(GOOD).tolist() == encoder.unknown(GOOD).tolist()


def test_the_bundled_encoder_knows_few_chinese_characters(encoder: Encoder) -> None:
    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    assert (encoder.unknown(characters) == 0).sum() == 244, "as the documents say"


def test_no_network_is_loaded_to_see_that_ascii_is_known() -> None:
    assert not Encoder("./no-such-folder").unknown(["plain", "text"]).any()


def test_a_tokeniser_that_knows_every_byte_lacks_nothing() -> None:
    assert not unknown_characters(SimpleNamespace(unk_token_id=None), [*ENGLISH, *GOOD])


def test_a_tokeniser_that_puts_unknown_characters_into_one_token() -> None:
    pieces = [("<unk>", 0.0), ("▁", -1.0), ("好", -2.0), ("a", -2.0)]
    backend = Tokenizer(Unigram(pieces, unk_id=0))
    backend.pre_tokenizer = Metaspace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>")
    assert unknown_characters(tokenizer, ["好脏乱 a", "差"]) == set("脏乱差")


def test_what_the_encoder_can_read_keeps_its_vector(encoder: Encoder) -> None:
    rows = encoder.embed(ENGLISH)
    assert spelled(rows, ENGLISH, frozenset("脏")) is rows
    mixed = encoder.embed([*ENGLISH, GOOD[0]])
    assert np.allclose(mixed[:2], rows, atol=1e-5)


def test_texts_that_the_encoder_cannot_tell_apart_have_vectors_of_their_own(
    encoder: Encoder,
) -> None:
    read = np.full((2, 384), 384**-0.5, dtype=np.float32)
    unknown = frozenset("脏热😀")
    told = spelled(read, ["脏脏脏", "热热热"], unknown)
    assert told.dtype == np.float32
    assert np.allclose(np.linalg.norm(told, axis=1), 1, atol=1e-5)
    assert told[0] @ told[1] < 0.9
    few, many = spelled(read, ["a very long and great 😀", "😀 😀"], unknown)
    assert few @ read[0] > 0.95 > many @ read[0], "the more is unknown, the more it counts"
    vectors = encoder.embed(["脏脏脏", "热热热"])
    assert vectors[0] @ vectors[1] < 0.9
    assert np.allclose(encoder.embed(["热热热", "脏脏脏"])[::-1], vectors, atol=1e-5)


def test_only_pairs_with_an_unknown_character_are_spelled() -> None:
    unknown = frozenset("脏")
    read = np.zeros((3, 384), dtype=np.float32)
    told = spelled(read, ["脏 great", "脏 awful", "脏a awful"], unknown)
    assert np.allclose(told[0], told[1])
    assert not np.allclose(told[1], told[2])


def test_many_texts_are_spelled_as_a_few_are(monkeypatch) -> None:
    read, unknown = np.ones((7, 384), dtype=np.float32), frozenset("".join(GOOD))
    texts = [*GOOD[:3], "plain", *GOOD[1:4]]
    whole = spelled(read, texts, unknown)
    monkeypatch.setattr("activelearn.unknown._CHUNK", 2)
    assert np.array_equal(spelled(read, texts, unknown), whole)


def test_a_head_learns_words_that_the_encoder_does_not_know(encoder: Encoder) -> None:
    schema = LabelSchema("single", ("good", "bad"))
    texts, targets = [*GOOD, *BAD], ["good"] * len(GOOD) + ["bad"] * len(BAD)
    data = Dataset([str(place) for place in range(len(texts))], texts, targets, schema)
    model = HeadLearner(encoder).fit(data, seed=0)
    told = model.predict_proba(["大堂很干净", "大堂太脏了", "前台热情", "前台冷淡"]).argmax(axis=1)
    assert told.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("texts", "used"),
    [
        (["the room is clean"], "finetune"),
        (GOOD[:1], "head"),
        ([GOOD[0], "the room is very clean"], "head"),
        ([GOOD[0], *["the room is very clean"] * 4], "finetune"),
    ],
)
def test_auto_does_not_train_an_encoder_that_cannot_read(encoder, texts, used) -> None:
    schema = LabelSchema("single", ("good", "bad"))
    rows = [f"{texts[place % len(texts)]} {place}" for place in range(1400)]
    data = Dataset(rows, rows, ["good", "bad"] * 700, schema)
    learner, reason = choose_learner(data, encoder=encoder)
    assert learner.name == used
    assert ("multilingual" in reason) == (used == "head")
    assert choose_learner(data, "finetune", encoder=encoder)[0].name == "finetune"
