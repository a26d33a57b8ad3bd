"""What the commands share: an open project, progress on one line, a job followed to its end."""

from __future__ import annotations

import sys
from pathlib import Path

import typer


def open_project(folder: Path):
    """Raises ProjectError where there is none."""
    from workbench.project import Project

    return Project.open(folder)


class Bar:
    """Progress on a terminal as one line that is written over; elsewhere a line per step."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.last = ""

    def __call__(self, fraction: float, message: str) -> None:
        line = f"{fraction:4.0%} {message}"
        step = " ".join(word for word in message.split() if word.isalpha())
        if self.live:
            typer.echo(f"\r\x1b[K{line}", nl=False, err=True)
        elif step and step != self.last:
            typer.echo(line, err=True)
        self.last = step

    def end(self) -> None:
        if self.live:
            typer.echo("\r\x1b[K", nl=False, err=True)


def run_job(folder: Path, kind: str, params: dict) -> dict:
    """Queues a job and follows it; what it reported. Ctrl-C cancels it."""
    from workbench.errors import JobError
    from workbench.jobs import Jobs
    from workbench.worker import follow

    project = open_project(folder)
    jobs, bar = Jobs(project.store), Bar()
    number = jobs.submit(kind, params)
    try:
        job = follow(project, number, bar)
    except KeyboardInterrupt:
        jobs.cancel(number)
        raise JobError(f"the {kind} was stopped: the same command goes on with it") from None
    finally:
        bar.end()
        project.close()
    if job.state != "done":
        raise JobError(job.error or f"the {kind} was {job.state}")
    return job.result or {}


def say(report: dict) -> None:
    """A report as lines of ``name: value``, without what is empty."""
    for key, value in report.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {one}" for name, one in value.items() if one)
        if value not in (None, "", []):
            typer.echo(f"{key.replace('_', ' ')}: {value}")


def diff_line(parts: list[tuple[str, str]]) -> str:
    """A word diff on one line: ``[-removed-]`` and ``{+added+}``, coloured on a terminal."""
    marks = {"removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}
    return "".join(
        text
        if how == "same"
        else typer.style(f"{marks[how][0]}{text}{marks[how][1]}", marks[how][2])
        for text, how in parts
    )
