"""The queue of the newest round: what is next for one person.

A person's share comes by rank. What is served is on lease to them for some minutes, so that nobody
else gets it. Who has too little left takes over from others (`workbench.takeover`). Taking and
leasing happen in one transaction that no other runs beside, so that two people who ask at the same
moment never get the same item.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from workbench.batch import (
    SAID,
    answered,
    answers,
    held_by_others,
    live_round,
    place,
    same_place,
    unfinished,
)
from workbench.project import Project
from workbench.tables import Annotation, Lease, Queued, Share, now
from workbench.takeover import HANDFUL, take


def serve(project: Project, email: str, n: int, first: str | None) -> list[Queued]:
    """The next ``n`` items of that person, on lease to them; ``first`` is a uid to begin with."""
    lasting = timedelta(minutes=project.settings.team.lease_minutes)
    if n < 1:
        return []
    with project.store.session() as session:
        held = _held(session, email, now() + lasting / 2)
        if len(held) >= min(n, HANDFUL):
            found = _upcoming(session, email, n, first)
            if len(found) >= min(n, HANDFUL) and held.issuperset(row.uid for row in found):
                return found
    with project.store.exclusive() as session:
        session.execute(delete(Lease).where(Lease.until < now()))
        found = _upcoming(session, email, n, first)
        if (missing := min(n, HANDFUL) - len(found)) > 0 and take(
            session, email, missing, now() - lasting
        ):
            found = _upcoming(session, email, n, first)
        uids = [row.uid for row in found]
        mine = (Lease.annotator == email, Lease.uid.in_(uids))
        chosen = set(session.scalars(select(Lease.uid).where(*mine, Lease.chosen)))
        session.execute(delete(Lease).where(*mine))
        until = now() + lasting
        session.add_all(
            Lease(uid=uid, annotator=email, until=until, chosen=uid in chosen) for uid in uids
        )
    return found


def lease(project: Project, email: str, uid: str) -> bool:
    """Leases an item that this person chose by themselves; False where it is on others' screens.

    It need not be in a batch. From those who have it further on in their queue it is taken. What
    this person has answered is theirs to change.
    """
    lasting = timedelta(minutes=project.settings.team.lease_minutes)
    held = select(Lease).where(Lease.uid == uid, Lease.annotator != email, Lease.until > now())
    said = select(Annotation.annotator).where(Annotation.uid == uid, ~Annotation.deleted)
    with project.store.exclusive() as session:
        answers = set(session.scalars(said))
        if email not in answers:
            queued = place(session, uid)
            wanted = queued.wanted if queued else 1
            leases = [one for one in session.scalars(held) if one.annotator not in answers]
            if len(answers) + len(leases) >= wanted:
                if any(_on_screen(session, one) for one in leases):
                    return False
                for one in leases:
                    session.delete(one)
        session.merge(Lease(uid=uid, annotator=email, until=now() + lasting, chosen=True))
    return True


def _on_screen(session: Session, lease: Lease) -> bool:
    """Whether it is what the person chose, the first that they have of the batch, or none of it."""
    if lease.chosen:
        return True
    mine = (
        select(Queued.uid)
        .join(Lease, Lease.uid == Queued.uid)
        .where(
            Queued.round == live_round(session),
            Lease.annotator == lease.annotator,
            Lease.until > now(),
            ~answered(lease.annotator),
        )
    )
    first = session.scalar(mine.order_by(Queued.rank).limit(1))
    return lease.uid == first or session.scalar(mine.where(Queued.uid == lease.uid)) is None


def release(project: Project, email: str) -> None:
    """Frees what is on lease to that person: the browser was closed."""
    with project.store.session() as session:
        session.execute(delete(Lease).where(Lease.annotator == email))


def progress(session: Session, email: str) -> tuple[int, int]:
    """(done, all) of that person's share of the newest batch; of the whole batch without one."""
    number = live_round(session)
    batch = select(func.count()).select_from(Queued).where(Queued.round == number, ~Queued.reserve)
    mine = batch.join(Share, same_place()).where(Share.annotator == email)
    if total := session.scalar(mine):
        left = session.scalar(mine.where(~answered(email), unfinished()))
    else:
        total = session.scalar(batch)
        left = session.scalar(batch.where(unfinished()))
    return total - left, total


def _upcoming(session: Session, email: str, n: int, first: str | None) -> list[Queued]:
    number = live_round(session)
    for_me = (
        ~answered(email),
        or_(Queued.gold, answers() + held_by_others(email) < Queued.wanted),
    )
    batch = select(Queued).where(Queued.round == number, *for_me).limit(n)
    # by sums, so that SQLite goes through this person's share, and not all shares or all ranks
    share = select(Share.uid).where(Share.annotator == email, Share.round + 0 == number)
    mine = batch.where(Queued.uid.in_(share)).order_by(Queued.rank + 0)
    found = list(session.scalars(mine))
    if len(found) < n:
        undealt = batch.where(
            ~Queued.reserve, ~Queued.gold, ~exists().where(same_place())
        ).order_by(Queued.rank)
        found = sorted([*found, *session.scalars(undealt)], key=lambda row: row.rank)
    if first:
        wanted = select(Queued).where(Queued.uid == first, *for_me).order_by(Queued.round.desc())
        head = session.scalars(wanted.limit(1)).first()
        if head is not None:
            found = [head, *(row for row in found if row.uid != first)]
    return found[:n]


def _held(session: Session, email: str, until: datetime) -> set[str]:
    """What is on lease to that person until then, and not answered by them yet."""
    is_answered = exists().where(SAID.uid == Lease.uid, SAID.annotator == email, ~SAID.deleted)
    leases = select(Lease.uid).where(Lease.annotator == email, Lease.until > until, ~is_answered)
    return set(session.scalars(leases))
