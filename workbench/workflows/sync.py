"""Sync: what was answered here goes to Label Studio once, what was answered there comes here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from activelearn.data import Target
from workbench.errors import LabelStudioError, ProjectError, SchemaError
from workbench.items import as_target, draw_holdout
from workbench.items import texts as texts_of
from workbench.jobs import Progress, quiet
from workbench.labelstudio.client import LabelStudioClient, PulledAnnotation, PulledTask
from workbench.labelstudio.labelconfig import LabelConfig
from workbench.labelstudio.results import from_result, to_result
from workbench.project import Project
from workbench.tables import Annotation, Item, Person, now
from workbench.targets import to_json

NOT_FOUND = 404
REFUSALS = (400, NOT_FOUND, 409)


@dataclass(frozen=True)
class SyncReport:
    """Answers taken over, sent, and still waiting; ``problem`` says why one was refused."""

    pulled: int
    sent: int
    waiting: int
    problem: str = ""


def sync(project: Project, progress: Progress = quiet) -> SyncReport:
    """Pushes the outbox, then pulls what changed since the last pull.

    Safe to repeat and to kill at any point: every answer carries a key of its own that Label Studio
    refuses to take twice. Raises LabelStudioUnreachable when the server is away; nothing is lost.
    """
    if not project.connected():
        raise ProjectError(
            "no Label Studio project is bound: `workbench up` or `workbench connect URL --token …`"
        )
    from workbench.workflows.publish import publish_shares

    client = project.client()
    with project.exchange():
        refresh_config(project, client)
        sent, problem = push(project, client, progress)
        pulled = pull(project, client, progress)
        publish_shares(project, client)
    draw_holdout(project)
    project.store.set_fact("synced_at", now().isoformat())
    project.store.set_fact("sync_error", problem)
    return SyncReport(pulled, sent, waiting(project), problem)


def refresh_config(project: Project, client: LabelStudioClient) -> None:
    """Takes over Label Studio's labelling configuration when it has changed."""
    info = client.project(project.settings.labelstudio.project_id)
    if info.xml != project.store.fact("label_config"):
        project.set_config(info.xml)


def waiting(project: Project) -> int:
    """How many answers have not reached Label Studio yet."""
    with project.store.session() as session:
        return session.scalar(select(func.count()).where(Annotation.to_send))


def ensure_tasks(
    project: Project, client: LabelStudioClient, extra: dict[str, dict]
) -> dict[str, int]:
    """Makes sure that each uid of ``extra`` (uid → more task data) has a task; uid → task id."""
    with project.store.session() as session:
        known = {
            uid: task_id
            for start in range(0, len(extra), 500)
            for uid, task_id in session.execute(
                select(Item.uid, Item.task_id).where(
                    Item.uid.in_(list(extra)[start : start + 500]), Item.task_id.is_not(None)
                )
            )
        }
    missing = [uid for uid in extra if uid not in known]
    if not missing:
        return known
    texts = texts_of(project, missing)
    key = project.config.data_key
    made = client.import_tasks(
        project.settings.labelstudio.project_id,
        [{key: texts[uid], "uid": uid, **extra[uid]} for uid in missing],
    )
    with project.store.session() as session:
        for uid, task_id in made.items():
            session.get(Item, uid).task_id = task_id
    return known | made


def push(
    project: Project, client: LabelStudioClient, progress: Progress = quiet
) -> tuple[int, str]:
    """Sends what waits, oldest first; how many answers and withdrawals went out, and what did not.

    An answer that Label Studio refuses stays in the outbox and holds up no other.
    """
    with project.store.session() as session:
        outbox = list(
            session.scalars(select(Annotation).where(Annotation.to_send).order_by(Annotation.id))
        )
    tasks = ensure_tasks(project, client, {one.uid: {} for one in outbox if not one.deleted})
    sent, problem = 0, ""
    for done, one in enumerate(outbox):
        progress(0.4 * done / len(outbox), f"sending {done + 1} of {len(outbox)}")
        try:
            _send(project, client, one, tasks)
            sent += 1
        except LabelStudioError as error:
            if error.status not in REFUSALS:
                raise
            problem = f"Label Studio refused the answer to {one.uid}: {error}"
            if error.status == NOT_FOUND:
                _forget_task(project, one.uid)
        except SchemaError as error:
            problem = f"the answer to {one.uid} cannot be sent: {error}"
    return sent, problem


def _send(
    project: Project, client: LabelStudioClient, one: Annotation, tasks: dict[str, int]
) -> None:
    if one.deleted:
        if one.ls_id is not None:
            client.delete_annotation(one.ls_id)
        _sent(project, one.id, None)
        return
    target = as_target(project, one.target)
    with project.store.session() as session:
        person = session.get(Person, one.annotator)
    ls_id = client.submit_annotation(
        tasks[one.uid],
        to_result(target, project.config) if target is not None else [],
        unique_id=one.unique_id,
        lead_time=one.lead_time,
        was_cancelled=one.skipped,
        completed_by=person.labelstudio_id if person else None,
    )
    _sent(project, one.id, ls_id)


def _forget_task(project: Project, uid: str) -> None:
    """Somebody deleted the task in Label Studio: the next sync makes it again for the answer."""
    with project.store.session() as session:
        session.get(Item, uid).task_id = None


def pull(project: Project, client: LabelStudioClient, progress: Progress = quiet) -> int:
    """Takes over new and changed tasks and annotations; returns how many changed here."""
    number = project.settings.labelstudio.project_id
    cursor = project.store.fact(f"cursor-{number}")
    found = client.pull(number, cursor, lambda done, text: progress(0.4 + 0.5 * done, text))
    _keep_items(project, found.tasks)
    changed = sum(_keep_annotations(project, task) for task in found.tasks)
    if found.cursor:
        project.store.set_fact(f"cursor-{number}", found.cursor)
    return changed


def _sent(project: Project, annotation_id: int, ls_id: int | None) -> None:
    with project.store.session() as session:
        row = session.get(Annotation, annotation_id)
        if ls_id is not None:
            row.ls_id = ls_id
            # taken back while it was on its way: the next sync deletes it there
            row.to_send = row.deleted
        else:
            row.to_send = False


def _uid(task: PulledTask) -> str:
    return str(task.data.get("uid") or f"task-{task.id}")


def _keep_items(project: Project, tasks: list[PulledTask]) -> None:
    key = project.config.data_key
    usable = [task for task in tasks if str(task.data.get(key) or "").strip()]
    project.pool.append([(_uid(task), str(task.data[key]), task.data) for task in usable])
    with project.store.session() as session:
        for task in usable:
            item = session.get(Item, _uid(task))
            if item.task_id is None:
                item.task_id = task.id


def _keep_annotations(project: Project, task: PulledTask) -> int:
    config = project.config
    changed = 0
    with project.store.session() as session:
        item = session.get(Item, _uid(task))
        if item is None:
            return 0
        here = list(session.scalars(select(Annotation).where(Annotation.uid == item.uid)))
        by_key = {one.unique_id: one for one in here}
        by_id = {one.ls_id: one for one in here if one.ls_id is not None}
        for pulled in task.annotations:
            mine = by_key.get(str(pulled.unique_id)) or by_id.get(pulled.id)
            target = None if pulled.was_cancelled else _target(pulled, config)
            if target is None and not pulled.was_cancelled:
                continue
            if mine is None:
                session.add(_annotation(item.uid, pulled, target))
                changed += 1
            else:
                mine.ls_id = pulled.id
                changed += _update(mine, pulled, target)
        there = {pulled.id for pulled in task.annotations}
        for one in here:
            gone = one.ls_id is not None and one.ls_id not in there
            if gone and not one.deleted and not one.to_send:
                one.deleted = True
                changed += 1
    return changed


def _target(pulled: PulledAnnotation, config: LabelConfig) -> Target | None:
    try:
        return from_result(pulled.result, config)
    except SchemaError:
        return None


def _update(mine: Annotation, pulled: PulledAnnotation, target: Target | None) -> int:
    if mine.deleted:
        mine.to_send = True
        return 0
    mine.to_send = False
    said = to_json(target)
    if mine.target == said and mine.skipped == pulled.was_cancelled:
        return 0
    mine.target, mine.skipped = said, pulled.was_cancelled
    mine.created_at = _moment(pulled.updated_at)
    return 1


def _annotation(uid: str, pulled: PulledAnnotation, target: Target | None) -> Annotation:
    return Annotation(
        unique_id=str(pulled.unique_id or f"labelstudio-{pulled.id}"),
        uid=uid,
        annotator=pulled.email or f"user-{pulled.completed_by}",
        source="labelstudio",
        target=to_json(target),
        skipped=pulled.was_cancelled,
        lead_time=pulled.lead_time or 0.0,
        created_at=_moment(pulled.created_at),
        ls_id=pulled.id,
    )


def _moment(text: str | datetime) -> datetime:
    moment = datetime.fromisoformat(text) if isinstance(text, str) else text
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
