"""Who has too little left takes over from the slowest, or from the ranking behind the batch."""

from __future__ import annotations

import json
import math
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workbench.batch import answered, answers, held_by_others, live_round, open_shares
from workbench.tables import Annotation, Fact, Lease, Placement, Queued, Share, now

HANDFUL = 5
"""How many items somebody is sure to have before them, and the most that is taken over at once."""

HEAD = 10
"""Items at the head of a share, as Label Studio has it, that stay with somebody who labels there
just now: which of them is on their screen is not known here. More, where they get through more
between two syncs."""

A_PACE_S = 60.0
"""The least time of work from which somebody's pace is told."""


def take(session: Session, email: str, count: int, since: datetime, *, part: float = 1.0) -> int:
    """Gives that person up to ``count`` items more; returns how many.

    First from the slowest, of what each of them has left ``part`` at most; then from the ranking
    behind the batch, unless others keep their part. Who answered in Label Studio after ``since``
    keeps the head of their tab there, and gives of its end.
    """
    number = live_round(session)
    if number is None:
        return 0
    taken = _from_the_slowest(session, number, email, count, since, part)
    if taken < (count if part == 1 else 1):
        taken += _from_the_reserve(session, number, email, count - taken)
    return taken


def _from_the_slowest(
    session: Session, number: int, email: str, count: int, since: datetime, part: float
) -> int:
    takeable = open_shares(number).where(~Queued.gold, Share.annotator != email, ~answered(email))
    sent = (Placement.uid == Share.uid) & (Placement.round == number)
    lying = takeable.outerjoin(Placement, sent).add_columns(Placement.rank)
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
        shares = session.execute(lying.where(Share.annotator == owner)).all()
        if head := _unseen(session, owner, since):
            shares = sorted(shares, key=lambda row: math.inf if row.rank is None else row.rank)
        most = min(count, taken + int(part * len(shares)))
        for share, queued, _ in reversed(shares[head:]):
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
            answers() + held_by_others(email) < Queued.wanted,
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
