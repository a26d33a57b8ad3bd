"""Replays that were run in a folder: kept, listed, and read again to compare."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from workbench import __version__
from workbench.errors import ConfigError, ProjectError
from workbench.files import write_private
from workbench.project import Project
from workbench.tables import now

FOLDER = "replays"


def folder_of(project: Project) -> Path:
    """Where the replays of a project are kept."""
    return project.root / FOLDER


def keep(folder: Path, about: dict, result: dict) -> int:
    """Keeps a result with what it was asked for; returns its number, which no other gets."""
    folder.mkdir(exist_ok=True)
    number = _reserved(folder)
    kept = {"number": number, "at": now().isoformat(), "version": __version__, **about}
    try:
        write_private(_path(folder, number), _json(kept | {"result": result}))
    except BaseException:
        _path(folder, number).unlink(missing_ok=True)
        raise
    return number


def unfinished(folder: Path, name: str) -> Path:
    """Where a replay, which its name tells from others, keeps what it has done until its result is
    kept."""
    folder.mkdir(exist_ok=True)
    return folder / f"unfinished-{name}.json"


def read(folder: Path, number: int) -> dict:
    """``{number, at, version, by, source, test, strategies, learners, batch, rounds, seeds,
    result}`` of one that was kept; ProjectError when there is none.

    Those of earlier versions have no ``version`` and no ``test``.
    """
    try:
        kept = json.loads(_path(folder, number).read_text("utf-8"))
        if kept["number"] == number and kept["result"]["summary"]:
            return kept
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ProjectError(f"there is no replay {number}: `workbench replays` lists those there are")


def listed(folder: Path) -> list[dict]:
    """All that were kept, the newest first; a file that cannot be read is left out."""
    found = []
    for number in sorted(_numbers(folder), reverse=True):
        with suppress(ProjectError):
            found.append(read(folder, number))
    return found


def check_out(out: Path, read: Iterable[Path | str | None]) -> None:
    """Raises ConfigError where no copy of a result, with its curve beside, can be put: a folder, a
    place that is not there, or one of the files that are ``read``."""
    if not out.absolute().parent.is_dir():
        raise ConfigError(f"{out}: the folder is not there: make it, or name another --out")
    if out.suffix.lower() == ".png":
        raise ConfigError(f"{out}: the curve would take its place: name a file that ends in .json")
    for place in (out, curve_beside(out)):
        if place.is_dir():
            raise ConfigError(f"{place}: it is a folder: name a file")
        if any(file is not None and _same(place, Path(file)) for file in read):
            raise ConfigError(f"{place}: the replay reads this file: name another --out")


def write_out(out: Path, kept: dict) -> None:
    """Writes the newest result where it was asked for: what was asked and found, side by side."""
    asked = {name: value for name, value in kept.items() if name != "result"}
    out.write_text(_json(asked | kept["result"], indent=1), "utf-8")


def curve_beside(out: Path) -> Path:
    """Where the curve of a result lies."""
    return out.with_suffix(".png")


def _reserved(folder: Path) -> int:
    number = max(_numbers(folder), default=0)
    while True:
        number += 1
        with suppress(FileExistsError):
            os.close(os.open(_path(folder, number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return number


def _numbers(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal()]


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _json(kept: dict, indent: int | None = None) -> str:
    return json.dumps(kept, ensure_ascii=False, indent=indent)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:04d}.json"
