"""How the exchange with Label Studio stands, as the pages and the commands show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from workbench.exchange import conflicts, labels
from workbench.exchange.incoming import unread
from workbench.project import Project
from workbench.tables import Annotation, now


@dataclass(frozen=True)
class Exchange:
    """``ago_s``: seconds since the last sync; ``lag_s``: how long the oldest answer waits."""

    ago_s: float | None
    lag_s: float | None
    waiting: int
    error: str
    conflicts: int
    unread: int
    change: labels.Change | None


def state(project: Project) -> Exchange:
    """Looks at the store only; cheap enough to be shown again every few seconds."""
    with project.store.session() as session:
        waiting, oldest = session.execute(
            select(func.count(), func.min(Annotation.created_at).filter(~Annotation.deleted)).where(
                Annotation.to_send
            )
        ).one()
    synced = project.store.fact("synced_at")
    return Exchange(
        (now() - datetime.fromisoformat(str(synced))).total_seconds() if synced else None,
        round((now() - oldest).total_seconds(), 1) if oldest else None,
        waiting,
        str(project.store.fact("sync_error", "")),
        conflicts.count(project),
        unread(project),
        labels.pending(project),
    )
