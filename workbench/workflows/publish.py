"""Publishing a round: its batch as tasks of Label Studio, in the order of the queue."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select

from workbench.errors import SchemaError
from workbench.exchange.outgoing import ensure_tasks
from workbench.exchange.reading import sender
from workbench.jobs import Progress
from workbench.labelstudio.client import Prediction
from workbench.project import Project
from workbench.tables import Item, Queued, Round


def publish(project: Project, row: Round, progress: Progress) -> str:
    """Tasks for the batch, a prediction for each that is not holdout, and a view in its order.

    Safe to repeat after a kill: what is there already is found and kept. Returns the view's link.
    """
    client = project.client()
    target_project = project.settings.labelstudio.project_id
    number = row.number
    with project.store.session() as session:
        batch = session.execute(
            select(Queued, Item).join(Item, Item.uid == Queued.uid).where(Queued.round == number)
        ).all()
    old = {item.uid: item.task_id for _, item in batch if item.task_id is not None}
    places = {
        queued.uid: {"round": number, "rank": queued.rank}
        for queued, _ in sorted(batch, key=lambda pair: pair[0].rank)
    }
    tasks = ensure_tasks(project, client, places)
    for done, (uid, task_id) in enumerate(old.items()):
        progress(0.3 * done / len(old), f"moving {done + 1} of {len(old)} tasks into the round")
        client.set_rank(task_id, {"uid": uid, **places[uid]})
    say = sender(project)
    predictions = []
    for queued, item in batch:
        if queued.suggestion and not item.holdout:
            # a label that waits for a decision is suggested in the workbench only
            with suppress(SchemaError):
                said = say(queued.suggestion)
                predictions.append(
                    Prediction(tasks[queued.uid], said, queued.confidence, row.model_version)
                )
    progress(0.5, f"sending {len(predictions)} predictions")
    if predictions:
        client.import_predictions(target_project, predictions)
    progress(0.9, "making the view")
    view = client.publish_view(
        target_project, f"Round {number}", round=number, model_version=row.model_version
    )
    return view.url
