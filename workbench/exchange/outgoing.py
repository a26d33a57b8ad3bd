"""Out: what was answered here and waits goes to Label Studio, each answer once."""

from __future__ import annotations

from sqlalchemy import func, select, update

from workbench.chunks import chunks
from workbench.errors import LabelStudioError, LabelStudioUnreachable, SchemaError
from workbench.exchange import accounts, reading
from workbench.items import texts as texts_of
from workbench.jobs import Progress, quiet
from workbench.labelstudio.client import LabelStudioClient
from workbench.project import Project
from workbench.tables import Annotation, Item

NOT_FOUND = 404
REFUSALS = (400, NOT_FOUND, 409)
MOST_FAILURES = 3
"""After so many answers in a row at which the server fails by itself, the rest waits."""


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
            for part in chunks(list(extra))
            for uid, task_id in session.execute(
                select(Item.uid, Item.task_id).where(Item.uid.in_(part), Item.task_id.is_not(None))
            )
        }
    missing = [uid for uid in extra if uid not in known]
    if not missing:
        return known
    texts = texts_of(project, missing)
    config = reading.waiting_config(project) or project.config
    made = client.import_tasks(
        project.settings.labelstudio.project_id,
        [{config.data_key: texts[uid], "uid": uid, **extra[uid]} for uid in missing],
    )
    with project.store.session() as session:
        rows = [{"uid": uid, "task_id": task_id} for uid, task_id in made.items()]
        session.execute(update(Item), rows)
    return known | made


def push(
    project: Project, client: LabelStudioClient, progress: Progress = quiet
) -> tuple[int, str]:
    """Sends what waits, oldest first; how many answers and withdrawals went out, and what did not.

    An answer that Label Studio refuses, or whose label it does not have, stays in the outbox and
    holds up no other. Raises LabelStudioUnreachable when the server is away.
    """
    with project.store.session() as session:
        outbox = list(
            session.scalars(select(Annotation).where(Annotation.to_send).order_by(Annotation.id))
        )
    users = accounts.match(project, client) if outbox or accounts.unmatched(project) else {}
    results, problem = _results(project, outbox)
    tasks = ensure_tasks(project, client, {one.uid: {} for one in outbox if one.id in results})
    sent, failures = 0, 0
    for done, one in enumerate(outbox):
        progress(0.4 * done / len(outbox), f"sending {done + 1} of {len(outbox)}")
        if not one.deleted and one.id not in results:
            continue
        try:
            if one.deleted:
                _withdraw(project, client, one)
            else:
                _send(project, client, one, tasks[one.uid], results[one.id], users)
            sent, failures = sent + 1, 0
        except LabelStudioUnreachable as error:
            failures += 1
            if error.status is None or failures == MOST_FAILURES:
                raise
            problem = str(error)
        except LabelStudioError as error:
            if error.status not in REFUSALS:
                raise
            problem = f"Label Studio refused the answer to {one.uid}: {error}"
            if error.status == NOT_FOUND:
                _forget_task(project, one.uid)
        except SchemaError as error:
            problem = f"the answer to {one.uid} cannot be sent: {error}"
    return sent, problem


def _results(project: Project, outbox: list[Annotation]) -> tuple[dict[int, list], str]:
    """What can be sent under Label Studio's labels, and why the rest cannot."""
    found: dict[int, list] = {}
    problem = ""
    answers = [one for one in outbox if not one.deleted]
    if not answers:
        return found, problem
    say = reading.sender(project)
    for one in answers:
        try:
            found[one.id] = say(one.target) if one.target is not None else []
        except SchemaError as error:
            problem = f"the answer to {one.uid} waits: {error}"
    return found, problem


def _withdraw(project: Project, client: LabelStudioClient, one: Annotation) -> None:
    still = (Annotation.id == one.id) & Annotation.deleted
    with project.store.session() as session:
        if session.scalar(select(Annotation.id).where(still)) is None:
            return
    if one.ls_id is not None:
        client.delete_annotation(one.ls_id)
    with project.store.session() as session:
        # one that counts again since is sent anew by the next sync
        session.execute(update(Annotation).where(still).values(to_send=False))


def _send(
    project: Project,
    client: LabelStudioClient,
    one: Annotation,
    task_id: int,
    result: list[dict],
    users: dict[str, int],
) -> None:
    ls_id = one.ls_id
    if one.source == "labelstudio" and ls_id is not None:
        if not _marked(client, ls_id, one.ground_truth):
            gone = {"deleted": True, "vanished": True, "to_send": False}
            with project.store.session() as session:
                session.execute(update(Annotation).where(Annotation.id == one.id).values(**gone))
            return
    else:
        ls_id = client.submit_annotation(
            task_id,
            result,
            unique_id=one.unique_id,
            lead_time=one.lead_time,
            was_cancelled=one.skipped,
            completed_by=users.get(one.annotator.casefold()),
            ground_truth=one.ground_truth,
        )
        if one.ls_id == ls_id:
            _marked(client, ls_id, one.ground_truth)
    with project.store.session() as session:
        # taken back while it was on its way: the next sync deletes it there
        values = {"ls_id": ls_id, "ls_task": task_id, "to_send": Annotation.deleted}
        session.execute(update(Annotation).where(Annotation.id == one.id).values(**values))


def _marked(client: LabelStudioClient, ls_id: int, known: bool) -> bool:
    """Says whether an annotation is ground truth; False where somebody deleted it there."""
    try:
        client.mark_ground_truth(ls_id, known)
    except LabelStudioError as error:
        if error.status != NOT_FOUND:
            raise
        return False
    return True


def _forget_task(project: Project, uid: str) -> None:
    """Somebody deleted the task in Label Studio: the next sync makes it again for the answer."""
    with project.store.session() as session:
        session.execute(update(Item).where(Item.uid == uid).values(task_id=None))
