"""What the commands share: an open project, progress on one line, a job followed to its end."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
HERE = Path(".")


def open_project(folder: Path):
    """Raises ProjectError where there is none."""
    from workbench.project import Project

    return Project.open(folder)


def ask_secret(name: str, given: str) -> str:
    """``given``, or for ``-`` what is typed unseen, or the first line of a pipe."""
    import getpass
    import sys

    if given != "-":
        return given
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ")
    return sys.stdin.readline().rstrip("\r\n")


EVERY_S = 30.0
"""How often a long step is told of where there is no terminal."""


class Bar:
    """Progress with the time left on one line of a terminal; elsewhere a line per step, and in a
    long one every half a minute."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        console = Console(stderr=True)
        words = TextColumn("{task.fields[left]}{task.description}", markup=False)
        self.live = console.is_terminal
        self.shown = Progress(
            BarColumn(20), TaskProgressColumn(), words,
            console=console, transient=True, disable=not self.live,
        )  # fmt: skip
        self.task = self.shown.add_task("", total=1.0, left="")
        self.last, self.told_at = "", monotonic()
        self.seen: deque[tuple[float, float]] = deque()

    def __enter__(self) -> Bar:
        self.shown.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shown.stop()

    def __call__(self, fraction: float, message: str) -> None:
        from workbench.jobs import time_left

        left = time_left(self.seen, monotonic(), fraction)
        said = f"{timedelta(seconds=round(left))} left: " if left else ""
        self.shown.update(self.task, completed=fraction, description=message, left=said)
        step = " ".join(word for word in message.split() if word.isalpha())
        long = monotonic() - self.told_at >= EVERY_S
        if not self.live and step and (long or step != self.last):
            typer.echo(f"{fraction:4.0%} {said}{message}", err=True)
            self.told_at = monotonic()
        self.last = step


def run_job(folder: Path, kind: str, params: dict, called: str = "") -> dict:
    """Queues a job and follows it; what it reported. Ctrl-C cancels it.

    ``called`` is the word that people have for this kind of job, where it is another.
    """
    from workbench.errors import JobError
    from workbench.events import at_shell
    from workbench.jobs import Jobs
    from workbench.worker import follow

    project = open_project(folder)
    jobs = Jobs(project.store)
    number = jobs.submit(kind, params, at_shell())
    try:
        with Bar() as bar:
            job = follow(project, number, bar)
    except KeyboardInterrupt:
        jobs.cancel(number, at_shell())
        raise JobError(
            f"the {called or kind} was stopped: the same command goes on with it"
        ) from None
    finally:
        project.close()
    if job.state != "done":
        raise JobError(job.error or f"the {called or kind} was {job.state}")
    return job.result or {}


def say(report: dict) -> None:
    """A report as lines of ``name: value``, without what is empty."""
    for key, value in report.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {one}" for name, one in value.items() if one)
        if isinstance(value, float):
            value = f"{value:.3f}"
        if value not in (None, "", []):
            typer.echo(f"{key.replace('_', ' ')}: {value}")


def exchange_lines(state, conflicts: list) -> list[str]:
    """What is not as it should be between here and Label Studio, and what was settled."""
    from workbench.exchange.labels import summary
    from workbench.targets import show

    lines = []
    if state.waiting:
        since = f", the oldest for {state.lag_s:.0f} s" if state.lag_s is not None else ""
        lines.append(f"waiting to be sent: {state.waiting}{since}")
    if state.unread:
        lines.append(f"kept, but not readable under the project's labels: {state.unread}")
    if state.change:
        lines.append(
            f"labels changed in Label Studio ({summary(state.change)}): see `workbench labels`"
        )
    for one in conflicts:
        lines.append(
            f"conflict: {one.annotator} said {show(one.dropped)}, then {show(one.kept)},"
            f" which counts: {one.text[:60]}"
        )
    return lines


def diff_line(parts: list[tuple[str, str]]) -> str:
    """A word diff on one line: ``[-removed-]`` and ``{+added+}``, coloured on a terminal."""
    marks = {"removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}
    return "".join(
        text
        if how == "same"
        else typer.style(f"{marks[how][0]}{text}{marks[how][1]}", marks[how][2])
        for text, how in parts
    )
