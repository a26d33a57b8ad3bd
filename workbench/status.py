"""Where a project stands, in one dictionary that the CLI and the pages show."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activelearn.data import names
from workbench import findings, items
from workbench.accuracy import Estimate, estimates
from workbench.exchange import labels
from workbench.exchange.state import state
from workbench.project import Project
from workbench.tables import Annotation, Item, Queued, Round
from workbench.targets import from_json


def status(project: Project) -> dict:
    """Counts, the rounds so far with their accuracy, and what waits to be sent."""
    ready = project.has_labels()
    known = items.labels(project) if ready else {}
    with project.store.session() as session:
        held = set(session.scalars(select(Item.uid).where(Item.holdout)))
        left = _queue_left(session)
        rounds = list(session.scalars(select(Round).order_by(Round.number)))
        total = session.scalar(select(func.count()).select_from(Item))
    schema = project.schema if ready else None
    counts = Counter(
        label for kept in known.values() for label in set(names(from_json(kept, schema.kind)))
    )
    exchange = state(project)
    change, measured = exchange.change, estimates(project, rounds)
    url = project.settings.labelstudio.url
    number = project.settings.labelstudio.project_id
    return {
        "name": project.settings.project.name,
        "items": total,
        "labelled": len(known),
        "labels": list(schema.labels) if schema else [],
        "holdout": len(held),
        "holdout_labelled": len(held & set(known)),
        "round": rounds[-1].number if rounds else 0,
        "queue_left": left,
        "waiting_to_send": exchange.waiting,
        "oldest_waits_s": exchange.lag_s,
        "findings": findings.counts(project),
        "label_counts": {label: counts.get(label, 0) for label in schema.labels} if schema else {},
        "rounds": [_round(row, measured.get(row.number)) for row in rounds],
        "recipe": project.settings.augment.recipe,
        "synced_at": project.store.fact("synced_at"),
        "sync_error": exchange.error,
        "conflicts": exchange.conflicts,
        "unread": exchange.unread,
        "label_change": labels.summary(change) if change else "",
        "labelstudio_url": url,
        "project_url": f"{url.rstrip('/')}/projects/{number}/data" if project.connected() else "",
    }


def outline(project: Project) -> dict:
    """As much of `status` as tells what to do next, in a time that no pool can make long."""
    with project.store.session() as session:
        last = session.scalars(select(Round).order_by(Round.number.desc()).limit(1)).first()
        left = _queue_left(session)
    return {
        "items": len(project.pool),
        "labelled": 0,
        "labels": list(project.schema.labels) if project.has_labels() else [],
        "queue_left": left,
        "rounds": [_round(last, None)] if last else [],
    }


def _queue_left(session: Session) -> int:
    """How many items of the batches that were chosen nobody has answered."""
    answered = select(Annotation.uid).where(~Annotation.deleted, Annotation.uid == Queued.uid)
    open_ = select(func.count(func.distinct(Queued.uid)))
    return session.scalar(open_.where(~answered.exists(), ~Queued.reserve))


def _round(row: Round, measured: Estimate | None) -> dict:
    accuracy = measured.accuracy if measured else None
    return {
        "number": row.number,
        "state": row.state,
        "step": row.step,
        "labels": row.labels,
        "accuracy": accuracy.value if accuracy else None,
        "low": accuracy.low if accuracy else None,
        "high": accuracy.high if accuracy else None,
        "measured_on": measured.items if measured else 0,
        "strategy": row.strategy,
        "learner": row.learner,
        "reason": row.reason,
        "model_version": row.model_version,
        "view_url": row.view_url,
        "seconds": row.seconds or {},
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "confusion": row.evaluation.get("confusion"),
        "classes": row.settings.get("labels"),
    }
