"""Annotating in the workbench: the queue of one person, and what they submit."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from activelearn.data import Target
from workbench import batch, events, queue, showing
from workbench.errors import ProjectError, SchemaError
from workbench.project import Project
from workbench.showing import QueueItem
from workbench.tables import Annotation, Item, Lease, Round, now
from workbench.targets import checked, from_json

OWN_SOURCE = "workbench"
LONGEST_S = 86_400.0
"""What an answer can have taken: a page that stayed open for days is no work of days."""


@dataclass(frozen=True)
class Answer:
    """One of the last answers; ``target`` is None when it was skipped.

    ``along`` is how many near-identical texts got the same answer with it.
    """

    key: str
    uid: str
    text: str
    target: Target | None
    reason: str
    note: str
    unclear: bool
    along: int


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
        places = {row.uid: row for row in rows}
        with self.project.store.session() as session:
            items = list(session.scalars(select(Item).where(Item.uid.in_(places))))
        shown = {one.uid: one for one in showing.shown(self.project, items, places)}
        return [shown[row.uid] for row in rows]

    def open(self, uid: str) -> QueueItem:
        """One item that this person chose, on lease to them like one of the queue.

        ProjectError when the pool has no such item, or when it is on somebody else's screen.
        """
        found = self.item(uid)
        if not queue.lease(self.project, self.email, uid):
            raise ProjectError("somebody else has this text before them: take another one")
        return found

    def again(self, uid: str) -> QueueItem:
        """An item whose answer was taken back: on lease, unless others have it before them."""
        queue.lease(self.project, self.email, uid)
        return self.item(uid)

    def item(self, uid: str) -> QueueItem:
        """One item as the queue would serve it; ProjectError when the pool has no such item."""
        with self.project.store.session() as session:
            item = _existing(session, uid)
            queued = batch.place(session, uid)
        (shown,) = showing.shown(self.project, [item], {uid: queued} if queued else {})
        return shown

    def release(self) -> None:
        """Frees what is on lease to this person: nobody sees it any more."""
        queue.release(self.project, self.email)

    def submit(
        self,
        uid: str,
        target: Target,
        *,
        lead_time: float = 0.0,
        note: str = "",
        unclear: bool = False,
        key: str = "",
        along: Sequence[str] = (),
    ) -> int:
        """Keeps an answer, to be sent to Label Studio by the next sync; returns its id.

        Saying the same of the same item twice is one annotation; a different answer replaces it.
        ``key`` is the sender's own UUID of this answer: sent again under it, nothing happens.
        ``along`` are uids of near-identical items that get the same answer, all or none of them,
        those left out that somebody has answered meanwhile or has before them.
        """
        said = {"target": checked(target, self.project.schema), "unclear": unclear}
        said["lead_time"] = _seconds(lead_time) / (1 + len(along))
        return self._keep(uid, key, along, note=note, **said)

    def skip(
        self,
        uid: str,
        reason: str = "",
        lead_time: float = 0.0,
        note: str = "",
        unclear: bool = False,
        key: str = "",
    ) -> int:
        """Keeps that this person will not label the item, and why; ``key`` as in `submit`."""
        said = {"target": None, "skipped": True, "reason": reason, "unclear": unclear}
        return self._keep(uid, key, note=note, lead_time=_seconds(lead_time), **said)

    def undo(self, key: str = "") -> str | None:
        """Takes this person's last answer back, or the one kept under ``key``.

        Whatever was answered along with it goes too, and what it had corrected counts again.
        Returns its uid, None when there is nothing to take back (any more).
        """
        known_as = or_(Annotation.unique_id == key, Annotation.again == key)
        with self.project.store.session() as session:
            own = self._own().where(known_as) if key else self._newest(1)
            last = session.scalars(own).first()
            if last is None:
                return None
            along = session.scalars(self._own().where(Annotation.bulk == last.unique_id))
            for one in (last, *along):
                withdraw(one)
                self._restore(session, one.replaces)
                events.add(session, self.email, "undo", uid=one.uid)
            return last.uid

    def _restore(self, session: Session, unique_id: str) -> None:
        corrected = select(Annotation).where(
            Annotation.unique_id == unique_id, Annotation.deleted, ~Annotation.vanished
        )
        for one in session.scalars(corrected):
            one.deleted, one.to_send = False, True

    def recent(self, n: int = 20) -> list[Answer]:
        """This person's last answers, newest first: what can be taken back or changed."""
        query = self._newest(n).join(Item, Item.uid == Annotation.uid).add_columns(Item.row)
        with self.project.store.session() as session:
            rows = session.execute(query).all()
            keys = [one.unique_id for one, _ in rows]
            along = select(Annotation.bulk, func.count()).where(
                Annotation.bulk.in_(keys), ~Annotation.deleted
            )
            counts = dict(session.execute(along.group_by(Annotation.bulk)).all())
        texts = self.project.pool.texts([row for _, row in rows])
        kind = self.project.schema.kind
        return [
            Answer(
                one.unique_id,
                one.uid,
                text,
                from_json(one.target, kind),
                one.reason,
                one.note,
                one.unclear,
                counts.get(one.unique_id, 0),
            )
            for (one, _), text in zip(rows, texts, strict=True)
        ]

    def progress(self) -> dict:
        """How far this person's share of the batch is, and what they did today."""
        with self.project.store.session() as session:
            done, total = queue.progress(session, self.email)
            today = session.scalar(
                select(func.count()).select_from(
                    self._own().where(Annotation.created_at >= _midnight()).subquery()
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
        mine = self._own().where(Annotation.bulk == "")
        return mine.order_by(Annotation.created_at.desc(), Annotation.id.desc()).limit(n)

    def _keep(self, uid: str, key: str, along: Sequence[str] = (), **said: object) -> int:
        """One transaction: the answers, the leases they end, and the events that tell of them."""
        unique_id = _unique_id(key)
        kept = select(Annotation.id).where(
            or_(Annotation.unique_id == unique_id, Annotation.again == unique_id)
        )
        try:
            with self.project.store.session() as session:
                known = session.scalar(kept)
                if known is not None:
                    return known
                item = _existing(session, uid)
                first = self._add(session, item, unique_id, said)
                session.flush()
                for one in along:
                    other = _existing(session, one)
                    if item.holdout or other.holdout:
                        raise ProjectError(f"{one} or {uid} is of the holdout: label it on its own")
                    if not self._is_others(session, one):
                        own_id = str(uuid.uuid5(uuid.UUID(unique_id), one))
                        self._add(session, other, own_id, said, bulk=first.unique_id)
                return first.id
        except IntegrityError:
            with self.project.store.session() as session:
                known = session.scalar(kept)
            if known is None:
                raise
            return known

    def _is_others(self, session: Session, uid: str) -> bool:
        """Whether somebody has answered the item, or somebody else has it before them."""
        answered = select(Annotation.id).where(Annotation.uid == uid, ~Annotation.deleted)
        elsewhere = select(Lease.uid).where(
            Lease.uid == uid, Lease.annotator != self.email, Lease.until > now()
        )
        return any(session.scalar(one.limit(1)) is not None for one in (answered, elsewhere))

    def _add(
        self, session: Session, item: Item, unique_id: str, said: dict, bulk: str = ""
    ) -> Annotation:
        previous = session.scalars(self._own().where(Annotation.uid == item.uid)).first()
        fresh = {"skipped": False, "reason": "", **said}
        if previous is not None:
            compared = ("target", "skipped", "reason", "note", "unclear")
            if all(getattr(previous, name) == fresh[name] for name in compared):
                previous.again = unique_id
                return previous
            withdraw(previous)
        queued = batch.place(session, item.uid)
        annotation = Annotation(
            unique_id=unique_id,
            uid=item.uid,
            annotator=self.email,
            source=OWN_SOURCE,
            round=queued.round if queued else None,
            model_version=session.get(Round, queued.round).model_version if queued else None,
            suggestion=queued.suggestion if queued else None,
            suggestion_shown=None if bulk else showing.seen(item, queued),
            bulk=bulk,
            replaces=previous.unique_id if previous is not None else "",
            to_send=True,
            **said,
        )
        session.add(annotation)
        session.execute(delete(Lease).where(Lease.uid == item.uid, Lease.annotator == self.email))
        about = {"reason": fresh["reason"]} if fresh["skipped"] else {"label": fresh["target"]}
        kind = "skip" if fresh["skipped"] else "label"
        events.add(session, self.email, kind, uid=item.uid, **about)
        return annotation


def _existing(session: Session, uid: str) -> Item:
    item = session.get(Item, uid)
    if item is None:
        raise ProjectError(f"the pool has no item {uid!r}: load the page again")
    return item


def _midnight() -> datetime:
    """When this day began where the workbench runs, as the store keeps times."""
    here = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return here.astimezone(UTC).replace(tzinfo=None)


def _seconds(said: float) -> float:
    if not math.isfinite(said):
        raise SchemaError(f"an answer cannot have taken {said} seconds")
    return min(max(said, 0.0), LONGEST_S)


def _unique_id(key: str) -> str:
    try:
        return str(uuid.UUID(key)) if key else str(uuid.uuid4())
    except ValueError:
        raise SchemaError(f"{key!r} is no UUID: an answer's key must be one") from None


def withdraw(annotation: Annotation) -> None:
    """Marks an answer as taken back; the next sync deletes it in Label Studio if it got there."""
    annotation.deleted = True
    annotation.to_send = True
