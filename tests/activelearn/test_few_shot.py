from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from activelearn.data import Dataset, LabelSchema
from activelearn.finetune import Checkpoint, FewShotLearner, FineTuneSettings
from activelearn.finetune.few_shot import Pairs, pair_loss
from activelearn.models import load_model

NEW = ["the parcel is late", "give me a refund", "my password does not work"]


class Killed(Exception):
    """What stands for a kill in mid-training."""


def pairs(strata, size=4) -> Pairs:
    count = len(strata)
    return Pairs(None, {}, np.zeros(count), np.ones(count, np.float32), size, list(strata))


class TestPairs:
    def test_rare_labels_meet_as_often_as_frequent_ones(self):
        strata = ["rare"] * 3 + ["frequent"] * 60
        for rows in pairs(strata).steps(20, seed=0):
            assert len(set(rows.tolist())) == len(rows)
            assert sum(row < 3 for row in rows) == 3 and sum(row >= 3 for row in rows) == 4

    def test_two_texts_of_each_label_where_labels_are_many(self):
        strata = [f"label {i // 3}" for i in range(60)]
        for rows in pairs(strata).steps(20, seed=0):
            found = [strata[row] for row in rows]
            assert len(found) == 8 and all(found.count(label) == 2 for label in found)

    def test_the_smallest_batch_has_two_labels(self):
        strata = ["a", "b", "c"] * 4
        for rows in pairs(strata, size=1).steps(20, seed=0):
            assert len({strata[row] for row in rows}) == 2 and len(rows) == 4

    def test_the_same_seed_deals_the_same(self):
        strata = ["a", "b"] * 20
        first, second, other = (
            [rows.tolist() for rows in pairs(strata).steps(5, seed)] for seed in (3, 3, 4)
        )
        assert first == second != other


class TestPairLoss:
    alike = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])

    def test_is_zero_where_labels_lie_at_right_angles(self):
        states = torch.tensor([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]])
        assert pair_loss(states, self.alike).item() == pytest.approx(0.0)

    def test_both_sorts_of_pairs_weigh_the_same(self):
        apart = torch.eye(3)
        assert pair_loss(apart, self.alike).item() == pytest.approx(0.5)
        near = torch.ones(3, 2)
        assert pair_loss(near, self.alike).item() == pytest.approx(0.5)

    def test_no_two_texts(self):
        states = torch.ones(1, 2, requires_grad=True)
        loss = pair_loss(states, torch.ones(1, 1, dtype=torch.bool))
        loss.backward()
        assert loss.item() == 0.0


def test_texts_of_one_label_lie_together(encoder, messages):
    told = FewShotLearner(encoder).fit(messages, seed=0)
    same = np.array([[a == b for a in messages.targets] for b in messages.targets])

    def gap(vectors: np.ndarray) -> float:
        near = vectors @ vectors.T
        return float(near[same].mean() - near[~same].mean())

    assert gap(told.embed(messages.texts)) > gap(encoder.embed(messages.texts)) + 0.2


def test_learns_from_two_of_each(encoder, messages):
    few = [i for i, one in enumerate(messages.targets) if messages.targets[:i].count(one) < 2]
    rest = messages.take([i for i in range(len(messages)) if i not in few])
    told = FewShotLearner(encoder).fit(messages.take(few), seed=0).predict_proba(rest.texts)
    predicted = [messages.schema.labels[place] for place in told.argmax(axis=1)]
    assert np.mean([a == b for a, b in zip(predicted, rest.targets, strict=True)]) > 0.7


def test_labels_without_an_example_or_a_name_get_nothing(encoder, messages, tmp_path):
    wide = replace(messages, schema=LabelSchema("single", ("x", *messages.schema.labels)))
    model = FewShotLearner(encoder, FineTuneSettings(max_steps=2)).fit(wide, seed=0)
    told = model.predict_proba(NEW)
    assert told[:, 0].max() < 1e-9
    model.save(tmp_path)
    np.testing.assert_allclose(load_model(tmp_path, encoder).predict_proba(NEW), told, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_hardly_a_label(encoder, messages, count):
    nameless = LabelSchema("single", ("a", "b", "c"))
    for schema, told in ((nameless, [0, 0, 0]), (messages.schema, [0, 0 if count == 2 else 1, 2])):
        labels = [schema.labels[0]] * count
        few = Dataset(["a", "b"][:count], NEW[:count], labels, schema)
        found = FewShotLearner(encoder).fit(few, seed=0).predict_proba(NEW)
        assert found.argmax(axis=1).tolist() == told, "the rest is told by name"


@pytest.mark.parametrize("method", ["full", "lora", "adalora"])
def test_goes_on_after_a_kill_as_if_there_had_been_none(encoder, messages, tmp_path, method):
    settings = FineTuneSettings(method=method, batch_size=8, max_steps=12)
    undisturbed = FewShotLearner(encoder, settings).fit(messages, seed=0).predict_proba(NEW)
    kept = FewShotLearner(encoder, settings, Checkpoint(tmp_path / "kept", every=0))
    seen: list[str] = []

    def stop(_fraction: float, message: str) -> None:
        if "step 7 of" in message:
            raise Killed

    with pytest.raises(Killed):
        kept.fit(messages, seed=0, progress=stop)
    model = kept.fit(messages, seed=0, progress=lambda _fraction, message: seen.append(message))
    steps = [message for message in seen if "step" in message]
    assert steps[0].startswith("Few-shot training: step 8 of 12")
    np.testing.assert_allclose(model.predict_proba(NEW), undisturbed, atol=1e-5)
    assert not (tmp_path / "kept").exists()
