"""Every setting of ``workbench.toml`` changes what happens; a new one needs its proof here."""

from __future__ import annotations

import json
import math
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, update

from activelearn.encoder import default_model, load_pretrained
from activelearn.evaluate import Interval
from activelearn.finetune import FineTuneLearner
from activelearn.forecast import Curve
from activelearn.models import load_model
from benchmarks.label_studio.website import ANN, PASSWORDS, SERVE, make_project, served
from ui.outlook import sentences
from workbench import bootstrap, config, events, gold, guideline, items, people, sessions
from workbench.annotate import Annotator
from workbench.config import AnnotateSettings, Section, Settings
from workbench.errors import ConfigError
from workbench.hotkeys import hot_keys
from workbench.outlook import outlook
from workbench.project import Project
from workbench.status import status
from workbench.tables import Lease, LogIn, Person, Queued, Round, Share, now
from workbench.training import training_set
from workbench.worker import Reranks, serve
from workbench.workflows.audit import run_audit
from workbench.workflows.importing import import_file
from workbench.workflows.round import run_round
from workbench.workflows.trial import augment_preview, run_trial

QUICK = {"epochs": 1, "batch_size": 40, "self_training": False}
PROOFS: dict[str, Callable] = {}


def proves(*names: str) -> Callable:
    """Registers a test as the proof of these settings."""

    def register(test: Callable) -> Callable:
        PROOFS.update(dict.fromkeys(names, test))
        return test

    return register


def changed(project: Project, section: str, **values: object) -> Project:
    """The project, opened again with other settings."""
    config.write(project.root, {section: values})
    return Project.open(project.root)


def messages(run: Callable, *args: object, **more: object) -> list[str]:
    """What ``run`` reported on its way."""
    said: list[str] = []
    run(*args, progress=lambda fraction, message: said.append(message), **more)
    return said


def about_model(project: Project) -> dict:
    (path,) = project.root.glob("models/*/model.json")
    return json.loads(path.read_text("utf-8"))


def fresh(tmp_path: Path, section: str, **values: object) -> Project:
    """A project of 100 texts without any label, made under these settings."""
    Project.create(tmp_path / "fresh", name="Fresh", labels=("a", "b")).close()
    config.write(tmp_path / "fresh", {section: values})
    made = Project.open(tmp_path / "fresh")
    made.pool.append([(f"c{i}", f"text {i} about thing {i % 7}", {}) for i in range(100)])
    items.draw_holdout(made)
    return made


def fine_tuned(project: Project, **values: object) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The encoder's weights after a fine-tuned round, and the head's."""
    from safetensors.numpy import load_file

    made = changed(project, "finetune", **(QUICK | values))
    run_round(made, learner="finetune", batch=5)
    (folder,) = project.root.glob("models/*")
    network, _ = load_pretrained(str(folder / "encoder"))
    weights = {name: one.detach().numpy() for name, one in network.named_parameters()}
    return weights, load_file(folder / "head.safetensors")["weights"]


@pytest.fixture(scope="session")
def published() -> dict[str, np.ndarray]:
    network, _ = load_pretrained(default_model())
    return {name: one.detach().numpy() for name, one in network.named_parameters()}


def test_every_setting_has_a_proof() -> None:
    known = {"users"}
    for section, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            known |= {f"{section}.{name}" for name in field.annotation.model_fields}
    assert set(PROOFS) == known


@proves("project.name")
def test_name(project: Project) -> None:
    assert status(changed(project, "project", name="Another name"))["name"] == "Another name"


@proves("project.language")
def test_language(project: Project) -> None:
    assert augment_preview(changed(project, "project", language="en"), "typos")
    with pytest.raises(ConfigError, match="English only"):
        augment_preview(changed(project, "project", language="zh"), "typos")


@proves("project.text_column", "project.label_column")
def test_columns(project: Project, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(
        "text,label,said,meant\nnot this,login,where is my money,refund\n"
    )
    made = changed(project, "project", text_column="said", label_column="meant")
    report = import_file(made, tmp_path / "more.csv")
    assert (report.columns["text"], report.columns["label"]) == ("said", "meant")
    assert "where is my money" in items.labelled(made, holdout=False).texts + (
        items.labelled(made, holdout=True).texts
    )


@proves("annotate.hot_keys")
def test_hot_keys(project: Project) -> None:
    made = changed(project, "annotate", hot_keys={"login": "L", "refund": "2"})
    labels = made.schema.labels
    keys = hot_keys(labels, made.settings.annotate.hot_keys)
    assert keys == [("delivery", "1"), ("login", "l"), ("refund", "2")]
    many = dict(hot_keys(tuple(f"l{i}" for i in range(77)), {"l3": "q"}))
    given, taken = [key for key in many.values() if key], set(AnnotateSettings.COMMAND_KEYS)
    assert len(given) == len(set(given)) == 9 + 26 - len(taken) and not set(given) & {*taken, "0"}
    assert many["l3"] == "q" and many["l0"] == "1" and many["l76"] == ""


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"login": "x", "refund": "X"}, "'login' and 'refund' have the same key 'x'"),
        ({"login": "z"}, "'login' cannot have 'z'"),
        ({"login": "ab"}, "must be one letter or digit"),
        ({"login": " "}, "must be one letter or digit"),
    ],
)
def test_wrong_hot_keys_are_named(project: Project, keys: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=f"annotate.hot_keys: .*{said}"):
        changed(project, "annotate", hot_keys=keys)


def test_a_hot_key_of_no_label_is_named(project: Project) -> None:
    with pytest.raises(ConfigError, match=r"annotate.hot_keys: 'spam' is no label .*delivery"):
        hot_keys(project.schema.labels, {"spam": "x"})


@proves("annotate.guideline")
def test_guideline(project: Project) -> None:
    made = changed(project, "annotate", guideline="docs/rules.md")
    assert (guideline.read(made), guideline.stamp(made)) == ("", "")
    guideline.write(made, "# Rules", "lea@example.com")
    assert (project.root / "docs" / "rules.md").read_text() == guideline.read(made) == "# Rules"
    for outside in ("../rules.md", "/etc/rules.md", "docs/../../rules.md"):
        with pytest.raises(ConfigError, match=r"annotate.guideline: .*inside the project's folder"):
            changed(project, "annotate", guideline=outside)
    (project.root / "link.md").symlink_to("/etc/passwd")
    for inside in ("link.md", ".workbench/token.md", "workbench.toml"):
        made = changed(project, "annotate", guideline=inside)
        with pytest.raises(ConfigError, match=r"annotate.guideline"):
            guideline.read(made)


@proves("labelstudio.managed")
def test_a_label_studio_of_ones_own_is_not_started(project: Project) -> None:
    made = changed(project, "labelstudio", managed=False)
    assert bootstrap.start_server(made, lambda fraction, message: None) is None


@proves("labelstudio.port")
def test_port(project: Project, label_studio_data: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shutil.copytree(label_studio_data, project.root / "label-studio")
    made = changed(project, "labelstudio", port=port)
    server = bootstrap.start_server(made, lambda fraction, message: None)
    try:
        assert made.settings.labelstudio.url == f"http://127.0.0.1:{port}"
        assert made.client().whoami().email
    finally:
        server.stop()


@proves("labelstudio.sync_seconds")
def test_sync_seconds(bound: Project) -> None:
    def syncs(seconds: float, enough: int, patience: float) -> int:
        """How many are seen until there are ``enough``, or after the first for so long."""
        made, times = changed(bound, "labelstudio", sync_seconds=seconds), set()
        before, over = made.store.fact("synced_at"), threading.Event()
        served = threading.Thread(target=serve, args=(made.root,), kwargs={"stop": over.is_set})
        served.start()
        deadline = time.monotonic() + 120
        while len(times) < enough and time.monotonic() < deadline:
            if (now_at := made.store.fact("synced_at")) not in (before, *times):
                times.add(now_at)
                deadline = min(deadline, time.monotonic() + patience) if patience else deadline
            time.sleep(0.1)
        over.set()
        served.join()
        return len(times)

    assert syncs(0.5, enough=4, patience=0) == 4
    assert syncs(60, enough=4, patience=6) < 4


@proves("labelstudio.url", "labelstudio.project_id")
def test_which_label_studio(bound: Project) -> None:
    chosen = bound.settings.labelstudio
    assert status(bound)["project_url"] == f"{chosen.url}/projects/{chosen.project_id}/data"
    assert bound.client().project(chosen.project_id).title == "Loop test"
    assert not changed(bound, "labelstudio", project_id=0).connected()


@proves("model.name")
def test_model(project: Project, tmp_path: Path) -> None:
    shutil.copytree(default_model(), tmp_path / "encoder")
    run_round(changed(project, "model", name=str(tmp_path / "encoder")), batch=5)
    assert about_model(project)["encoder"] == str(tmp_path / "encoder")


@proves("model.max_length")
def test_max_length(project: Project) -> None:
    run_round(changed(project, "model", max_length=9), batch=5)
    assert about_model(project)["max_length"] == 9


@proves("round.batch")
def test_batch(project: Project) -> None:
    assert run_round(changed(project, "round", batch=7)).chosen == 7


@proves("round.strategy")
def test_strategy(project: Project) -> None:
    assert run_round(changed(project, "round", strategy="entropy", batch=5)).strategy == "entropy"


@proves("round.cold_start")
def test_cold_start(tmp_path: Path) -> None:
    assert run_round(fresh(tmp_path, "round", cold_start="random"), batch=5).strategy == "random"
    with pytest.raises(ConfigError, match=r"cold_start.*not one of auto, random, kmeans_start"):
        fresh(tmp_path / "impossible", "round", cold_start="margin")


@proves("round.learner")
@pytest.mark.parametrize("learner", ["head", "finetune"])
def test_learner(project: Project, learner: str) -> None:
    made = changed(changed(project, "finetune", **QUICK), "round", learner=learner, batch=5)
    assert run_round(made).learner == learner


@proves("round.random_share")
@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.5, 8), (1.0, 16)])
def test_random_share(project: Project, share: float, count: int) -> None:
    run_round(changed(project, "round", random_share=share), batch=20)
    with project.store.session() as session:
        rows = list(session.scalars(select(Queued).order_by(Queued.rank)))
    assert sum(row.at_random for row in rows) == count and len({row.uid for row in rows}) == 20
    assert not any(row.at_random for row in rows[:1]) or share == 1.0


def test_a_small_random_share_is_kept_over_rounds(project: Project) -> None:
    drawn = []
    for seed in range(8):
        run_round(changed(project, "round", random_share=0.1, seed=seed, holdout=0), batch=5)
        with project.store.session() as session:
            last = session.scalar(select(func.max(Queued.round)))
            drawn.append(session.scalar(
                select(func.count()).where(Queued.round == last, Queued.at_random)
            ))  # fmt: skip
    assert set(drawn) == {0, 1}


@proves("round.rerank")
@pytest.mark.parametrize("wanted", [True, False])
def test_rerank(project: Project, wanted: bool) -> None:
    made = changed(project, "round", rerank=wanted)
    run_round(made, batch=60)
    with made.store.session() as session:
        before = dict(session.execute(select(Queued.uid, Queued.rank)).all())
    at_work = Annotator(made, "ann@example.com")
    at_work.submit(at_work.queue(1)[0].uid, "login")
    Reranks().turn(made)
    with made.store.session() as session:
        after = dict(session.execute(select(Queued.uid, Queued.rank)).all())
    assert (before != after) == wanted


@proves("round.rare_label")
def test_rare_label(project: Project) -> None:
    with pytest.raises(ConfigError, match="'logins' is no label"):
        run_round(changed(project, "round", rare_label="logins", strategy="rare_class"))
    made = changed(project, "round", rare_label="login", strategy="rare_class")
    run_round(made, batch=5)
    with project.store.session() as session:
        found = list(session.scalars(select(Queued).where(Queued.suggestion.is_not(None))))
    assert found and all(row.suggestion == ["login"] for row in found)


def a_round(project: Project, scores: tuple[float, ...] = (1.0,) * 90 + (0.0,) * 10) -> None:
    """A round of 100 labels that 220 random ones would have equalled."""
    row = Round(number=1, state="done", step="publish", labels=100, model_version="m")
    row.evaluation = {
        "scores": list(scores),
        "random": {"accuracy": 0.9, "value": 220.0, "low": 200.0, "high": None},
    }
    with project.store.session() as session:
        session.add(row)


@pytest.mark.parametrize(("measured", "forecasts"), [(9, 0), (10, 2)])
def test_no_forecast_from_next_to_nothing(project: Project, measured: int, forecasts: int) -> None:
    a_round(project, (1.0,) * measured)
    found = outlook(project)
    assert len(found.forecasts or ()) == forecasts
    said = sentences(found, "en")[0]
    assert said.startswith("50 more labels" if forecasts else "With 10 labelled texts")


def test_without_a_holdout_no_label_of_it_is_asked_for(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "p", name="No holdout", labels=("a", "b"))
    made = changed(made, "round", holdout=0, target_accuracy=0.8)
    assert sentences(outlook(made), "en")[0].startswith("With 10 labelled texts of the holdout")
    made.pool.append([(f"u{i}", f"text {i}", {}) for i in range(60)])
    items.settle_holdout(made)
    a_round(made, ())
    said = sentences(outlook(made), "en")
    assert "those count too that random_share" in said[0]
    assert not any("texts of the holdout" in one for one in said)


def test_forecasts_count_what_of_a_batch_teaches(project: Project, monkeypatch) -> None:
    a_round(project)
    asked = []
    monkeypatch.setattr(
        Curve, "accuracy", lambda self, labels: asked.append(labels) or Interval(0.5, 0.4, 0.6)
    )
    unheld = len(items.waiting(project, holdout=True))
    assert unheld >= 10
    first = outlook(project).forecasts[0]
    assert first.more == 50 and asked[:2] == [100, 100 + 50 - 10]


@pytest.mark.parametrize(("number", "forecasts"), [(4, [1, 4]), (5, [4])])
def test_forecasts_of_single_texts_know_which_is_of_the_holdout(
    project: Project, number: int, forecasts: list[int]
) -> None:
    a_round(project)
    with project.store.session() as session:
        session.get(Round, 1).number = number
    made = changed(project, "round", batch=1)
    assert [one.more for one in outlook(made).forecasts] == forecasts


def test_a_forecast_starts_at_the_curve(project: Project) -> None:
    """A round that chance measured higher than those before does not promise a fall."""
    a_round(project, (1.0,) * 40 + (0.0,) * 10)
    with project.store.session() as session:
        row = Round(number=2, state="done", step="publish", labels=150, model_version="n")
        row.evaluation = {"scores": [1.0] * 50}
        session.add(row)
    for one in outlook(project).forecasts:
        assert one.now < 1.0 and one.now < one.then.value


def test_forecasts_end_where_the_pool_does(project: Project) -> None:
    a_round(project)
    held = len(items.waiting(project, holdout=True))
    drawn = len(items.labelled(project, holdout=True)) + held
    left = len(project.pool) - drawn - 100
    assert [one.more for one in outlook(project).forecasts] == [50, left + held]
    with project.store.session() as session:
        session.get(Round, 1).labels = len(project.pool)
    found = outlook(project)
    assert found.forecasts == [] and not sentences(found, "en")[0].startswith("With 10")


@pytest.mark.parametrize(("low", "said"), [(150.0, "at least 50"), (None, "at least 140")])
def test_what_random_labels_never_reach_is_a_saving(project: Project, low, said: str) -> None:
    """Of no more than the pool has."""
    a_round(project)
    with project.store.session() as session:
        row = session.get(Round, 1)
        row.evaluation = row.evaluation | {
            "random": {"accuracy": 0.9, "value": None, "low": low, "high": None}
        }
    assert any(said in one for one in sentences(outlook(project), "en"))


def test_no_more_is_saved_than_the_pool_has(project: Project) -> None:
    a_round(project)
    with project.store.session() as session:
        row = session.get(Round, 1)
        beyond = {"accuracy": 0.9, "value": 5_000.0, "low": 900.0, "high": 40_000.0}
        row.evaluation = row.evaluation | {"random": beyond}
    said = sentences(outlook(project), "en")
    assert any("at least 140; random labels may never get here" in one for one in said)


@pytest.mark.parametrize(("labels", "stop"), [(100, False), (110, True)])
def test_only_new_labels_say_that_it_is_time_to_stop(
    project: Project, labels: int, stop: bool
) -> None:
    a_round(project)
    with project.store.session() as session:
        row = Round(number=2, state="done", step="publish", labels=labels, model_version="n")
        row.evaluation = {"stability": {"kappa": 1.0, "changed": 0.0, "items": 50}}
        session.add(row)
    verdicts = {one.criterion: one.stop for one in outlook(project).verdicts}
    assert verdicts["few_changes"] is stop


@proves("round.target_accuracy")
@pytest.mark.parametrize(("target", "reached"), [(0.8, True), (0.9, False)])
def test_target_accuracy(project: Project, target: float, reached: bool) -> None:
    a_round(project)
    assert all(one.criterion != "target_reached" for one in outlook(project).verdicts)
    *_, verdict = outlook(changed(project, "round", target_accuracy=target)).verdicts
    assert (verdict.criterion, verdict.stop) == ("target_reached", reached)


@proves("cost.per_label", "cost.currency", "cost.seconds_per_label")
def test_costs(project: Project) -> None:
    a_round(project)
    silent = outlook(project).saved
    assert silent.labels.value == 120 and silent.money is None and silent.hours is None
    made = changed(project, "cost", per_label=0.5, currency="EUR", seconds_per_label=18)
    saved = outlook(made).saved
    assert (saved.money.low, saved.money.value, saved.currency) == (50.0, 60.0, "EUR")
    assert (saved.hours.low, saved.hours.value, saved.hours.high) == (0.5, 0.6, math.inf)


@proves("round.holdout", "round.holdout_share")
@pytest.mark.parametrize(
    ("values", "size"),
    [({"holdout": 13}, 13), ({"holdout_share": 0.07}, 7), ({"holdout": 0}, 0)],
)
def test_holdout(tmp_path: Path, values: dict, size: int) -> None:
    assert status(fresh(tmp_path, "round", **values))["holdout"] == size


@proves("round.seed")
def test_seed(tmp_path: Path) -> None:
    chosen = {}
    for name, seed in (("one", 1), ("two", 2), ("again", 1)):
        made = fresh(tmp_path / name, "round", seed=seed, strategy="random", cold_start="random")
        run_round(made, batch=20)
        chosen[name] = [one.uid for one in Annotator(made, "a@example.com").queue(20)]
    assert chosen["one"] == chosen["again"] != chosen["two"]


@proves("finetune.epochs", "finetune.batch_size")
def test_steps(project: Project) -> None:
    trained = len(training_set(project, 0))
    halves = {"epochs": 2, "batch_size": (trained + 1) // 2, "self_training": False}
    made = changed(project, "finetune", **halves)
    said = messages(run_round, made, learner="finetune", batch=5)
    assert any("step 4 of 4" in message for message in said)


@proves("finetune.encoder_lr")
def test_encoder_lr(project: Project, published: dict) -> None:
    weights, _ = fine_tuned(project, encoder_lr=1e-12)
    for name in weights:
        np.testing.assert_allclose(weights[name], published[name], atol=1e-8)


@proves("finetune.head_lr")
def test_head_lr(project: Project) -> None:
    _, head = fine_tuned(project, head_lr=5.0)
    assert np.abs(head).max() > 1.0


@proves("finetune.method")
@pytest.mark.parametrize("method", ["full", "lora", "adalora"])
def test_method(project: Project, published: dict, method: str) -> None:
    weights, _ = fine_tuned(project, method=method)
    same = {name: np.array_equal(weights[name], published[name]) for name in weights}
    assert same["embeddings.word_embeddings.weight"] == (method != "full")
    assert not same["encoder.layer.0.attention.self.query.weight"]


@proves(
    "finetune.class_weights",
    "finetune.label_smoothing",
    "finetune.focal_gamma",
    "finetune.contrast",
)
@pytest.mark.parametrize(
    "values",
    [{"class_weights": True}, {"label_smoothing": 0.3}, {"focal_gamma": 2.0}, {"contrast": 0.2}],
)  # fmt: skip
def test_loss(project: Project, values: dict, monkeypatch) -> None:
    asked, fit = [], FineTuneLearner.fit

    def noted(self, *args, **more):
        asked.append(self.settings)
        return fit(self, *args, **more)

    monkeypatch.setattr(FineTuneLearner, "fit", noted)
    run_round(changed(project, "finetune", **(QUICK | values)), learner="finetune", batch=5)
    ((name, value),) = values.items()
    assert {getattr(one, name) for one in asked} == {value}


@proves("finetune.self_training")
@pytest.mark.parametrize("on", [True, False])
def test_self_training(project: Project, on: bool) -> None:
    made = changed(project, "finetune", **(QUICK | {"self_training": on}))
    said = messages(run_round, made, learner="finetune", batch=5)
    lasts = [one for one in said if (found := re.search(r"step (\d+) of (\d+)", one))
             and found[1] == found[2]]  # fmt: skip
    assert len(lasts) == 3 * (1 + on), "two folds and the model itself"


@proves("finetune.patience")
def test_patience(project: Project, monkeypatch) -> None:
    monkeypatch.setattr("activelearn.finetune.ENOUGH_TO_HOLD_BACK", 20)
    wild = {"epochs": 8, "encoder_lr": 5e-2, "head_lr": 1.0, "patience": 1}
    said = messages(run_round, changed(project, "finetune", **wild), learner="finetune", batch=5)
    steps = len(training_set(project, 0)) / 16 * 8
    last = [message for message in said if message.startswith("Fine-tuning: step")][-1]
    done, planned = (int(one) for one in re.findall(r"step (\d+) of (\d+)", last)[0])
    assert done == planned < steps


@proves("finetune.warm_start")
@pytest.mark.parametrize("warm", [True, False])
def test_warm_start(project: Project, warm: bool) -> None:
    made = changed(project, "finetune", warm_start=warm, epochs=6)
    run_round(made, learner="finetune", batch=5)
    still = changed(made, "finetune", epochs=1, encoder_lr=1e-9, head_lr=1e-9)
    second = run_round(still, learner="finetune", batch=5)
    chance = 1 / len(made.schema.labels)
    model = load_model(made.root / "models" / second.model_version)
    known = items.labelled(made, holdout=False)
    told = model.predict_proba(known.texts).argmax(axis=1)
    said = [made.schema.labels[place] for place in told]
    right = np.mean([a == b for a, b in zip(said, known.targets, strict=True)])
    assert (right > 2 * chance) == warm


@proves("finetune.checkpoint_seconds")
@pytest.mark.parametrize("seconds, again", [(1e-6, 3), (1e6, 1)])
def test_checkpoint_seconds(project: Project, seconds: float, again: int) -> None:
    made = changed(project, "finetune", **(QUICK | {"checkpoint_seconds": seconds, "epochs": 2}))

    class Killed(Exception):
        pass

    def kill(_fraction: float, message: str) -> None:
        if message.startswith("Fine-tuning: step 2 of"):
            raise Killed

    with pytest.raises(Killed):
        run_round(made, learner="finetune", batch=5, progress=kill)
    said = messages(run_round, made, learner="finetune", batch=5)
    assert not any("Fold" in message for message in said), "what was compared is known"
    steps = [message for message in said if message.startswith("Fine-tuning: step")]
    assert steps[0].startswith(f"Fine-tuning: step {again} of")


def test_a_training_that_only_compares_goes_on_after_a_kill_too(project: Project) -> None:
    quick = QUICK | {"checkpoint_seconds": 1e-6, "epochs": 2}
    made, fold = changed(project, "finetune", **quick), "Fold 1 of 2: Fine-tuning: step "

    class Killed(Exception):
        pass

    def kill(_fraction: float, message: str) -> None:
        if message.startswith(f"{fold}1 of"):
            raise Killed

    with pytest.raises(Killed):
        run_round(made, learner="finetune", batch=5, progress=kill)
    said = messages(run_round, made, learner="finetune", batch=5)
    assert next(one for one in said if one.startswith(fold)).startswith(f"{fold}2 of")


def test_a_head_that_was_judged_is_not_judged_again(project: Project) -> None:
    class Killed(Exception):
        pass

    def kill(_fraction: float, message: str) -> None:
        if message == "Fitting the head":
            raise Killed

    with pytest.raises(Killed):
        run_round(project, learner="head", batch=5, progress=kill)
    assert not any("Fold" in one for one in messages(run_round, project, learner="head", batch=5))


@proves("finetune.report_to")
def test_report_to(project: Project) -> None:
    made = changed(project, "finetune", **(QUICK | {"report_to": ["tensorboard"]}))
    run_round(made, learner="finetune", batch=5)
    assert len(list(made.root.glob("rounds/0001/tracking/**/events.out.*"))) == 1
    with pytest.raises(ConfigError, match=r"finetune.report_to: comet_ml cannot be used"):
        run_round(changed(made, "finetune", report_to="comet_ml"), learner="finetune")
    with pytest.raises(ConfigError, match="it is not one of none, all, "):
        changed(made, "finetune", report_to=["tensorboard", "my_tracker"])
    with pytest.raises(ConfigError, match="stand alone"):
        changed(made, "finetune", report_to=["none", "tensorboard"])


@proves("audit.folds")
def test_folds(project: Project) -> None:
    said = messages(run_audit, changed(project, "audit", folds=3))
    assert any(message.startswith("Fold 3 of 3") for message in said)


@proves("audit.outliers")
def test_outliers(project: Project, tmp_path: Path) -> None:
    strange = "\n".join(["text,label", "Zwölf Boxkämpfer jagen Viktor quer über den Deich,login"])
    (tmp_path / "strange.csv").write_text(strange)
    import_file(project, tmp_path / "strange.csv")
    assert run_audit(project).outliers > 0
    assert run_audit(changed(project, "audit", outliers=0)).outliers == 0


@proves("augment.recipe", "augment.per_text")
def test_recipe(project: Project) -> None:
    before = len(training_set(project, 0))
    made = changed(project, "augment", recipe="random_swap", per_text=2)
    assert len(training_set(made, 0)) == 3 * before
    with pytest.raises(ConfigError, match="nonsense"):
        training_set(changed(project, "augment", recipe="nonsense"), 0)


@proves("augment.trial_seeds")
def test_trial_seeds(project: Project) -> None:
    found = run_trial(changed(project, "augment", trial_seeds=2), "random_swap")
    assert len(found["runs"]) == 2


def dealt(project: Project, **values: object) -> tuple[Project, list[Queued], list[Share]]:
    """A round of 20 for a team of three, under these settings of the team."""
    made = changed(project, "team", **values)
    with made.store.session() as session:
        for name in ("ann", "bob", "cem"):
            session.add(Person(email=f"{name}@example.com", role="annotator", password=""))
    run_round(made, batch=20)
    with made.store.session() as session:
        batch = session.query(Queued).filter(~Queued.reserve).all()
        return made, batch, session.query(Share).all()


@proves("team.overlap", "team.overlap_share")
def test_overlap(project: Project) -> None:
    _, batch, shares = dealt(project, overlap=3, overlap_share=0.25)
    assert sorted(row.wanted for row in batch) == [1] * 15 + [3] * 5
    assert len(shares) == 30


@proves("team.gold_share")
def test_gold_share(project: Project) -> None:
    for number in range(9):
        gold.add(project, f"t{number}")
    _, batch, shares = dealt(project, gold_share=0.25)
    golden = {row.uid for row in batch if row.gold}
    of = {who: [one.uid for one in shares if one.annotator == who] for who in
          {one.annotator for one in shares}}  # fmt: skip
    assert len(of) == 3
    for uids in of.values():
        assert 0.2 <= len(golden & set(uids)) / len(uids) <= 0.3


@proves("team.lease_minutes")
def test_lease_minutes(project: Project) -> None:
    made, *_ = dealt(project, lease_minutes=7)
    before = now()
    Annotator(made, "ann@example.com").queue(3)
    with made.store.session() as session:
        for lease in session.query(Lease):
            assert 6.9 < (lease.until - before).total_seconds() / 60 < 7.2


@proves("annotate.suggestions")
@pytest.mark.parametrize("mode", ["shown", "hidden"])
def test_suggestions(project: Project, mode: str) -> None:
    made = changed(project, "annotate", suggestions=mode)
    run_round(made, batch=10)
    queue = Annotator(made, "ann@example.com").queue(10)
    assert any(one.suggestion for one in queue) == (mode == "shown")


@proves("annotate.control_share")
def test_control_share(project: Project) -> None:
    made = changed(project, "annotate", suggestions="control", control_share=0.75)
    run_round(made, batch=20)
    with made.store.session() as session:
        rows = [row for row in session.query(Queued) if row.suggestion is not None]
    assert sum(row.hidden for row in rows) == 0.75 * len(rows) == 12


@proves("web.session_hours")
def test_session_hours(project: Project) -> None:
    people.add(project, "ann@example.com", password="a password")
    token = sessions.log_in(project, "ann@example.com", "a password", "10.0.0.1")
    with project.store.session() as session:
        session.execute(update(LogIn).values(seen_at=now() - timedelta(hours=2)))
    assert sessions.member_of(changed(project, "web", session_hours=3), token)
    with project.store.session() as session:
        session.execute(update(LogIn).values(seen_at=now() - timedelta(hours=2)))
    assert sessions.member_of(changed(project, "web", session_hours=1), token) is None


@proves("web.host")
def test_host(tmp_path: Path) -> None:
    made = changed(Project.create(tmp_path / "p", name="Host"), "web", host="127.0.0.2")
    code = SERVE.replace(", port=int(sys.argv[2])", "")
    command = [sys.executable, "-c", code, str(made.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline()
        process.kill()
    assert address.startswith("http://127.0.0.2:")


@proves("web.proxies")
@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_proxies(tmp_path: Path, proxies: str) -> None:
    make_project(tmp_path / "p")
    config.write(tmp_path / "p", {"web": {"proxies": proxies}})
    with served(tmp_path / "p") as site:
        values = {"email": ANN, "password": PASSWORDS[ANN]}
        said = {"x_forwarded_proto": "https", "x_forwarded_for": "10.1.2.3"}
        cookie = site.form("/login", values=values, **said).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert ("secure" in cookie) == bool(proxies)
    made = Project.open(tmp_path / "p")
    about = events.find(made, what="log_in", limit=1)[0].about
    assert about == {"address": "10.1.2.3" if proxies else "127.0.0.1"}


@proves("store.url")
def test_store_url(project: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite3"
    made = changed(project, "store", url=f"sqlite:///{elsewhere}")
    assert elsewhere.exists() and status(made)["items"] == 0 < status(project)["items"]


@proves("users")
def test_users(project: Project) -> None:
    project = changed(project, "users", **{"ann@example.com": people.hash_password("a password")})
    assert people.verify(project, "ann@example.com", "a password").role == "engineer"
    assert people.verify(project, "ann@example.com", "another") is None
    assert people.verify(project, "bob@example.com", "a password") is None
