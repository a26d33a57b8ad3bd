"""Between rounds: what is left of the queue, ordered anew by what was labelled meanwhile.

Each person's places stay theirs: only the items on them change, so that ranks still rise for
everybody. What is on a screen or was taken over, gold, and the holdout stay where they are.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from activelearn.strategies import STRATEGIES
from workbench import items
from workbench.batch import live_round, unfinished
from workbench.project import Project
from workbench.scores import FOLDER, Scores
from workbench.tables import Annotation, Item, Lease, Queued, Round, Share, now
from workbench.targets import from_json


def stamp(project: Project) -> tuple:
    """Changes when there is something to order anew."""
    with project.store.session() as session:
        return live_round(session), session.scalar(select(func.max(Annotation.id)))


def rerank(project: Project) -> int:
    """Orders the open items of the live round by a head of the labels so far; how many moved.

    The head learns from the labels' names and from texts that have a vector, so that none is read:
    those of the queue, and what the round learned from. What was served or taken over while it
    learned stays.
    0 where the round was not chosen by a model's doubt, or with another encoder than is used now,
    and where nothing is left.
    """
    with project.store.session() as session:
        number = live_round(session)
        row = session.get(Round, number or 0)
        by = STRATEGIES.get(row.strategy) if row else None
        scores = Scores.read(project.round_folder(number) / FOLDER) if by and by.measure else None
        if scores is None or scores.encoder != project.encoder.version:
            return 0
        groups = _open_places(session, number)
    wanted = {uid for places in groups.values() for _, uid in places}
    doubt = _doubt(project, scores, wanted, by.measure)
    if not doubt:
        return 0
    with project.store.exclusive() as session:
        if live_round(session) != number:
            return 0
        moves = [
            {"round": number, "uid": uid, "rank": rank}
            for places in _open_places(session, number).values()
            for uid, rank in _ordered(places, doubt)
        ]
        if moves:
            session.execute(update(Queued), moves)
    return len(moves)


def _ordered(places: list[tuple[int, str]], doubt: dict[str, float]) -> list[tuple[str, int]]:
    """Which of them move where: the ranks stay, the most doubtful comes first."""
    before = {uid: rank for rank, uid in places if uid in doubt}
    order = sorted(before, key=lambda uid: (-doubt[uid], uid))
    after = zip(order, sorted(before.values()), strict=True)
    return [(uid, rank) for uid, rank in after if before[uid] != rank]


def _open_places(session: Session, number: int) -> dict[str, list[tuple[int, str]]]:
    """annotator (empty: nobody's own) → (rank, uid) of what may move."""
    on_screen = exists().where(Lease.uid == Queued.uid, Lease.until > now())
    touched = exists().where(Annotation.uid == Queued.uid, ~Annotation.deleted)
    held = exists().where(Item.uid == Queued.uid, Item.holdout)
    movable = select(Queued.rank, Queued.uid, Queued.reserve).where(
        Queued.round == number,
        ~Queued.gold,
        ~Queued.at_random,
        ~(on_screen | touched | held),
        unfinished(),
    )
    owners: dict[str, set[str]] = defaultdict(set)
    shares = select(Share.uid, Share.annotator, Share.taken_from).where(Share.round == number)
    taken = set()
    for uid, annotator, before in session.execute(shares):
        owners[uid].add(annotator)
        if before:
            taken.add(uid)
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for rank, uid, reserve in session.execute(movable):
        who = owners.get(uid, set())
        if len(who) < 2 and uid not in taken:
            groups["reserve" if reserve else next(iter(who), "")].append((rank, uid))
    return groups


def _doubt(project: Project, scores: Scores, wanted: set[str], measure: str) -> dict[str, float]:
    """How unsure a head is of each of ``wanted``; empty while only one label is in use."""
    from activelearn.head import STRENGTH, with_names
    from activelearn.kinds import kind_of

    schema = project.schema
    kind, labels = kind_of(schema), items.labels(project)
    rows = items.rows(project, [*wanted.union(labels)])
    said = project.pool.texts(list(rows.values()))
    there = (scores.places(list(rows.values())) >= 0) & project.encoder.has(said)
    texts = {uid: text for uid, text, one in zip(rows, said, there, strict=True) if one}
    known = {uid: from_json(target, schema.kind) for uid, target in labels.items() if uid in texts}
    known = {uid: target for uid, target in known.items() if not schema.unknown(target)}
    open_ = sorted(uid for uid in wanted if uid in texts and uid not in known)
    if not open_ or len(set(known.values())) < 2:
        return {}
    vectors, encoded, counted = with_names(
        project.encoder,
        schema,
        project.encoder.embed([texts[uid] for uid in known]),
        kind.encode(list(known.values()), schema),
        np.ones(len(known)),
    )
    weights, biases = kind.fit_linear(vectors, encoded, len(schema.labels), STRENGTH, counted)
    asked = project.encoder.embed([texts[uid] for uid in open_])
    told = kind.probabilities((asked @ weights.T + biases).astype(np.float32))
    return dict(zip(open_, kind.uncertainty(told, measure).tolist(), strict=True))
