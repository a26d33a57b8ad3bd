from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from activelearn import compiled, precision
from activelearn import encoder as module
from activelearn.compiled import CompiledEncoder
from activelearn.encoder import Encoder, load_pretrained
from activelearn.finetune import FineTuneLearner, FineTuneSettings
from activelearn.precision import at_precision, probe
from activelearn.reading import pooled_states, unit_rows


@pytest.fixture(scope="module")
def loaded(encoder):
    return load_pretrained(encoder.model)


@pytest.fixture
def read(loaded):
    return lambda network, texts: pooled_states(network, loaded[1], texts, 64)


def test_a_faster_way_must_tell_the_same_classes(loaded, read, messages, monkeypatch):
    import torch

    def ways(network, only=""):
        yield "fp32", network
        yield "same", network
        broken = torch.nn.Module.__new__(type(network))
        broken.__dict__ = dict(network.__dict__)
        yield "broken", broken

    monkeypatch.setattr(precision, "_variants", ways)
    clock = iter([0.0, 9.0, 20.0, 21.0, 30.0, 30.1])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    count = [0]

    def reading(network, texts):
        count[0] += 1
        states = read(network, texts)
        return -states if count[0] > 2 else states

    found, _ = probe(loaded[0], reading, messages.texts)
    assert found.precision == "same" and found.speeds["broken"] > found.speeds["same"]
    assert found.agreement["same"] == 1.0 > precision.SAME > found.agreement["broken"]


def test_no_way_is_worth_a_small_gain(loaded, read, messages, monkeypatch):
    monkeypatch.setattr(
        precision, "_variants", lambda network, only="": [("fp32", network), ("bf16", network)]
    )
    clock = iter([0.0, 1.0, 2.0, 2.97])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert probe(loaded[0], read, messages.texts)[0].precision == "fp32"


@pytest.mark.parametrize(("pool", "sample"), [(100, 100), (5_000, 500), (50_000, precision.MOST)])
def test_a_tenth_of_the_texts_is_probed(loaded, monkeypatch, pool, sample):
    monkeypatch.setattr(precision, "_variants", lambda network, only="": [("fp32", network)])
    read = []

    def reading(network, texts):
        read.append(len(texts))
        return np.ones((len(texts), 2))

    probe(loaded[0], reading, ["text"] * pool)
    assert read == [sample]


def test_of_long_texts_the_beginning_is_probed(loaded, read, messages, monkeypatch):
    monkeypatch.setattr(precision, "_variants", lambda network, only="": [("fp32", network)])
    seen = []

    def reading(network, texts):
        seen.extend(texts)
        return read(network, texts)

    long = [f"{text} " * 30 for text in messages.texts]
    probe(loaded[0], reading, long)
    assert {len(text) for text in seen} == {precision.BEGINNING}
    assert all(any(text.startswith(part) for text in long) for part in seen)


def test_an_encoder_probes_once_and_remembers(messages, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WORTH_PROBING", 20)
    probed = []

    def noted(network, read, texts):
        probed.append(len(texts))
        return probe(network, read, texts)

    monkeypatch.setattr(module, "probe", noted)
    one = Encoder(remembered=tmp_path / "precision.json")
    one.embed(messages.texts[:5])
    assert probed == []
    vectors = one.embed(messages.texts)
    one.embed(messages.texts)
    again = Encoder(remembered=tmp_path / "precision.json").embed(messages.texts)
    assert probed == [24]
    np.testing.assert_array_equal(vectors, again)
    ((key, kept),) = json.loads((tmp_path / "precision.json").read_text()).items()
    assert key.startswith(one.version) and kept["precision"] in kept["speeds"]
    (tmp_path / "precision.json").write_text("torn")
    Encoder(remembered=tmp_path / "precision.json").embed(messages.texts)
    assert probed == [24, 24]


@pytest.mark.parametrize("name", ["bf16", "int8"])
def test_a_compiled_encoder_moves_vectors_little(name, loaded, read, messages):
    network, _ = loaded
    if name == "bf16" and not compiled.has_bf16():
        pytest.skip("this processor has no bf16")
    fast = at_precision(network, name)
    assert isinstance(fast, CompiledEncoder) and fast.precision == name
    exact, rough = read(network, messages.texts), read(fast, messages.texts)
    assert not np.array_equal(exact, rough), "it computes in another way"
    assert (unit_rows(exact) * unit_rows(rough)).sum(axis=1).min() > 0.995


@pytest.mark.parametrize("name", ["bf16", "int8"])
def test_a_compiled_encoder_takes_any_number_of_texts_and_tokens(name, loaded):
    """One text, texts of one token and of as many as it takes, with and without padding."""
    network, tokenizer = loaded
    fast = at_precision(network, name)
    texts = ["a", "my card was stolen", "word " * 600, "two words " * 40]
    for some in ([texts[0]], [texts[2]], texts[:2], texts):
        exact = pooled_states(network, tokenizer, some, 512)
        rough = pooled_states(fast, tokenizer, some, 512)
        assert (unit_rows(exact) * unit_rows(rough)).sum(axis=1).min() > 0.99


@pytest.fixture(scope="module")
def fast(loaded):
    return at_precision(loaded[0], "int8")


def _batches(count):
    """Batches of different sizes, each told from the others by its tokens."""
    for place in range(count):
        ids = np.full((1 + place % 3, 2 + place % 5), 1000 + place, dtype=np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def test_several_batches_at_a_time_come_out_in_order(fast):
    alone = [next(fast.states([batch])) for batch in _batches(20)]
    together = list(fast.states(_batches(20)))
    assert len(together) == 20 and list(fast.states([])) == []
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_reading_that_is_ended_in_the_middle_leaves_the_encoder_usable(loaded, fast):
    def stop(fraction, message):
        raise KeyError("stop")

    with pytest.raises(KeyError):
        pooled_states(fast, loaded[1], ["some words here"] * 2000, 64, stop)
    assert len(pooled_states(fast, loaded[1], ["some words here"] * 3, 64)) == 3


def test_one_compiled_encoder_serves_several_threads(fast):
    expected = [one.tolist() for one in fast.states(_batches(12))]
    with ThreadPoolExecutor(3) as threads:
        every = threads.map(lambda _: [one.tolist() for one in fast.states(_batches(12))], range(6))
    assert all(one == expected for one in every)


def test_no_class_moves_by_int8(loaded, read, messages, monkeypatch):
    network, _ = loaded
    ways = [("fp32", network), ("int8", at_precision(network, "int8"))]
    monkeypatch.setattr(precision, "_variants", lambda network, only="": ways)
    clock = iter([0.0, 2.0, 4.0, 5.0])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert probe(network, read, messages.texts)[0].precision == "int8"


def test_an_encoder_that_cannot_be_compiled_is_read_as_it_is(loaded, read, messages, monkeypatch):
    def refused(*_args, **_kwargs):
        raise RuntimeError("no translation for aten::unheard_of")

    monkeypatch.setattr(compiled, "_translated", refused)
    network, _ = loaded
    found, chosen = probe(network, read, messages.texts)
    assert found.precision == "fp32" and chosen is network
    assert at_precision(network, "int8") is network


def test_loading_an_encoder_says_nothing(encoder):
    code = (
        "from activelearn.encoder import load_pretrained; import activelearn.finetune, sys;"
        "from activelearn.precision import at_precision;"
        "network, _ = load_pretrained(sys.argv[1]); at_precision(network, 'int8')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, encoder.model], capture_output=True, text=True, check=True
    )
    assert done.stdout + done.stderr == ""


def test_a_fine_tuned_model_scores_many_texts_as_few(encoder, messages, monkeypatch):
    import activelearn.models as models

    model = FineTuneLearner(encoder, FineTuneSettings(max_steps=30)).fit(messages, seed=0)
    one_by_one = np.concatenate([model.predict_proba([text]) for text in messages.texts])
    monkeypatch.setattr(models, "WORTH_PROBING", 20)
    together = model.predict_proba(messages.texts)
    assert (together.argmax(axis=1) == one_by_one.argmax(axis=1)).all()
    np.testing.assert_allclose(together, one_by_one, atol=0.05)
