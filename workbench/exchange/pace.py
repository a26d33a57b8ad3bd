"""When the background sync comes next: soon while somebody works, seldom when nobody does."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from workbench.labelstudio.connection import back_off
from workbench.project import Project
from workbench.tables import Annotation, now

WORKING = timedelta(minutes=3)
"""Somebody works when an answer came, here or from Label Studio, so short a time ago."""

MOST_S = 60.0
"""The longest wait, with nobody at work or with a server that is away."""


class Pace:
    """Decides when to sync, from what the store says and how the last syncs went.

    ``seconds`` is the usual time between two syncs. It doubles up to `MOST_S` while nobody works,
    and at each failure. What newly waits to be sent is sent at once, unless the server is away.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._due = clock()
        self._idle = self._failures = 0
        self._tried: tuple[int, int] = (0, 0)
        self._changed_at: float | None = None

    def due(self, project: Project) -> bool:
        """Whether it is time now."""
        if self._clock() >= self._due:
            return True
        return not self._failures and self._outbox(project) not in (self._tried, (0, 0))

    def before(self, project: Project) -> None:
        """Remembers what this sync is going to send."""
        self._tried = self._outbox(project)

    def went_well(self, project: Project, moved: int) -> None:
        """After a sync that exchanged ``moved`` answers."""
        self._failures = 0
        if moved:
            self._changed_at = self._clock()
        tried, left = self._tried, self._outbox(project)
        if left[0] == tried[0]:
            # those that were refused wait for the next turn, not for the next moment
            self._tried = left
        self._idle = 0 if self._at_work(project) else self._idle + 1
        self._due = self._clock() + min(MOST_S, self.seconds * 2 ** min(self._idle, 10))

    def failed(self) -> None:
        """After a sync that could not be done."""
        self._due = self._clock() + back_off(self._failures, self.seconds, MOST_S)
        self._failures += 1

    def wait_s(self) -> float:
        """Seconds until the next sync, if nothing happens before."""
        return max(0.0, self._due - self._clock())

    def _at_work(self, project: Project) -> bool:
        changed = self._changed_at
        if changed is not None and self._clock() - changed < WORKING.total_seconds():
            return True
        newest = select(Annotation.created_at).order_by(Annotation.id.desc()).limit(1)
        with project.store.session() as session:
            at = session.scalar(newest)
        return at is not None and now() - at < WORKING

    def _outbox(self, project: Project) -> tuple[int, int]:
        newest = func.coalesce(func.max(Annotation.id), 0)
        with project.store.session() as session:
            row = session.execute(select(newest, func.count()).where(Annotation.to_send)).one()
        return row[0], row[1]
