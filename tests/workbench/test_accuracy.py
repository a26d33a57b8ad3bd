"""The accuracy of a round: holdout and random items, each for the part that it speaks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import config
from workbench.accuracy import estimates
from workbench.annotate import Annotator
from workbench.project import Project
from workbench.status import status
from workbench.tables import Queued, Round

EMAIL = "ann@example.com"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A round whose model is right of 30 of 40 holdout items, with 10 random items in its batch."""
    made = Project.create(tmp_path / "p", name="Accuracy", labels=("a", "b"))
    made.pool.append([(f"u{i}", f"text {i}", {}) for i in range(100)])
    row = Round(number=1, state="done", step="publish", labels=20, model_version="m")
    row.evaluation = {"scores": [1.0] * 30 + [0.0] * 10, "drawn_from": 0.5}
    with made.store.session() as session:
        session.add(row)
        for i in range(20):
            session.add(
                Queued(round=1, uid=f"u{i}", rank=i, suggestion=["a"], confidence=0.9,
                       at_random=i < 10, hidden=i < 10)
            )  # fmt: skip
    return made


def rounds(project: Project) -> list[Round]:
    with project.store.session() as session:
        return [session.get(Round, 1)]


def test_random_items_count_once_they_are_labelled(project: Project) -> None:
    before = estimates(project, rounds(project))[1]
    assert (before.accuracy.value, before.holdout, before.at_random) == (0.75, 40, 0)
    ann = Annotator(project, EMAIL)
    for i in range(20):
        ann.submit(f"u{i}", "b" if i % 2 else "a")
    after = estimates(project, rounds(project))[1]
    assert (after.holdout, after.at_random, after.items) == (40, 10, 50)
    assert after.accuracy.value == pytest.approx((30 + 0.5 * 5) / (40 + 0.5 * 10))
    assert after.accuracy.low < after.accuracy.value < after.accuracy.high
    (shown,) = status(project)["rounds"]
    assert (shown["accuracy"], shown["measured_on"]) == (after.accuracy.value, 50)


def test_a_skip_says_nothing(project: Project) -> None:
    Annotator(project, EMAIL).skip("u0", "unclear")
    assert estimates(project, rounds(project))[1].at_random == 0


def test_nobody_sees_the_suggestion_of_a_random_item(project: Project) -> None:
    queue = {one.uid: one for one in Annotator(project, EMAIL).queue(20)}
    assert all(queue[f"u{i}"].suggestion is None for i in range(10))
    assert queue["u15"].suggestion == "a"


def test_without_a_holdout_the_random_share_alone_measures(project: Project) -> None:
    config.write(project.root, {"round": {"holdout": 0}})
    with project.store.session() as session:
        session.get(Round, 1).evaluation = {"drawn_from": 1.0}
    assert estimates(project, rounds(project)) == {}
    Annotator(project, EMAIL).submit("u3", "a")
    found = estimates(project, rounds(project))[1]
    assert (found.accuracy.value, found.at_random) == (1.0, 1) and found.accuracy.low < 1.0


def test_what_the_model_learned_from_counts_for_its_part_of_the_pool(project: Project) -> None:
    config.write(project.root, {"round": {"holdout": 0}})
    with project.store.session() as session:
        row = session.get(Round, 1)
        row.evaluation = {"drawn_from": 0.4, "learned": [1.0] * 30 + [0.0] * 30}
    ann = Annotator(project, EMAIL)
    for i in range(10):
        ann.submit(f"u{i}", "a")
    found = estimates(project, rounds(project))[1]
    assert found.accuracy.value == pytest.approx(0.4 * 1.0 + 0.6 * 0.5)
    assert found.accuracy.low < 0.6 < 0.8 < found.accuracy.high and found.items == 10


def test_beside_a_holdout_what_was_learned_from_says_nothing(project: Project) -> None:
    with project.store.session() as session:
        row = session.get(Round, 1)
        row.evaluation = {**row.evaluation, "learned": [0.0] * 20}
    ann = Annotator(project, EMAIL)
    for i in range(10):
        ann.submit(f"u{i}", "a")
    expected = (30 + 0.5 * 10) / (40 + 0.5 * 10)
    assert estimates(project, rounds(project))[1].accuracy.value == pytest.approx(expected)


def test_few_of_a_holdout_beside_much_that_was_learned_from_have_an_interval(
    project: Project,
) -> None:
    with project.store.session() as session:
        row = session.get(Round, 1)
        row.evaluation = {"scores": [1.0, 0.0], "drawn_from": 0.9, "learned": [1.0] * 200}
    Annotator(project, EMAIL).submit("u3", "a")
    found = estimates(project, rounds(project))[1].accuracy
    assert 0 <= found.low < found.value < found.high <= 1


def test_a_random_item_of_a_label_that_is_no_longer_used_says_nothing(project: Project) -> None:
    ann = Annotator(project, EMAIL)
    for i in range(10):
        ann.submit(f"u{i}", "b" if i < 4 else "a")
    assert estimates(project, rounds(project))[1].at_random == 10
    project.set_labels(("a", "c"))
    assert estimates(project, rounds(project))[1].at_random == 6
