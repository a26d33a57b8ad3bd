"""The project's state: one SQLAlchemy schema, SQLite (WAL) in the project folder by default."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import (
    Column,
    Engine,
    bindparam,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.schema import CreateColumn

from workbench.errors import SchemaError, StoreError
from workbench.tables import Base, Fact

CONNECT_S = 10


DOWN = "the project's database does not work"
FACT = select(Fact.value).where(Fact.key == bindparam("key"))
"""Each request reads several: without the session they take a third of the time."""


class Store:
    """The database behind a project: a SQLite file, or any SQLAlchemy URL (PostgreSQL).

    ``session()`` commits on success and rolls back on errors; StoreError when the database is
    away or cannot be written.
    """

    def __init__(self, place: str | Path) -> None:
        self.engine = _engine(place)
        _upgrade(self.engine)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        try:
            with self._sessions.begin() as session:
                yield session
        except OperationalError as error:
            raise StoreError(f"{DOWN}: {reason(error)}") from error
        except DataError as error:
            raise SchemaError(f"the project's store cannot keep that: {reason(error)}") from error

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Held by one thread of one process at a time; on PostgreSQL also across machines."""
        if self.engine.dialect.name == "sqlite":
            with open(self._lock_file(name), "w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(name)})
            try:
                yield
            finally:
                with suppress(DBAPIError):  # the server may be gone, and the lock with it
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(name)})
                # the connection must not go back to the pool with the lock
                connection.invalidate()

    def is_free(self, name: str) -> bool:
        """Whether nobody holds `alone` by that name at this moment."""
        if self.engine.dialect.name == "sqlite":
            with open(self._lock_file(name), "w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True
        with self.engine.begin() as connection:
            tried = text("SELECT pg_try_advisory_xact_lock(:key)")
            return bool(connection.scalar(tried, {"key": _key(name)}))

    def _lock_file(self, name: str) -> Path:
        return Path(self.engine.url.database).parent / f"{name}.lock"

    def lock(self, session: Session, name: str) -> None:
        """Until ``session`` ends, nobody else passes this; SQLite has one writer anyway."""
        if self.engine.dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key(name)})

    @contextmanager
    def exclusive(self) -> Iterator[Session]:
        """A session that no other of this kind runs beside: what it reads stays true in it."""
        with self.session() as session:
            if self.engine.dialect.name == "sqlite":
                session.execute(text("BEGIN IMMEDIATE"))
            self.lock(session, "exclusive")
            yield session

    def fact(self, key: str, default: object = None) -> object:
        """The single value kept under ``key``."""
        try:
            with self.engine.connect() as connection:
                value = connection.scalar(FACT, {"key": key})
        except OperationalError as error:
            raise StoreError(f"{DOWN}: {reason(error)}") from error
        return default if value is None else json.loads(value)

    def set_fact(self, key: str, value: object) -> None:
        """Keeps a single value, also when another process keeps its first at this moment."""
        try:
            with self.session() as session:
                self.put_fact(session, key, value)
        except IntegrityError:
            with self.session() as session:
                self.put_fact(session, key, value)

    def put_fact(self, session: Session, key: str, value: object) -> None:
        """As `set_fact`, in the transaction of what it belongs to."""
        session.merge(Fact(key=key, value=json.dumps(value)))

    def close(self) -> None:
        self.engine.dispose()


def reason(error: Exception) -> str:
    """What a database error says, on one line."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def _engine(place: str | Path) -> Engine:
    url = make_url(f"sqlite:///{place}" if isinstance(place, Path) else place)
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database:
        engine = create_engine(url, connect_args={"timeout": 60}, hide_parameters=True)
        event.listen(engine, "connect", _pragmas)
        return engine
    if kind not in ("postgres", "postgresql"):
        raise ArgumentError("it must start with postgresql:// (or sqlite:///, then a file)")
    url = url.set(drivername="postgresql+psycopg")
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_S},
    )


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


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
                for table in Base.metadata.sorted_tables:
                    for index in table.indexes:
                        index.create(connection, checkfirst=True)
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
