"""Checks of writing: what the user may do, and how quick it is."""

from __future__ import annotations

from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, fine, wrong

FORBIDDEN = (401, 403)


@check("login", seconds=60)
def permission(case: Case) -> Result:
    """The user may read, write and delete."""
    tried = case.scratch
    if tried.error is None:
        return fine("may read, write and delete (tried in a project of its own)")
    values = {"step": tried.failed, "reason": str(tried.error)}
    if tried.error.status in FORBIDDEN:
        return wrong(
            "this user may not {step}: {reason}",
            "use the token of a user who manages the project",
            **values,
        )
    return wrong(
        "Label Studio failed to {step}: {reason}",
        "see its log: a full disk or a locked database are likely",
        **values,
    )


@check("permission")
def write_speed(case: Case) -> Result:
    """A small write is quick."""
    took = {"ms": round(case.scratch.write * 1000)}
    if case.scratch.write <= case.limits.write:
        return fine("a small write takes {ms} ms", **took)
    return wrong(
        "a small write takes {ms} ms",
        "switch SQLite's WAL on (LABEL_STUDIO_AZURE_MOUNT_FIX=1), or move Label Studio to "
        "PostgreSQL or to a faster disk",
        **took,
    )
