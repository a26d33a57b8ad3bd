from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from activelearn.encoder import CachedEncoder, Encoder, default_model, load_pretrained
from activelearn.reading import mean_pool, padded, pooled_states, token_batches, tokenise


def test_vectors_are_unit_length_in_the_order_of_the_texts(encoder):
    texts = ["a much longer sentence about the weather in spring " * 5, "cat", "", "kitten"]
    vectors = encoder.embed(texts)
    assert vectors.shape == (4, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.embed([text]) for text in texts])
    assert np.allclose(vectors, alone, atol=1e-4)
    assert vectors[1] @ vectors[3] > vectors[1] @ vectors[0]


def test_no_texts(encoder):
    assert encoder.embed([]).shape == (0, 384)


def test_texts_beyond_the_model_are_cut():
    long = Encoder(max_length=100_000)
    assert long.embed(["word " * 2000]).shape == (1, 384)


def test_version_depends_on_what_changes_the_vectors(encoder):
    assert encoder.version == Encoder().version
    assert encoder.version != Encoder(max_length=8).version


def test_version_depends_on_every_weight(tmp_path):
    shutil.copytree(default_model(), tmp_path / "model")
    (weights,) = (tmp_path / "model").glob("*.safetensors")
    before = Encoder(str(tmp_path / "model")).version
    with weights.open("r+b") as file:
        file.seek(weights.stat().st_size // 2)
        file.write(b"\x00\x01\x02\x03")
    assert Encoder(str(tmp_path / "model")).version != before


def test_what_stands_where_a_text_is_padded_does_not_count():
    hidden = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [torch.nan, torch.inf]]])
    assert mean_pool(hidden, torch.tensor([[1, 1, 0]])).tolist() == [[2.0, 3.0]]
    assert mean_pool(hidden, torch.tensor([[0, 0, 0]])).tolist() == [[0.0, 0.0]]


def test_progress_ends_at_one_and_its_exception_comes_out(encoder):
    seen = []
    encoder.embed(["one", "two"], lambda fraction, message: seen.append(fraction))
    assert seen[-1] == 1.0

    def stop(fraction, message):
        raise KeyError("stop")

    with pytest.raises(KeyError):
        encoder.embed(["one"], stop)


def test_unknown_model_is_named():
    with pytest.raises(ValueError, match=r"cannot load the encoder '\./no-such-folder'"):
        Encoder("./no-such-folder").embed(["text"])


def test_cache_gives_the_same_vectors_also_beyond_its_capacity(encoder):
    cached = CachedEncoder(encoder, capacity=1)
    texts = ["red", "green", "red", "blue"]
    assert np.allclose(cached.embed(texts), encoder.embed(texts), atol=1e-4)
    assert np.allclose(cached.embed(texts), encoder.embed(texts), atol=1e-4)
    assert cached.embed([]).shape == (0, 384)


def test_token_batches_cover_everything_within_the_budget():
    lengths = [5, 900, 3, 3000, 40, 40, 7]
    batches = list(token_batches(lengths, 2048))
    assert sorted(i for batch in batches for i in batch) == list(range(7))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= 2048


@pytest.mark.parametrize("side", ["left", "right"])
def test_rows_are_padded_as_the_tokeniser_pads_them(side: str) -> None:
    _, tokenizer = load_pretrained(default_model())
    tokenizer.padding_side = side
    ids = tokenise(tokenizer, ["one", "two three four", "five six"], 16)
    expected = dict(tokenizer.pad({"input_ids": ids}, return_tensors="np"))
    found = padded(tokenizer, [np.array(one, dtype=np.int32) for one in ids])
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        np.testing.assert_array_equal(found[name], rows, strict=True)


def test_states_come_in_the_order_of_the_texts_when_batches_are_many() -> None:
    network, tokenizer = load_pretrained(default_model())
    texts = [" ".join(["word"] * (1 + place % 40)) + f" {place}" for place in range(150)]
    alone = np.vstack([pooled_states(network, tokenizer, [text], 64) for text in texts])
    np.testing.assert_allclose(pooled_states(network, tokenizer, texts, 64), alone, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gives_the_states_that_the_processor_gives() -> None:
    network, tokenizer = load_pretrained(default_model())
    texts = [" ".join(["word"] * (1 + place % 40)) + f" {place}" for place in range(9000)]
    here = pooled_states(network, tokenizer, texts, 64)
    there = pooled_states(network.to("cuda"), tokenizer, texts, 64)
    np.testing.assert_allclose(there, here, atol=1e-3)
