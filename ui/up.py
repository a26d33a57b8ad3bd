"""``workbench up``: every part started, where to go printed, every child ended on Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ui.terminal import Bar
from workbench.errors import ProjectError

if TYPE_CHECKING:
    from workbench.project import Project


def run(
    folder: Path, *, demo: bool, language: str, port: int | None, host: str | None = None
) -> None:
    """Blocks until Ctrl-C or SIGTERM."""
    from workbench import bootstrap, people
    from workbench.project import Project

    for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(ending, _stop)
    os.umask(0o077)
    root = folder / ("demo" if language == "en" else f"demo-{language}") if demo else folder
    if demo and not bootstrap.demo_made(root):
        typer.echo("making the demo project")
        bootstrap.create_demo(root, language)
    project = Project.open(root)
    people.check_host(project, host or project.settings.web.host)
    with _alone(project):
        _run(project, host, port)


def _run(project: Project, host: str | None, port: int | None) -> None:
    from workbench import bootstrap, events
    from workbench.jobs import Jobs

    server = worker = None
    events.record(project, events.at_shell(), "up")
    try:
        typer.echo("starting Label Studio (a first start takes about a minute)")
        with Bar() as bar:
            server = bootstrap.start_server(project, bar)
        bootstrap.bind(project)
        worker = bootstrap.Worker(project.root).start()
        if project.connected() and not project.store.fact("first_round"):
            Jobs(project.store).submit("round", {"learner": "head"})
            project.store.set_fact("first_round", True)
        _serve(project, host, port)
    except KeyboardInterrupt:
        typer.echo("\nstopping")
    finally:
        if worker is not None:
            worker.stop()
        if server is not None:
            server.stop()
        events.record(project, events.at_shell(), "down")
        project.close()


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Held while the parts of a project run: a second set of them would only be in the way."""
    with open(project.state / "up.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProjectError(
                f"{project.root} runs already: stop the other `workbench up` first"
            ) from None
        yield


def _serve(project: Project, host: str | None, port: int | None) -> None:
    from ui.web.app import serve
    from workbench.bootstrap import DEMO_USER, demo_login

    def ready(url: str) -> None:
        typer.echo(f"\n  Label Workbench   {url}")
        if password := demo_login(project):
            typer.echo(f"  log in            {DEMO_USER}  /  {password}")
        if project.connected():
            typer.echo(f"  Label Studio      {project.settings.labelstudio.url}")
            login = project.root / "label-studio" / "credentials.json"
            if login.exists():
                typer.echo(f"                    (its log-in is in {login})")
        typer.echo("  Ctrl-C ends everything\n")

    serve(project.root, host=host, port=port, on_ready=ready)


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
