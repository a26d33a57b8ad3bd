"""Tasks, predictions and annotations in Label Studio, each brought there exactly once.

Label Studio has no key of its own for a task and may finish a request whose answer was lost, so
nothing here is sent blindly: look what is there, send what is missing, look again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from workbench.chunks import chunks
from workbench.errors import LabelStudioError
from workbench.labelstudio.connection import ATTEMPTS, BULK, Connection, may_pass, pause
from workbench.labelstudio.records import Prediction

CHUNK = 1000
PAGE = 1200
"""Longer than CHUNK: what is asked for by CHUNK names comes on one page, with some doubles."""

CHUNK_BYTES = 32 * 2**20
MOST_SEARCHES = 3
ANSWERS = "annotations_ids"
"""Label Studio also keeps counts of a task's answers, but writes them after the answer: killed in
between, or on a full disk, they stay behind for good. These ids are of the answers themselves."""

PLACING = ("round", "rank", "assignee")
"""The parts of a task's data that say when it is asked and whom, not what it is."""


def filters(*items: tuple[str, str, str, object]) -> dict:
    """A Data Manager filter of (column, operator, type, value), all of which must hold."""
    keys = ("filter", "operator", "type", "value")
    return {
        "conjunction": "and",
        "items": [
            dict(zip(keys, (f"filter:tasks:{column}", *rest), strict=True))
            for column, *rest in items
        ],
    }


def each_task(
    connection: Connection,
    project: int,
    include: str,
    *where: tuple[str, str, str, object],
    fields: str = "task_only",
) -> Iterator[dict]:
    """Tasks of ``project`` that pass ``where``, by ascending id, with the fields of ``include``.

    Pages continue after the last id seen, so that tasks which come, go or change meanwhile never
    push another one out of sight. ``fields="all"`` is needed for ANSWERS and for predictions.
    """
    last = 0
    while True:
        page = connection.read(
            "api/tasks",
            params={"project": project, "page_size": PAGE, "include": include, "fields": fields},
            json={"filters": filters(*where, ("id", "greater", "Number", last))},
            timeout=BULK,
        )["tasks"]
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]["id"]


def find(connection: Connection, project: int, uids: Iterable[str]) -> dict[str, list[dict]]:
    """The tasks of each uid that has any (id and data), the oldest first."""
    wanted = list(dict.fromkeys(uids))
    known = set(wanted)
    # each filter on uids reads every task of the project: for many uids, read them all once
    searches = [[("data.uid", "in_list", "List", chunk)] for chunk in chunks(wanted, CHUNK)]
    if len(searches) > MOST_SEARCHES:
        searches = [[]]
    found: dict[str, list[dict]] = {}
    for where in searches:
        for task in each_task(connection, project, "id,data", *where):
            uid = task["data"].get("uid")
            if isinstance(uid, str) and uid in known:
                found.setdefault(uid, []).append(task)
    return found


def import_tasks(connection: Connection, project: int, data: Sequence[dict]) -> dict[str, int]:
    """See ``LabelStudioClient.import_tasks``."""
    wanted = {row["uid"]: row for row in data}
    if len(wanted) < len(data) or not all(isinstance(uid, str) and uid for uid in wanted):
        raise LabelStudioError("each task needs a uid of its own, a text that is not empty")
    found = find(connection, project, wanted)
    failure: LabelStudioError | None = None
    for attempt in range(ATTEMPTS):
        missing = [row for uid, row in wanted.items() if uid not in found]
        if not missing:
            break
        if attempt:
            pause(attempt)
        try:
            for chunk in _by_size(missing):
                path = f"api/projects/{project}/import"
                rows = [{"data": row} for row in chunk]
                connection.call("POST", path, json=rows, timeout=BULK)
        except LabelStudioError as error:
            if not may_pass(error):
                raise
            failure = error
        found |= find(connection, project, (row["uid"] for row in missing))
    lacking = len(wanted) - len(found)
    if lacking:
        reason = failure or "it said that all is well"
        raise LabelStudioError(f"{lacking} of {len(wanted)} tasks did not arrive: {reason}")
    return {uid: _without_doubles(connection, project, tasks) for uid, tasks in found.items()}


def import_predictions(
    connection: Connection, project: int, predictions: Sequence[Prediction]
) -> int:
    """See ``LabelStudioClient.import_predictions``."""
    made = 0
    by_version: dict[str, dict[int, Prediction]] = {}
    for prediction in predictions:
        by_version.setdefault(prediction.model_version, {})[prediction.task_id] = prediction
    for version, wanted in by_version.items():
        made += _import_version(connection, project, version, wanted)
    return made


def place(connection: Connection, project: int, places: dict[int, tuple[dict, int]]) -> set[int]:
    """See ``LabelStudioClient.place``."""
    there: set[int] = set()
    for chunk in chunks(list(places), CHUNK):
        where = ("id", "in_list", "List", chunk)
        include = "id,data,overlap,is_labeled,total_annotations"
        for task in each_task(connection, project, include, where):
            data, overlap = places[task["id"]]
            wanted = {"data": task["data"] | data, "overlap": overlap}
            if (task["total_annotations"] or 0) < overlap:
                # Label Studio does not look at this again when the overlap changes
                wanted["is_labeled"] = False
            if any(task[key] != value for key, value in wanted.items()):
                connection.repeat("PATCH", f"api/tasks/{task['id']}/", json=wanted)
            there.add(task["id"])
    return there


def submit(connection: Connection, task_id: int, annotation: dict) -> int | None:
    """The id of a new annotation; None where its ``unique_id`` was stored before.

    Where the user of ``completed_by`` is gone, it becomes the token's.
    """
    path = f"api/tasks/{task_id}/annotations/"
    while True:
        try:
            return connection.repeat("POST", path, json=annotation)["id"]
        except LabelStudioError as error:
            if error.status == 409:
                return None
            if error.status != 400 or annotation.pop("completed_by", None) is None:
                raise


def _import_version(
    connection: Connection, project: int, version: str, wanted: dict[int, Prediction]
) -> int:
    there: set[int] = set()
    crowded: set[int] = set()
    if uncounted := _counted(connection, project, version) > 0:
        there, crowded = _predicted(connection, project, version, list(wanted))
    at_first = there
    failure: LabelStudioError | None = None
    for attempt in range(ATTEMPTS):
        missing = [one for task_id, one in wanted.items() if task_id not in there]
        if not missing:
            break
        if attempt:
            pause(attempt)
        rows = [
            {
                "task": one.task_id,
                "result": one.result,
                "score": one.score,
                "model_version": one.model_version,
            }
            for one in missing
        ]
        try:
            path = f"api/projects/{project}/import/predictions"
            connection.call("POST", path, json=rows, timeout=BULK)
        except LabelStudioError as error:
            if not may_pass(error):
                raise
            failure = error
        if not uncounted and _counted(connection, project, version) == len(wanted):
            return len(wanted)
        uncounted = True
        there, crowded = _predicted(connection, project, version, list(wanted))
    lacking = len(wanted) - len(there)
    if lacking:
        reason = failure or "it said that all is well"
        raise LabelStudioError(f"{lacking} of {len(wanted)} predictions did not arrive: {reason}")
    for doubles in _prediction_ids(connection, project, version, sorted(crowded)).values():
        for prediction_id in doubles[1:]:
            connection.delete(f"api/predictions/{prediction_id}/")
    return len(there) - len(at_first)


def _counted(connection: Connection, project: int, version: str) -> int:
    """How many predictions of ``version`` the project has: what two counts settle costs little."""
    return connection.read(f"api/projects/{project}/model-versions/").get(version, 0)


def _predicted(
    connection: Connection, project: int, version: str, task_ids: list[int]
) -> tuple[set[int], set[int]]:
    """Which of the tasks have a prediction of ``version``, and which have one of some kind twice.

    Label Studio tells the versions of a task five times as fast as its predictions.
    """
    there: set[int] = set()
    crowded: set[int] = set()
    include = "id,total_predictions,predictions_model_versions"
    for chunk in chunks(task_ids, CHUNK):
        where = ("id", "in_list", "List", chunk)
        for task in each_task(connection, project, include, where, fields="all"):
            versions = set((task["predictions_model_versions"] or "").split(","))
            if version in versions:
                there.add(task["id"])
                if task["total_predictions"] > len(versions):
                    crowded.add(task["id"])
    return there, crowded


def _prediction_ids(
    connection: Connection, project: int, version: str, task_ids: list[int]
) -> dict[int, list[int]]:
    """The ids of the predictions of ``version`` of each task, the oldest first."""
    found: dict[int, list[int]] = {}
    for chunk in chunks(task_ids, CHUNK):
        where = ("id", "in_list", "List", chunk)
        for task in each_task(connection, project, "id,predictions", where, fields="all"):
            found[task["id"]] = sorted(
                p["id"] for p in task["predictions"] if p["model_version"] == version
            )
    return found


def _without_doubles(connection: Connection, project: int, tasks: list[dict]) -> int:
    """The task to use of those with one uid; copies that nobody has answered are deleted.

    A copy comes of a request whose sender was killed and which Label Studio finished later. Only
    a task whose data are the same but for its place in the queue counts as a copy.
    """
    if len(tasks) == 1:
        return tasks[0]["id"]
    where = ("id", "in_list", "List", [task["id"] for task in tasks])
    found = each_task(connection, project, f"id,data,{ANSWERS}", where, fields="all")
    kept, *copies = sorted(found, key=lambda task: (not answers(task), task["id"]))
    for task in copies:
        if not answers(task) and _content(task) == _content(kept):
            connection.delete(f"api/tasks/{task['id']}/")
    return kept["id"]


def answers(task: dict) -> int:
    """How many answers a task has, skips included, by its field ANSWERS."""
    return len([one for one in (task[ANSWERS] or "").split(",") if one])


def _content(task: dict) -> dict:
    return {key: value for key, value in task["data"].items() if key not in PLACING}


def _by_size(rows: list[dict]) -> Iterator[list[dict]]:
    """``rows`` in pieces of at most CHUNK rows and about CHUNK_BYTES."""
    piece: list[dict] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row))
        if piece and (len(piece) == CHUNK or size + length > CHUNK_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += length
    if piece:
        yield piece
