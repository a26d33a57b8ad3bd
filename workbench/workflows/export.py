"""Export: the labelled items with who said what, when, in which round, under which model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from workbench import events, items
from workbench.errors import ConfigError
from workbench.jobs import Progress, quiet
from workbench.outputs import write_rows
from workbench.project import Project
from workbench.tables import Event, Item

FORMATS = ("jsonl", "csv", "labelstudio", "datasets")
ENDINGS = {".csv": "csv", ".json": "labelstudio"}
EXPORTS = "exports"
CHUNK = 5_000


def export(
    project: Project,
    fmt: str,
    path: Path | str,
    *,
    everything: bool = False,
    progress: Progress = quiet,
    by: str = events.SYSTEM,
) -> int:
    """Writes the labelled items (every item with ``everything``) and returns how many.

    Without a format (``fmt`` empty) the ending of ``path`` says which. Raises ConfigError for an
    unknown format, or a place that is one of the project's own files.
    """
    path = Path(path)
    fmt = fmt or ENDINGS.get(path.suffix.lower(), FORMATS[0])
    if fmt not in FORMATS:
        raise ConfigError(f"no export format is called {fmt!r}: {', '.join(FORMATS)}")
    if path.exists() and _is_projects(project, path.resolve()):
        raise ConfigError(f"{path}: it belongs to the project: choose another place, or {EXPORTS}/")
    count = write_rows(_rows(project, everything, progress), fmt, path, project.config)
    events.record(
        project,
        by,
        "export",
        format=fmt,
        rows=count,
        file=str(path.resolve()),
        everything=everything,
    )
    return count


def _is_projects(project: Project, path: Path) -> bool:
    """Whether a path is one of the project's own: in its folder, and no export before."""
    if not path.is_relative_to(project.root) or path.is_relative_to(project.root / EXPORTS):
        return False
    written = select(Event.id).where(
        Event.what == "export", Event.about["file"].as_string() == str(path)
    )
    with project.store.session() as session:
        return session.scalars(written.limit(1)).first() is None


def _rows(project: Project, everything: bool, progress: Progress) -> Iterator[dict]:
    said = items.annotations_by_uid(project)
    with project.store.session() as session:
        held = session.execute(select(Item.uid, Item.row, Item.holdout).order_by(Item.row)).all()
    for start in range(0, len(held), CHUNK):
        part = held[start : start + CHUNK]
        progress(start / max(1, len(held)), f"{start} of {len(held)} items")
        texts = project.pool.texts([row for _, row, _ in part])
        for (uid, _, holdout), text in zip(part, texts, strict=True):
            everyone = items.latest(said.get(uid, []))
            answers = [one for one in everyone if not one.skipped]
            label = items.consensus(said.get(uid, []))
            if label is None and not everything:
                continue
            agreeing = [one for one in answers if one.target == label]
            newest = agreeing[-1] if agreeing else None
            yield {
                "uid": uid,
                "text": text,
                "label": items.as_target(project, label),
                "annotators": [one.annotator for one in agreeing],
                "labelled_at": _moment(newest.created_at) if newest else None,
                "round": newest.round if newest else None,
                "model_version": newest.model_version if newest else None,
                "holdout": holdout,
                "notes": [one.note for one in everyone if one.note],
                "skipped": [one.reason for one in everyone if one.skipped],
                "annotations": [
                    {
                        "annotator": one.annotator,
                        "target": items.as_target(project, one.target),
                        "created_at": _moment(one.created_at),
                    }
                    for one in answers
                ],
            }


def _moment(utc: datetime) -> str:
    return utc.replace(tzinfo=UTC).isoformat(timespec="seconds")
