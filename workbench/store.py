"""The project's state: one SQLAlchemy schema, SQLite (WAL) in the project folder by default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import JSON, Engine, ForeignKey, Index, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker


def now() -> datetime:
    """The present moment, UTC, without a zone mark (SQLite keeps none)."""
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    type_annotation_map = {dict: JSON, list: JSON}  # noqa: RUF012


class Item(Base):
    """One text of the pool: where it lies (``row``), and its task in Label Studio, if any."""

    __tablename__ = "item"
    uid: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(unique=True)
    holdout: Mapped[bool] = mapped_column(default=False, index=True)
    task_id: Mapped[int | None] = mapped_column(default=None, index=True)


class Shard(Base):
    """One Arrow file of the pool and the rows it holds."""

    __tablename__ = "shard"
    name: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[int]
    rows: Mapped[int]


class Annotation(Base):
    """What one annotator said of one item; unsent ones (no ``ls_id``) are the outbox."""

    __tablename__ = "annotation"
    id: Mapped[int] = mapped_column(primary_key=True)
    unique_id: Mapped[str] = mapped_column(unique=True)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), index=True)
    annotator: Mapped[str]
    source: Mapped[str]
    target: Mapped[list | None]
    skipped: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    lead_time: Mapped[float] = mapped_column(default=0.0)
    round: Mapped[int | None] = mapped_column(default=None)
    model_version: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted: Mapped[bool] = mapped_column(default=False)
    to_send: Mapped[bool] = mapped_column(default=False, index=True)
    ls_id: Mapped[int | None] = mapped_column(default=None, index=True)


class Queued(Base):
    """One place in a round's batch: the rank, and what the model suggested."""

    __tablename__ = "queued"
    round: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), primary_key=True)
    rank: Mapped[int]
    suggestion: Mapped[list | None] = mapped_column(default=None)
    confidence: Mapped[float | None] = mapped_column(default=None)
    __table_args__ = (Index("queued_order", "round", "rank"),)


class Round(Base):
    """One round; ``step`` is the last step done: a new worker goes on from there."""

    __tablename__ = "round"
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="open")
    step: Mapped[str] = mapped_column(default="")
    settings: Mapped[dict] = mapped_column(default=dict)
    labels: Mapped[int] = mapped_column(default=0)
    learner: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    strategy: Mapped[str] = mapped_column(default="")
    model_version: Mapped[str] = mapped_column(default="")
    evaluation: Mapped[dict] = mapped_column(default=dict)
    view_url: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class FindingRow(Base):
    """One thing an audit says of one item, and what became of it."""

    __tablename__ = "finding"
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), index=True)
    kind: Mapped[str]
    given: Mapped[list | None]
    suggestion: Mapped[list | None]
    score: Mapped[float]
    rank: Mapped[int]
    why: Mapped[dict]
    state: Mapped[str] = mapped_column(default="open", index=True)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    annotation_id: Mapped[int | None] = mapped_column(default=None)


class JobRow(Base):
    """One piece of long work."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    params: Mapped[dict]
    state: Mapped[str] = mapped_column(default="queued", index=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    result: Mapped[dict | None] = mapped_column(default=None)
    error: Mapped[str] = mapped_column(default="")
    cancel: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    pid: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class Fact(Base):
    """Single values: the sync cursor, the holdout's threshold, the last sync."""

    __tablename__ = "fact"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Store:
    """The database behind a project. ``session()`` commits on success and rolls back on errors."""

    def __init__(self, url: str | Path) -> None:
        self.engine = _engine(url)
        Base.metadata.create_all(self.engine)
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


def _engine(url: str | Path) -> Engine:
    if not isinstance(url, Path):
        return create_engine(url)
    engine = create_engine(f"sqlite:///{url}", connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def pragmas(connection: object, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
