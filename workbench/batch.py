"""The batch that is being labelled: what is asked of whom, and what is answered or held."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from workbench.chunks import chunks
from workbench.tables import Annotation, Lease, Queued, Round, Share, now

SAID = aliased(Annotation)
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


def place(session: Session, uid: str) -> Queued | None:
    """The item's newest place in a batch."""
    return session.scalars(
        select(Queued).where(Queued.uid == uid).order_by(Queued.round.desc()).limit(1)
    ).first()


def answered(email: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Whether that person has answered the item of a Queued row, skips included."""
    return exists().where(SAID.uid == Queued.uid, SAID.annotator == email, ~SAID.deleted)


def unfinished() -> ColumnElement[bool]:
    """Whether fewer people than wanted have answered a Queued row; gold is never finished."""
    return or_(Queued.gold, answers() < Queued.wanted)


def answers() -> ColumnElement[int]:
    """How many people have answered the item of a Queued row."""
    return (
        select(func.count(distinct(Annotation.annotator)))
        .where(Annotation.uid == Queued.uid, ~Annotation.deleted)
        .correlate(Queued)
        .scalar_subquery()
    )


def held_by_others(email: str) -> ColumnElement[int]:
    """How many others have the item of a Queued row on lease, and no answer yet."""
    has_answered = exists().where(
        SAID.uid == Lease.uid, SAID.annotator == Lease.annotator, ~SAID.deleted
    )
    return (
        select(func.count())
        .where(
            Lease.uid == Queued.uid, Lease.annotator != email, Lease.until > now(), ~has_answered
        )
        .correlate(Queued)
        .scalar_subquery()
    )


def same_place() -> ColumnElement[bool]:
    """Whether a Share is one of a Queued row."""
    return and_(Share.round == Queued.round, Share.uid == Queued.uid)


def open_shares(number: int) -> Select:
    """(Share, Queued) of what is still to be answered in a round, by rank."""
    return (
        select(Share, Queued)
        .join(Queued, same_place())
        .where(Share.round == number, ~answered(Share.annotator), unfinished())
        .order_by(Queued.rank)
    )


def shown(queued: Queued | None) -> bool | None:
    """Whether annotators see the suggestion of a Queued row; None when there is none to see."""
    return None if queued is None or queued.suggestion is None else not queued.hidden
