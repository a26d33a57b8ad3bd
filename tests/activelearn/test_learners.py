from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from activelearn import head
from activelearn.data import Dataset, LabelSchema
from activelearn.encoder import Encoder
from activelearn.finetune import FineTuneLearner, FineTuneSettings
from activelearn.head import STRENGTH, HeadLearner
from activelearn.learners import Unlabelled, choose_learner
from activelearn.models import load_model
from activelearn.names import named
from activelearn.reading import tokenise, unit_rows

NEW = ["the parcel is late", "give me a refund", "my password does not work"]
QUICK = FineTuneSettings(max_steps=12, batch_size=8)


class Stop(Exception):
    """What a cancelling progress callback raises."""


class LearnerContract:
    """What every learner promises; subclasses give the learner as a fixture."""

    def test_learns_and_keeps_the_order_of_the_schema(self, learner, messages):
        model = learner.fit(messages, seed=0)
        rows = model.predict_proba(NEW)
        assert rows.shape == (3, 3) and rows.dtype == np.float32
        assert np.allclose(rows.sum(axis=1), 1, atol=1e-5)
        assert rows.argmax(axis=1).tolist() == [0, 1, 2]
        assert model.schema == messages.schema
        turned = replace(messages, schema=LabelSchema("single", ("login", "refund", "delivery")))
        assert learner.fit(turned, seed=0).predict_proba(NEW).argmax(axis=1).tolist() == [2, 1, 0]

    def test_saved_model_is_the_same_model(self, learner, messages, tmp_path):
        model = learner.fit(messages, seed=0)
        model.save(tmp_path / "model")
        again = load_model(tmp_path / "model")
        assert again.version == model.version
        assert again.schema == model.schema
        assert np.array_equal(again.predict_proba(NEW), model.predict_proba(NEW))
        assert not list((tmp_path / "model").rglob("*.pkl"))

    def test_same_seed_same_version(self, learner, messages):
        assert learner.fit(messages, seed=5).version == learner.fit(messages, seed=5).version

    def test_label_without_example_keeps_its_column_near_zero(self, learner, messages):
        wider = replace(
            messages, schema=LabelSchema("single", ("x", "delivery", "refund", "login"))
        )
        rows = learner.fit(wider, seed=0).predict_proba(NEW)
        assert rows.shape == (3, 4)
        assert (rows[:, 0] < 1e-3).all()
        assert rows.argmax(axis=1).tolist() == [1, 2, 3]

    def test_one_class_only(self, learner, messages):
        one = replace(messages.take(range(8)), targets=["a"] * 8)
        nameless = replace(one, schema=LabelSchema("single", ("a", "b", "c")))
        rows = learner.fit(nameless, seed=0).predict_proba(NEW)
        assert rows.shape == (3, 3)
        assert rows.argmax(axis=1).tolist() == [0, 0, 0]

    def test_a_label_that_nobody_has_used_is_told_by_its_name(self, learner, messages):
        rows = learner.fit(messages.take(range(16)), seed=0).predict_proba(NEW)
        assert rows[2, 2] == rows[:, 2].max() > 0.1

    def test_class_with_one_example(self, learner, messages):
        rows = learner.fit(messages.take([0, 1, 2, 8, 16, 17]), seed=0).predict_proba(NEW)
        assert np.isfinite(rows).all() and (rows.max(axis=0) > 1e-3).all()

    def test_no_texts_give_no_rows(self, learner, messages):
        assert learner.fit(messages.take([0, 8, 16]), seed=0).predict_proba([]).shape == (0, 3)

    def test_embed_gives_unit_vectors(self, learner, messages):
        vectors = learner.fit(messages, seed=0).embed(NEW)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)

    def test_exception_of_the_callback_stops_training(self, learner, messages):
        def stop(fraction, message):
            if fraction >= 0.5:
                raise Stop

        with pytest.raises(Stop):
            learner.fit(messages, seed=0, progress=stop)

    def test_nothing_to_train_on(self, learner, messages):
        with pytest.raises(ValueError, match="label some items first"):
            learner.fit(messages.take([]), seed=0)
        with pytest.raises(ValueError, match="label some items first"):
            learner.fit(replace(messages, targets=None), seed=0)

    def test_kind_that_is_not_trainable(self, learner):
        many = Dataset(["a"], ["text"], [("x", "y")], LabelSchema("multi", ("x", "y")))
        with pytest.raises(ValueError, match="multi is not trainable yet"):
            learner.fit(many, seed=0)


class TestHead(LearnerContract):
    @pytest.fixture
    def learner(self, encoder):
        return HeadLearner(encoder)

    def test_model_of_another_encoder_is_refused(self, learner, messages, tmp_path):
        learner.fit(messages, seed=0).save(tmp_path)
        with pytest.raises(ValueError, match="another encoder"):
            load_model(tmp_path, Encoder(max_length=16))


class TestSelfTraining(TestHead):
    """The head that learns from texts without a label as well."""

    @pytest.fixture
    def learner(self, encoder, messages):
        return HeadLearner(encoder, unlabelled=encoder.embed(messages.texts))

    def test_texts_without_a_label_say_where_the_classes_lie(self):
        rng = np.random.default_rng(0)
        truth = np.arange(300) % 3
        points = np.eye(3, 20)[truth] + rng.normal(size=(300, 20)) * 0.45
        texts = [str(place) for place in range(300)]
        given = Points(dict(zip(texts, points.astype(np.float32), strict=True)))
        schema = LabelSchema("single", ("a", "b", "c"))
        few = Dataset(texts[:6], texts[:6], [schema.labels[i] for i in truth[:6]], schema)

        def right(learner) -> float:
            said = learner.fit(few, seed=0).predict_proba(texts).argmax(axis=1)
            return float((said == truth).mean())

        plain = right(HeadLearner(given))
        assert right(HeadLearner(given, unlabelled=points[6:].astype(np.float32))) > plain + 0.05

    def test_no_texts_without_a_label_left(self, encoder, messages):
        plain = HeadLearner(encoder).fit(messages, seed=0)
        none = HeadLearner(encoder, unlabelled=np.empty((0, 384), np.float32))
        assert none.fit(messages, seed=0).version == plain.version


class TestSettled:
    """How strongly the head learns, and whether unlabelled texts teach, is found on the labels."""

    @staticmethod
    def drawn(share: list[float], noise: float, count: int) -> tuple[Dataset, np.ndarray, Points]:
        rng = np.random.default_rng(3)
        truth = rng.choice(len(share), size=2_000, p=share)
        points = np.eye(len(share), 40)[truth] + rng.normal(size=(2_000, 40)) * noise
        points = unit_rows(points)
        texts = [str(place) for place in range(2_000)]
        schema = LabelSchema("single", tuple("abcdefgh"[: len(share)]))
        data = Dataset(texts, texts, [schema.labels[i] for i in truth], schema)
        given = Points(dict(zip(texts, points, strict=True)))
        return data, points[count:], given

    @staticmethod
    def right(learner: HeadLearner, data: Dataset, count: int) -> float:
        model = learner.fit(data.take(range(count)), seed=0)
        said = model.predict_proba(data.texts[count:]).argmax(axis=1)
        return float(
            np.mean([data.schema.labels[i] for i in said] == np.array(data.targets[count:]))
        )

    @pytest.mark.parametrize("count", [60, 300])
    def test_rare_labels_that_are_hard_to_tell_apart(self, count):
        data, rest, given = self.drawn([0.55] + [0.45 / 7] * 7, 0.8, count)
        found = HeadLearner(given, unlabelled=rest).settled(data.take(range(count)), seed=0)
        assert found.strength < STRENGTH
        best = self.right(HeadLearner(given, unlabelled=rest), data, count)
        assert best > self.right(HeadLearner(given, STRENGTH, rest), data, count) + 0.05

    def test_labels_that_are_easy_to_tell_apart(self):
        data, rest, given = self.drawn([1 / 8] * 8, 0.08, 60)
        found = HeadLearner(given, unlabelled=rest).settled(data.take(range(60)), seed=0)
        assert found.strength == STRENGTH and found.unlabelled is rest

    def test_too_few_labels_and_a_strength_that_is_given(self):
        data, rest, given = self.drawn([0.5, 0.5], 0.8, 300)
        few = HeadLearner(given, unlabelled=rest).settled(data.take(range(19)), seed=0)
        assert few.strength == STRENGTH and few.unlabelled is rest
        asked = HeadLearner(given, 7.0, rest).settled(data.take(range(300)), seed=0)
        assert asked.strength == 7.0 and asked.unlabelled is rest

    @pytest.mark.parametrize("wrong, taught", [(0, True), (1, False)])
    def test_names_that_say_something_else_teach_nothing(self, wrong, taught):
        data, _, given = self.drawn([1 / 4] * 4, 0.5, 40)
        names = ("north", "east", "south", "west")
        schema = LabelSchema("single", names)
        targets = [names["abcd".index(target)] for target in data.targets]
        given.vectors |= dict(zip(names, np.roll(np.eye(4, 40), wrong, axis=0), strict=True))
        called = Dataset(data.uids, data.texts, targets, schema)
        for strength in (STRENGTH, None):
            found = HeadLearner(given, strength).settled(called.take(range(40)), seed=0)
            assert found.names is taught
        plain = HeadLearner(given, names=False)
        assert (self.right(found, called, 40) > self.right(plain, called, 40) + 0.05) is taught

    def test_people_are_who_is_judged_by(self, monkeypatch):
        data, rest, given = self.drawn([1 / 4] * 4, 0.5, 60)
        people = data.take(range(60))
        children = replace(
            people, uids=[f"{uid}#1" for uid in people.uids], parents=list(people.uids)
        )
        sizes = []

        def seen(scores: np.ndarray, others: np.ndarray) -> bool:
            sizes.append(len(scores))
            return False

        monkeypatch.setattr(head, "surpasses", seen)
        HeadLearner(given, unlabelled=rest).settled(people.concat(children), seed=0)
        assert sizes and set(sizes) == {60}

    def test_labels_with_one_example_each(self):
        data, rest, given = self.drawn([1 / 8] * 8, 0.2, 300)
        schema = LabelSchema("single", tuple(str(place) for place in range(30)))
        lone = Dataset(data.uids[:30], data.texts[:30], list(schema.labels), schema)
        found = HeadLearner(given, unlabelled=rest).settled(lone, seed=0)
        assert found.strength == STRENGTH and found.unlabelled is rest


@pytest.mark.parametrize(
    "labels, said",
    [
        (("card_lost", "billingIssue", "HTTPErr"), ["card lost", "billing Issue", "HTTP Err"]),
        (("QUALITÉ", "MÜNCHEN", "URLs"), ["QUALITÉ", "MÜNCHEN", "URLs"]),
        (("退款", "物流"), ["退款", "物流"]),
        (("好", "坏"), ["好", "坏"]),
        (("ดี", "แย่"), ["ดี", "แย่"]),
        (("बिल", "शिकायत"), ["बिल", "शिकायत"]),
        (("LABEL_0", "LABEL_1"), []),
        (("label_A", "label_B"), []),
        (("1 star", "2 stars", "3 stars"), []),
        (("A", "B", "α"), []),
        (("refund", "Refund", "login"), []),
        (("refund", "login", "😀"), ["refund", "login"]),
        (("refund", "login", "C", "D"), []),
    ],
)  # fmt: skip
def test_what_the_names_of_labels_say(labels, said):
    found = named(LabelSchema("single", labels))
    assert found.texts == said
    assert found.targets == [label for label in labels if label in found.targets]


class Points:
    """An encoder of texts whose vectors are known."""

    model, max_length, version = "points", 8, "1"
    tokens = staticmethod(tokenise)

    def __init__(self, vectors: dict[str, np.ndarray]) -> None:
        self.vectors = vectors

    def embed(self, texts, progress=None) -> np.ndarray:
        return np.stack([self.vectors[text] for text in texts])


class TestFineTune(LearnerContract):
    @pytest.fixture
    def learner(self, encoder):
        return FineTuneLearner(encoder, QUICK)

    def test_reports_each_step(self, learner, messages):
        seen = []
        learner.fit(messages, seed=0, progress=lambda fraction, text: seen.append((fraction, text)))
        assert sum("step" in text for _, text in seen) == 12
        assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
        assert seen[-1][0] == 1.0

    def test_moves_the_encoder_and_spares_the_global_seed(self, learner, encoder, messages):
        import torch

        torch.manual_seed(1)
        expected = torch.rand(3)
        torch.manual_seed(1)
        model = learner.fit(messages, seed=0)
        assert torch.equal(torch.rand(3), expected)
        assert not np.allclose(model.embed(NEW), encoder.embed(NEW), atol=1e-2)


class TestLora(LearnerContract):
    @pytest.fixture
    def learner(self, encoder):
        return FineTuneLearner(encoder, replace(QUICK, method="lora", max_steps=20))


def test_unreadable_model_folder(tmp_path):
    with pytest.raises(ValueError, match="train a round first"):
        load_model(tmp_path / "none")


@pytest.mark.parametrize(
    "wrong",
    [{"method": "magic"}, {"warmup": 1.5}, {"epochs": 0}, {"batch_size": -1}, {"head_lr": 0.0}],
)
def test_impossible_settings(wrong):
    with pytest.raises(ValueError):
        FineTuneSettings(**wrong)


def test_fewer_epochs_for_more_labels():
    epochs = [FineTuneSettings().epochs_for(n) for n in (20, 200, 1000, 5000, 100_000)]
    assert epochs == sorted(epochs, reverse=True) and epochs[-1] >= 1
    assert FineTuneSettings(epochs=4).steps_for(33, 99) == 12
    assert FineTuneSettings(epochs=4, max_steps=5).steps_for(33, 99) == 5
    bounded = FineTuneSettings(epochs=4, tokens_per_label=20)
    assert bounded.steps_for(33, 99) == bounded.steps_for(33, 99, guessed=90) == 7


class TestChoice:
    def test_what_is_judged_on_a_part_is_trained_as_on_all(self, messages):
        known = self.repeated(messages, 10)
        learner, _ = choose_learner(known, "finetune")
        assert learner.settings.epochs == FineTuneSettings().epochs_for(len(known))
        assert learner.settings.epochs < FineTuneSettings().epochs_for(len(known) // 2)
        asked, _ = choose_learner(known, "finetune", settings=FineTuneSettings(epochs=3))
        assert asked.settings.epochs == 3

    @pytest.mark.parametrize("device, most", [("cpu", (833, 128)), ("cuda", (None, None))])
    def test_without_an_accelerator_a_training_reads_so_much_and_no_more(
        self, messages, monkeypatch, device, most
    ):
        """As for 500 labels where there are 240; what somebody asked for holds."""
        monkeypatch.setattr("activelearn.learners.best_device", lambda: torch.device(device))
        known = self.repeated(messages, 10)

        def bounds(settings, name="finetune"):
            of = choose_learner(known, name, settings=settings)[0].settings
            return of.tokens_per_label and round(of.tokens_per_label), of.max_length

        assert bounds(FineTuneSettings()) == most
        assert bounds(FineTuneSettings(epochs=3)) == (None, None)
        assert bounds(FineTuneSettings(epochs=3), "few_shot") == most
        assert bounds(FineTuneSettings(tokens_per_label=9, max_length=200)) == (9, 200)

    def test_of_each_of_many_labels_it_reads_the_same(self):
        settings = [FineTuneSettings().for_labels(n, torch.device("cpu")) for n in (500, 4000)]
        assert {one.tokens_per_label for one in settings} == {400}

    def repeated(self, messages, times, take=range(24)):
        few = messages.take(take)
        count = len(few) * times
        return Dataset(
            [str(i) for i in range(count)], few.texts * times, few.targets * times, few.schema
        )

    @pytest.mark.parametrize(
        "times, count, expected",
        [(1, 6, "head"), (1, 8, "few_shot"), (1, 24, "few_shot"), (2, 24, "finetune")],
    )
    def test_by_the_number_of_labels(self, encoder, messages, times, count, expected):
        few = self.repeated(messages, times, range(0, 24, 24 // count))
        learner, reason = choose_learner(few, encoder=encoder)
        assert learner.name == expected
        assert str(times * count) in reason and reason.endswith(".")

    def test_many_classes_need_more(self, encoder, messages):
        wide = LabelSchema("single", (*messages.schema.labels, *(f"c{i}" for i in range(20))))
        for times, expected in ((5, "head"), (8, "finetune")):
            many = replace(self.repeated(messages, times), schema=wide)
            assert choose_learner(many, encoder=encoder)[0].name == expected

    def test_unlabelled_texts_teach_while_labels_are_few(self, encoder, messages, monkeypatch):
        pool = Unlabelled(("a text", "another"), np.zeros((2, 384), dtype=np.float32))
        monkeypatch.setattr("activelearn.learners.FEW_LABELS", 24)
        for times, texts in ((1, pool.texts), (2, ())):
            few = self.repeated(messages, times)
            learner, _ = choose_learner(few, "finetune", encoder=encoder, unlabelled=pool)
            assert learner.unlabelled == texts

    def test_more_labels_never_bring_few_shot_training_back(self, encoder, messages, monkeypatch):
        monkeypatch.setattr("activelearn.learners.FEW_LABELS", 24)
        pool = Unlabelled(("a text",) * 99, np.zeros((99, 384), dtype=np.float32))
        for count in (24, 25, 47):
            few = self.repeated(messages, 2).take(range(count))
            assert choose_learner(few, encoder=encoder, unlabelled=pool)[0].name == "finetune"

    @pytest.mark.parametrize("alone", [True, False])
    def test_texts_without_a_label_bring_the_fine_tune_on(self, encoder, messages, alone):
        pool = Unlabelled(("a text",) * 24, np.zeros((24, 384), dtype=np.float32))
        few = Unlabelled(("a text",), np.zeros((1, 384), dtype=np.float32))
        learner, _ = choose_learner(messages, encoder=encoder, unlabelled=few if alone else pool)
        assert learner.name == ("few_shot" if alone else "finetune")
        for off in (FineTuneSettings(self_training=False), FineTuneSettings(patience=2)):
            learner, _ = choose_learner(messages, encoder=encoder, unlabelled=pool, settings=off)
            assert learner.name == "few_shot"

    def test_one_class_so_far(self, encoder, messages):
        assert choose_learner(self.repeated(messages, 30, range(8)), encoder=encoder)[0].name == (
            "head"
        )

    def test_augmented_children_are_no_labels(self, encoder, messages):
        many = self.repeated(messages, 6, range(6))
        many = replace(many, parents=[None] * 6 + ["0"] * 30)
        assert choose_learner(many, encoder=encoder)[0].name == "head"

    @pytest.mark.parametrize("name", ["head", "few_shot", "finetune"])
    def test_as_asked(self, encoder, messages, name):
        learner, reason = choose_learner(messages, name, encoder=encoder)
        assert learner.name == name and "settings" in reason

    def test_unknown_name(self, encoder, messages):
        with pytest.raises(ValueError, match="choose auto, head, few_shot or finetune"):
            choose_learner(messages, "forest", encoder=encoder)
