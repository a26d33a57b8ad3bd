"""What becomes of an audit's findings: keep, change, unsure, and taking a decision back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from activelearn.data import Target
from workbench import batch, events
from workbench.annotate import withdraw
from workbench.errors import ProjectError, SchemaError
from workbench.items import as_target, texts
from workbench.project import Project
from workbench.tables import Annotation, FindingRow, now
from workbench.targets import checked, from_json

DECISIONS = ("keep", "change", "unsure")


@dataclass(frozen=True)
class Finding:
    """One finding with the text it is about. ``score``: low is suspicious."""

    id: int
    uid: str
    text: str
    kind: str
    given: Target | None
    suggestion: Target | None
    score: float
    why: dict
    state: str


def ranked(project: Project, state: str = "open", limit: int = 50) -> list[Finding]:
    """The findings in a state, most suspicious first."""
    with project.store.session() as session:
        rows = list(
            session.scalars(
                select(FindingRow)
                .where(FindingRow.state == state)
                .order_by(FindingRow.rank)
                .limit(limit)
            )
        )
    return _shown(project, rows)


def counts(project: Project) -> dict[str, int]:
    """How many findings are in each state."""
    with project.store.session() as session:
        rows = session.execute(select(FindingRow.state, func.count()).group_by(FindingRow.state))
        return {state: count for state, count in rows}


def decide(
    project: Project, finding_id: int, decision: str, user: str, target: Target | None = None
) -> None:
    """Keeps a decision; a change becomes a new annotation that the next sync sends.

    ``target`` is the new label of a change, the suggestion when not given.
    """
    if decision not in DECISIONS:
        raise SchemaError(f"{decision!r} is no decision: {', '.join(DECISIONS)}")
    with project.store.session() as session:
        row = session.get(FindingRow, finding_id)
        if row is None:
            raise ProjectError(f"there is no finding {finding_id}: run `workbench audit` again")
        if row.state != "open":
            return
        if decision == "change":
            schema = project.schema
            wanted = target if target is not None else from_json(row.suggestion, schema.kind)
            label = checked(wanted, schema)
            number, version = batch.places(session, [row.uid]).get(row.uid, (None, None))
            annotation = Annotation(
                unique_id=str(uuid.uuid4()),
                uid=row.uid,
                annotator=user,
                source="audit",
                target=label,
                round=number,
                model_version=version,
                to_send=True,
            )
            session.add(annotation)
            session.flush()
            row.annotation_id = annotation.id
        row.state, row.decided_by, row.decided_at = decision, user, now()
        about = {"uid": row.uid, "kind": row.kind, "given": row.given}
        if decision == "change":
            about["target"] = label
        events.add(session, user, f"audit_{decision}", finding=row.id, **about)


def undo(project: Project, user: str) -> Finding | None:
    """Takes this person's last decision back, its annotation included."""
    with project.store.session() as session:
        row = session.scalars(
            select(FindingRow)
            .where(FindingRow.state != "open", FindingRow.decided_by == user)
            .order_by(FindingRow.decided_at.desc(), FindingRow.id.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        if row.annotation_id is not None:
            withdraw(session.get(Annotation, row.annotation_id))
        events.add(session, user, "audit_undo", finding=row.id, uid=row.uid, was=row.state)
        row.state, row.decided_by, row.decided_at, row.annotation_id = "open", "", None, None
    return _shown(project, [row])[0]


def _shown(project: Project, rows: list[FindingRow]) -> list[Finding]:
    found = texts(project, [row.uid for row in rows])
    return [
        Finding(
            row.id,
            row.uid,
            found[row.uid],
            row.kind,
            as_target(project, row.given),
            as_target(project, row.suggestion),
            row.score,
            row.why,
            row.state,
        )
        for row in rows
    ]
