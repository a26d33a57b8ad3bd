"""Two answers of one person to one item: recorded once, with what was made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activelearn.data import Target
from workbench.items import as_target, texts
from workbench.project import Project
from workbench.tables import PEOPLE, Annotation, Conflict

LATEST = "latest"
"""The rule: what the person said last counts (see `workbench.items.latest`)."""


@dataclass(frozen=True)
class Settled:
    """A conflict as people read it; ``rule`` says why ``kept`` counts and ``dropped`` does not."""

    uid: str
    text: str
    annotator: str
    kept: Target | None
    dropped: Target | None
    rule: str
    at: datetime


def record(session: Session, uids: Sequence[str]) -> int:
    """Records the conflicts among the live answers to ``uids`` (few enough for one query).

    An edited answer is one answer, a skip is none. Returns how many conflicts are new.
    """
    said: dict[tuple[str, str], list[Annotation]] = defaultdict(list)
    live = select(Annotation).where(
        Annotation.uid.in_(uids),
        ~Annotation.deleted,
        ~Annotation.skipped,
        Annotation.source.in_(PEOPLE),
    )
    for one in session.scalars(live.order_by(Annotation.created_at, Annotation.id)):
        if one.target is not None:
            said[one.uid, one.annotator].append(one)
    found = [
        (uid, who, answers[-1].target, target)
        for (uid, who), answers in said.items()
        for target in _others(answers)
    ]
    if not found:
        return 0
    known = [
        (one.uid, one.annotator, one.kept, one.dropped)
        for one in session.scalars(
            select(Conflict).where(Conflict.uid.in_({uid for uid, *_ in found}))
        )
    ]
    new = [one for one in found if one not in known]
    session.add_all(
        Conflict(uid=uid, annotator=who, kept=kept, dropped=dropped, rule=LATEST)
        for uid, who, kept, dropped in new
    )
    return len(new)


def count(project: Project) -> int:
    """How many conflicts there were."""
    with project.store.session() as session:
        return session.scalar(select(func.count()).select_from(Conflict))


def newest(project: Project, limit: int = 5) -> list[Settled]:
    """The newest conflicts, newest first."""
    with project.store.session() as session:
        rows = list(session.scalars(select(Conflict).order_by(Conflict.id.desc()).limit(limit)))
    found = texts(project, [row.uid for row in rows])
    return [
        Settled(
            row.uid,
            found[row.uid],
            row.annotator,
            as_target(project, row.kept),
            as_target(project, row.dropped),
            row.rule,
            row.at,
        )
        for row in rows
    ]


def _others(answers: list[Annotation]) -> list[list]:
    different: list[list] = []
    for one in answers[:-1]:
        if one.target != answers[-1].target and one.target not in different:
            different.append(one.target)
    return different
