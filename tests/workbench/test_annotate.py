"""Annotating, consensus and jobs on a real store."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from workbench import config, items
from workbench.annotate import Annotator
from workbench.errors import Cancelled, JobError, ProjectError, SchemaError
from workbench.jobs import MODEL_LANE, SYNC_LANE, Jobs
from workbench.project import Project
from workbench.tables import Annotation, Item, Queued, Round

EMAIL = "ann@example.com"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "p", name="Test project", labels=("bug", "praise"))
    project.pool.append([(f"u{i}", f"text number {i}", {"i": i}) for i in range(6)])
    with project.store.session() as session:
        session.add(Round(number=1, state="done", model_version="m1"))
        for i in range(6):
            suggestion = ["bug"] if i else None
            session.add(
                Queued(round=1, uid=f"u{i}", rank=i + 1, suggestion=suggestion, confidence=0.5)
            )
    return project


def test_the_queue_is_served_by_rank_and_shrinks(project: Project) -> None:
    ann = Annotator(project, EMAIL)
    assert [one.uid for one in ann.queue(3)] == ["u0", "u1", "u2"]
    ann.submit("u0", "bug", lead_time=1.5, note="odd")
    ann.skip("u1", "unclear")
    assert [one.uid for one in ann.queue(2)] == ["u2", "u3"]
    assert ann.progress() == {"batch_done": 2, "batch_total": 6, "today": 2}
    assert ann.undo() == "u1"
    assert ann.queue(1)[0].uid == "u1"


def test_the_same_answer_twice_is_one_annotation(project: Project) -> None:
    ann = Annotator(project, EMAIL)
    assert ann.submit("u0", "bug") == ann.submit("u0", "bug")
    ann.submit("u0", "praise")
    assert items.labels(project) == {"u0": ["praise"]}


def test_undoing_a_correction_brings_the_answer_before_back(project: Project) -> None:
    ann = Annotator(project, EMAIL)
    ann.submit("u0", "bug", note="first")
    ann.submit("u0", "praise")
    assert ann.undo() == "u0"
    assert items.labels(project) == {"u0": ["bug"]}
    assert [one.note for one in ann.recent()] == ["first"]
    with project.store.session() as session:
        said = {one.target[0]: one for one in session.scalars(select(Annotation))}
    assert said["bug"].to_send and not said["bug"].deleted and said["praise"].deleted
    assert ann.undo() == "u0"
    assert items.labels(project) == {}


def test_what_comes_late_under_a_key_that_was_taken_back_changes_nothing(project: Project) -> None:
    ann, again = Annotator(project, EMAIL), str(uuid.uuid4())
    ann.submit("u0", "bug")
    ann.submit("u0", "bug", key=again)
    assert ann.undo(again) == "u0"
    ann.submit("u0", "bug", key=again)
    assert items.labels(project) == {}


def test_saying_the_same_again_along_with_others_is_taken_back_whole(project: Project) -> None:
    ann, again = Annotator(project, EMAIL), str(uuid.uuid4())
    ann.submit("u1", "bug")
    ann.submit("u1", "bug", key=again, along=["u2", "u3"])
    assert [one.along for one in ann.recent()] == [2]
    assert ann.undo(again) == "u1"
    assert items.labels(project) == {}


def test_what_is_labelled_in_bulk_is_no_control_of_the_suggestion(project: Project) -> None:
    Annotator(project, EMAIL).submit("u1", "bug", along=["u2"])
    with project.store.session() as session:
        shown = dict(session.execute(select(Annotation.uid, Annotation.suggestion_shown)).all())
    assert shown == {"u1": True, "u2": None}


@pytest.mark.parametrize(("said", "kept"), [(-3.0, 0.0), (1e9, 86_400.0)])
def test_a_time_that_cannot_be_is_set_right(project: Project, said: float, kept: float) -> None:
    Annotator(project, EMAIL).submit("u1", "bug", lead_time=said)
    with project.store.session() as session:
        assert session.scalar(select(Annotation.lead_time)) == kept


def test_a_time_that_is_no_number_is_refused(project: Project) -> None:
    for said in (float("inf"), float("nan")):
        with pytest.raises(SchemaError, match="cannot have taken"):
            Annotator(project, EMAIL).skip("u1", lead_time=said)


def test_a_label_outside_the_schema_is_refused(project: Project) -> None:
    with pytest.raises(SchemaError, match="spam"):
        Annotator(project, EMAIL).submit("u0", "spam")
    assert items.labels(project) == {}


def test_a_saved_answer_survives_a_kill(project: Project) -> None:
    code = (
        "import os, sys; from workbench.project import Project;"
        "from workbench.annotate import Annotator;"
        f"Annotator(Project.open({str(project.root)!r}), {EMAIL!r}).submit('u3', 'bug');"
        "print('saved', flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "saved"
    assert items.labels(project) == {"u3": ["bug"]}


def test_consensus_is_the_majority_and_an_audit_stands_over_it() -> None:
    def said(number: int, who: str, what: str, source: str = "workbench") -> Annotation:
        from workbench.tables import now

        return Annotation(
            id=number, annotator=who, target=[what], source=source, created_at=now(), skipped=False
        )

    three = [said(1, "a", "x"), said(2, "b", "y"), said(3, "c", "y")]
    assert items.consensus(three) == ["y"]
    assert items.consensus([*three, said(4, "lead", "x", "audit")]) == ["x"]
    assert items.consensus([said(1, "a", "x"), said(2, "a", "y")]) == ["y"]
    assert items.consensus([]) is None


def test_the_holdout_is_drawn_once_and_grows_with_the_pool(project: Project) -> None:
    project.pool.append([(f"v{i}", f"more text {i}", {}) for i in range(300)])
    first = items.draw_holdout(project)
    assert items.draw_holdout(project) == first
    project.pool.append([(f"w{i}", f"later text {i}", {}) for i in range(300)])
    later = items.draw_holdout(project)
    assert 1.4 * first < later < 2.6 * first


def test_a_first_draw_after_rounds_never_takes_what_they_learned_from(project: Project) -> None:
    project.pool.append([(f"v{i}", f"more text {i}", {}) for i in range(300)])
    config.write(project.root, {"round": {"holdout": 0}})
    project.reload()
    items.settle_holdout(project)
    learned = [f"v{i}" for i in range(100)]
    with project.store.session() as session:
        for uid in learned:
            session.add(Annotation(unique_id=uid, uid=uid, annotator="a", source="import"))
    config.write(project.root, {"round": {"holdout": 200}})
    project.reload()
    for start in (300, 400):
        new = [(f"v{i}", f"more text {i}", {}) for i in range(start, start + 100)]
        project.pool.append(new)
        items.settle_holdout(project)
    with project.store.session() as session:
        held = set(session.scalars(select(Item.uid).where(Item.holdout)))
    assert held and not held & set(learned)


def test_pool_appends_once_and_keeps_texts(project: Project) -> None:
    again = project.pool.append([("u1", "another", {}), ("n", "新的文本", {"k": "v"})])
    assert again == 1
    assert project.pool.texts([6, 1]) == ["新的文本", "text number 1"]
    assert project.pool.metas([6]) == [{"k": "v"}]


def test_jobs_are_queued_once_cancelled_and_requeued_after_a_kill(project: Project) -> None:
    jobs = Jobs(project.store)
    with pytest.raises(JobError, match="nonsense"):
        jobs.submit("nonsense")
    number = jobs.submit("round", {"batch": 5})
    assert jobs.submit("round", {"batch": 5}) == number
    code = (
        "from workbench.project import Project; from workbench.jobs import MODEL_LANE, Jobs;"
        f"Jobs(Project.open({str(project.root)!r}).store).take(MODEL_LANE);"
        "import os; os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code])
    assert jobs.get(number).state == "running"
    assert jobs.take(SYNC_LANE) is None
    assert jobs.take(MODEL_LANE).id == number
    jobs.submit("audit")
    sync = jobs.submit("sync")
    assert jobs.take(MODEL_LANE) is None, "one job of a lane at a time"
    assert jobs.take(SYNC_LANE).id == sync
    jobs.cancel(number)
    with pytest.raises(Cancelled):
        jobs.progress(number)(0.5, "half")


def test_a_project_is_not_made_twice(project: Project) -> None:
    with pytest.raises(ProjectError, match="already"):
        Project.create(project.root, name="Again")
    with pytest.raises(ProjectError, match="workbench init"):
        Project.open(project.root / "pool")
