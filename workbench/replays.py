"""Replays that were run in a project: kept, listed, and read again to compare."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from workbench.errors import ProjectError
from workbench.files import write_private
from workbench.project import Project
from workbench.tables import now

FOLDER = "replays"


def keep(project: Project, about: dict, result: dict) -> int:
    """Keeps a result with what it was asked for; returns its number."""
    folder = project.root / FOLDER
    folder.mkdir(exist_ok=True)
    number = max((int(path.stem) for path in folder.glob("[0-9]*.json")), default=0) + 1
    kept = {"number": number, "at": now().isoformat(), **about, "result": result}
    write_private(_path(project, number), json.dumps(kept, ensure_ascii=False))
    return number


def unfinished(project: Project) -> Path:
    """Where a replay keeps what it has done, until its result is kept."""
    (project.root / FOLDER).mkdir(exist_ok=True)
    return project.root / FOLDER / "unfinished.json"


def read(project: Project, number: int) -> dict:
    """``{number, at, by, source, strategies, learners, batch, rounds, seeds, result}`` of one that
    was kept; ProjectError when there is none."""
    try:
        return json.loads(_path(project, number).read_text("utf-8"))
    except (OSError, ValueError):
        raise ProjectError(f"there is no replay {number} in this project") from None


def listed(project: Project) -> list[dict]:
    """All that were kept, the newest first; a file that cannot be read is left out."""
    found = []
    for path in sorted((project.root / FOLDER).glob("[0-9]*.json"), reverse=True):
        with suppress(ProjectError):
            found.append(read(project, int(path.stem)))
    return found


def _path(project: Project, number: int) -> Path:
    return project.root / FOLDER / f"{number:04d}.json"
