"""Dealing a round's batch: who is to answer what, and dealing again when somebody leaves."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from workbench import events
from workbench.batch import live_round, open_shares
from workbench.chunks import chunks
from workbench.config import Settings
from workbench.project import Project
from workbench.tables import Annotation, Lease, Person, Queued, Share, now
from workbench.takeover import HANDFUL, take

VIEWS = "personal_views"
AT_WORK = timedelta(hours=1)
"""Who answered something so recently waits for more when their share is empty."""


@dataclass(frozen=True)
class Load:
    """What one person of a round still has to do, and what of it is done."""

    annotator: str
    open: int
    done: int
    taken_over: int
    url: str


def team(session: Session, settings: Settings) -> list[str]:
    """Those to whom a batch is dealt: the annotators; all who may log in when there are none."""
    people = session.execute(select(Person.email, Person.role).where(Person.active)).all()
    annotators = [email for email, role in people if role == "annotator"]
    return sorted(annotators or {email for email, _ in people} | set(settings.users))


def deal(session: Session, settings: Settings, rows: list[Queued], seed: str) -> list[Share]:
    """The shares of a batch, ``rows`` by rank; the same arguments give the same shares.

    Round-robin, so that everybody gets the most useful first; what somebody has open of the batch
    before stays with them, since they may be at it just now. Adds gold items to ``rows``, ranks
    them all anew, and marks who sees no suggestion and how many people are asked. A row that says
    already how many are wanted is asked again: it goes to one person who has not answered it.
    """
    draw = random.Random(seed)
    hide(rows, settings, draw)
    people = team(session, settings)
    draw.shuffle(people)
    if not people:
        return []
    again = [row for row in rows if row.wanted]
    fresh = [row for row in rows if not row.wanted]
    for row in fresh:
        row.wanted = 1
    wanted = min(settings.team.overlap, len(people))
    for row in draw.sample(fresh, round(settings.team.overlap_share * len(fresh))):
        row.wanted = wanted
    turn = cycle(people)
    shares = _first_opinions(session, fresh, people, turn)
    shares += _second_opinions(session, again, people, turn)
    loads = Counter(share.annotator for share in shares)
    asked = {row.uid for row in rows}
    given = _gold_for(session, loads, settings.team.gold_share, draw, asked)
    number = rows[0].round if rows else 0
    for place, (uid, who) in enumerate(given.items()):
        row = Queued(round=number, uid=uid, gold=True, wanted=len(who))
        rows.insert(round((place + 0.5) * len(rows) / len(given)), row)
        shares += [_share(row, email) for email in who]
    for rank, row in enumerate(rows, start=1):
        row.rank = rank
    return shares


def hide(rows: list[Queued], settings: Settings, draw: random.Random) -> None:
    """Marks the rows whose suggestion nobody sees, as ``annotate.suggestions`` says."""
    chosen = settings.annotate
    told = [row for row in rows if row.suggestion is not None]
    count = {
        "shown": 0,
        "hidden": len(told),
        "control": min(round(chosen.control_share * len(told)), max(0, len(told) - 1)),
    }[chosen.suggestions]
    for row in draw.sample(told, count):
        row.hidden = True


def loads(project: Project) -> list[Load]:
    """The shares of the newest round, person by person; empty while nothing is dealt."""
    with project.store.session() as session:
        number = live_round(session)
        of = select(Share.annotator, func.count()).where(Share.round == number)
        everything = dict(session.execute(of.group_by(Share.annotator)).all())
        taken = dict(
            session.execute(of.where(Share.taken_from != "").group_by(Share.annotator)).all()
        )
        left = Counter(share.annotator for share, _ in session.execute(open_shares(number or 0)))
    return [
        Load(email, left[email], total - left[email], taken.get(email, 0), link_of(project, email))
        for email, total in sorted(everything.items())
    ]


def deal_again(project: Project, email: str = "", by: str = events.SYSTEM) -> int:
    """Deals what is open of the newest round anew, or only what ``email`` has who left.

    What is on somebody's screen stays with them. Returns how many items went to somebody else.
    """
    with project.store.exclusive() as session:
        number = live_round(session)
        if number is None:
            return 0
        if email:
            session.execute(delete(Lease).where(Lease.annotator == email))
        leases = select(Lease.uid, Lease.annotator).where(Lease.until > now())
        on_screen = set(session.execute(leases).all())
        people = [one for one in team(session, project.settings) if one != email]
        rows = session.execute(open_shares(number)).all()
        moving = [
            (share, queued)
            for share, queued in rows
            if (share.annotator == email if email else not queued.gold)
            and (share.uid, share.annotator) not in on_screen
        ]
        if not moving:
            return 0
        moved = _move(session, number, rows, moving, people)
        events.add(session, by, "deal", round=number, left=email, moved=moved)
        return moved


def deal_for_leavers(project: Project) -> None:
    """Deals the shares of those again who left while the round was made."""
    with project.store.session() as session:
        dealt = select(Share.annotator).where(Share.round == live_round(session)).distinct()
        gone = set(session.scalars(dealt)) - set(team(session, project.settings))
    for email in sorted(gone):
        deal_again(project, email)


def is_dealt(project: Project) -> bool:
    """Whether the newest round's batch has shares."""
    with project.store.session() as session:
        shares = select(Share.uid).where(Share.round == live_round(session))
        return session.scalars(shares.limit(1)).first() is not None


def top_up(project: Project) -> int:
    """Gives more to those whose share is empty, how many items; for those in Label Studio.

    On the workbench's page somebody gets more by asking (`workbench.queue.serve`); in Label Studio
    there is only their tab. Never more than half of what another one has left, so that nothing is
    passed to and fro. Who was added since the round was dealt begins so.
    """
    if not is_dealt(project):
        return 0
    with project.store.session() as session:
        number = live_round(session)
        dealt = select(Share.annotator).where(Share.round == number)
        known = set(session.scalars(dealt.distinct()))
        busy = {share.annotator for share, _ in session.execute(open_shares(number))}
        at_work = select(Annotation.annotator).where(Annotation.created_at > now() - AT_WORK)
        here = set(session.scalars(at_work.distinct()))
        waiting = [
            email
            for email in team(session, project.settings)
            if email not in busy and (email in here or email not in known)
        ]
    if not waiting:
        return 0
    since = now() - timedelta(minutes=project.settings.team.lease_minutes)
    with project.store.exclusive() as session:
        return sum(take(session, email, HANDFUL, since, part=0.5) for email in waiting)


def link_of(project: Project, email: str) -> str:
    """The address of that person's own tab in Label Studio; empty while there is none."""
    views = project.store.fact(VIEWS) or {}
    here = views.get("project") == project.settings.labelstudio.project_id
    return views["urls"].get(email, "") if here else ""


def _share(row: Queued, email: str, taken_from: str = "") -> Share:
    return Share(round=row.round, uid=row.uid, annotator=email, taken_from=taken_from)


def _first_opinions(
    session: Session, rows: list[Queued], people: list[str], turn: Iterator[str]
) -> list[Share]:
    """As many shares of each of ``rows`` as are wanted, about equally many for everybody."""
    wanted = {row.uid: row.wanted for row in rows}
    room = dict.fromkeys(people, math.ceil(sum(wanted.values()) / len(people)))
    given: dict[str, list[str]] = {row.uid: [] for row in rows}
    for share, _ in session.execute(open_shares(live_round(session) or 0)):
        uid, email = share.uid, share.annotator
        if len(given.get(uid, ())) < wanted.get(uid, 0) and room.get(email, 0) > 0:
            given[uid].append(email)
            room[email] -= 1
    for uid, who in given.items():
        while len(who) < wanted[uid]:
            others = [email for email in people if email not in who]
            able = {email for email in others if room[email] > 0} or set(others)
            email = next(one for one in turn if one in able)
            who.append(email)
            room[email] -= 1
    return [_share(row, email) for row in rows for email in given[row.uid]]


def _second_opinions(
    session: Session, rows: list[Queued], people: list[str], turn: Iterator[str]
) -> list[Share]:
    """One share of each of ``rows``, for the next in turn who has not answered it."""
    said = select(Annotation.uid, Annotation.annotator).where(
        Annotation.uid.in_([row.uid for row in rows]), ~Annotation.deleted
    )
    answered = set(session.execute(said).all()) if rows else set()
    shares = []
    for row in rows:
        for _ in people:
            if (row.uid, email := next(turn)) not in answered:
                shares.append(_share(row, email))
                break
    return shares


def _gold_for(
    session: Session, loads: Counter[str], part: float, draw: random.Random, asked: set[str]
) -> dict[str, list[str]]:
    """uid → who gets it: gold items that they did not answer before, so that they are ``part`` of
    each person's share; none of those that the batch has ``asked`` for already."""
    answers: dict[str, set[str]] = defaultdict(set)
    gold = select(Annotation.uid).where(Annotation.ground_truth, ~Annotation.deleted)
    if part:
        for uid, who in session.execute(
            select(Annotation.uid, Annotation.annotator).where(
                Annotation.uid.in_(gold), ~Annotation.deleted
            )
        ):
            answers[uid].add(who)
    uids = sorted(answers.keys() - asked)
    draw.shuffle(uids)
    given: dict[str, list[str]] = {}
    for email, share in sorted(loads.items()):
        fresh = [uid for uid in uids if email not in answers[uid]]
        for uid in fresh[: round(share * part / (1 - part))]:
            given.setdefault(uid, []).append(email)
    return given


def _move(
    session: Session, number: int, rows: list, moving: list[tuple[Share, Queued]], people: list[str]
) -> int:
    """Gives each of ``moving`` to who has least of those who know nothing of it."""
    going = {(share.uid, share.annotator) for share, _ in moving}
    load = Counter(
        share.annotator for share, _ in rows if (share.uid, share.annotator) not in going
    )
    uids = [share.uid for share, _ in moving]
    knows: dict[str, set[str]] = defaultdict(set)
    for table, where in ((Share, Share.round == number), (Annotation, ~Annotation.deleted)):
        for part in chunks(uids):
            found = select(table.uid, table.annotator).where(where, table.uid.in_(part))
            for uid, who in session.execute(found):
                if (uid, who) not in going:
                    knows[uid].add(who)
    for share, _ in moving:
        session.delete(share)
    session.flush()
    moved = 0
    for share, queued in moving:
        if queued.gold:
            continue
        able = [one for one in people if one not in knows[share.uid]]
        if not able:
            if knows[share.uid]:
                queued.wanted = max(1, queued.wanted - 1)
            continue
        to = min(able, key=lambda one: load[one])
        changed = to != share.annotator
        session.add(_share(queued, to, share.annotator if changed else share.taken_from))
        load[to] += 1
        knows[share.uid].add(to)
        moved += changed
    return moved
