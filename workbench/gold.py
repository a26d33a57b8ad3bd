"""Gold items: those whose label is known for sure, which show how well somebody labels.

An item is gold while it has an annotation marked as ground truth, in Label Studio or here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from activelearn.data import Target
from workbench import events, items
from workbench.errors import ProjectError, SchemaError
from workbench.project import Project
from workbench.tables import Annotation, Item
from workbench.targets import checked

SOURCE = "gold"


@dataclass(frozen=True)
class GoldItem:
    """An item with its known label, and who said so."""

    uid: str
    text: str
    label: Target
    by: str


def gold(project: Project) -> list[GoldItem]:
    """All gold items, by uid."""
    with project.store.session() as session:
        marked = select(Annotation.uid).where(Annotation.ground_truth, ~Annotation.deleted)
        uids = sorted(set(session.scalars(marked)))
    said = items.annotations_by_uid(project, uids)
    texts = items.texts(project, uids)
    found = {uid: items.ground_truth(said[uid]) for uid in uids}
    return [
        GoldItem(uid, texts[uid], items.as_target(project, one.target), one.annotator)
        for uid, one in found.items()
        if one is not None
    ]


def add(project: Project, uid: str, label: str = "", by: str = events.SYSTEM) -> Target:
    """Makes an item gold with ``label``, or with the label that it has; returns that label.

    Raises ProjectError for an unknown item or one without a label, SchemaError for a wrong label.
    """
    known = None if label else items.consensus(items.annotations_by_uid(project, [uid])[uid])
    with project.store.session() as session:
        if session.get(Item, uid) is None:
            raise ProjectError(f"the pool has no item {uid!r}")
        if not label and known is None:
            raise ProjectError(f"{uid} has no label yet: say which with --label")
        target = checked(_parsed(project, label), project.schema) if label else known
        for one in _made_here(session, uid):
            one.deleted = True
        session.add(
            Annotation(
                unique_id=str(uuid.uuid4()),
                uid=uid,
                annotator=by,
                source=SOURCE,
                target=target,
                ground_truth=True,
            )
        )
        events.add(session, by, "gold", uid=uid, label=target)
    return items.as_target(project, target)


def remove(project: Project, uid: str, by: str = events.SYSTEM) -> None:
    """The item is gold no more; the people's annotations of it stay.

    Raises ProjectError when it is not gold.
    """
    with project.store.session() as session:
        marked = list(
            session.scalars(
                select(Annotation).where(
                    Annotation.uid == uid, Annotation.ground_truth, ~Annotation.deleted
                )
            )
        )
        if not marked:
            raise ProjectError(f"{uid} is not gold: `workbench gold` lists what is")
        for one in marked:
            one.ground_truth = False
            one.deleted = one.source == SOURCE
            one.to_send = one.to_send or one.ls_id is not None
        events.add(session, by, "gold_removed", uid=uid)


def _made_here(session, uid: str):
    return session.scalars(
        select(Annotation).where(
            Annotation.uid == uid, Annotation.source == SOURCE, ~Annotation.deleted
        )
    )


def _parsed(project: Project, label: str) -> Target:
    if project.schema.kind == "spans":
        raise SchemaError("spans have no label to type: mark the ground truth in Label Studio")
    if project.schema.kind == "single":
        return label
    return tuple(part.strip() for part in label.split(",") if part.strip())
