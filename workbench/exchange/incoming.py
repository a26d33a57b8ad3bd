"""In: what people said in Label Studio, kept here; nothing that only we have is ever lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from workbench import batch, events
from workbench.chunks import chunks
from workbench.errors import SchemaError
from workbench.exchange import accounts, conflicts, reading, tasks
from workbench.exchange.cursors import cursor_key, stray_key
from workbench.jobs import Progress, quiet
from workbench.labelstudio.client import LabelStudioClient, PulledAnnotation
from workbench.project import Project
from workbench.tables import Annotation, Event, Item, Unread, now
from workbench.targets import to_json

CHUNK = 1000


@dataclass(frozen=True)
class Said:
    """The annotations of one task; ``complete``: it has no others."""

    uid: str
    task_id: int
    annotations: list[PulledAnnotation]
    complete: bool = True


def pull(project: Project, client: LabelStudioClient, progress: Progress = quiet) -> int:
    """Takes over new and changed tasks and annotations; returns how many answers changed here.

    The cursor moves on only when all of it is in the store, and taking a change over twice changes
    nothing. An answer that cannot be read is kept as `Unread`.
    """
    number = project.settings.labelstudio.project_id
    cursor = project.store.fact(cursor_key(number))
    found = client.pull(number, cursor, lambda done, text: progress(0.4 + 0.4 * done, text))
    reader = reading.reader(project)
    uids = tasks.keep_items(project, found.tasks, reader)
    changed = 0
    for done, part in enumerate(chunks(found.tasks, CHUNK)):
        progress(0.8 + 0.15 * done * CHUNK / len(found.tasks), f"keeping {len(found.tasks)} tasks")
        said = [Said(uids[task.id], task.id, task.annotations) for task in part]
        changed += keep(project, said, reader)
    if found.cursor and found.cursor != cursor:
        project.store.set_fact(cursor_key(number), found.cursor)
    return changed


def pulled_before(project: Project) -> bool:
    """Whether the bound Label Studio project was pulled at least once."""
    return project.store.fact(cursor_key(project.settings.labelstudio.project_id)) is not None


def keep(project: Project, said: Sequence[Said], reader: reading.Reader) -> int:
    """Brings the store up to what Label Studio has of some tasks; how many answers changed here.

    An annotation joins by its unique id, so that an answer sent from here keeps the annotator that
    we know. What a person withdrew here and is still there is deleted there again; what had
    vanished there and is back counts again. What waits to be told of an annotation that is there
    (whether it is gold) is not undone by what it was.
    """
    people = accounts.emails(project)
    with project.store.session() as session:
        books = _Books(session, said, reader, people)
        for one in said:
            books.enter(one)
        books.close()
        return books.changed


def forget_deleted(project: Project, client: LabelStudioClient) -> int:
    """Notices tasks that were deleted in Label Studio, by counts; how many are gone.

    The item keeps its place in the pool and gets a new task when it is published or answered again.
    Answers that were given in Label Studio went with their task and count as deleted, as if each
    had been deleted there; they count again if the task comes back. Answers given here (workbench,
    audit) stay: they are ours, Label Studio only had a copy. Those that wait are sent to a new
    task; those that had arrived are not, since somebody took the task out on purpose.
    """
    number = project.settings.labelstudio.project_id
    with project.store.session() as session:
        count = session.scalar(select(func.count(Item.task_id)))
    gone = client.deleted(
        number, count + len(tasks.strays(project)), lambda: _known(project) | tasks.strays(project)
    )
    if not gone:
        return 0
    project.store.set_fact(stray_key(number), sorted(tasks.strays(project) - gone))
    answers = 0
    for part in chunks(sorted(gone), CHUNK):
        with project.store.session() as session:
            owners = select(Item.uid).where(Item.task_id.in_(part))
            lay_there = or_(
                Annotation.ls_task.in_(part),
                Annotation.ls_task.is_(None) & Annotation.uid.in_(owners),
            ) & Annotation.ls_id.is_not(None)
            theirs = lay_there & (Annotation.source == "labelstudio") & ~Annotation.deleted
            answers += session.execute(
                update(Annotation)
                .where(theirs)
                .values(deleted=True, vanished=True)
                .execution_options(synchronize_session=False)
            ).rowcount
            session.execute(
                update(Annotation)
                .where(lay_there)
                .values(ls_id=None, ls_task=None)
                .execution_options(synchronize_session=False)
            )
            session.execute(delete(Unread).where(Unread.task_id.in_(part)))
            session.execute(update(Item).where(Item.task_id.in_(part)).values(task_id=None))
    events.record(project, events.SYSTEM, "tasks_gone", tasks=len(gone), answers=answers)
    return len(gone)


def reread(project: Project) -> int:
    """Tries the unread annotations again when something may be readable by now; how many were."""
    reader = reading.reader(project)
    with project.store.session() as session:
        rows = list(session.scalars(select(Unread)))
    if not rows or project.store.fact("unread_by") == reader.stamp():
        return 0
    said = [
        Said(row.uid, row.task_id, [PulledAnnotation(**row.annotation)], complete=False)
        for row in rows
    ]
    for part in chunks(said, CHUNK):
        keep(project, part, reader)
    project.store.set_fact("unread_by", reader.stamp())
    return len(rows) - unread(project)


def unread(project: Project) -> int:
    """How many annotations of Label Studio the project's labels cannot say."""
    with project.store.session() as session:
        return session.scalar(select(func.count()).select_from(Unread))


class _Books:
    """One chunk of tasks against the store, with a fixed number of queries."""

    def __init__(
        self,
        session: Session,
        said: Sequence[Said],
        reader: reading.Reader,
        people: dict[int, str],
    ) -> None:
        self.session, self.reader, self.people = session, reader, people
        self.changed = 0
        self.told: list[dict] = []
        self.new: dict[str, dict] = {}
        self.arrived: list[int] = []
        self.several: set[str] = set()
        uids = list({one.uid for one in said})
        keys = [str(a.unique_id) for one in said for a in one.annotations]
        self.tasks: dict[str, int | None] = {}
        self.here: dict[str, list[Annotation]] = defaultdict(list)
        self.by_key: dict[str, Annotation] = {}
        self.unread: dict[int, Unread] = {}
        for part in chunks(uids):
            rows = session.execute(select(Item.uid, Item.task_id).where(Item.uid.in_(part)))
            self.tasks |= {uid: task_id for uid, task_id in rows}
            for one in session.scalars(select(Annotation).where(Annotation.uid.in_(part))):
                self.here[one.uid].append(one)
                self.by_key[one.unique_id] = one
            for row in session.scalars(select(Unread).where(Unread.uid.in_(part))):
                self.unread[row.ls_id] = row
        for part in chunks([key for key in keys if key not in self.by_key]):
            for one in session.scalars(select(Annotation).where(Annotation.unique_id.in_(part))):
                self.by_key[one.unique_id] = one
        self.places = batch.places(session, uids)
        self.by_id = {one.ls_id: one for one in self.by_key.values() if one.ls_id is not None}

    def enter(self, said: Said) -> None:
        if said.uid not in self.tasks:
            return
        for pulled in said.annotations:
            self._enter(said, pulled)
        if len(said.annotations) > 1 or len(self.here[said.uid]) > 1:
            self.several.add(said.uid)
        if said.complete:
            self._gone(said)

    def close(self) -> None:
        if self.new:
            self.session.execute(insert(Annotation), list(self.new.values()))
        if self.told:
            self.session.execute(insert(Event), self.told)
        for part in chunks(self.arrived):
            # unless it is being withdrawn at this moment
            self.session.execute(
                update(Annotation)
                .where(Annotation.id.in_(part), ~Annotation.deleted)
                .values(to_send=False)
                .execution_options(synchronize_session=False)
            )
        self.session.flush()
        for part in chunks(sorted(self.several)):
            conflicts.record(self.session, part)

    def _enter(self, said: Said, pulled: PulledAnnotation) -> None:
        mine = self.by_key.get(str(pulled.unique_id)) or self.by_id.get(pulled.id)
        if mine is not None and mine.deleted and not mine.vanished:
            mine.ls_id, mine.ls_task, mine.to_send = pulled.id, said.task_id, True
            return
        try:
            target = None if pulled.was_cancelled else self.reader.target(pulled.result)
        except SchemaError as error:
            self._set_aside(said, pulled, str(error))
            return
        if (row := self.unread.pop(pulled.id, None)) is not None:
            self.session.delete(row)
        if mine is None:
            row = self._row(said, pulled, to_json(target))
            if str(pulled.unique_id) not in self.new:
                self.changed += 1
                self._tell(row["annotator"], said.uid, row["target"], row["skipped"])
            self.new[str(pulled.unique_id)] = row
        else:
            self.changed += self._update(mine, said, pulled, to_json(target))

    def _update(
        self, mine: Annotation, said: Said, pulled: PulledAnnotation, target: list | None
    ) -> int:
        marked = mine.to_send and mine.ls_id == pulled.id
        known = mine.ground_truth if marked else pulled.ground_truth
        mine.ls_id, mine.ls_task = pulled.id, said.task_id
        if mine.to_send and not marked:
            self.arrived.append(mine.id)
        same = (mine.target, mine.skipped) == (target, pulled.was_cancelled)
        if same and not mine.vanished and mine.ground_truth == known:
            return 0
        if mine.vanished or not same:
            self._tell(mine.annotator, said.uid, target, pulled.was_cancelled)
        mine.deleted = mine.vanished = False
        mine.ground_truth = known
        if not same:
            mine.target, mine.skipped = target, pulled.was_cancelled
            mine.created_at = _moment(pulled.updated_at)
        return 1

    def _gone(self, said: Said) -> None:
        there = {pulled.id for pulled in said.annotations}
        for one in self.here[said.uid]:
            lies_in = one.ls_task if one.ls_task is not None else self.tasks[said.uid]
            if one.ls_id is None or one.ls_id in there or lies_in != said.task_id:
                continue
            if not one.deleted and not one.to_send:
                one.deleted = one.vanished = True
                self.changed += 1
                about = {"uid": one.uid, "by": one.annotator, "where": "labelstudio"}
                self.told.append({"who": events.SYSTEM, "what": "answer_gone", "about": about})
        for row in list(self.unread.values()):
            if row.task_id == said.task_id and row.ls_id not in there:
                self.session.delete(self.unread.pop(row.ls_id))

    def _tell(self, who: str, uid: str, target: list | None, skipped: bool) -> None:
        about = {"uid": uid, "where": "labelstudio"} | ({} if skipped else {"label": target})
        self.told.append({"who": who, "what": "skip" if skipped else "label", "about": about})

    def _set_aside(self, said: Said, pulled: PulledAnnotation, reason: str) -> None:
        row = self.unread.get(pulled.id)
        if row is None:
            row = self.unread[pulled.id] = Unread(ls_id=pulled.id, at=now())
            self.session.add(row)
        row.uid, row.task_id, row.annotation = said.uid, said.task_id, asdict(pulled)
        row.reason = reason

    def _row(self, said: Said, pulled: PulledAnnotation, target: list | None) -> dict:
        number, version = self.places.get(said.uid, (None, None))
        return {
            "unique_id": str(pulled.unique_id),
            "uid": said.uid,
            "annotator": self.people.get(pulled.completed_by, pulled.email),
            "source": "labelstudio",
            "target": target,
            "skipped": pulled.was_cancelled,
            "ground_truth": pulled.ground_truth,
            "lead_time": pulled.lead_time or 0.0,
            "created_at": _moment(pulled.updated_at),
            "ls_id": pulled.id,
            "ls_task": said.task_id,
            "round": number,
            "model_version": version,
        }


def _known(project: Project) -> set[int]:
    with project.store.session() as session:
        return set(session.scalars(select(Item.task_id).where(Item.task_id.is_not(None))))


def _moment(text: str | datetime) -> datetime:
    moment = datetime.fromisoformat(text) if isinstance(text, str) else text
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
