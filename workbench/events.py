"""The event log: what anybody did, in an append-only table."""

from __future__ import annotations

import csv
import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workbench.errors import ConfigError
from workbench.tables import Event

if TYPE_CHECKING:
    from workbench.project import Project

SYSTEM = "workbench"
WHATS = (
    "log_in", "log_in_refused", "log_out", "person", "person_left", "password",
    "settings", "settings_file", "connect", "up", "down", "job", "job_cancelled",
    "import", "round_started", "round_ended", "publish", "simulate", "tune", "export",
    "export_events",
    "audit", "audit_keep", "audit_change", "audit_unsure", "audit_undo", "trial",
    "label", "skip", "undo", "guideline", "deal", "gold", "gold_removed",
    "labels_changed", "labels_applied", "tasks_gone", "answer_gone", "doctor",
)  # fmt: skip
"""What an event may be: each has its words in the interface."""

COLUMNS = ("id", "at", "who", "what", "about")
CHUNK = 1000


@dataclass(frozen=True)
class Entry:
    """One event; ``at`` is UTC."""

    id: int
    at: datetime
    who: str
    what: str
    about: dict


def at_shell() -> str:
    """Who works on the command line, as the log names them."""
    try:
        return f"{getpass.getuser()} (shell)"
    except (KeyError, OSError):
        return "shell"


def add(session: Session, who: str, what: str, **about: object) -> None:
    """Adds an event in the transaction of what it tells of: both are kept, or neither."""
    session.add(Event(who=who, what=what, about=about))


def record(project: Project, who: str, what: str, **about: object) -> None:
    """Adds an event in a transaction of its own."""
    with project.store.session() as session:
        add(session, who, what, **about)


def find(
    project: Project,
    *,
    who: str = "",
    what: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = 100,
) -> list[Entry]:
    """The newest events that fit, newest first."""
    query = _fitting(who, what, since, until).order_by(Event.id.desc()).limit(limit)
    with project.store.session() as session:
        return [_entry(row) for row in session.scalars(query)]


def kinds(project: Project) -> tuple[list[str], list[str]]:
    """Who is in the log, and what: the values to filter by."""
    with project.store.session() as session:
        return (
            sorted(session.scalars(select(Event.who).distinct())),
            sorted(session.scalars(select(Event.what).distinct())),
        )


def export(
    project: Project,
    path: Path,
    *,
    who: str = "",
    what: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = SYSTEM,
) -> int:
    """Writes the fitting events, oldest first, as CSV or (``.jsonl``) a line of JSON each.

    That ``by`` did so is an event itself. Raises ConfigError for another ending.
    """
    if path.suffix not in (".csv", ".jsonl"):
        raise ConfigError(f"{path}: the event log is written as .csv or .jsonl")
    query = _fitting(who, what, since, until).order_by(Event.id)
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = None if path.suffix == ".jsonl" else csv.DictWriter(file, COLUMNS)
        if table is not None:
            table.writeheader()
        for entry in _each(project, query):
            about = entry.about if table is None else json.dumps(entry.about, ensure_ascii=False)
            row = {**vars(entry), "at": entry.at.isoformat(), "about": about}
            if table is None:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            else:
                table.writerow(row)
            count += 1
    record(project, by, "export_events", rows=count, file=str(path))
    return count


def _fitting(who: str, what: str, since: datetime | None, until: datetime | None) -> Select:
    query = select(Event)
    if who:
        query = query.where(Event.who == who)
    if what:
        query = query.where(Event.what == what)
    if since is not None:
        query = query.where(Event.at >= since)
    if until is not None:
        query = query.where(Event.at < until)
    return query


def _each(project: Project, query: Select) -> Iterator[Entry]:
    last = 0
    while True:
        with project.store.session() as session:
            part = query.where(Event.id > last).limit(CHUNK)
            rows = [_entry(row) for row in session.scalars(part)]
        yield from rows
        if len(rows) < CHUNK:
            return
        last = rows[-1].id


def _entry(row: Event) -> Entry:
    return Entry(row.id, row.at, row.who, row.what, row.about)
