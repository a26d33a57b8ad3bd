"""What somebody sees of an item: its text, and the suggestion where it is not to be blind."""

from __future__ import annotations

from dataclasses import dataclass

from activelearn.data import Target
from workbench import batch
from workbench.project import Project
from workbench.tables import Item, Queued
from workbench.targets import from_json


@dataclass(frozen=True)
class QueueItem:
    """The next text to label, with the model's suggestion (None for the holdout: it is blind)."""

    uid: str
    text: str
    suggestion: Target | None
    confidence: float | None
    rank: int
    round: int


def shown(project: Project, items: list[Item], places: dict[str, Queued]) -> list[QueueItem]:
    """The items as they are shown, in their order; ``places`` are those of a batch, by uid."""
    texts = project.pool.texts([item.row for item in items])
    kind, found = project.schema.kind if items else "", []
    for item, text in zip(items, texts, strict=True):
        where = places.get(item.uid)
        told = seen(item, where)
        found.append(
            QueueItem(
                item.uid,
                text,
                from_json(where.suggestion, kind) if told else None,
                where.confidence if told else None,
                where.rank if where else 0,
                where.round if where else 0,
            )
        )
    return found


def seen(item: Item, queued: Queued | None) -> bool:
    """Whether people get to see what the model suggests."""
    return not item.holdout and bool(batch.shown(queued))
