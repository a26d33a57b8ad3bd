"""The event log: what anybody did, in an append-only table."""

from __future__ import annotations

import csv
import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workbench.project import Project
from workbench.tables import Event

SYSTEM = "workbench"
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
) -> int:
    """Writes the fitting events, oldest first, as CSV or (``.jsonl``) a line of JSON each."""
    query = _fitting(who, what, since, until).order_by(Event.id)
    count = 0
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
    return count


def _fitting(who: str, what: str, since: datetime | None, until: datetime | None) -> Select:
    query = select(Event)
    for wanted, fits in (
        (who, Event.who == who),
        (what, Event.what == what),
        (since, Event.at >= since),
        (until, Event.at < until),
    ):
        if wanted:
            query = query.where(fits)
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
