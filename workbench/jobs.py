"""Long work as jobs: queued, one of a lane at a time, with progress, cancel and a kept result."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workbench import events
from workbench.errors import Cancelled, JobError
from workbench.store import Store
from workbench.tables import JobRow, now

MODEL_LANE = ("round", "audit", "trial", "simulate", "tune")
IMPORT_LANE = ("import",)
SYNC_LANE = ("sync",)
LANES = (MODEL_LANE, IMPORT_LANE, SYNC_LANE)
"""Jobs of a lane run one after the other; those that use the model never delay a sync."""
KINDS = MODEL_LANE + IMPORT_LANE + SYNC_LANE
ALONE = ("round",)
ACTIVE = ("queued", "running")
ATTEMPTS = 5
ETA_AFTER_S, ETA_WINDOW_S, ETA_FROM = 6.0, 90.0, 0.005
JUMP = 0.04
"""The time left is told from how fast the last ``ETA_WINDOW_S`` went, never before a few seconds
of them or ``ETA_FROM`` of the whole: the first steps of a job are no measure of the later ones."""

BEAT_S = 15.0
SILENT = timedelta(minutes=3)
CLOCK_MOVED = timedelta(seconds=5)
"""A worker of another machine that has given no sign for so long is gone; clocks may differ."""

HOST = f"{socket.gethostname()}/{uuid.getnode():x}"
Progress = Callable[[float, str], None]


def quiet(_fraction: float, _message: str) -> None:
    """The progress callback of somebody who does not look."""


@dataclass(frozen=True)
class Job:
    """A job as the CLI and the pages show it. ``eta_s`` is seconds left, None when unknown."""

    id: int
    kind: str
    params: dict
    who: str
    state: str
    progress: float
    message: str
    eta_s: float | None
    result: dict | None
    error: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class Jobs:
    """The queue of jobs in the store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def submit(self, kind: str, params: dict | None = None, by: str = events.SYSTEM) -> int:
        """Queues a job; a second one of the same kind and parameters joins the waiting first.

        ``by`` is who asks for it, and who then did what the job does. Raises JobError for a second
        round: which of the two would go on with the other?
        """
        if kind not in KINDS:
            raise JobError(f"no job is called {kind!r}: {', '.join(KINDS)}")
        with self.store.session() as session:
            self.store.lock(session, "jobs")
            self._requeue_orphans(session)
            for row in session.scalars(
                select(JobRow).where(JobRow.kind == kind, JobRow.state.in_(ACTIVE), ~JobRow.cancel)
            ):
                if row.params == (params or {}):
                    return row.id
                if kind in ALONE:
                    raise JobError(
                        f"a {kind} is {row.state} already (job {row.id}): wait for it, or cancel it"
                    )
            row = JobRow(kind=kind, params=params or {}, who=by)
            session.add(row)
            session.flush()
            events.add(session, by, "job", job=row.id, kind=kind, params=row.params)
            return row.id

    def get(self, job_id: int) -> Job:
        with self.store.session() as session:
            row = session.get(JobRow, job_id)
            if row is None:
                raise JobError(f"there is no job {job_id}: `workbench jobs` lists them")
            return _job(row)

    def recent(self, n: int = 10) -> list[Job]:
        """The newest ``n`` jobs, newest first."""
        with self.store.session() as session:
            rows = session.scalars(select(JobRow).order_by(JobRow.id.desc()).limit(n))
            return [_job(row) for row in rows]

    def active(self) -> list[Job]:
        """The jobs that wait or run, in the order in which they were asked for."""
        query = select(JobRow).where(JobRow.state.in_(ACTIVE)).order_by(JobRow.id)
        with self.store.session() as session:
            return [_job(row) for row in session.scalars(query)]

    def cancel(self, job_id: int, by: str = events.SYSTEM) -> None:
        """Asks a job to stop: at once when it waits, at its next progress report when it runs."""
        self.get(job_id)
        with self.store.session() as session:
            row = session.get(JobRow, job_id)
            if not row.cancel:
                events.add(session, by, "job_cancelled", job=job_id, kind=row.kind)
            row.cancel = True
            if row.state == "queued":
                row.state, row.ended_at = "cancelled", now()

    def take(self, lane: tuple[str, ...]) -> Job | None:
        """The lane's next waiting job, marked as run by this process.

        None when nothing waits, or while another job of the lane is at work.
        """
        of_lane = JobRow.kind.in_(lane)
        waiting = select(JobRow.id).where(JobRow.state == "queued", of_lane).order_by(JobRow.id)
        busy = select(JobRow.id).where(JobRow.state == "running", of_lane)
        with self.store.session() as session:
            self.store.lock(session, "jobs")
            self._requeue_orphans(session)
            job_id = session.scalar(waiting.limit(1))
            if job_id is None:
                return None
            taken = session.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == "queued", ~busy.exists())
                .values(
                    state="running",
                    pid=os.getpid(),
                    host=HOST,
                    beat_at=now(),
                    attempts=JobRow.attempts + 1,
                    started_at=now(),
                )
            )
            if not taken.rowcount:
                return None
            return _job(session.get(JobRow, job_id, populate_existing=True))

    def progress(self, job_id: int) -> Progress:
        """A progress callback that writes to the store and raises Cancelled when asked to stop."""
        seen: deque[tuple[float, float]] = deque()

        def report(fraction: float, message: str) -> None:
            fraction = min(1.0, max(0.0, fraction))
            left = time_left(seen, time.monotonic(), fraction)
            with self.store.session() as session:
                row = session.get(JobRow, job_id)
                if row.cancel:
                    raise Cancelled("cancelled")
                row.progress, row.message, row.left_s = fraction, message, left

        return report

    def beat(self, job_id: int) -> None:
        """Says that the worker of the job is alive."""
        with self.store.session() as session:
            session.execute(update(JobRow).where(JobRow.id == job_id).values(beat_at=now()))

    def finish(self, job_id: int, state: str, result: dict | None = None, error: str = "") -> None:
        values = {"state": state, "result": result, "error": error, "ended_at": now(), "pid": None}
        if state == "done":
            values |= {"progress": 1.0, "message": ""}
        with self.store.session() as session:
            session.execute(update(JobRow).where(JobRow.id == job_id).values(**values))

    def _requeue_orphans(self, session: Session) -> None:
        for row in session.scalars(select(JobRow).where(JobRow.state == "running")):
            if _at_work(row):
                continue
            if row.attempts >= ATTEMPTS:
                row.state, row.ended_at = "failed", now()
                row.error = f"the worker died {row.attempts} times in this job"
            else:
                row.state = "queued"
        session.flush()


def lane_of(kind: str) -> tuple[str, ...]:
    """The lane that a kind of job runs in."""
    return next(lane for lane in LANES if kind in lane)


def time_left(seen: deque[tuple[float, float]], moment: float, done: float) -> float | None:
    """Seconds left at the speed of the last while; ``seen`` holds (moment, fraction), oldest first.

    A jump, a step that was skipped or took no time, says nothing of the next one, and neither does
    the beginning, when all is made ready.
    """
    if done < ETA_FROM or (seen and not 0 <= done - seen[-1][1] <= JUMP + moment - seen[-1][0]):
        seen.clear()
    seen.append((moment, done))
    while moment - seen[0][0] > ETA_WINDOW_S:
        seen.popleft()
    spent, gained = moment - seen[0][0], done - seen[0][1]
    return spent * (1 - done) / gained if spent >= ETA_AFTER_S and gained > 0 else None


def _at_work(row: JobRow) -> bool:
    """Whether the process that took the job lives: looked up here, by its signs elsewhere."""
    if row.host not in ("", HOST):
        return row.beat_at is not None and now() - row.beat_at < SILENT
    return row.pid is not None and _alive(row.pid, row.started_at)


def _alive(pid: int, since: datetime | None) -> bool:
    """Whether the process that had this number at that time still lives, not a later one."""
    try:
        process = psutil.Process(pid)
        ours = pid == os.getpid() or "workbench" in " ".join(process.cmdline())
        begun = datetime.fromtimestamp(process.create_time(), UTC).replace(tzinfo=None)
    except psutil.Error:
        return False
    return ours and (since is None or begun <= since + CLOCK_MOVED)


def _job(row: JobRow) -> Job:
    eta = row.left_s if row.state == "running" else None
    return Job(
        row.id, row.kind, row.params, row.who or events.SYSTEM, row.state, row.progress,
        row.message, eta, row.result, row.error, row.created_at, row.started_at, row.ended_at,
    )  # fmt: skip
