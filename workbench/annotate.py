"""Annotating in the workbench: the queue of one person, and what they submit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from activelearn.data import Target
from workbench import queue
from workbench.errors import ProjectError, SchemaError
from workbench.items import texts as texts_of
from workbench.project import Project
from workbench.tables import Annotation, Item, Lease, Queued, Round, now
from workbench.targets import from_json, to_json

OWN_SOURCE = "workbench"


@dataclass(frozen=True)
class QueueItem:
    """The next text to label, with the model's suggestion (None for the holdout: it is blind)."""

    uid: str
    text: str
    suggestion: Target | None
    confidence: float | None
    rank: int
    round: int


class Annotator:
    """One person's view of the queue. Everything is in the store before a method returns."""

    def __init__(self, project: Project, email: str) -> None:
        self.project = project
        self.email = email

    def queue(self, n: int = 5, first: str | None = None) -> list[QueueItem]:
        """The next ``n`` items for this person by rank, on lease to them (`workbench.queue`).

        ``first`` is the uid of an item to serve before the others, one just taken back.
        """
        rows = queue.serve(self.project, self.email, n, first)
        uids = [row.uid for row in rows]
        with self.project.store.session() as session:
            held = set(session.scalars(select(Item.uid).where(Item.uid.in_(uids), Item.holdout)))
        texts, kind = texts_of(self.project, uids), self.project.schema.kind if rows else ""
        return [
            QueueItem(
                row.uid,
                texts[row.uid],
                from_json(row.suggestion, kind) if (told := _told(row, held)) else None,
                row.confidence if told else None,
                row.rank,
                row.round,
            )
            for row in rows
        ]

    def release(self) -> None:
        """Frees what is on lease to this person: nobody sees it any more."""
        queue.release(self.project, self.email)

    def submit(
        self, uid: str, target: Target, *, lead_time: float = 0.0, note: str = "", key: str = ""
    ) -> int:
        """Keeps an answer, to be sent to Label Studio by the next sync; returns its id.

        Saying the same of the same item twice is one annotation; a different answer replaces it.
        ``key`` is the sender's own UUID of this answer: sent again under it, nothing happens.
        """
        kept = checked(self.project, target)
        return self._keep(uid, key, target=kept, note=note, lead_time=lead_time)

    def skip(
        self, uid: str, reason: str = "", lead_time: float = 0.0, note: str = "", key: str = ""
    ) -> int:
        """Keeps that this person will not label the item, and why; ``key`` as in `submit`."""
        return self._keep(
            uid, key, target=None, skipped=True, reason=reason, note=note, lead_time=lead_time
        )

    def undo(self, key: str = "") -> str | None:
        """Takes this person's last answer back, or the one kept under ``key``.

        Returns its uid, None when there is nothing to take back (any more).
        """
        with self.project.store.session() as session:
            own = self._own().where(Annotation.unique_id == key) if key else self._newest(1)
            last = session.scalars(own).first()
            if last is None:
                return None
            withdraw(last)
            return last.uid

    def recent(self, n: int = 20) -> list[str]:
        """The keys of this person's last answers, newest first: what can be taken back."""
        with self.project.store.session() as session:
            return [one.unique_id for one in session.scalars(self._newest(n))]

    def progress(self) -> dict:
        """How far this person's share of the batch is, and what they did in the last 24 hours."""
        with self.project.store.session() as session:
            done, total = queue.progress(session, self.email)
            today = session.scalar(
                select(func.count()).select_from(
                    self._own().where(Annotation.created_at > now() - timedelta(days=1)).subquery()
                )
            )
        return {"batch_done": done, "batch_total": total, "today": today}

    def _own(self):
        return select(Annotation).where(
            Annotation.annotator == self.email,
            Annotation.source == OWN_SOURCE,
            ~Annotation.deleted,
        )

    def _newest(self, n: int):
        return self._own().order_by(Annotation.created_at.desc(), Annotation.id.desc()).limit(n)

    def _keep(self, uid: str, key: str, **values: object) -> int:
        unique_id = _unique_id(key)
        with self.project.store.session() as session:
            if session.get(Item, uid) is None:
                raise ProjectError(f"the pool has no item {uid!r}: load the page again")
            there = session.scalars(
                select(Annotation).where(Annotation.unique_id == unique_id)
            ).first()
            if there is not None:
                return there.id
            previous = session.scalars(self._own().where(Annotation.uid == uid)).first()
            if previous is not None:
                same = previous.target == values.get("target") and previous.note == values.get(
                    "note", ""
                )
                if same and previous.skipped == values.get("skipped", False):
                    return previous.id
                withdraw(previous)
            queued = session.scalars(
                select(Queued).where(Queued.uid == uid).order_by(Queued.round.desc())
            ).first()
            version = session.get(Round, queued.round).model_version if queued else None
            annotation = Annotation(
                unique_id=unique_id,
                uid=uid,
                annotator=self.email,
                source=OWN_SOURCE,
                round=queued.round if queued else None,
                model_version=version,
                suggestion=queued.suggestion if queued else None,
                suggestion_shown=queue.shown(queued),
                to_send=True,
                **values,
            )
            session.add(annotation)
            session.execute(delete(Lease).where(Lease.uid == uid, Lease.annotator == self.email))
            session.flush()
            return annotation.id


def checked(project: Project, target: Target) -> list:
    """The target as the store keeps it; SchemaError when the label schema does not have it."""
    schema = project.schema
    names = [target] if schema.kind == "single" else [getattr(p, "label", p) for p in target]
    unknown = [name for name in names if name not in schema.labels]
    if unknown or (schema.kind == "single" and not target):
        raise SchemaError(
            f"{unknown[0] if unknown else 'nothing'!r} is not a label of this project:"
            f" {', '.join(schema.labels)}"
        )
    return to_json(target)


def _told(row: Queued, held: set[str]) -> bool:
    return bool(queue.shown(row)) and row.uid not in held


def _unique_id(key: str) -> str:
    try:
        return str(uuid.UUID(key)) if key else str(uuid.uuid4())
    except ValueError:
        raise SchemaError(f"{key!r} is no UUID: an answer's key must be one") from None


def withdraw(annotation: Annotation) -> None:
    """Marks an answer as taken back; the next sync deletes it in Label Studio if it got there."""
    annotation.deleted = True
    annotation.to_send = True
