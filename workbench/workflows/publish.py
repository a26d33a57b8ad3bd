"""Publishing a round: its batch as tasks of Label Studio, in the order of the queue."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from workbench import items
from workbench.jobs import Progress
from workbench.labelstudio.client import Prediction
from workbench.labelstudio.results import to_result
from workbench.labelstudio.views import round_view
from workbench.project import Project
from workbench.tables import Item, Queued, Round
from workbench.workflows.sync import ensure_tasks


def publish(project: Project, row: Round, progress: Progress) -> str:
    """Tasks for the batch, a prediction for each that is not holdout, and a view in its order.

    Safe to repeat after a kill: what is there already is found and kept. Returns the view's link.
    """
    client = project.client()
    target_project = project.settings.labelstudio.project_id
    config = project.config
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
    predictions = [
        Prediction(
            tasks[queued.uid],
            to_result(items.as_target(project, queued.suggestion), config),
            queued.confidence,
            row.model_version,
        )
        for queued in suggested(project, number)
    ]
    progress(0.5, f"sending {len(predictions)} predictions")
    if predictions:
        client.import_predictions(target_project, predictions)
    progress(0.9, "making the view")
    return publish_view(project, row)


def publish_view(project: Project, row: Round) -> str:
    """The round's view, made or put right, with the project set to its order; the view's link."""
    number = project.settings.labelstudio.project_id
    title, version = _title(row.number), row.model_version
    view = project.client().publish_view(number, title, round=row.number, model_version=version)
    return view.url


def suggested(project: Project, number: int) -> list[Queued]:
    """The places of a round's batch that go to Label Studio with the model's suggestion."""
    query = (
        select(Queued)
        .join(Item, Item.uid == Queued.uid)
        .where(Queued.round == number, ~Item.holdout)
        .order_by(Queued.rank)
    )
    with project.store.session() as session:
        return [queued for queued in session.scalars(query) if queued.suggestion]


def published_views(row: Round) -> dict[int, dict]:
    """The number of each view that a round was published with, and what it must be like."""
    number = int(parse_qs(urlsplit(row.view_url).query)["tab"][0])
    return {number: round_view(_title(row.number), row.number)}


def _title(number: int) -> str:
    return f"Round {number}"
