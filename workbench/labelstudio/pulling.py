"""What changed in a Label Studio project since the last time, each change once.

The cursor is the newest ``updated_at`` seen. Label Studio sets that time before it commits, so a
change can appear with a time that lies before the cursor: a pull looks OVERLAP further back until
nothing has come for that long, and the cursor carries what was seen there, so that nothing is given
twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from workbench.chunks import chunks
from workbench.labelstudio.connection import BULK, Connection
from workbench.labelstudio.records import Pull, PulledAnnotation, PulledTask
from workbench.labelstudio.tasks import ANSWERS, answers, each_task

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""The one format that Label Studio's filter takes; others are answered with HTTP 500."""

OVERLAP = timedelta(seconds=30)
EXPORT_CHUNK = 300
"""Ids for each export: they travel in the address, which must stay under 8 kB."""

Progress = Callable[[float, str], None]


def pull(
    connection: Connection,
    project: int,
    cursor: str | None,
    email_of: Callable[[int], str],
    progress: Progress,
) -> Pull:
    """See ``LabelStudioClient.pull``."""
    old = _Cursor.read(cursor)
    changed = []
    where = []
    if old is not None:
        where = [("updated_at", "greater_or_equal", "Datetime", old.edge)]
    seen = old.seen if old is not None else {}
    include = f"id,data,updated_at,{ANSWERS}"
    at_edge = {}
    for task in each_task(connection, project, include, *where, fields="all"):
        at_edge[str(task["id"])] = task["updated_at"]
        if seen.get(str(task["id"])) != task["updated_at"]:
            changed.append(task)
        if len(at_edge) % 1000 == 0:
            progress(0.0, f"{len(at_edge)} tasks seen")
    answered = [task["id"] for task in changed if answers(task)]
    annotations: dict[int, list[PulledAnnotation]] = {}
    for piece in chunks(answered, EXPORT_CHUNK):
        progress(len(annotations) / len(answered), f"annotations of {len(answered)} tasks")
        for task in _export(connection, project, piece):
            annotations[task["id"]] = [
                _annotation(one, email_of, connection.ahead) for one in task["annotations"]
            ]
    tasks = [
        PulledTask(task["id"], task["data"], annotations.get(task["id"], []), task["updated_at"])
        for task in changed
        # one that the export lacks was deleted meanwhile: that is noticed by counts
        if task["id"] in annotations or not answers(task)
    ]
    progress(1.0, f"{len(tasks)} tasks pulled")
    return Pull(tasks, _next_cursor(old, at_edge))


def _export(connection: Connection, project: int, ids: list[int]) -> list[dict]:
    """The tasks in full; only exports carry an annotation's unique_id."""
    return connection.read(
        f"api/projects/{project}/export",
        params={"exportType": "JSON", "download_all_tasks": "true", "ids[]": ids},
        timeout=BULK,
    )


def annotation_id(connection: Connection, project: int, task_id: int, unique_id: str) -> int | None:
    """The id of the task's annotation with ``unique_id``, or None."""
    for task in _export(connection, project, [task_id]):
        for annotation in task["annotations"]:
            if annotation["unique_id"] == unique_id:
                return annotation["id"]
    return None


def _annotation(one: dict, email_of: Callable[[int], str], ahead: timedelta) -> PulledAnnotation:
    """With its times by this machine's clock, so that they compare with what is answered here."""
    return PulledAnnotation(
        id=one["id"],
        unique_id=str(one["unique_id"]),
        completed_by=one["completed_by"],
        email=email_of(one["completed_by"]),
        result=one["result"] or [],
        was_cancelled=bool(one["was_cancelled"]),
        ground_truth=bool(one["ground_truth"]),
        created_at=_here(one["created_at"], ahead),
        updated_at=_here(one["updated_at"], ahead),
        lead_time=one["lead_time"],
    )


def _here(text: str, ahead: timedelta) -> str:
    return (datetime.fromisoformat(text) - ahead).isoformat() if ahead else text


def _moment(text: str) -> datetime:
    """Label Studio leaves the fraction out when it is zero."""
    return datetime.strptime(text, TIME_FORMAT if "." in text else "%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class _Cursor:
    """``newest`` was first seen at ``since`` (our clock); the next pull starts at ``edge``."""

    newest: str
    since: float
    edge: str
    seen: dict[str, str]

    @staticmethod
    def read(text: str | None) -> _Cursor | None:
        return _Cursor(**json.loads(text)) if text else None


def _next_cursor(old: _Cursor | None, at_edge: dict[str, str]) -> str | None:
    times = [_moment(text) for text in at_edge.values()]
    if old is not None:
        times.append(_moment(old.newest))
    if not times:
        return None
    newest, now = max(times), time.time()
    fresh = old is None or newest > _moment(old.newest)
    since = now if fresh else old.since
    settled = now - since > OVERLAP.total_seconds()
    edge = newest if settled else newest - OVERLAP
    seen = {task: text for task, text in at_edge.items() if _moment(text) >= edge}
    cursor = _Cursor(newest.strftime(TIME_FORMAT), since, edge.strftime(TIME_FORMAT), seen)
    return json.dumps(asdict(cursor))
