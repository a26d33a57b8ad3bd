from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from activelearn import encoder as module
from activelearn import precision
from activelearn.encoder import Encoder, load_pretrained, pooled_states
from activelearn.finetune import FineTuneLearner, FineTuneSettings
from activelearn.precision import at_precision, has_bf16, probe


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
        rough = at_precision(network, "fp32")
        yield "same", rough
        broken = torch.nn.Module.__new__(type(network))
        broken.__dict__ = dict(network.__dict__)
        yield "broken", broken

    monkeypatch.setattr(precision, "_variants", ways)
    clock = iter([0.0, 9.0, 9.0, 18.0, 20.0, 21.0, 21.0, 22.0, 30.0, 30.1, 30.1, 30.2])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    count = [0]

    def reading(network, texts):
        count[0] += 1
        states = read(network, texts)
        return -states if count[0] > 6 else states

    found, _ = probe(loaded[0], reading, messages.texts)
    assert found.precision == "same" and found.speeds["broken"] > found.speeds["same"]
    assert found.agreement["same"] == 1.0 > precision.SAME > found.agreement["broken"]


def test_no_way_is_worth_a_small_gain(loaded, read, messages, monkeypatch):
    monkeypatch.setattr(
        precision, "_variants", lambda network, only="": [("fp32", network), ("bf16", network)]
    )
    clock = iter([0.0, 1.0, 1.0, 2.0, 2.0, 2.9, 3.0, 3.95])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert probe(loaded[0], read, messages.texts)[0].precision == "fp32"


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


def test_bf16_moves_vectors_little(encoder, messages):
    import torch

    network, _ = load_pretrained(encoder.model)
    fast = at_precision(network, "bf16")
    if fast is network:
        pytest.skip("this processor has no bf16")
    assert next(fast.parameters()).dtype == torch.bfloat16
    assert next(network.parameters()).dtype == torch.float32
    exact = encoder.embed(messages.texts)
    rough = encoder._read(fast, messages.texts)
    assert (exact * rough).sum(axis=1).min() > 0.995


@pytest.mark.parametrize("rows", [(3,), (2, 5)])
def test_packed_layers_compute_what_they_computed(rows):
    import torch

    from activelearn.packed import PackedLinear, packed

    if not has_bf16(torch.device("cpu")):
        pytest.skip("this processor has no bf16")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = torch.nn.Sequential(
            torch.nn.Linear(32, 48), torch.nn.GELU(), torch.nn.Linear(48, 16, bias=False)
        ).to(torch.bfloat16)
        states = torch.randn(*rows, 32, dtype=torch.bfloat16)
    with torch.inference_mode():
        expected = plain(states)
        network = packed(plain)
        found = network(states)
    assert isinstance(network[0], PackedLinear) and isinstance(network[2], PackedLinear)
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("activation", ["gelu", "gelu_new", "relu"])
def test_the_exact_gelu_alone_is_part_of_a_packed_layer(activation):
    import torch
    from transformers import BertConfig
    from transformers.models.bert.modeling_bert import BertIntermediate

    from activelearn.packed import packed

    if not has_bf16(torch.device("cpu")):
        pytest.skip("this processor has no bf16")
    config = BertConfig(hidden_size=32, intermediate_size=64, hidden_act=activation)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = BertIntermediate(config).to(torch.bfloat16)
        states = torch.randn(2, 5, 32, dtype=torch.bfloat16) * 3
    with torch.inference_mode():
        expected = layer(states)
        found = packed(layer)(states)
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)
    assert isinstance(layer.intermediate_act_fn, torch.nn.Identity) == (activation == "gelu")


def test_int8_moves_vectors_little_and_no_class(loaded, read, messages, monkeypatch):
    network, _ = loaded
    rough = at_precision(network, "int8")
    exact, states = read(network, messages.texts), read(rough, messages.texts)
    assert not np.array_equal(exact, states), "it computes in another way"
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (exact, states)]
    assert (unit[0] * unit[1]).sum(axis=1).min() > 0.98
    ways = [("fp32", network), ("int8", rough)]
    monkeypatch.setattr(precision, "_variants", lambda network, only="": ways)
    clock = iter([0.0, 2.0, 2.0, 4.0, 4.0, 5.0, 5.0, 6.0])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert probe(network, read, messages.texts)[0].precision == "int8"


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


def test_what_is_slower_on_the_first_texts_is_not_read_further(loaded, read, messages, monkeypatch):
    monkeypatch.setattr(
        precision, "_variants", lambda network, only="": [("fp32", network), ("slow", network)]
    )
    clock = iter([0.0, 1.0, 1.0, 2.0, 2.0, 9.0])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    found, chosen = probe(loaded[0], read, messages.texts)
    assert found.precision == "fp32" and chosen is loaded[0]
    assert set(found.speeds) == set(found.agreement) == {"fp32"}


def test_the_first_texts_are_compared_with_the_first_texts(loaded, read, messages, monkeypatch):
    """Few texts are read more slowly, each, than many: what is faster on both is used."""
    ways = [("fp32", loaded[0]), ("fast", at_precision(loaded[0], "fp32"))]
    monkeypatch.setattr(precision, "_variants", lambda network, only="": ways)
    monkeypatch.setattr(precision, "WARM", 8)
    clock = iter([0.0, 8.0, 8.0, 12.0, 20.0, 24.0, 24.0, 26.0])
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert probe(loaded[0], read, messages.texts)[0].precision == "fast"


def test_a_fine_tuned_model_scores_many_texts_as_few(encoder, messages, monkeypatch):
    import activelearn.models as models

    model = FineTuneLearner(encoder, FineTuneSettings(max_steps=30)).fit(messages, seed=0)
    one_by_one = np.concatenate([model.predict_proba([text]) for text in messages.texts])
    monkeypatch.setattr(models, "WORTH_PROBING", 20)
    together = model.predict_proba(messages.texts)
    assert (together.argmax(axis=1) == one_by_one.argmax(axis=1)).all()
    np.testing.assert_allclose(together, one_by_one, atol=0.05)
