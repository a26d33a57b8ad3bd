"""Label Studio's tasks (its JSON export, or a file made for its import) as plain rows."""

from __future__ import annotations

from typing import Any

from workbench.intake.model import Record, Reject, excerpt

TARGET = "annotations"


def is_task(values: dict[str, Any]) -> bool:
    """Whether ``values`` is a task: its fields are under ``data``."""
    return isinstance(values.get("data"), dict)


def flatten(record: Record) -> Record | Reject:
    """The task's data as columns, with what was last annotated as column `TARGET`."""
    if not is_task(record.values):
        return Reject(record.line, "not a task: it has no data", excerpt(record.values))
    try:
        target = _newest(record.values)
    except (TypeError, AttributeError, KeyError):
        return Reject(record.line, "its annotations are malformed", excerpt(record.values))
    return Record(record.line, {**record.values["data"], TARGET: target})


def _newest(task: dict[str, Any]) -> Any:
    """The newest annotation that was not skipped, in a form that a label column may have."""
    given = task.get("annotations") or task.get("completions") or []
    kept = [one for one in given if isinstance(one, dict) and not one.get("was_cancelled")]
    if not kept:
        return None
    newest = max(
        enumerate(kept),
        key=lambda one: (str(one[1].get("updated_at") or one[1].get("created_at") or ""), one[0]),
    )[1]
    names: list[str] = []
    spans: list[dict] = []
    for region in newest.get("result") or []:
        value = region["value"]
        names += value.get("choices", [])
        for label in value.get("labels", []):
            spans.append({"start": value["start"], "end": value["end"], "label": label})
    if spans:
        return spans
    return names[0] if len(names) == 1 else names
