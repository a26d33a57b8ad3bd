"""The store's and Label Studio's account of what happened, in the form that ``check`` compares."""

from __future__ import annotations

from sqlalchemy import select

from benchmarks.kills.check import Account, Answer, Batch, Task, compare
from workbench.exchange.outgoing import waiting
from workbench.project import Project
from workbench.tables import Annotation, Item, Queued, Round
from workbench.workflows.sync import sync

MOST_SYNCS = 10


def batch_of(project: Project, number: int, size: int) -> Batch:
    """The round's items; ``size`` were chosen, the ranking goes on behind them."""
    with project.store.session() as session:
        version = session.get(Round, number).model_version
        rows = session.execute(
            select(Queued.uid, Queued.rank, Queued.suggestion, Item.holdout)
            .join(Item, Item.uid == Queued.uid)
            .where(Queued.round == number)
        ).all()
    versions = {uid: version if said and not held else "" for uid, _, said, held in rows}
    behind = {uid for uid, rank, _, _ in rows if rank > size}
    return Batch(
        {uid: versions[uid] for uid in versions.keys() - behind},
        {uid: versions[uid] for uid in behind},
    )


def settle(project: Project) -> None:
    """Syncs until nothing waits, then once more for what Label Studio knows."""
    for _ in range(MOST_SYNCS):
        if sync(project).waiting == 0:
            break
    sync(project)


def account(project: Project, acknowledged: dict[str, str], batches: dict[int, Batch]) -> Account:
    """Reads all of it from the store and from Label Studio, and compares."""
    from workbench.labelstudio.results import from_result

    config = project.config
    pulled = project.client().pull(project.settings.labelstudio.project_id, None).tasks
    sent = [
        Answer(
            str(one.unique_id),
            str(task.data["uid"]),
            None if one.was_cancelled else from_result(one.result, config),
            task.id,
            one.completed_by,
        )
        for task in pulled
        for one in task.annotations
    ]
    with project.store.session() as session:
        rows = list(
            session.scalars(
                select(Annotation).where(~Annotation.deleted, Annotation.source != "import")
            )
        )
    stored = [Answer(row.unique_id, row.uid, (row.target or [None])[0]) for row in rows]
    versions = _versions(project)
    tasks = [Task(t.id, str(t.data["uid"]), versions.get(t.id, ())) for t in pulled]
    return compare(acknowledged, stored, sent, tasks, [*batches.values()], waiting(project))


def _versions(project: Project) -> dict[int, tuple[str, ...]]:
    """Task id → the model version of each of its predictions."""
    from workbench.labelstudio.connection import Connection
    from workbench.labelstudio.tasks import each_task

    chosen = project.settings.labelstudio
    found = each_task(
        Connection(chosen.url, project.token), chosen.project_id, "id,predictions", fields="all"
    )
    return {
        task["id"]: tuple(one["model_version"] for one in task["predictions"]) for task in found
    }
