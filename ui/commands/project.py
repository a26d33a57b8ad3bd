"""The commands about the project: its folder, its texts, its Label Studio, its jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import HERE, Bar, Folder, ask_secret, open_project, run_job, say
from workbench.errors import ConfigError

commands = typer.Typer()
MOST_LABELS = 20


@commands.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="With the sample data, in ./demo.")] = False,
    language: Annotated[str, typer.Option(help="The demo's language: en or zh.")] = "en",
    port: Annotated[int, typer.Option(help="The web UI's port; 0: 7860 or the next.")] = 0,
    host: Annotated[str, typer.Option(help="Where to listen; none: as workbench.toml says.")] = "",
    folder: Folder = HERE,
) -> None:
    """Start Label Studio, the worker and the web UI. Example: workbench up --demo"""
    from ui.up import run

    run(folder, demo=demo, language=language, port=port or None, host=host or None)


@commands.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the project is made.")] = HERE,
    name: Annotated[str, typer.Option(help="Its name (3 to 50 characters).")] = "",
    labels: Annotated[str, typer.Option(help="Labels, comma between; or import takes them.")] = "",
    language: Annotated[str, typer.Option(help="auto, en or zh.")] = "auto",
) -> None:
    """Make a project. Example: workbench init tickets --labels bug,question,praise"""
    from workbench.config import FILE
    from workbench.project import Project, check_labels

    wanted = tuple(part.strip() for part in labels.split(",") if part.strip())
    if wanted and (folder / FILE).exists():
        there = open_project(folder)
        if not there.has_labels():
            check_labels(wanted)
            there.set_labels(wanted)
            typer.echo(f"the labels of {there.root}: {', '.join(wanted)}")
            return
    project = Project.create(
        folder, name=name or f"Project {folder.resolve().name}"[:50], labels=wanted,
        language=language,
    )  # fmt: skip
    typer.echo(f"made {project.root}; next: workbench import FILE -p {folder}")


@commands.command()
def connect(
    url: Annotated[str, typer.Argument(help="Label Studio's address.")],
    token: Annotated[
        str,
        typer.Option(
            envvar="WORKBENCH_LABEL_STUDIO_TOKEN",
            help="A legacy or a personal access token; - or none: it is asked for, which keeps it"
            " out of the list of processes.",
        ),
    ] = "-",
    number: Annotated[
        int, typer.Option("--id", min=0, help="The Label Studio project's number.")
    ] = 0,
    folder: Folder = HERE,
) -> None:
    """Bind a Label Studio project. Example: workbench connect http://localhost:8080 --id 3"""
    from workbench.events import at_shell
    from workbench.exchange.binding import bind
    from workbench.labelstudio.client import LabelStudioClient
    from workbench.labelstudio.labelconfig import parse
    from workbench.workflows.sync import sync

    project = open_project(folder)
    token = ask_secret("Token", token)
    client = LabelStudioClient(url, token)
    client.whoami()
    if number == 0:
        found = ", ".join(f"{info.id} ({info.title})" for info in client.projects())
        raise ConfigError(f"say which project with --id: {found or 'there is none yet'}")
    parse(client.project(number).xml)
    bind(project, url, token, number, by=at_shell())
    with Bar() as bar:
        report = sync(project, bar)
    typer.echo(f"bound to {url} project {number}: {report.pulled} annotations pulled")


@commands.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV, JSONL, JSON, Parquet or a datasets folder.")
    ],
    text_column: Annotated[str | None, typer.Option(help="The text's column.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The label's column.")] = None,
    uid_column: Annotated[str | None, typer.Option(help="The uid's column.")] = None,
    folder: Folder = HERE,
) -> None:
    """Add a file's texts to the pool. Example: workbench import tickets.csv --text-column body"""
    from dataclasses import asdict

    from workbench.events import at_shell
    from workbench.workflows.importing import import_file

    columns = {"text": text_column, "label": label_column, "uid": uid_column}
    with Bar() as bar:
        report = import_file(open_project(folder), file, columns, bar, by=at_shell())
    say(asdict(report))


@commands.command()
def status(folder: Folder = HERE) -> None:
    """Show where the project stands. Example: workbench status -p tickets"""
    from ui.outlook import sentences
    from ui.rounds import took
    from workbench.outlook import outlook
    from workbench.status import status as status_of

    project = open_project(folder)
    found = status_of(project)
    rounds = found.pop("rounds")
    counts = sorted(found.pop("label_counts").items(), key=lambda pair: -pair[1])
    found["labels"] = ", ".join(f"{label} {count}" for label, count in counts[:MOST_LABELS])
    if len(counts) > MOST_LABELS:
        found["labels"] += f" and {len(counts) - MOST_LABELS} more"
    say(found)
    for row in rounds:
        accuracy = (
            f"accuracy {row['accuracy']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
            if row["accuracy"] is not None
            else "accuracy not measured yet: label holdout items"
        )
        typer.echo(
            f"round {row['number']} [{row['state']}]: {row['labels']} labels, {row['learner']},"
            f" {row['strategy']}, {accuracy}"
        )
        if row["seconds"]:
            typer.echo(took(row, "en"))
    if rounds:
        for sentence in sentences(outlook(project), "en"):
            typer.echo(sentence)


@commands.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    folder: Folder = HERE,
) -> None:
    """Check the set-up; exit status 1 if something is wrong. Example: workbench doctor --fix"""
    from ui.doctor import run

    if not run(folder, fix=fix, as_json=as_json):
        raise typer.Exit(1)


@commands.command()
def sync(folder: Folder = HERE) -> None:
    """Exchange answers with Label Studio now. Example: workbench sync"""
    from ui.terminal import exchange_lines
    from workbench.exchange.conflicts import newest
    from workbench.exchange.state import state

    say(run_job(folder, "sync", {}))
    project = open_project(folder)
    for line in exchange_lines(state(project), newest(project)):
        typer.echo(line)


@commands.command("labels")
def labels_(
    rename: Annotated[list[str] | None, typer.Option(help="OLD=NEW; may be repeated.")] = None,
    retire: Annotated[list[str] | None, typer.Option(help="No longer used; repeatable.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it.")] = False,
    folder: Folder = HERE,
) -> None:
    """Settle labels changed in Label Studio. Example: workbench labels --retire bug --apply"""
    from workbench.events import at_shell
    from workbench.exchange import labels

    pairs = [one.partition("=") for one in rename or []]
    if wrong := [old for old, _, new in pairs if not old or not new]:
        raise ConfigError(f"--rename takes OLD=NEW, not {wrong[0]!r}")
    renames = {old: new for old, _, new in pairs}
    project = open_project(folder)
    change = labels.pending(project)
    if change is None and not apply:
        typer.echo("the labels are as Label Studio has them")
        return
    if apply:
        said = labels.apply(project, renames, retire or (), by=at_shell())
    else:
        typer.echo(f"changed in Label Studio: {labels.summary(change)}")
        said = labels.decisions(change, renames, retire or ())
    for old, new in said.items():
        typer.echo(f"{old} → {new}" if new else f"{old} is no longer used")
    if apply:
        typer.echo("applied; the next sync reads what waited")
    elif not change.problem:
        typer.echo("nothing is changed yet: --rename OLD=NEW, --retire OLD, then --apply")


@commands.command()
def jobs(
    cancel: Annotated[int, typer.Option(help="Cancel the job of this number.")] = 0,
    folder: Folder = HERE,
) -> None:
    """List the newest jobs. Example: workbench jobs --cancel 7"""
    from workbench.events import at_shell
    from workbench.jobs import Jobs

    queue = Jobs(open_project(folder).store)
    if cancel:
        queue.cancel(cancel, at_shell())
    for job in queue.recent():
        typer.echo(f"{job.id} {job.kind} {job.state} {job.progress:.0%} {job.error or job.message}")
