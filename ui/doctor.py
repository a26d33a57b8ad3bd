"""``workbench doctor``: the checks as lines, as they become known, or as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from workbench.doctor import Mended, Result

COLOURS = {"fine": "green", "wrong": "red", "unknown": "yellow", "absent": "bright_black"}
ERASE = "\033[K"


def run(folder: Path, *, fix: bool, as_json: bool) -> bool:
    """Prints what the doctor found, and did with ``fix``; whether all is well in the end."""
    from workbench.doctor import Case, examine, healthy, mend
    from workbench.events import at_shell

    progress = _at_work()
    mended: list[Mended] = []
    if fix:
        mended, results = mend(folder, at_shell(), progress=progress)
        if not as_json:
            for one in mended:
                typer.echo(f"{'mended' if one.done else 'FAILED':7} {one.name}: {one.did}")
            for one in results:
                _line(one)
    else:
        results = []
        with Case(folder) as case:
            for one in examine(case, progress):
                results.append(one)
                if not as_json:
                    _line(one)
    well = healthy(results)
    if as_json:
        done = [{"name": one.name, "did": str(one.did), "done": one.done} for one in mended]
        found = {"ok": well, "mended": done, "checks": [one.to_json() for one in results]}
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        typer.echo(_summary(results))
    return well


def _line(one: Result) -> None:
    state = typer.style(f"{one.state:7}", COLOURS[one.state], bold=one.state == "wrong")
    erase = ERASE if sys.stdout.isatty() else ""
    typer.echo(f"{erase}{state} {one.name:14} {one.saw}")
    if str(one.do):
        typer.echo(f"{'':22} → {one.do}")


def _summary(results: list[Result]) -> str:
    counts = Counter(one.state for one in results)
    said = ", ".join(f"{counts[state]} {state}" for state in COLOURS if counts[state])
    fixable = sum(one.fixable for one in results)
    return f"\n{said}" + (f"; --fix mends {fixable}" if fixable else "")


def _at_work() -> Callable[[float, str], None]:
    """Names the check at work on a terminal, until its line takes the place."""

    def show(_fraction: float, name: str) -> None:
        if sys.stderr.isatty():
            typer.echo(f"{name} …\r", nl=False, err=True)

    return show
