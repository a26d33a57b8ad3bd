"""The project's state: one SQLAlchemy schema, SQLite (WAL) in the project folder by default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.schema import CreateColumn

from workbench.tables import Base, Fact


class Store:
    """The database behind a project: a SQLite file, or any SQLAlchemy URL (PostgreSQL).

    ``session()`` commits on success and rolls back on errors.
    """

    def __init__(self, place: str | Path) -> None:
        self.engine = _engine(place)
        _upgrade(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self._sessions.begin() as session:
            yield session

    def fact(self, key: str, default: object = None) -> object:
        """The single value kept under ``key``."""
        with self.session() as session:
            row = session.get(Fact, key)
            return default if row is None else json.loads(row.value)

    def set_fact(self, key: str, value: object) -> None:
        with self.session() as session:
            session.merge(Fact(key=key, value=json.dumps(value)))

    def close(self) -> None:
        self.engine.dispose()


def _engine(place: str | Path) -> Engine:
    if isinstance(place, Path):
        engine = create_engine(
            f"sqlite:///{place}", connect_args={"timeout": 60}, hide_parameters=True
        )
        event.listen(engine, "connect", _pragmas)
        return engine
    url = make_url(place)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    return create_engine(url, pool_pre_ping=True, hide_parameters=True)


def _pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _upgrade(engine: Engine) -> None:
    """Brings a database that an earlier version made up to this schema, which only ever grows."""
    if _missing(engine):
        try:
            Base.metadata.create_all(engine)
            with engine.begin() as connection:
                for table, column in _missing(engine):
                    added = CreateColumn(column).compile(dialect=engine.dialect)
                    connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {added}"))
        except (OperationalError, ProgrammingError):
            if _missing(engine):
                raise


def _missing(engine: Engine) -> list[tuple[str, Column]]:
    """The columns that the database lacks, of tables that it lacks too."""
    there = inspect(engine).get_multi_columns()
    names = {table: {one["name"] for one in columns} for (_, table), columns in there.items()}
    return [
        (table.name, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name not in names.get(table.name, set())
    ]
