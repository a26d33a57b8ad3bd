"""Tokens on disk: each text is split once for each tokeniser, also across kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from activelearn.encoder import default_model, load_pretrained
from activelearn.reading import tokenise
from workbench import tokens as module
from workbench.keyed import KEY_BYTES
from workbench.tokens import StoredTokens

TEXTS = ["where is my parcel", "", "我的包裹在哪里", "please cancel the order " * 40]


@pytest.fixture(scope="module")
def tokenizer():
    return load_pretrained(default_model())[1]


@pytest.fixture
def split(monkeypatch) -> list[str]:
    """The texts that the tokeniser really split."""
    seen: list[str] = []

    def noted(tokenizer, texts, limit):
        seen.extend(texts)
        return tokenise(tokenizer, texts, limit)

    monkeypatch.setattr("activelearn.reading.tokenise", noted)
    return seen


def lists(made: list) -> list[list[int]]:
    return [list(map(int, one)) for one in made]


def test_as_the_tokeniser_splits_them_and_once(tokenizer, tmp_path: Path, split) -> None:
    expected = tokenizer(TEXTS, truncation=True, max_length=32)["input_ids"]
    stored = StoredTokens(tmp_path)
    assert lists(stored(tokenizer, TEXTS, 32)) == expected
    assert lists(stored(tokenizer, TEXTS[::-1], 32)) == expected[::-1]
    assert lists(StoredTokens(tmp_path)(tokenizer, [TEXTS[2], "new", TEXTS[2]], 32)) == [
        expected[2], *tokenizer(["new"])["input_ids"], expected[2]
    ]  # fmt: skip
    assert split == [*TEXTS, "new"]
    assert stored(tokenizer, [], 32) == []


def test_another_limit_is_another_file(tokenizer, tmp_path: Path) -> None:
    stored = StoredTokens(tmp_path)
    assert [len(one) for one in stored(tokenizer, TEXTS[3:], 32)] == [32]
    assert [len(one) for one in stored(tokenizer, TEXTS[3:], 16)] == [16]


def test_in_pieces(tokenizer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    made = StoredTokens(tmp_path)(tokenizer, TEXTS, 32)
    assert lists(made) == tokenizer(TEXTS, truncation=True, max_length=32)["input_ids"]


def test_cut_off_before_the_keys_were_written(tokenizer, tmp_path: Path) -> None:
    stored = StoredTokens(tmp_path)
    stored(tokenizer, TEXTS[:2], 32)
    keys = next(tmp_path.glob("*/keys"))
    keys.write_bytes(keys.read_bytes()[: KEY_BYTES + 3])
    made = StoredTokens(tmp_path)(tokenizer, TEXTS, 32)
    assert lists(made) == tokenizer(TEXTS, truncation=True, max_length=32)["input_ids"]


@pytest.mark.parametrize(("name", "cut"), [("ids.i32", 6), ("ends.i64", 11), ("ends.i64", -3)])
def test_tokens_that_were_lost_are_split_again(tokenizer, tmp_path: Path, name, cut: int) -> None:
    StoredTokens(tmp_path)(tokenizer, TEXTS[:3], 32)
    (file,) = tmp_path.glob(f"*/{name}")
    file.write_bytes((file.read_bytes() + b"xxx")[:-cut] if cut > 0 else file.read_bytes() + b"xxx")
    made = StoredTokens(tmp_path)(tokenizer, TEXTS, 32)
    assert lists(made) == tokenizer(TEXTS, truncation=True, max_length=32)["input_ids"]


def test_how_a_tokeniser_pads_and_cuts_off_does_not_count(tokenizer) -> None:
    module._digest.cache_clear()
    before = module._digest(tokenizer)
    tokenizer(TEXTS, truncation=True, max_length=7, padding="max_length")
    module._digest.cache_clear()
    assert module._digest(tokenizer) == before


def test_a_tokeniser_without_a_backend_has_a_name_too() -> None:
    class Plain:
        name_or_path = "plain"

        def get_vocab(self) -> dict[str, int]:
            return {"a": 0, "b": 1}

    assert module._digest(Plain()) == module._digest(Plain())
