"""When the background sync comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from workbench.exchange.pace import MOST_S, WORKING, Pace
from workbench.project import Project
from workbench.tables import Annotation, now


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "p", name="Pace", labels=("a", "b"))
    made.pool.append([(f"u{n}", f"text {n}", {}) for n in range(9)])
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(5.0, clock)


def answer(project: Project, number: int, *, waits: bool, age: timedelta = timedelta(0)) -> None:
    with project.store.session() as session:
        session.add(Annotation(unique_id=f"k{number}", uid=f"u{number}", annotator="ann",
                               source="workbench", target=["a"], to_send=waits,
                               created_at=now() - age))  # fmt: skip


def went_well(pace: Pace, project: Project, moved: int = 0) -> None:
    pace.before(project)
    pace.went_well(project, moved)


def test_soon_while_somebody_works_and_seldom_when_nobody_does(
    pace: Pace, project: Project, clock: Clock
) -> None:
    assert pace.due(project), "at once after the start"
    answer(project, 1, waits=False)
    for _ in range(3):
        went_well(pace, project)
        assert pace.wait_s() == 5.0 and not pace.due(project)
        clock.seconds += 5
        assert pace.due(project)
    with project.store.session() as session:
        session.get(Annotation, 1).created_at = now() - 2 * WORKING
    waits = []
    for _ in range(6):
        went_well(pace, project)
        waits.append(pace.wait_s())
    assert waits == [10.0, 20.0, 40.0, MOST_S, MOST_S, MOST_S]
    went_well(pace, project, moved=1)
    assert pace.wait_s() == 5.0, "somebody works in Label Studio"
    clock.seconds += WORKING.total_seconds() - 1
    went_well(pace, project)
    assert pace.wait_s() == 5.0
    clock.seconds += 2
    went_well(pace, project)
    assert pace.wait_s() == 10.0


def test_at_once_for_what_newly_waits_but_not_again_for_what_was_refused(
    pace: Pace, project: Project, clock: Clock
) -> None:
    went_well(pace, project)
    assert not pace.due(project)
    answer(project, 1, waits=True)
    assert pace.due(project)
    went_well(pace, project)
    assert not pace.due(project), "it was refused and waits for the next turn"
    answer(project, 2, waits=True)
    assert pace.due(project)
    pace.before(project)
    answer(project, 3, waits=True)
    pace.went_well(project, 1)
    assert pace.due(project), "it came while the others were sent"


def test_a_server_that_is_away_is_asked_ever_more_seldom(
    pace: Pace, project: Project, clock: Clock
) -> None:
    answer(project, 1, waits=True)
    waits = []
    for _ in range(8):
        pace.before(project)
        pace.failed()
        assert not pace.due(project), "not even for what waits"
        waits.append(pace.wait_s())
        clock.seconds += pace.wait_s()
        assert pace.due(project)
    assert 2.5 <= waits[0] <= 7.5 and 30 <= waits[-1] <= 90
    assert len({round(wait, 3) for wait in waits[4:]}) > 1, "with jitter"
    went_well(pace, project)
    assert pace.wait_s() == 5.0
