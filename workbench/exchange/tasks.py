"""Which item each task of Label Studio is; tasks with texts that are new come into the pool."""

from __future__ import annotations

from sqlalchemy import select, update

from workbench import items
from workbench.chunks import chunks
from workbench.exchange import reading
from workbench.exchange.cursors import stray_key
from workbench.intake import content_uid
from workbench.labelstudio.client import PulledTask
from workbench.project import Project
from workbench.tables import Item

CHUNK = 1000


def keep_items(project: Project, tasks: list[PulledTask], reader: reading.Reader) -> dict[int, str]:
    """Puts new tasks into the pool; task id → uid of its item.

    Tasks that are no item's own are remembered as strays.
    """
    texts = {task.id: str(task.data.get(reader.text_key(task.data)) or "") for task in tasks}
    usable = [task for task in tasks if texts[task.id].strip()]
    uids = _uids(project, tasks, texts)
    named = [uids[task.id] for task in usable]
    if usable and len(project.pool.known(named)) < len(set(named)):
        project.pool.append([(uids[task.id], texts[task.id], task.data) for task in usable])
    stray = {task.id for task in tasks}
    for part in chunks(usable, CHUNK):
        with project.store.session() as session:
            owned = select(Item.uid, Item.task_id).where(
                Item.uid.in_([uids[task.id] for task in part])
            )
            owner = {uid: task_id for uid, task_id in session.execute(owned)}
            found = {}
            for task in part:
                uid = uids[task.id]
                if owner[uid] is None:
                    owner[uid] = found[uid] = task.id
                if owner[uid] == task.id:
                    stray.discard(task.id)
            if found:
                rows = [{"uid": uid, "task_id": task_id} for uid, task_id in found.items()]
                session.execute(update(Item), rows)
    before = strays(project)
    after = (before - {task.id for task in tasks}) | stray
    if after != before:
        project.store.set_fact(stray_key(project.settings.labelstudio.project_id), sorted(after))
    items.settle_holdout(project)
    return uids


def _uids(project: Project, tasks: list[PulledTask], texts: dict[int, str]) -> dict[int, str]:
    """Task id → uid: what its data say, unless another text has that name already.

    Not everybody's ``uid`` is a name of its own (it may be a user's), and two texts are two items.
    """
    said = {task.id: str(task.data.get("uid") or "") for task in tasks}
    names = {uid for uid in said.values() if uid} | {f"task-{task.id}" for task in tasks}
    kept = items.texts(project, sorted(project.pool.known(list(names))))
    found: dict[int, str] = {}
    with project.store.session() as session:
        for part in chunks([task.id for task in tasks]):
            own = select(Item.task_id, Item.uid).where(Item.task_id.in_(part))
            found |= {number: uid for number, uid in session.execute(own)}
    for task in tasks:
        uid, text = said[task.id], texts[task.id]
        if task.id in found:
            continue
        if uid and (not text.strip() or kept.setdefault(uid, text) == text):
            found[task.id] = uid
            continue
        found[task.id] = name = f"task-{task.id}"
        if text.strip() and kept.setdefault(name, text) != text:
            # of another Label Studio, bound before
            found[task.id] = f"{name}-{content_uid(text)}"
    return found


def strays(project: Project) -> set[int]:
    """Tasks that no item stands for: without a text, or a second one of the same uid."""
    return set(project.store.fact(stray_key(project.settings.labelstudio.project_id), []))
