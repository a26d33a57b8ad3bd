from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import CanineConfig, CanineModel

from activelearn.data import Dataset, LabelSchema
from activelearn.encoder import load_pretrained
from activelearn.finetune import (
    ENOUGH_TO_GUESS,
    Checkpoint,
    FewShotLearner,
    FineTuneLearner,
    FineTuneSettings,
    Tracking,
)
from activelearn.finetune.guesses import ENOUGH_TO_JUDGE, can_guess, guessed_of
from activelearn.finetune.loop import Batches, Training, contrastive_loss
from activelearn.finetune.words import few_words
from activelearn.head import HeadLearner
from activelearn.kinds import kind_of
from activelearn.names import named
from activelearn.progress import part
from activelearn.reading import pooled_states

NEW = ["the parcel is late", "give me a refund", "my password does not work"]
QUICK = FineTuneSettings(max_steps=12, batch_size=8)
QUIET = part(None, 0.0, 1.0)


class Killed(Exception):
    """What stands for a kill in mid-training."""


def at_step(number: int):
    """A progress callback that ends the training after that step."""

    def stop(_fraction: float, message: str) -> None:
        if f"step {number} of" in message:
            raise Killed

    return stop


def steps(learner: FineTuneLearner, dataset, seed: int = 0) -> tuple[list[str], np.ndarray]:
    seen: list[str] = []
    model = learner.fit(dataset, seed=seed, progress=lambda _f, message: seen.append(message))
    return [message for message in seen if "step" in message], model.predict_proba(NEW)


def thrice(messages):
    """Three times as many texts, none the same."""
    texts = [f"{text} ({turn})" for turn in (1, 2, 3) for text in messages.texts]
    uids = [f"u{number}" for number in range(len(texts))]
    return replace(messages, uids=uids, texts=texts, targets=[*messages.targets] * 3)


@pytest.mark.parametrize("method", ["full", "lora", "adalora"])
def test_goes_on_after_a_kill_as_if_there_had_been_none(encoder, messages, tmp_path, method):
    settings = replace(QUICK, method=method)
    undisturbed = FineTuneLearner(encoder, settings).fit(messages, seed=0).predict_proba(NEW)
    kept = FineTuneLearner(encoder, settings, Checkpoint(tmp_path / "kept", every=0))
    with pytest.raises(Killed):
        kept.fit(messages, seed=0, progress=at_step(7))
    seen, told = steps(kept, messages)
    assert seen[0].startswith("Fine-tuning: step 8 of 12")
    np.testing.assert_allclose(told, undisturbed, atol=1e-5)
    assert not (tmp_path / "kept").exists()


def test_the_contrastive_loss_draws_texts_of_one_label_together(encoder, messages):
    def nearness(contrast: float) -> float:
        learner = FineTuneLearner(encoder, replace(QUICK, contrast=contrast))
        states = learner.fit(messages, seed=0).embed(messages.texts)
        same = np.array([[a == b for a in messages.targets] for b in messages.targets])
        return float((states @ states.T)[same].mean())

    assert nearness(1.0) > nearness(0.0)


def test_the_contrastive_loss():
    states = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], requires_grad=True)
    labels, worth = torch.tensor([0, 0, 1]), torch.ones(3)
    loss = contrastive_loss(states, kind_of("single").alike(labels), worth, temperature=1.0)
    assert loss.item() == pytest.approx(np.log(1 + np.exp(-1.0)))
    alone = contrastive_loss(states, kind_of("single").alike(torch.arange(3)), worth)
    alone.backward()
    assert alone.item() == 0 and torch.isfinite(states.grad).all()


def test_few_texts_a_label_are_not_contrasted():
    told = FineTuneSettings()
    assert (told.contrast_for(47, 6), told.contrast_for(48, 6)) == (0.0, 0.5)
    assert FineTuneSettings(contrast=0.2).contrast_for(5, 6) == 0.2


def test_a_checkpoint_of_other_labels_is_not_used(encoder, messages, tmp_path):
    kept = FineTuneLearner(encoder, QUICK, Checkpoint(tmp_path / "kept", every=0))
    with pytest.raises(Killed):
        kept.fit(messages, seed=0, progress=at_step(7))
    seen, _ = steps(kept, messages.take(range(23)))
    assert len(seen) == 12


def test_cut_off_while_a_checkpoint_is_written(encoder, messages, tmp_path):
    checkpoint = Checkpoint(tmp_path / "kept", every=0)
    kept = FineTuneLearner(encoder, QUICK, checkpoint)
    with pytest.raises(Killed):
        kept.fit(messages, seed=0, progress=at_step(7))
    (tmp_path / "kept" / "unfinished").mkdir()
    seen, _ = steps(kept, messages)
    assert len(seen) == 5


def test_no_room_for_a_checkpoint(encoder, messages, tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be")
    seen, _ = steps(
        FineTuneLearner(encoder, QUICK, Checkpoint(tmp_path / "kept", every=0)), messages
    )
    assert len(seen) == 12


def test_a_torn_checkpoint_costs_one_try(encoder, messages, tmp_path):
    kept = FineTuneLearner(encoder, QUICK, Checkpoint(tmp_path / "kept", every=0))
    with pytest.raises(Killed):
        kept.fit(messages, seed=0, progress=at_step(7))
    (state,) = (tmp_path / "kept").iterdir()
    (state / "optimizer.bin").write_bytes(b"torn")
    with pytest.raises(Exception, match=r"."):
        kept.fit(messages, seed=0)
    seen, _ = steps(kept, messages)
    assert len(seen) == 12


class TestLoss:
    @pytest.fixture
    def given(self):
        import torch

        torch.manual_seed(0)
        return torch.randn(16, 4), torch.arange(16) % 3, torch.tensor([1.0, 1.0, 1.0, 0.0])

    def test_is_the_cross_entropy(self, given):
        from torch.nn.functional import cross_entropy

        logits, encoded, importance = given
        loss = kind_of("single").loss(logits, encoded, importance, encoded * 0.0 + 1.0)
        assert loss.item() == pytest.approx(cross_entropy(logits, encoded).item(), rel=1e-5)

    def test_weights_as_in_torch(self, given):
        from torch.nn.functional import cross_entropy

        logits, encoded, importance = given
        importance = importance * given[2].new_tensor([3.0, 1.0, 0.5, 1.0])
        expected = cross_entropy(logits, encoded, weight=importance)
        loss = kind_of("single").loss(logits, encoded, importance, encoded * 0.0 + 1.0)
        assert loss.item() == pytest.approx(expected.item(), rel=1e-5)

    def test_smoothing_goes_to_labels_that_have_examples(self, given):
        import torch

        logits, encoded, importance = given
        logits = torch.zeros_like(logits)
        logits[:, 3] = -30.0
        loss = kind_of("single").loss(
            logits, encoded, importance, encoded * 0.0 + 1.0, smoothing=0.2
        )
        assert loss.item() == pytest.approx(np.log(3), rel=1e-4)

    def test_focal_loss_looks_away_from_what_is_sure(self, given):
        import torch

        logits, encoded, importance = given
        sure = torch.nn.functional.one_hot(encoded, 4) * 4.0

        def share(these):
            plain = kind_of("single").loss(these, encoded, importance, encoded * 0.0 + 1.0)
            return (
                kind_of("single").loss(these, encoded, importance, encoded * 0.0 + 1.0, gamma=2.0)
                / plain
            ).item()

        assert share(sure) < 0.01 < share(logits)

    @pytest.mark.parametrize("gamma", [0.1, 0.5, 2.0])
    def test_focal_loss_of_what_is_certain_has_a_gradient(self, given, gamma):
        import torch

        _, encoded, importance = given
        sure = (torch.nn.functional.one_hot(encoded, 4) * 30.0).requires_grad_()
        worth = encoded * 0.0 + 1.0
        kind_of("single").loss(sure, encoded, importance, worth, gamma=gamma).backward()
        assert torch.isfinite(sure.grad).all()


def test_rare_labels_weigh_as_much_as_frequent_ones(encoder, messages):
    rare = messages.take([*range(8), 8, *range(16, 24)])

    def told(**values) -> float:
        settings = replace(QUICK, max_steps=20, encoder_lr=1e-8, **values)
        rows = FineTuneLearner(encoder, settings).fit(rare, seed=0).predict_proba(NEW[1:2])
        return float(rows[0, 1])

    assert told(class_weights=True) > told() + 0.05


def test_smoothed_labels_leave_doubt(encoder, messages):
    def surest(**values) -> float:
        settings = replace(QUICK, max_steps=60, **values)
        model = FineTuneLearner(encoder, settings).fit(messages, seed=0)
        return float(model.predict_proba(messages.texts).max(axis=1).mean())

    assert surest(label_smoothing=0.3) < 0.9 < surest()


class TestPatience:
    def test_ends_where_labels_held_back_get_no_better(self, encoder, messages, monkeypatch):
        import activelearn.finetune as finetune

        monkeypatch.setattr(finetune, "ENOUGH_TO_HOLD_BACK", 20)
        # a rate at which the first epoch is the best, and every later one worse
        settings = FineTuneSettings(
            epochs=12, batch_size=8, encoder_lr=5e-2, head_lr=1.0, warmup=0.0, patience=2
        )
        seen, _ = steps(FineTuneLearner(encoder, settings), messages)
        last = seen[-1].split(",")[0]
        done, planned = (int(word) for word in last.split(" ")[2::2])
        assert done == planned < 12 * 4

    def test_when_to_stop_is_found_with_the_names(self, encoder, messages, monkeypatch):
        import activelearn.finetune as finetune

        monkeypatch.setattr(finetune, "ENOUGH_TO_HOLD_BACK", 20)
        sizes, run = [], finetune.Training.run

        def seen(self, report, **more):
            sizes.append(len(self.data))
            return run(self, report, **more)

        monkeypatch.setattr(finetune.Training, "run", seen)
        settings = replace(QUICK, max_steps=2, patience=1)
        FineTuneLearner(encoder, settings).fit(messages, seed=0)
        names = len(named(messages.schema))
        held = 1 + len(messages) // finetune.HELD_FOLDS
        assert names and sizes[0] >= len(messages) - held + names
        assert sizes[1] == len(messages) + names

    @pytest.mark.parametrize(("killed_at", "left"), [(6, 18), (20, 4)])
    def test_goes_on_after_a_kill(self, encoder, messages, tmp_path, monkeypatch, killed_at, left):
        import activelearn.finetune as finetune

        monkeypatch.setattr(finetune, "ENOUGH_TO_HOLD_BACK", 20)
        learner = FineTuneLearner(encoder, replace(QUICK, patience=9))
        whole, undisturbed = steps(learner, messages)
        assert len(whole) == 24, "to find when to stop, and then"
        kept = replace(learner, checkpoint=Checkpoint(tmp_path / "kept", every=0))
        count = iter(range(1, killed_at + 1))

        def kill(fraction, message):
            if "step" in message and next(count) == killed_at:
                raise Killed

        with pytest.raises(Killed):
            kept.fit(messages, seed=0, progress=kill)
        seen, told = steps(kept, messages)
        assert len(seen) == left
        np.testing.assert_allclose(told, undisturbed, atol=1e-5)
        assert not list(tmp_path.iterdir())

    def test_too_few_labels_to_hold_any_back(self, encoder, messages):
        seen, _ = steps(FineTuneLearner(encoder, replace(QUICK, patience=1)), messages)
        assert len(seen) == 12


class TestWarmStart:
    def test_begins_with_what_the_model_before_knew(self, encoder, messages, tmp_path):
        before = FineTuneLearner(encoder, replace(QUICK, max_steps=60)).fit(messages, seed=0)
        before.save(tmp_path / "before")
        still = replace(QUICK, max_steps=1, encoder_lr=1e-9, head_lr=1e-9)
        warm = FineTuneLearner(encoder, still, start=tmp_path / "before").fit(messages, seed=1)
        np.testing.assert_allclose(warm.predict_proba(NEW), before.predict_proba(NEW), atol=1e-3)

    def test_by_the_names_of_the_labels(self, encoder, messages, tmp_path):
        before = FineTuneLearner(encoder, replace(QUICK, max_steps=60)).fit(messages, seed=0)
        before.save(tmp_path / "before")
        wider = replace(
            messages, schema=LabelSchema("single", ("login", "other", "refund", "delivery"))
        )
        still = replace(QUICK, max_steps=1, encoder_lr=1e-9, head_lr=1e-9)
        warm = FineTuneLearner(encoder, still, start=tmp_path / "before").fit(wider, seed=1)
        assert warm.predict_proba(NEW).argmax(axis=1).tolist() == [3, 2, 0]

    @pytest.mark.parametrize("wrong", ["none", "head", "other"])
    def test_what_cannot_be_started_from_is_not_used(self, encoder, messages, tmp_path, wrong):
        from activelearn.head import HeadLearner
        from activelearn.models import FineTuneModel

        learner = HeadLearner(encoder) if wrong == "head" else FineTuneLearner(encoder, QUICK)
        if wrong != "none":
            learner.fit(messages, seed=0).save(tmp_path / "before")
        base = "another encoder" if wrong == "other" else encoder.version
        assert FineTuneModel.weights_of(tmp_path / "before", base) is None


@pytest.mark.parametrize(
    ("texts", "labels", "rate", "contrast"), [(400, 2, 1e-4, 0.5), (80, 12, 2e-4, 0.0)]
)
def test_a_part_of_the_labels_is_learned_as_all_are(encoder, texts, labels, rate, contrast):
    names = [f"subject {i}" for i in range(labels)]
    given = [names[i % labels] for i in range(texts)]
    uids = [str(i) for i in range(texts)]
    data = Dataset(uids, [f"text {i}" for i in uids], given, LabelSchema("single", tuple(names)))
    settled = FineTuneLearner(encoder).settled(data, seed=0).settings
    assert (settled.encoder_lr_for(texts // 2), settled.contrast_for(texts, 2)) == (rate, contrast)
    chosen = FineTuneSettings(encoder_lr=3e-5, contrast=0.1)
    assert FineTuneLearner(encoder, chosen).settled(data, seed=0).settings == chosen


class TestTracking:
    def test_tensorboard_gets_each_step(self, encoder, messages, tmp_path):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        tracking = Tracking(["tensorboard"], tmp_path / "runs", "round-1")
        FineTuneLearner(encoder, QUICK, tracking=tracking).fit(messages, seed=7)
        (file,) = (tmp_path / "runs").rglob("events.out.*")
        found = EventAccumulator(str(file)).Reload()
        losses = found.Scalars("train/loss")
        assert [one.step for one in losses] == list(range(1, 13))
        assert losses[-1].value < losses[0].value
        kept = found.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode()
        about = json.loads(kept)
        assert (about["seed"], about["learning_rate"]) == (7, QUICK.encoder_lr_for(len(messages)))
        assert about["num_train_epochs"] == 12 / 4

    @pytest.mark.parametrize("nobody", ["none", ["none"]])
    def test_none_is_nobody(self, nobody, tmp_path):
        assert Tracking(nobody, tmp_path, "round-1")._callbacks() == []

    def test_all_are_all_that_are_installed(self, tmp_path):
        named = {type(one).__name__ for one in Tracking(["all"], tmp_path, "r")._callbacks()}
        assert "TensorBoardCallback" in named

    def test_a_tracker_that_is_not_installed(self, tmp_path):
        with pytest.raises(ValueError, match=r"comet_ml cannot be used: .*installed"):
            Tracking("comet_ml", tmp_path, "round-1")


class Told:
    """A model, and its learner, that says ``places`` of ``labels`` and is ``sure`` of it."""

    def __init__(self, places: np.ndarray, labels: int = 2, sure: float = 0.9) -> None:
        other = (1 - sure) / (labels - 1)
        self.told = np.eye(labels)[places] * (sure - other) + other

    def fit(self, *_: object, **__: object) -> Told:
        return self

    def predict_proba(self, *_: object) -> np.ndarray:
        return self.told


class TestSelfTraining:
    @pytest.fixture
    def learner(self, encoder, messages):
        return FineTuneLearner(
            encoder, replace(QUICK, self_training=True), unlabelled=tuple(messages.texts[12:])
        )

    def test_a_second_model_learns_from_what_the_first_is_surest_of(self, learner, messages):
        few = messages.take(range(12))
        seen, told = steps(learner, few)
        plain, untaught = steps(replace(learner, unlabelled=()), few)
        assert len(seen) == 24 and len(plain) == 12
        assert np.abs(told - untaught).max() > 0.01
        off = replace(learner, settings=replace(QUICK, self_training=False))
        assert np.array_equal(steps(off, few)[1], untaught)

    def test_only_what_the_head_says_too_is_guessed(self, encoder, messages):
        known = thrice(messages)
        names = dict(zip(messages.schema.labels, np.roll(messages.schema.labels, 1), strict=True))
        wrong = replace(known, targets=[names[target] for target in known.targets])
        texts = [f"{text}, please help" for text in messages.texts]
        first, head = (HeadLearner(encoder).fit(one, seed=0) for one in (wrong, known))
        found = guessed_of(first, texts, known, encoder, 0, QUIET)
        assert len(found["uids"]) < len(texts) / 2
        right = guessed_of(head, texts, known, encoder, 0, QUIET)
        told = kind_of(messages.schema).decode(head.predict_proba(texts), messages.schema)
        said = dict(zip(texts, told, strict=True))
        assert len(right["uids"]) >= 10
        for one in (found, right):
            assert [said[text] for text in one["texts"]] == one["targets"]

    def test_a_head_of_few_labels_is_not_asked(self, encoder, messages):
        names = dict(zip(messages.schema.labels, np.roll(messages.schema.labels, 1), strict=True))
        wrong = replace(messages, targets=[names[target] for target in messages.targets])
        first = HeadLearner(encoder).fit(wrong, seed=0)
        few = messages.take(range(0, 24, 2))
        assert len(guessed_of(first, messages.texts, few, encoder, 0, QUIET)["uids"]) >= 10

    def test_of_two_labels_the_head_is_not_asked(self, encoder, messages):
        pair = messages.schema.labels[:2]
        rows = [row for row, target in enumerate(messages.targets) if target in pair]
        schema = LabelSchema("single", pair)
        known = replace(thrice(messages.take(rows)), schema=schema)
        wrong = replace(known, targets=[pair[target == pair[0]] for target in known.targets])
        assert len(known) >= 10 * len(pair)
        first = HeadLearner(encoder).fit(wrong, seed=0)
        texts = [f"{text}, please help" for text in known.texts]
        found = guessed_of(first, texts, known, encoder, 0, QUIET)
        told = kind_of(schema).decode(first.predict_proba(texts), schema)
        said = dict(zip(texts, told, strict=True))
        assert found["uids"] and [said[text] for text in found["texts"]] == found["targets"]

    def test_labels_that_cannot_be_told_are_not_guessed(self, encoder, messages):
        clear = thrice(messages)
        drawn = np.random.default_rng(0).permutation(len(clear))
        mixed = replace(clear, targets=[clear.targets[place] for place in drawn])
        few = mixed.take(range(ENOUGH_TO_JUDGE - 1))
        asked = [can_guess(one, NEW, encoder, 0, QUIET) for one in (clear, mixed, few)]
        assert asked == [True, False, True]
        learner = FineTuneLearner(encoder, QUICK, unlabelled=tuple(NEW * 30))
        seen, told = steps(learner, mixed)
        assert len(seen) == 24 and "Few-shot training" in seen[0]
        assert np.array_equal(told, steps(replace(learner, unlabelled=()), mixed)[1])
        assert learner.settled(mixed, seed=0).unlabelled == ()
        trusted = learner.settled(clear, seed=0)
        assert trusted.trusted and len(steps(trusted, mixed.take(range(60)))[0]) == 24

    @pytest.mark.parametrize(
        ("disputed", "believed"),
        [((0, 0), True), ((1, 1), True), ((2, 0), False), ((20, 0), False)],
    )
    def test_where_it_is_doubted_the_head_must_say_the_same_of_each_label(
        self, encoder, messages, disputed, believed
    ):
        """Two labels, so that nothing is asked of the head but this."""
        pair = messages.schema.labels[:2]
        rows = [row for row, target in enumerate(messages.targets) if target in pair]
        known = replace(thrice(messages.take(rows)), schema=LabelSchema(messages.schema.kind, pair))
        texts = [f"text {place}" for place in range(80)]
        truth = np.repeat([0, 1], 40)

        said = truth.copy()
        said[: disputed[0]] = 1
        said[40 : 40 + disputed[1]] = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("activelearn.finetune.guesses.HeadLearner", lambda _: Told(said))
            found = guessed_of(Told(truth), texts, known, encoder, 0, QUIET, doubted=True)
            assert len(found["uids"]) == 40 * believed
            one = guessed_of(Told(0 * truth), texts, known, encoder, 0, QUIET, doubted=True)
            assert one["uids"] == []

    @pytest.mark.parametrize(
        "sure, counts, believed",
        [
            (0.9, (30, 30, 30), True),
            (0.6, (30, 30, 30), False),
            (0.9, (45, 45), False),
            (0.9, (44, 44, 2), False),
        ],
    )
    def test_where_it_is_doubted_a_few_shot_model_that_is_sure_speaks_for_itself(
        self, encoder, messages, sure, counts, believed
    ):
        labels = len(counts)
        names = messages.schema.labels[:labels]
        rows = [row for row, target in enumerate(messages.targets) if target in names]
        known = replace(messages.take(rows), schema=LabelSchema(messages.schema.kind, names))
        places = np.repeat(np.arange(labels), counts)

        texts = [f"text {place}" for place in range(90)]
        with pytest.MonkeyPatch.context() as patch:
            other = Told((places + 1) % labels, labels)
            patch.setattr("activelearn.finetune.guesses.HeadLearner", lambda _: other)
            patch.setattr("activelearn.finetune.guesses.ENOUGH_TO_ASK", 1_000)
            found = guessed_of(
                Told(places, labels, sure), texts, known, encoder, 0, QUIET, doubted=True
            )
        assert bool(found["uids"]) == believed

    def test_easy_texts_are_guessed_where_the_labels_at_hand_are_hard(
        self, encoder, messages, monkeypatch
    ):
        learner = FineTuneLearner(encoder, QUICK, unlabelled=tuple(messages.texts))
        monkeypatch.setattr("activelearn.finetune.can_guess", lambda *_: False)
        known = thrice(messages)
        settled = learner.settled(known, seed=0)
        assert settled.trusted
        asked, told = steps(learner, known)
        seen, same = steps(settled, known)
        assert len(asked) == 24 and len(seen) == 12, "the few-shot model is trained once"
        assert np.array_equal(told, same)
        assert len(steps(settled, known.take(range(60)))[0]) == 24, "other labels, other guesses"

    def test_many_labels_do_not_make_the_first_model_slow(self, learner, messages):
        longer = replace(learner, settings=FineTuneSettings(batch_size=1))
        seen: list[str] = []

        def stop(_fraction: float, message: str) -> None:
            seen.append(message)
            if "step 1 of" in message:
                raise Killed

        with pytest.raises(Killed):
            longer.fit(messages, seed=0, progress=stop)
        assert f"Few-shot training: step 1 of {ENOUGH_TO_GUESS}" in seen[-1]

    def test_killed_in_the_second_training_the_first_is_not_done_again(
        self, learner, messages, tmp_path
    ):
        few = messages.take(range(12))
        _, expected = steps(learner, few)
        kept = replace(learner, checkpoint=Checkpoint(tmp_path / "kept", every=0))
        passed: list[str] = []

        def stop(_fraction: float, message: str) -> None:
            passed.append(message)
            if sum("step 5 of" in one for one in passed) == 2:
                raise Killed

        with pytest.raises(Killed):
            kept.fit(few, seed=0, progress=stop)
        seen, told = steps(kept, few)
        assert len(seen) == 7, "from the step on that was kept"
        assert np.array_equal(told, expected)
        assert list(tmp_path.iterdir()) == []


def test_what_is_computed_by_length_comes_back_in_its_order(encoder, messages):
    """More tokens than are computed at once: the longest texts go first, each in its own place."""
    long = [" ".join([text] * times) for times, text in enumerate(messages.texts, start=1)]
    dataset = replace(messages, texts=long)
    network, tokenizer = load_pretrained(encoder.model)
    data = Batches.of(dataset, tokenizer, 128, 16)
    settings, rows = FineTuneSettings(bf16=False), np.arange(len(long))[::-1]
    training = Training(
        network, None, data, kind_of(messages.schema), settings, np.ones(3), seed=0, steps=1
    )
    states = training._states(network, data, rows, torch.device("cpu")).detach().numpy()
    alone = pooled_states(network, tokenizer, [long[row] for row in rows], 128)
    assert sum(map(len, data.tokens["input_ids"])) > 512
    assert np.allclose(states, alone, atol=1e-5)


@pytest.mark.parametrize("learner", [FineTuneLearner, FewShotLearner])
def test_of_a_long_text_the_first_tokens_are_learned_from(encoder, messages, learner):
    """The [CLS] and [SEP] tokens and two of the text: what follows them teaches nothing."""
    settings = FineTuneSettings(max_steps=2, max_length=4)
    few = replace(messages, texts=[f"{text.split()[0]} now" for text in messages.texts])
    long = replace(few, texts=[f"{text} and again and again" for text in few.texts])
    one, other = (
        learner(encoder, settings).fit(data, seed=0).network.state_dict() for data in (few, long)
    )
    assert all(torch.equal(weights, other[name]) for name, weights in one.items())


class TestFewWords:
    """Of the word vectors only those of the texts at hand are trained."""

    def weights(self, encoder, messages):
        settings = FineTuneSettings(max_steps=4, bf16=False)
        return FineTuneLearner(encoder, settings).fit(messages, seed=0).network.state_dict()

    def test_teaches_what_training_all_of_them_does(self, encoder, messages, monkeypatch):
        few = self.weights(encoder, messages)
        monkeypatch.setattr("activelearn.finetune.words.few_words", lambda *_: nullcontext())
        whole = self.weights(encoder, messages)
        assert few.keys() == whole.keys()
        for name, weights in few.items():
            assert np.allclose(weights, whole[name], atol=1e-5), name

    def test_leaves_the_others_as_they_were(self, encoder, messages):
        published, tokenizer = load_pretrained(encoder.model)
        before = published.get_input_embeddings().weight.detach().numpy()
        after = self.weights(encoder, messages)["embeddings.word_embeddings.weight"].numpy()
        changed = set(np.flatnonzero((before != after).any(axis=1)).tolist())
        read = [*messages.texts, *messages.schema.labels]
        at_hand = set().union(*tokenizer(read)["input_ids"])
        assert changed - {tokenizer.pad_token_id} == at_hand

    def test_vectors_that_are_frozen_or_looked_up_in_another_way_stay(self, encoder):
        network, _ = load_pretrained(encoder.model)
        table = network.get_input_embeddings()
        table.weight.requires_grad = False
        with few_words(network, [1, 2]):
            assert network.get_input_embeddings() is table

        class Scaled(torch.nn.Embedding):
            pass

        network.set_input_embeddings(Scaled(9, 384))
        with few_words(network, [1, 2]):
            assert isinstance(network.get_input_embeddings(), Scaled)

    def test_so_do_those_that_are_not_looked_up_in_one_table(self):
        small = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8}
        network = CanineModel(CanineConfig(**small, num_hidden_layers=1, num_hash_buckets=8))
        with pytest.raises(NotImplementedError):
            network.get_input_embeddings()
        with few_words(network, [1, 2]):
            assert network.char_embeddings.HashBucketCodepointEmbedder_0.weight.requires_grad
