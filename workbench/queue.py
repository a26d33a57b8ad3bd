"""The queue of the newest round: what is next for one person, and who gives work to whom.

A person's share comes by rank. What is served is on lease to them for some minutes, so that nobody
else gets it. Who has too little left takes over from the slowest, or from the ranking behind the
batch. Taking and leasing happen in one transaction that no other runs beside, so that two people
who ask at the same moment never get the same item.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    distinct,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from workbench.chunks import chunks
from workbench.project import Project
from workbench.tables import Annotation, Fact, Lease, Queued, Round, Share, now

HANDFUL = 5
"""How many items somebody is sure to have before them, and the most that is taken over at once."""

HEAD = 10
"""Items at the head of a share that stay with somebody who labels in Label Studio just now: which
of them is on their screen is not known here. More, where they get through more between two syncs.
"""

A_PACE_S = 60.0
"""The least time of work from which somebody's pace is told."""

_SAID = aliased(Annotation)
"""Made once: making one takes longer than most of the queries that it is used in."""


def live_round(session: Session) -> int | None:
    """The round whose batch is being labelled."""
    return session.scalar(select(func.max(Round.number)).where(Round.state == "done"))


def places(session: Session, uids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """uid → the newest round that has it in its batch, and that round's model version."""
    found: dict[str, tuple[int, str]] = {}
    for part in chunks(list(uids)):
        rows = (
            select(Queued.uid, Queued.round, Round.model_version)
            .join(Round, Round.number == Queued.round)
            .where(Queued.uid.in_(part), ~Queued.reserve)
            .order_by(Queued.round)
        )
        found |= {uid: (number, version) for uid, number, version in session.execute(rows)}
    return found


def answered(email: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Whether that person has answered the item of a Queued row, skips included."""
    return exists().where(_SAID.uid == Queued.uid, _SAID.annotator == email, ~_SAID.deleted)


def unfinished() -> ColumnElement[bool]:
    """Whether fewer people than wanted have answered a Queued row; gold is never finished."""
    return or_(Queued.gold, _answers() < Queued.wanted)


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
            wanted = session.scalar(
                select(Queued.wanted)
                .where(Queued.uid == uid)
                .order_by(Queued.round.desc())
                .limit(1)
            )
            leases = [one for one in session.scalars(held) if one.annotator not in answers]
            if len(answers) + len(leases) >= (wanted or 1):
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


def shown(queued: Queued | None) -> bool | None:
    """Whether annotators see the suggestion of a Queued row; None when there is none to see."""
    return None if queued is None or queued.suggestion is None else not queued.hidden


def progress(session: Session, email: str) -> tuple[int, int]:
    """(done, all) of that person's share of the newest batch; of the whole batch without one."""
    number = live_round(session)
    batch = select(func.count()).select_from(Queued).where(Queued.round == number, ~Queued.reserve)
    mine = batch.join(Share, _same_place()).where(Share.annotator == email)
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
        or_(Queued.gold, _answers() + _held_by_others(email) < Queued.wanted),
    )
    batch = select(Queued).where(Queued.round == number, *for_me).limit(n)
    # by a sum, so that SQLite goes through this person's share and not through the whole batch
    mine = (
        batch.join(Share, _same_place()).where(Share.annotator == email).order_by(Queued.rank + 0)
    )
    found = list(session.scalars(mine))
    if len(found) < n:
        undealt = batch.where(
            ~Queued.reserve, ~Queued.gold, ~exists().where(_same_place())
        ).order_by(Queued.rank)
        found = sorted([*found, *session.scalars(undealt)], key=lambda row: row.rank)
    if first:
        wanted = select(Queued).where(Queued.uid == first, *for_me).order_by(Queued.round.desc())
        head = session.scalars(wanted.limit(1)).first()
        if head is not None:
            found = [head, *(row for row in found if row.uid != first)]
    return found[:n]


def _answers() -> ColumnElement[int]:
    return (
        select(func.count(distinct(Annotation.annotator)))
        .where(Annotation.uid == Queued.uid, ~Annotation.deleted)
        .correlate(Queued)
        .scalar_subquery()
    )


def _held_by_others(email: str) -> ColumnElement[int]:
    has_answered = exists().where(
        _SAID.uid == Lease.uid, _SAID.annotator == Lease.annotator, ~_SAID.deleted
    )
    return (
        select(func.count())
        .where(
            Lease.uid == Queued.uid, Lease.annotator != email, Lease.until > now(), ~has_answered
        )
        .correlate(Queued)
        .scalar_subquery()
    )


def _same_place() -> ColumnElement[bool]:
    return and_(Share.round == Queued.round, Share.uid == Queued.uid)


def _held(session: Session, email: str, until: datetime) -> set[str]:
    """What is on lease to that person until then, and not answered by them yet."""
    is_answered = exists().where(_SAID.uid == Lease.uid, _SAID.annotator == email, ~_SAID.deleted)
    leases = select(Lease.uid).where(Lease.annotator == email, Lease.until > until, ~is_answered)
    return set(session.scalars(leases))


def take(session: Session, email: str, count: int, since: datetime, *, part: float = 1.0) -> int:
    """Gives that person up to ``count`` items more; returns how many.

    First from the slowest, of what each of them has left ``part`` at most; then from the ranking
    behind the batch, unless others keep their part. Who answered in Label Studio after ``since``
    keeps the head of their share.
    """
    number = live_round(session)
    if number is None:
        return 0
    taken = _from_the_slowest(session, number, email, count, since, part)
    if taken < (count if part == 1 else 1):
        taken += _from_the_reserve(session, number, email, count - taken)
    return taken


def open_shares(number: int) -> Select:
    """(Share, Queued) of what is still to be answered in a round, by rank."""
    return (
        select(Share, Queued)
        .join(Queued, _same_place())
        .where(Share.round == number, ~answered(Share.annotator), unfinished())
        .order_by(Queued.rank)
    )


def _from_the_slowest(
    session: Session, number: int, email: str, count: int, since: datetime, part: float
) -> int:
    takeable = open_shares(number).where(~Queued.gold, Share.annotator != email, ~answered(email))
    how_many = takeable.with_only_columns(Share.annotator, func.count()).order_by(None)
    counts = session.execute(how_many.group_by(Share.annotator)).all()
    on_screen = set(
        session.execute(select(Lease.uid, Lease.annotator).where(Lease.until > now())).all()
    )
    anywhere = {uid for uid, _ in on_screen}
    own = select(Share.uid).where(Share.round == number, Share.annotator == email)
    known = set(session.scalars(own))
    taken = 0
    for owner, _ in sorted(counts, key=lambda pair: (-pair[1], pair[0])):
        if taken == count:
            break
        shares = session.execute(takeable.where(Share.annotator == owner)).all()
        head = _unseen(session, owner, since)
        most = min(count, taken + int(part * len(shares)))
        for share, queued in reversed(shares[head:]):
            if taken == most:
                break
            busy = (share.uid, owner) in on_screen or (queued.wanted == 1 and share.uid in anywhere)
            if busy or share.uid in known:
                continue
            session.delete(share)
            session.add(Share(round=number, uid=share.uid, annotator=email, taken_from=owner))
            session.flush()
            known.add(share.uid)
            taken += 1
    return taken


def _unseen(session: Session, email: str, since: datetime) -> int:
    """How many items at the head of a share may be answered in Label Studio before a sync tells
    it here, or takes them out of the tab there; 0 for who answered nothing there after ``since``.
    """
    said = select(func.count(), func.min(Annotation.created_at)).where(
        Annotation.annotator == email,
        Annotation.created_at > since,
        Annotation.source == "labelstudio",
    )
    count, first = session.execute(said).one()
    if not count:
        return 0
    synced = session.get(Fact, "synced_at")
    lag = (
        (now() - datetime.fromisoformat(json.loads(synced.value))).total_seconds() if synced else 0
    )
    pace = count / max((now() - first).total_seconds(), A_PACE_S)
    return HEAD + math.ceil(2 * pace * max(lag, 0))


def _from_the_reserve(session: Session, number: int, email: str, count: int) -> int:
    reserve = (
        select(Queued.uid)
        .where(
            Queued.round == number,
            Queued.reserve,
            _answers() + _held_by_others(email) < Queued.wanted,
        )
        .order_by(Queued.rank)
        .limit(count)
    )
    uids = list(session.scalars(reserve))
    session.execute(
        update(Queued).where(Queued.round == number, Queued.uid.in_(uids)).values(reserve=False)
    )
    session.add_all(Share(round=number, uid=uid, annotator=email) for uid in uids)
    session.flush()
    return len(uids)
