"""What the annotations add up to: the consensus per item, and the datasets made from it."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy import and_, func, select, update

from activelearn.data import Dataset, Target
from workbench.chunks import chunks
from workbench.project import Project
from workbench.tables import Annotation, Item, Queued, Round
from workbench.targets import from_json

PART = 10_000
"""So many rows of a long answer of the store are in memory at once."""

DRAWN, DRAWN_OF = "holdout_drawn", "holdout_drawn_of"
HOLDOUT_EVERY = 5
"""Of so many items of a batch one is of the holdout."""


def latest(annotations: Sequence[Annotation]) -> list[Annotation]:
    """The last thing each annotator said of one item, oldest first."""
    last: dict[str, Annotation] = {}
    for annotation in sorted(annotations, key=lambda one: (one.created_at, one.id)):
        last[annotation.annotator] = annotation
    return sorted(last.values(), key=lambda one: (one.created_at, one.id))


def consensus(annotations: Sequence[Annotation]) -> list | None:
    """The target an item counts as having, or None.

    The ground truth stands over everything, a fix decided in an audit over the rest; otherwise the
    majority of the annotators' latest answers, and the newest answer among equals.
    """
    if gold := ground_truth(annotations):
        return gold.target
    said = [one for one in latest(annotations) if not one.skipped and one.target is not None]
    audits = [index for index, one in enumerate(said) if one.source == "audit"]
    if audits:
        return said[audits[-1]].target
    if not said:
        return None
    counts = Counter(json.dumps(one.target) for one in said)
    top = max(counts.values())
    return next(one.target for one in reversed(said) if counts[json.dumps(one.target)] == top)


def ground_truth(annotations: Sequence[Annotation]) -> Annotation | None:
    """The newest of an item's annotations that are marked as ground truth, if any."""
    gold = [one for one in annotations if one.ground_truth and one.target is not None]
    return max(gold, key=lambda one: (one.created_at, one.id), default=None)


def annotations_by_uid(project: Project, uids: Sequence[str] | None = None) -> dict[str, list]:
    """The live annotations of ``uids`` (of all items when None)."""
    grouped: dict[str, list[Annotation]] = defaultdict(list)
    with project.store.session() as session:
        query = select(Annotation).where(~Annotation.deleted)
        parts = [None] if uids is None else chunks(uids)
        for part in parts:
            chosen = query if part is None else query.where(Annotation.uid.in_(part))
            for annotation in session.scalars(chosen):
                grouped[annotation.uid].append(annotation)
    return grouped


def labels(project: Project) -> dict[str, list]:
    """uid → consensus target, as the store keeps targets, for every labelled item."""
    found = {uid: consensus(said) for uid, said in annotations_by_uid(project).items()}
    return {uid: target for uid, target in found.items() if target is not None}


def labelled(project: Project, *, holdout: bool) -> Dataset:
    """The labelled items of the holdout, or those outside it, in the pool's order.

    Items whose label is no longer in the schema are left out; their annotations stay.
    """
    schema = project.schema
    known = {uid: from_json(target, schema.kind) for uid, target in labels(project).items()}
    known = {uid: target for uid, target in known.items() if not schema.unknown(target)}
    found = rows(project, list(known), holdout=holdout)
    uids = sorted(found, key=found.__getitem__)
    texts = project.pool.texts([found[uid] for uid in uids])
    return Dataset(uids, texts, [known[uid] for uid in uids], schema)


def waiting(project: Project, *, holdout: bool = False) -> np.ndarray:
    """The rows in the pool of what nobody has labelled or skipped yet, int64, rising."""
    seen = select(Annotation.uid).where(~Annotation.deleted)
    found = select(Item.row).where(Item.holdout == holdout, Item.uid.not_in(seen))
    found = found.order_by(Item.row).execution_options(yield_per=PART)
    with project.store.session() as session:
        return np.fromiter(session.scalars(found), np.int64)


def rows(project: Project, uids: Sequence[str], *, holdout: bool | None = None) -> dict[str, int]:
    """uid → row in the pool, of those that are in it, or only those (not) in the holdout."""
    wanted = select(Item.uid, Item.row)
    if holdout is not None:
        wanted = wanted.where(Item.holdout == holdout)
    found: dict[str, int] = {}
    with project.store.session() as session:
        for part in chunks(uids):
            found.update(session.execute(wanted.where(Item.uid.in_(part))).all())
    return found


def texts(project: Project, uids: Sequence[str]) -> dict[str, str]:
    """uid → text."""
    found = rows(project, uids)
    return dict(zip(found, project.pool.texts(list(found.values())), strict=True))


def draw_holdout(project: Project) -> int:
    """Draws the holdout by a seeded hash of the uid and returns its size.

    Before the first round it is drawn anew from all items. From then on seed and rate stay: items
    that come later join at the same rate, so that the holdout stays a uniform sample of the pool,
    but no more of them than it is to have altogether. An item that a round has queued for training
    never joins, nor one with a label of before the first draw, where rounds were without a holdout
    till then; and none leaves.
    """
    with project.store.alone("holdout"):
        return _draw(project)


def _draw(project: Project) -> int:
    chosen = project.settings.round
    with project.store.session() as session:
        begun = session.scalar(select(Round.number).limit(1)) is not None
        kept = project.store.fact(DRAWN) if begun else None
        count, last = session.execute(select(func.count(), func.max(Item.row))).one()
        seed = kept["seed"] if kept else chosen.seed
        learned = kept["learned"] if kept else (last if begun else None)
        free = select(Item.uid).where(Item.uid.not_in(select(Queued.uid)))
        if learned is not None:
            said = Item.uid.in_(select(Annotation.uid))
            free = free.where(~and_(Item.row <= learned, said))
        places = {place_of(uid, seed): uid for uid in session.scalars(free)}
    order, size = sorted(places), min(chosen.holdout, int(len(places) * chosen.holdout_share))
    if chosen.holdout and order:
        below = order[max(size, 1) - 1]
        if kept:
            below = min(kept["below"], order[min(chosen.holdout, len(order)) - 1])
        drawn = [places[place] for place in order if place <= below]
        with project.store.session() as session:
            if not begun:
                session.execute(update(Item).where(Item.holdout).values(holdout=False))
            for part in chunks(drawn):
                session.execute(update(Item).where(Item.uid.in_(part)).values(holdout=True))
            about = {"seed": seed, "below": below, "learned": learned}
            project.store.put_fact(session, DRAWN, about)
    project.store.set_fact(DRAWN_OF, count)
    with project.store.session() as session:
        return session.scalar(select(func.count()).select_from(Item).where(Item.holdout))


def settle_holdout(project: Project) -> None:
    """Draws the holdout where items came since it was drawn."""
    if project.store.fact(DRAWN_OF, 0) != len(project.pool):
        draw_holdout(project)


def of_holdout(batch: int, number: int) -> int:
    """How many items of the batch of round ``number`` are of the holdout while some of it has no
    label; where a batch is one item, every fifth of them."""
    return math.ceil(batch / HOLDOUT_EVERY) if batch > 1 else int(number % HOLDOUT_EVERY == 0)


def as_target(project: Project, kept: list | None) -> Target | None:
    """A kept target in the form the project's task kind uses."""
    return from_json(kept, project.schema.kind)


def place_of(uid: str, seed: int) -> str:
    """The item's place in a random order of all, the same every time."""
    return hashlib.sha256(f"{seed}:{uid}".encode()).hexdigest()
