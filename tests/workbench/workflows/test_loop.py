"""The whole loop on a real Label Studio: import, round, labels both ways, audit, export."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from activelearn.models import load_model
from workbench import config, findings, items
from workbench.annotate import Annotator
from workbench.errors import Cancelled, ConfigError
from workbench.jobs import Jobs
from workbench.labelstudio.results import to_result
from workbench.project import Project
from workbench.scores import FOLDER, Scores
from workbench.status import status
from workbench.tables import Queued, Round
from workbench.training import unlabelled
from workbench.workflows.audit import run_audit
from workbench.workflows.export import export
from workbench.workflows.importing import import_file
from workbench.workflows.round import STEPS, run_round
from workbench.workflows.sync import sync

EMAIL = "ann@example.com"


def test_importing_twice_adds_nothing(project: Project, tmp_path: Path) -> None:
    before = status(project)
    again = import_file(project, tmp_path / "data.csv")
    assert (again.added, again.labelled) == (0, 0)
    assert status(project) == before
    assert before["items"] == 240 and before["labelled"] == 80


def test_a_round_needs_no_label_studio(project: Project) -> None:
    report = run_round(project, batch=20)
    assert report.chosen == 20
    assert report.accuracy is not None and report.low <= report.accuracy <= report.high
    assert "Label Studio" in report.note
    queue = Annotator(project, EMAIL).queue(20)
    assert len({one.uid for one in queue}) == 20
    assert not {one.uid for one in queue} & set(items.labels(project))
    held = project.pool.uids(items.waiting(project, holdout=True))
    assert all((one.suggestion is None) == (one.uid in held) for one in queue)


def test_unknown_names_are_refused(project: Project) -> None:
    with pytest.raises(ConfigError, match="nonsense"):
        run_round(project, strategy="nonsense")


def evaluation(project: Project, number: int) -> dict:
    with project.store.session() as session:
        return session.get(Round, number).evaluation


def test_labels_that_change_between_rounds_are_told_by_their_names(project: Project) -> None:
    run_round(project, batch=5)
    labels = project.schema.labels
    project.set_labels(tuple(reversed(labels)))
    run_round(project, batch=5)
    assert evaluation(project, 2)["stability"]["kappa"] > 0.8
    project.set_labels(labels[:-1])
    assert run_round(project, batch=5).chosen == 5
    assert evaluation(project, 3)["stability"]["kappa"] < 0.9
    *_, last = status(project)["rounds"]
    assert last["classes"] == list(labels[:-1])
    assert len(last["confusion"]) == len(last["classes"])


@pytest.mark.parametrize("step", ["train", "score"])
def test_a_round_that_was_cut_off_starts_anew_with_other_labels(project: Project, step) -> None:
    cut = f"round 1: {STEPS[STEPS.index(step) + 1]}"

    def stop(_fraction: float, message: str) -> None:
        if message == cut:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_round(project, batch=5, progress=stop)
    project.set_labels(project.schema.labels[1:])
    assert run_round(project, batch=5).chosen == 5
    shown = {one.suggestion for one in Annotator(project, EMAIL).queue(5)} - {None}
    assert shown and shown <= set(project.schema.labels)


def test_a_round_without_a_model_any_more_keeps_nothing_of_one(project: Project) -> None:
    def stop(_fraction: float, message: str) -> None:
        if message == "round 1: score":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_round(project, batch=5, progress=stop)
    project.set_labels((project.schema.labels[0], "something else"))
    report = run_round(project, batch=5)
    assert (report.learner, report.accuracy) == ("none", None)
    assert "confusion" not in evaluation(project, 1)


@pytest.mark.parametrize(
    ("lost", "before", "strategy"),
    [
        ("model", "score", "margin"),
        ("head", "score", "margin"),
        ("encoder", "score", "margin"),
        ("model", "choose", "bald"),
    ],
)
def test_a_round_whose_model_is_of_no_use_any_more_trains_again(
    project: Project, lost: str, before: str, strategy: str
) -> None:
    def stop(_fraction: float, message: str) -> None:
        if message == f"round 1: {before}":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_round(project, batch=5, learner="head", strategy=strategy, progress=stop)
    if lost == "model":
        shutil.rmtree(project.root / "models")
    elif lost == "head":
        (head,) = (project.root / "models").glob("*/head.npz")
        head.write_bytes(head.read_bytes()[:100])
    else:
        config.write(project.root, {"model": {"max_length": 64}})
        project = Project.open(project.root)
    report = run_round(project)
    assert (report.number, report.chosen) == (1, 5)
    assert load_model(project.root / "models" / report.model_version, project.encoder)


def test_of_single_texts_every_fifth_is_of_the_holdout(project: Project) -> None:
    held = set(project.pool.uids(items.waiting(project, holdout=True)))
    chosen = []
    for _ in range(5):
        assert run_round(project, batch=1).chosen == 1
        (only,) = Annotator(project, EMAIL).queue(1)
        chosen.append(only.uid in held)
    assert chosen == [False, False, False, False, True]


def test_cold_start_without_any_label(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "cold", name="Cold start", labels=("a", "b"))
    made.pool.append([(f"c{i}", f"a text about thing {i}", {}) for i in range(60)])
    items.draw_holdout(made)
    report = run_round(made, batch=10)
    assert (report.chosen, report.learner, report.strategy) == (10, "none", "kmeans_start")
    assert Annotator(made, EMAIL).queue(1)[0].suggestion is None


def test_what_the_last_round_said_is_kept_and_no_more(tmp_path: Path) -> None:
    """It is large. A uid as long as a text does not make it larger."""
    made = Project.create(tmp_path / "cold", name="Cold start", labels=("a", "b"))
    made.pool.append([(f"c{i}" + i // 59 * "0" * 3000, f"about thing {i}", {}) for i in range(60)])
    for _ in range(2):
        run_round(made, batch=5)
    folders = [made.round_folder(number) / FOLDER for number in (1, 2, 3)]
    assert [folder.exists() for folder in folders] == [False, True, False]
    assert sum(file.stat().st_size for file in folders[1].iterdir()) < 10_000
    folders[0].mkdir()  # as if the round that was to take it away had been killed
    run_round(made, batch=5)
    assert [folder.exists() for folder in folders] == [False, False, True]


def test_scores_that_are_lost_are_made_again(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "cold", name="Cold start", labels=("a", "b"))
    made.pool.append([(f"c{i}", f"about thing {i}", {}) for i in range(60)])

    def stop(_fraction: float, message: str) -> None:
        if message == "round 1: choose":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_round(made, batch=5, progress=stop)
    shutil.rmtree(made.round_folder(1) / FOLDER)
    assert run_round(made, batch=5).chosen == 5


def test_what_is_labelled_while_a_round_scores_is_not_in_its_batch(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "busy", name="Busy", labels=("a", "b"))
    made.pool.append([(f"c{i}", f"about thing {i}", {}) for i in range(40)])
    said = {f"c{number}" for number in range(15, 40)}

    def label(_fraction: float, message: str) -> None:
        if message == "round 1: choose":
            for uid in said:
                Annotator(made, EMAIL).submit(uid, "a")

    assert run_round(made, batch=8, progress=label).chosen == 8
    with made.store.session() as session:
        assert not said & set(session.scalars(select(Queued.uid)))


def test_what_is_labelled_while_a_round_scores_is_not_both(project: Project, monkeypatch) -> None:
    waiting = items.waiting

    def label(_fraction: float, message: str) -> None:
        if message == "round 1: score":
            before = waiting(project)
            for uid in project.pool.uids(before[:4]):
                Annotator(project, EMAIL).submit(uid, project.schema.labels[0])
            monkeypatch.setattr(
                items,
                "waiting",
                lambda _, *, holdout=False: waiting(project, holdout=True) if holdout else before,
            )

    report = run_round(project, batch=5, strategy="activelab", progress=label)
    rows = Scores.read(project.round_folder(1) / FOLDER).rows
    assert report.chosen == 5 and len(set(rows.tolist())) == len(rows)


@pytest.mark.parametrize(
    ("longest", "probed", "share"), [(1_500, 20, 3), (1, 20, 1), (1_500, 90, 1)]
)
def test_of_long_texts_a_round_reads_fewer_without_a_label(
    project: Project, monkeypatch, longest: int, probed: int, share: int
) -> None:
    waiting = project.pool.texts(items.waiting(project))
    monkeypatch.setattr("activelearn.learners.LONGEST", longest)
    monkeypatch.setattr("activelearn.learners.MOST_CHARACTERS", sum(map(len, waiting)) // 3 + 1)
    monkeypatch.setattr("activelearn.precision.WORTH_PROBING", probed)
    found = unlabelled(project, 0, lambda *_: None)
    assert len(found.texts) == len(found.vectors) == -(-len(waiting) // share)
    assert len(set(found.texts) & set(waiting)) == len(found.texts)
    turns = {waiting.index(text) % share for text in found.texts}
    assert turns == set(range(share)), "a pool in which each third text is alike"


def test_the_first_batch_of_many_labels_goes_by_their_names(tmp_path: Path) -> None:
    colours = [
        "red",
        "green",
        "blue",
        "yellow",
        "black",
        "white",
        "brown",
        "grey",
        "pink",
        "purple",
        "orange",
        "gold",
    ]
    labels = tuple(f"{colour} {thing}" for colour in colours for thing in ("car", "dress"))
    made = Project.create(tmp_path / "names", name="Names", labels=labels)
    texts = [f"{told} {label}" for label in labels for told in ("I want a", "sold:", "my old")]
    made.pool.append([(f"n{i}", text, {}) for i, text in enumerate(texts)])
    items.draw_holdout(made)
    report = run_round(made, batch=10)
    assert (report.chosen, report.learner, report.strategy) == (10, "none", "margin_diverse")
    assert report.reason.endswith("by what the names of the labels leave unsure")
    assert all(one.suggestion is None for one in Annotator(made, EMAIL).queue(10))


def test_the_loop_with_label_studio(bound: Project, tmp_path: Path) -> None:
    report = run_round(bound, batch=20)
    client, number = bound.client(), bound.settings.labelstudio.project_id
    assert client.project(number).task_count == 20
    assert f"/projects/{number}/data?tab=" in report.view_url

    ann = Annotator(bound, EMAIL)
    first, second, third = ann.queue(3)
    ann.submit(first.uid, "refund")
    ann.skip(second.uid, "unclear")
    tasks = client.find_tasks(number, [third.uid])
    client.submit_annotation(
        tasks[third.uid],
        to_result("login", bound.config),
        unique_id="7a1d8c5e-5c39-4d0e-9d4a-0a2a27a1b111",
    )
    done = sync(bound)
    assert (done.sent, done.waiting) == (2, 0)
    assert items.labels(bound)[third.uid] == ["login"]
    assert sync(bound).pulled == 0

    assert ann.undo() == second.uid
    sync(bound)
    there = {task.data["uid"]: task for task in client.pull(number, None).tasks}
    assert len(there[first.uid].annotations) == 1
    assert len(there[third.uid].annotations) == 1
    assert len(there[second.uid].annotations) == 0

    for one in ann.queue(30):
        ann.submit(one.uid, "delivery")
    sync(bound)
    again = run_round(bound, batch=20, learner="head")
    assert again.number == 2 and again.labels > report.labels
    tasks_of = [task.data["uid"] for task in client.pull(number, None).tasks]
    assert len(tasks_of) == len(set(tasks_of)) == 40

    assert run_audit(bound).findings > 0
    found = findings.ranked(bound)[0]
    other = next(label for label in bound.schema.labels if label != found.given)
    findings.decide(bound, found.id, "change", EMAIL, other)
    sync(bound)
    assert items.labels(bound)[found.uid] == [other]
    changed = {task.data["uid"]: task for task in client.pull(number, None).tasks}[found.uid]
    assert any(one.result == to_result(other, bound.config) or other in json.dumps(one.result)
               for one in changed.annotations)  # fmt: skip
    assert findings.undo(bound, EMAIL).id == found.id
    sync(bound)
    assert items.labels(bound)[found.uid] == [found.given]

    assert export(bound, "jsonl", tmp_path / "out.jsonl") == len(items.labels(bound))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    mine = next(row for row in rows if row["uid"] == first.uid)
    assert (mine["label"], mine["annotators"], mine["round"]) == ("refund", [EMAIL], 1)


@pytest.mark.parametrize("step", ["sync", "train", "score", "choose", "publish"])
def test_a_worker_killed_in_a_round_loses_and_repeats_nothing(bound: Project, step: str) -> None:
    jobs = Jobs(bound.store)
    number = jobs.submit("round", {"batch": 15, "learner": "head"})
    code = (
        "import os, workbench.workflows.round as r; from workbench.worker import serve\n"
        f"step = {step!r}\n"
        "record = r._record\n"
        "def killed(project, number, **values):\n"
        "    if values.get('step') == step:\n"
        "        os.kill(os.getpid(), 9)\n"
        "    record(project, number, **values)\n"
        "r._record = killed\n"
        f"import pathlib; serve(pathlib.Path({str(bound.root)!r}))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=300).returncode == -9
    worker = subprocess.Popen([sys.executable, "-m", "workbench.worker", str(bound.root)])
    try:
        deadline = time.monotonic() + 120
        while jobs.get(number).state in ("queued", "running") and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        worker.kill()
        worker.wait()
    assert jobs.get(number).state == "done", jobs.get(number)
    with bound.store.session() as session:
        assert [row.number for row in session.query(Round)] == [1]
        assert session.query(Queued).count() == 15
    tasks = bound.client().pull(bound.settings.labelstudio.project_id, None).tasks
    assert len(tasks) == len({task.data["uid"] for task in tasks}) == 15


def test_a_round_that_was_cut_off_takes_other_settings_while_nothing_is_chosen(project) -> None:
    def stop(fraction: float, message: str) -> None:
        if "score" in message:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        run_round(project, batch=30, progress=stop)
    found = run_round(project, batch=7, strategy="random")
    assert (found.number, found.chosen, found.strategy) == (1, 7, "random")


def test_scores_of_an_attempt_before_are_never_chosen_from(project) -> None:
    def stop(fraction: float, message: str) -> None:
        if "choose" in message:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        run_round(project, batch=30, progress=stop)
    for held in (False, True):
        for uid in project.pool.uids(items.waiting(project, holdout=held)):
            Annotator(project, "ann@example.com").submit(uid, "refund")
    assert run_round(project, batch=7, strategy="random").chosen == 0
