"""Checks of the bound Label Studio project: that it is there, its labels, its tasks."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from sqlalchemy import func, select

from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, Said, absent, fine, wrong
from workbench.errors import LabelStudioError, SchemaError
from workbench.exchange.labels import compare
from workbench.labelstudio import tasks
from workbench.labelstudio.labelconfig import parse
from workbench.tables import Item

NOT_FOUND = 404
MOST_NAMED = 5
FEW = 2000
"""Up to so many tasks are all looked at; of more only when they are more than we know."""


@check("login", "store")
def project(case: Case) -> Result:
    """The bound project is there, and is the one that the rounds were published in."""
    if not case.number:
        return absent(
            "no Label Studio project is bound", "`workbench connect URL --id N` binds one"
        )
    try:
        info = case.info
    except LabelStudioError as error:
        return _unreadable(case, error)
    published = case.round.view_url if case.round else ""
    if published and f"/projects/{case.number}/" not in urlsplit(published).path:
        return wrong(
            "bound to project {n}, but round {round} was published in another: {view}",
            "set `labelstudio.project_id` to that project again",
            n=case.number,
            round=case.round.number,
            view=published,
        )
    return fine(
        "project {n} ({title}), {count} tasks",
        n=case.number,
        title=info["title"],
        count=info["task_number"] or 0,
    )


def _unreadable(case: Case, error: LabelStudioError) -> Result:
    if error.status != NOT_FOUND:
        return wrong(
            "project {n} cannot be read: {reason}",
            "use the token of a user who may read it",
            n=case.number,
            reason=str(error),
        )
    answer = case.probe.read(
        "api/projects/", params={"page_size": MOST_NAMED, "include": "id,title"}
    )
    there = ", ".join(f"{one['id']} ({one['title']})" for one in answer["results"]) or "-"
    return wrong(
        "Label Studio has no project {n}; there are {there}",
        "set `labelstudio.project_id`, or bind one: `workbench connect URL --id N`",
        n=case.number,
        there=there,
    )


@check("permission", "project")
def import_cost(case: Case) -> Result:
    """Predictions do not take longer the more tasks the project has."""
    count = case.info["task_number"] or 0
    cost = case.scratch.recount * count
    values = {"count": f"{count:,}", "cost": f"{cost:.2g}"}
    if cost <= case.limits.recount:
        return fine("each import of predictions re-counts little ({cost} s)", **values)
    return wrong(
        "each import of predictions re-counts all {count} tasks: about {cost} s on top",
        "start Label Studio with fflag_fix_back_4620_memory_efficient_predictions_import_08012025"
        "_short=true in its environment",
        **values,
    )


@check("project")
def schema(case: Case) -> Result:
    """The labelling configuration is one that the workbench can work with."""
    try:
        found = parse(case.info["label_config"]).schema
    except SchemaError as error:
        return wrong(
            "{reason}",
            "change the labelling configuration in Label Studio (Settings, Labeling Interface)",
            reason=str(error),
        )
    return fine("{kind}, {count} labels", kind=found.kind, count=len(found.labels))


@check("schema")
def labels(case: Case) -> Result:
    """The labels are those that the project knows."""
    kept = case.project.store.fact("label_config")
    if kept is None:
        return fine("the next sync takes the labels over")
    found = compare(parse(str(kept)), case.info["label_config"])
    if not found.matters:
        return fine("the same here and there")
    return wrong(
        "the labelling configuration was changed in Label Studio (new: {added}; gone: {gone})",
        "`workbench labels` shows the change and asks what to do with the answers",
        added=", ".join(found.added) or "-",
        gone=", ".join(found.removed) or "-",
    )


def remove_doubles(case: Case) -> Said:
    """Deletes the copies of a task that nobody has answered."""
    client = case.project.client()
    rows = {uid: found[0]["data"] for uid, found in _doubled(case).items()}
    client.import_tasks(case.number, list(rows.values()))
    return Said("copies without an answer were deleted ({count} items)", {"count": len(rows)})


@check("project", seconds=120, mend=remove_doubles)
def duplicates(case: Case) -> Result:
    """No item has two tasks: a request that was repeated blindly leaves some."""
    count = case.info["task_number"] or 0
    with case.project.store.session() as session:
        known = session.scalar(select(func.count()).where(Item.task_id.is_not(None)))
    if count > FEW and count <= known:
        return fine("{count} tasks, no more than items", count=count)
    doubled = _doubled(case)
    if not doubled:
        return fine("each item has one task")
    copies = [copy for found in doubled.values() for copy in found[1:]]
    values = {
        "count": len(doubled),
        "names": ", ".join([*doubled][:MOST_NAMED]),
        "ids": ", ".join(str(copy["id"]) for copy in copies[:MOST_NAMED]),
    }
    if any(not tasks.answers(copy) for found in doubled.values() for copy in found):
        return wrong(
            "{count} items have more than one task: {names}",
            "`workbench doctor --fix` deletes the copies that nobody has answered",
            fixable=True,
            **values,
        )
    return wrong(
        "{count} items have more than one task, each with answers: {names}",
        "look at the tasks {ids} in Label Studio and delete those that are not needed",
        **values,
    )


def _doubled(case: Case) -> dict[str, list[dict]]:
    """The tasks of each uid that has several."""
    include = f"id,data,{tasks.ANSWERS}"
    found: dict[str, list[dict]] = {}
    for task in tasks.each_task(case.probe, case.number, include, fields="all"):
        uid = task["data"].get("uid")
        if isinstance(uid, str) and uid:
            found.setdefault(uid, []).append(task)
    counts = Counter({uid: len(rows) for uid, rows in found.items()})
    return {uid: found[uid] for uid, count in counts.items() if count > 1}
