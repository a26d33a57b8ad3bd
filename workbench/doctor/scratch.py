"""Writing to Label Studio, tried for real in a project of its own that is deleted at once.

A scratch project, and not a scratch task in the bound one: nothing that annotators work on, their
queue, their counts or their webhooks, ever sees it. It shows for about a second in the list of
projects; one that a killed doctor left behind is deleted by the next.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from workbench.errors import LabelStudioError
from workbench.labelstudio.probe import Probe

TITLE = "workbench doctor"
LEFT_BEHIND = timedelta(minutes=10)
TASKS = 400
TRIES = 5
PATIENCE = 30.0
XML = (
    '<View><Text name="text" value="$text"/><Choices name="label" toName="text">'
    '<Choice value="a"/><Choice value="b"/></Choices></View>'
)
SAID = [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["a"]}}]
PREDICTIONS = "import/predictions"


@dataclass
class Scratch:
    """How the writing went: ``failed`` is the step that was refused; times are in seconds.

    ``recount`` is what an import of no predictions at all takes for each task that has one: a
    server without the flag counts all of them again.
    """

    write: float = 0.0
    recount: float = 0.0
    failed: str = ""
    error: LabelStudioError | None = None


def attempt(probe: Probe) -> Scratch:
    """Makes a project, a task, predictions, and deletes them; measures on the way."""
    scratch = Scratch()
    try:
        scratch.failed = "read"
        _clear(probe)
        scratch.failed = "create a project"
        title = f"{TITLE} {secrets.token_hex(3)} (deleted at once)"
        made = probe.done("POST", "api/projects/", json={"title": title, "label_config": XML})
        path = f"api/projects/{made['id']}"
    except LabelStudioError as error:
        scratch.error = error
        return scratch
    try:
        scratch.failed = "import a task"
        rows = [{"data": {"text": f"doctor {number}"}} for number in range(TASKS)]
        probe.done("POST", f"{path}/import", json=rows, timeout=PATIENCE)
        params = {"project": made["id"], "page_size": TASKS, "include": "id"}
        ids = [task["id"] for task in probe.read("api/tasks", params=params)["tasks"]]
        scratch.failed = "write a prediction"
        scratch.write = min(_time(probe, "api/predictions/", _said(ids[0])) for _ in range(3))
        few = min(_time(probe, f"{path}/{PREDICTIONS}", []) for _ in range(TRIES))
        _time(probe, f"{path}/{PREDICTIONS}", [_said(task) for task in ids])
        many = min(_time(probe, f"{path}/{PREDICTIONS}", []) for _ in range(TRIES))
        scratch.recount = max(0.0, many - few) / TASKS
        scratch.failed = ""
    except LabelStudioError as error:
        scratch.error = error
    finally:
        try:
            probe.done("DELETE", path)
        except LabelStudioError as error:
            if not scratch.error:
                scratch.failed, scratch.error = "delete a project", error
    return scratch


def _clear(probe: Probe) -> None:
    """Deletes what a doctor that was killed left behind (a running one is younger)."""
    found = probe.read("api/projects/", params={"title": TITLE, "include": "id,title,created_at"})
    before = datetime.now(UTC) - LEFT_BEHIND
    for one in found["results"]:
        made = datetime.fromisoformat(one["created_at"])
        if one["title"].startswith(f"{TITLE} ") and made < before:
            probe.done("DELETE", f"api/projects/{one['id']}")


def _said(task: int) -> dict:
    return {"task": task, "result": SAID, "score": 0.5, "model_version": "doctor"}


def _time(probe: Probe, path: str, body: object) -> float:
    answer = probe.ask("POST", path, json=body, timeout=PATIENCE)
    if answer.status >= 300:
        raise LabelStudioError(f"POST {path}: HTTP {answer.status}, {answer.detail}", answer.status)
    return answer.seconds
