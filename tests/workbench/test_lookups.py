"""Search and near-identical texts over a real pool, and answers to several texts at once."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from workbench import items
from workbench.annotate import Annotator
from workbench.errors import ProjectError
from workbench.project import Project
from workbench.search import search
from workbench.siblings import Siblings
from workbench.tables import Annotation, Item, Lease, Queued, Round, now

ANN, BEN = "ann@example.com", "ben@example.com"
TWIN = "please send the invoice for order number {n} to my new address as soon as you can"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Six near-identical texts t0–t5, t5 of the holdout, among forty that differ."""
    made = Project.create(tmp_path / "p", name="Lookups", labels=("bug", "praise"))
    draw = np.random.default_rng(0)
    rows = [(f"u{i}", " ".join(f"w{n}" for n in draw.integers(0, 9999, 12)), {}) for i in range(40)]
    rows += [(f"t{n}", TWIN.format(n=n), {}) for n in range(6)]
    made.pool.append(rows)
    made.pool.append([("zh", "请尽快退款，谢谢", {}), ("caps", "Größe ÄNDERN bitte", {})])
    with made.store.session() as session:
        session.get(Item, "t5").holdout = True
        session.add(Round(number=1, state="done", model_version="m1"))
        session.add(Queued(round=1, uid="t1", rank=1, suggestion=["bug"], confidence=0.5))
        session.add(Queued(round=1, uid="t5", rank=2, suggestion=["bug"]))
        session.add(Queued(round=1, uid="u0", rank=3, suggestion=["bug"], hidden=True))
    return made


def test_search_finds_parts_of_words_in_any_shard_and_case(project: Project) -> None:
    def uids(words: str) -> list[str]:
        return [hit.uid for hit in search(project, words, ANN, everybody=False)]

    assert uids("退款") == ["zh"]
    assert uids("grösse") == [] and uids("größe ändern") == ["caps"]
    assert uids("INVOICE 3 order") == ["t3"]
    assert uids("please") == [f"t{n}" for n in range(6)]
    assert uids("  ") == [] == uids("nowhere")
    assert uids(".*") == []


def test_search_shows_own_answers_and_counts_the_others(project: Project) -> None:
    Annotator(project, ANN).submit("zh", "bug")
    Annotator(project, BEN).skip("zh", "unclear")
    (mine,) = search(project, "退款", ANN, everybody=False)
    assert (mine.said, mine.others) == ([(ANN, "bug")], 1)
    (every,) = search(project, "退款", ANN, everybody=True)
    assert (every.said, every.others) == ([(ANN, "bug"), (BEN, None)], 0)


def test_siblings_are_unanswered_and_never_of_the_holdout(project: Project) -> None:
    siblings = Siblings(project)
    assert siblings.of("t0", ANN) == [] and siblings.behind() == 48
    siblings.refresh()
    assert siblings.behind() == 0
    assert {one.uid for one in siblings.of("t0", ANN)} == {"t1", "t2", "t3", "t4"}
    assert siblings.of("t5", ANN) == [] == siblings.of("u0", ANN)
    Annotator(project, BEN).submit("t1", "bug")
    with project.store.session() as session:
        session.add(Lease(uid="t2", annotator=BEN, until=now() + timedelta(minutes=5)))
    assert {one.uid for one in siblings.of("t0", ANN)} == {"t3", "t4"}
    project.pool.append([("late", TWIN.format(n=7), {})])
    siblings.refresh()
    assert "late" in {one.uid for one in siblings.of("t0", ANN)}


def test_siblings_and_search_stay_fast_in_a_pool_of_100_000_texts(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "big", name="Big pool", labels=("a", "b"))
    draw = np.random.default_rng(1)
    words = np.array([f"w{n}" for n in range(5000)])[draw.integers(0, 5000, (100_000, 8))]
    project.pool.append([(f"u{i}", " ".join(row), {}) for i, row in enumerate(words)])
    twin = " ".join(words[70_000]) + " x"
    project.pool.append([("twin", twin, {})])
    siblings = Siblings(project)
    siblings.refresh()

    def fastest(work) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        return min(times)

    assert [one.uid for one in siblings.of("twin", ANN)] == ["u70000"]
    assert fastest(lambda: siblings.of("twin", ANN)) < 0.1
    assert fastest(lambda: search(project, "w4999 w1", ANN, everybody=False)) < 0.3
    project.close()


def test_one_answer_to_several_texts_is_kept_whole_and_taken_back_whole(project: Project) -> None:
    ann, key = Annotator(project, ANN), str(uuid.uuid4())
    Annotator(project, BEN).submit("t2", "praise")
    for _ in range(2):
        ann.submit("t0", "bug", lead_time=8.0, key=key, along=["t1", "t2", "t3"])
    assert items.labels(project) == {
        "t0": ["bug"], "t1": ["bug"], "t3": ["bug"], "t2": ["praise"],
    }  # fmt: skip
    assert [(one.uid, one.along) for one in ann.recent()] == [("t0", 2)]
    with project.store.session() as session:
        rows = {
            row.uid: row for row in session.query(Annotation).where(Annotation.annotator == ANN)
        }
    assert (rows["t1"].suggestion, rows["t1"].suggestion_shown) == (["bug"], None)
    assert rows["t0"].lead_time == 2.0
    assert ann.undo(key) == "t0"
    assert items.labels(project) == {"t2": ["praise"]}
    with pytest.raises(ProjectError, match="holdout"):
        ann.submit("t0", "bug", along=["t1", "t5"])
    assert items.labels(project) == {"t2": ["praise"]}


def test_an_answer_tells_what_was_suggested_and_whether_it_was_seen(project: Project) -> None:
    ann = Annotator(project, ANN)
    with project.store.session() as session:
        session.add(Lease(uid="t1", annotator=ANN, until=now() + timedelta(minutes=5)))
        session.add(Lease(uid="t1", annotator=BEN, until=now() + timedelta(minutes=5)))
    for uid in ("t1", "t5", "u0", "zh"):
        ann.submit(uid, "bug", unclear=uid == "zh")
    with project.store.session() as session:
        rows = {row.uid: row for row in session.query(Annotation)}
        assert [lease.annotator for lease in session.query(Lease)] == [BEN]
    seen = {uid: (row.suggestion, row.suggestion_shown) for uid, row in rows.items()}
    assert seen == {
        "t1": (["bug"], True), "t5": (["bug"], False), "u0": (["bug"], False), "zh": (None, False),
    }  # fmt: skip
    assert [uid for uid, row in rows.items() if row.unclear] == ["zh"]
    assert ann.item("t1").suggestion == "bug"
    assert ann.item("u0").suggestion is None is ann.item("t5").suggestion
