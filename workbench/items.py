"""What the annotations add up to: the consensus per item, and the datasets made from it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select, update

from activelearn.data import Dataset, Target
from workbench.chunks import chunks
from workbench.project import Project
from workbench.tables import Annotation, Item, Queued
from workbench.targets import from_json


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
    known = labels(project)
    with project.store.session() as session:
        rows = session.execute(
            select(Item.uid, Item.row).where(Item.holdout == holdout).order_by(Item.row)
        ).all()
    schema = project.schema
    targets = {uid: from_json(target, schema.kind) for uid, target in known.items()}
    kept = [(uid, row) for uid, row in rows if uid in known and not schema.unknown(targets[uid])]
    return Dataset(
        [uid for uid, _ in kept],
        project.pool.texts([row for _, row in kept]),
        [targets[uid] for uid, _ in kept],
        schema,
    )


def unlabelled(project: Project, *, holdout: bool = False) -> Dataset:
    """The items that nobody has labelled or skipped yet."""
    with project.store.session() as session:
        seen = select(Annotation.uid).where(~Annotation.deleted)
        rows = session.execute(
            select(Item.uid, Item.row)
            .where(Item.holdout == holdout, Item.uid.not_in(seen))
            .order_by(Item.row)
        ).all()
    texts = project.pool.texts([row for _, row in rows])
    return Dataset([uid for uid, _ in rows], texts, None, project.schema)


def texts(project: Project, uids: Sequence[str]) -> dict[str, str]:
    """uid → text."""
    found: dict[str, str] = {}
    with project.store.session() as session:
        for part in chunks(uids):
            rows = session.execute(select(Item.uid, Item.row).where(Item.uid.in_(part))).all()
            values = project.pool.texts([row for _, row in rows])
            found.update({uid: text for (uid, _), text in zip(rows, values, strict=True)})
    return found


def draw_holdout(project: Project) -> int:
    """Draws the holdout by a seeded hash of the uid and returns its size.

    The first draw fixes the rate: items imported later join at the same rate, so the holdout stays
    a uniform sample of the pool. An item that a round has queued for training never joins.
    """
    chosen = project.settings.round
    with project.store.session() as session:
        queued = select(Queued.uid)
        places = {
            place_of(uid, chosen.seed): uid
            for uid in session.scalars(select(Item.uid).where(Item.uid.not_in(queued)))
        }
        total = session.scalar(select(func.count()).select_from(Item))
    if not total or not chosen.holdout:
        return 0
    threshold = project.store.fact("holdout_threshold")
    if threshold is None:
        size = max(1, min(chosen.holdout, int(total * chosen.holdout_share)))
        threshold = sorted(places)[size - 1]
        project.store.set_fact("holdout_threshold", threshold)
    drawn = [uid for place, uid in places.items() if place <= threshold]
    with project.store.session() as session:
        for part in chunks(drawn):
            session.execute(update(Item).where(Item.uid.in_(part)).values(holdout=True))
        return session.scalar(select(func.count()).select_from(Item).where(Item.holdout))


def as_target(project: Project, kept: list | None) -> Target | None:
    """A kept target in the form the project's task kind uses."""
    return from_json(kept, project.schema.kind)


def place_of(uid: str, seed: int) -> str:
    """The item's place in a random order of all, the same every time."""
    return hashlib.sha256(f"{seed}:{uid}".encode()).hexdigest()
