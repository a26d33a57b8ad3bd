"""The rows of a project's store; the schema only ever grows, so that older stores open too."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DDL, JSON, ForeignKey, Index, event, false, true
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PEOPLE = ("workbench", "labelstudio")
"""The sources of what people answer. An audit's fix is a decision over answers, an import and a
gold label are nobody's."""


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
    """What one annotator said of one item; those ``to_send`` are the outbox.

    ``ls_id`` and ``ls_task`` say where it lies in Label Studio. ``vanished``: it counts as deleted
    because Label Studio no longer has it, and would count again if it came back.

    ``suggestion`` is what the model said of it when it was answered, and ``suggestion_shown``
    whether the annotator saw that (None: not known). ``unclear`` means that the guideline does not
    settle the case, which the quality lead gets to see. ``bulk`` is the ``unique_id`` of the answer
    that this one was given along with, to a text that is nearly the same. ``replaces`` is that of
    the answer which this one corrects, and ``again`` the key under which the same was said last.
    """

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
    ls_task: Mapped[int | None] = mapped_column(default=None)
    vanished: Mapped[bool] = mapped_column(default=False, server_default=false())
    ground_truth: Mapped[bool] = mapped_column(default=False, server_default=false())
    unclear: Mapped[bool] = mapped_column(default=False, server_default=false())
    suggestion: Mapped[list | None] = mapped_column(default=None)
    suggestion_shown: Mapped[bool | None] = mapped_column(default=None)
    bulk: Mapped[str] = mapped_column(default="", server_default="", index=True)
    replaces: Mapped[str] = mapped_column(default="", server_default="")
    again: Mapped[str] = mapped_column(default="", server_default="", index=True)
    __table_args__ = (
        Index("annotation_said", "annotator", "created_at"),
        Index("annotation_answered", "uid", "annotator", "deleted"),
    )


class Queued(Base):
    """One place in a round's batch: the rank, what the model suggested, how many people are asked.

    ``hidden``: nobody sees the suggestion, so that anchoring can be measured. ``reserve``: behind
    the batch in the ranking, dealt only when somebody would wait otherwise. ``at_random``: drawn by
    chance from all that had no label then, not chosen by the strategy.
    """

    __tablename__ = "queued"
    round: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), primary_key=True)
    rank: Mapped[int]
    suggestion: Mapped[list | None] = mapped_column(default=None)
    confidence: Mapped[float | None] = mapped_column(default=None)
    wanted: Mapped[int] = mapped_column(default=1, server_default="1")
    hidden: Mapped[bool] = mapped_column(default=False, server_default=false())
    gold: Mapped[bool] = mapped_column(default=False, server_default=false())
    reserve: Mapped[bool] = mapped_column(default=False, server_default=false())
    at_random: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (Index("queued_order", "round", "rank"),)


class Share(Base):
    """An item of a round that one annotator is to answer; ``taken_from`` says whose it was."""

    __tablename__ = "share"
    round: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), primary_key=True)
    annotator: Mapped[str] = mapped_column(primary_key=True)
    taken_from: Mapped[str] = mapped_column(default="")
    dealt_at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (Index("share_of", "annotator", "round"),)


class Placement(Base):
    """How an item's task lies in Label Studio, as last sent: where in which round, and for whom."""

    __tablename__ = "placement"
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), primary_key=True)
    task_id: Mapped[int]
    round: Mapped[int]
    rank: Mapped[int]
    assignee: Mapped[str]
    overlap: Mapped[int]


class Lease(Base):
    """An item that is before one annotator until ``until``: nobody else gets it.

    ``chosen``: they opened it by themselves, so that it is on their screen whatever its rank.
    """

    __tablename__ = "lease"
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), primary_key=True)
    annotator: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)
    chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (Index("lease_of", "annotator"),)


class Round(Base):
    """One round; ``step`` is the last step done: a new worker goes on from there.

    ``seconds`` says how long each step took.
    """

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
    seconds: Mapped[dict | None] = mapped_column(default=dict)
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
    """One piece of long work; ``host`` and ``pid`` are at it, and gave a sign at ``beat_at``."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    params: Mapped[dict]
    state: Mapped[str] = mapped_column(default="queued", index=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    left_s: Mapped[float | None] = mapped_column(default=None)
    result: Mapped[dict | None] = mapped_column(default=None)
    error: Mapped[str] = mapped_column(default="")
    cancel: Mapped[bool] = mapped_column(default=False)
    who: Mapped[str] = mapped_column(default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=0)
    pid: Mapped[int | None] = mapped_column(default=None)
    host: Mapped[str] = mapped_column(default="", server_default="")
    beat_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class Person(Base):
    """Somebody who may log in. Nobody is deleted: who left is not ``active``."""

    __tablename__ = "person"
    email: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    password: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    labelstudio_id: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=now)


class LogIn(Base):
    """An open session; ``key`` is the hash of the cookie's token, which is kept nowhere."""

    __tablename__ = "log_in"
    key: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class FailedLogIn(Base):
    """A refused log-in, kept while it counts against the next one."""

    __tablename__ = "failed_log_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Event(Base):
    """Something that somebody did; rows are added and never changed (a trigger sees to it)."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    who: Mapped[str] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(index=True)
    about: Mapped[dict] = mapped_column(default=dict)


class Conflict(Base):
    """Two answers of one person to one item: which one counts, and by which rule."""

    __tablename__ = "conflict"
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), index=True)
    annotator: Mapped[str]
    kept: Mapped[list | None]
    dropped: Mapped[list | None]
    rule: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    __table_args__ = (Index("conflict_once", "uid", "annotator"),)


class Unread(Base):
    """An annotation of Label Studio that the label schema cannot read; kept until it can."""

    __tablename__ = "unread"
    ls_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    uid: Mapped[str] = mapped_column(ForeignKey("item.uid"), index=True)
    task_id: Mapped[int] = mapped_column(default=0, server_default="0")
    annotation: Mapped[dict]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Fact(Base):
    """Single values: the sync cursor, the holdout's threshold, the last sync."""

    __tablename__ = "fact"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


NEVER = "events are never changed"
_REFUSE = "BEGIN SELECT RAISE(ABORT, '{never}'); END"
_RAISE = "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{never}'; END $$"
APPEND_ONLY = {
    "sqlite": (
        f"CREATE TRIGGER event_update BEFORE UPDATE ON event {_REFUSE}",
        f"CREATE TRIGGER event_delete BEFORE DELETE ON event {_REFUSE}",
        "CREATE TRIGGER event_replace BEFORE INSERT ON event"
        f" WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) {_REFUSE}",
    ),
    "postgresql": (
        f"CREATE OR REPLACE FUNCTION event_refuse() RETURNS trigger {_RAISE}",
        "CREATE TRIGGER event_change BEFORE UPDATE OR DELETE ON event"
        " FOR EACH ROW EXECUTE FUNCTION event_refuse()",
        "CREATE TRIGGER event_truncate BEFORE TRUNCATE ON event"
        " FOR EACH STATEMENT EXECUTE FUNCTION event_refuse()",
    ),
}
for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(
            Event.__table__,
            "after_create",
            DDL(_statement.format(never=NEVER)).execute_if(dialect=_dialect),
        )
