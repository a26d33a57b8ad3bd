"""The queue of jobs: what joins, what is refused, and how long is left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from workbench.errors import JobError
from workbench.jobs import MODEL_LANE, Jobs, _alive, quiet, time_left
from workbench.project import Project
from workbench.tables import JobRow, now
from workbench.worker import follow


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(Project.create(tmp_path / "p", name="Jobs", labels=("a", "b")).store)


def test_the_same_job_joins_and_another_round_is_refused(jobs: Jobs) -> None:
    first = jobs.submit("round", {"learner": "head"})
    assert jobs.submit("round", {"learner": "head"}) == first
    with pytest.raises(JobError, match=f"job {first}"):
        jobs.submit("round", {"learner": "finetune"})
    assert jobs.submit("trial", {"recipe": "a"}) != jobs.submit("trial", {"recipe": "b"})
    jobs.cancel(first)
    second = jobs.submit("round", {"learner": "finetune"})
    assert [job.id for job in jobs.active()][-1] == second


def test_a_cancelled_job_that_still_runs_blocks_no_other(jobs: Jobs) -> None:
    first = jobs.submit("round", {"learner": "head"})
    assert jobs.take(MODEL_LANE).id == first
    jobs.cancel(first)
    assert jobs.submit("round", {"learner": "finetune"}) != first


def test_what_a_dead_process_had_begun_goes_on_where_it_is_asked_for_again(
    jobs: Jobs, tmp_path: Path
) -> None:
    first = jobs.submit("audit")
    assert jobs.take(MODEL_LANE).id == first
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with jobs.store.session() as session:
        session.get(JobRow, first).pid = gone.pid
    with closing(Project.open(tmp_path / "p")) as project:
        assert follow(project, first, quiet).state == "failed", "there is nothing to audit"
    second = jobs.submit("round")
    assert jobs.take(MODEL_LANE).id == second
    with jobs.store.session() as session:
        session.get(JobRow, second).pid = gone.pid
    assert jobs.submit("round") == second and jobs.get(second).state == "queued"


def test_the_time_left_is_told_from_the_speed_of_the_last_while() -> None:
    seen: deque[tuple[float, float]] = deque()
    assert time_left(seen, 0.0, 0.0) is None
    assert time_left(seen, 0.1, 0.5) is None, "a step that took no time is no speed"
    assert time_left(seen, 3.1, 0.51) is None, "too early to tell"
    assert time_left(seen, 10.1, 0.6) == pytest.approx(40.0)
    assert time_left(seen, 200.1, 0.61) is None
    seen.clear()
    assert {time_left(seen, float(turn), 0.0001) for turn in range(60)} == {None}
    going = [time_left(seen, 60.0 + turn, 0.005 + 0.005 * turn) for turn in range(10)]
    assert going[-1] == pytest.approx(0.95 / 0.005, rel=0.02), "making ready is not slow work"


def test_a_process_that_has_the_number_of_a_dead_one_is_not_at_work() -> None:
    assert _alive(os.getpid(), now())
    assert not _alive(os.getpid(), now() - timedelta(days=3))
