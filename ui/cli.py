"""The command line: each command calls one workflow and prints what it reports."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ui.team_commands import commands as team_commands
from ui.terminal import Bar, ask_secret, diff_line, open_project, run_job, say
from workbench.errors import ConfigError, WorkbenchError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Label Workbench: active learning, audit and augmentation on Label Studio.",
)
Folder = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
USAGE_ERROR = typer.BadParameter.__mro__[1]
"""Click's UsageError, which typer keeps for itself."""

HERE = Path(".")
MOST_LABELS = 20
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def main() -> None:
    """Runs the command; a user's mistake is one line and exit status 2."""
    try:
        status = app(standalone_mode=False)
    except WorkbenchError as error:
        typer.echo(f"workbench: {error}", err=True)
        raise SystemExit(2) from None
    except USAGE_ERROR as error:
        if len(sys.argv) == 1:
            typer.echo(error.format_message())
            raise SystemExit(2) from None
        command = error.ctx.command_path if error.ctx else "workbench"
        said = " ".join(error.format_message().split())
        typer.echo(f"workbench: {said} (`{command} --help` shows how)", err=True)
        raise SystemExit(2) from None
    except typer.Abort:
        raise SystemExit(130) from None
    raise SystemExit(status or 0)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the project is made.")] = HERE,
    name: Annotated[str, typer.Option(help="Its name (3 to 50 characters).")] = "",
    labels: Annotated[str, typer.Option(help="Labels, comma between; or import takes them.")] = "",
    language: Annotated[str, typer.Option(help="auto, en or zh.")] = "auto",
) -> None:
    """Make a project. Example: workbench init tickets --labels bug,question,praise"""
    from workbench.project import Project

    wanted = tuple(part.strip() for part in labels.split(",") if part.strip())
    project = Project.create(
        folder, name=name or f"Project {folder.resolve().name}"[:50], labels=wanted,
        language=language,
    )  # fmt: skip
    typer.echo(f"made {project.root}; next: workbench import FILE -p {folder}")


@app.command()
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
    project.set_labelstudio(url, token, number, managed=False, by=at_shell())
    with Bar() as bar:
        report = sync(project, bar)
    typer.echo(f"bound to {url} project {number}: {report.pulled} annotations pulled")


@app.command("import")
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


@app.command()
def status(folder: Folder = HERE) -> None:
    """Show where the project stands. Example: workbench status -p tickets"""
    from workbench.status import status as status_of

    found = status_of(open_project(folder))
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


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    folder: Folder = HERE,
) -> None:
    """Check the set-up; exit status 1 if something is wrong. Example: workbench doctor --fix"""
    from ui.doctor import run

    if not run(folder, fix=fix, as_json=as_json):
        raise typer.Exit(1)


@app.command("round")
def round_(
    strategy: Annotated[str | None, typer.Option(help="A query strategy.")] = None,
    batch: Annotated[int | None, typer.Option(help="How many items to choose.", min=1)] = None,
    learner: Annotated[str | None, typer.Option(help="auto, head or finetune.")] = None,
    folder: Folder = HERE,
) -> None:
    """Sync, train, score, choose, publish. Example: workbench round --batch 100"""
    wanted = {"strategy": strategy, "batch": batch, "learner": learner}
    say(
        run_job(folder, "round", {key: value for key, value in wanted.items() if value is not None})
    )


@app.command()
def sync(folder: Folder = HERE) -> None:
    """Exchange answers with Label Studio now. Example: workbench sync"""
    from ui.terminal import exchange_lines
    from workbench.exchange.conflicts import newest
    from workbench.exchange.state import state

    say(run_job(folder, "sync", {}))
    project = open_project(folder)
    for line in exchange_lines(state(project), newest(project)):
        typer.echo(line)


@app.command("labels")
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


@app.command()
def audit(
    show: Annotated[int, typer.Option(help="How many findings to print.")] = 10,
    folder: Folder = HERE,
) -> None:
    """Find labels that are probably wrong. Example: workbench audit --show 20"""
    from workbench import findings
    from workbench.targets import show as text_of

    say(run_job(folder, "audit", {}))
    for found in findings.ranked(open_project(folder), limit=show):
        change = f" → {text_of(found.suggestion)}" if found.suggestion else ""
        typer.echo(
            f"[{found.kind} {found.score:.3f}] {text_of(found.given)}{change}: {found.text[:90]}"
        )


@app.command()
def augment(
    recipe: Annotated[str, typer.Argument(help="A recipe; without one they are listed.")] = "",
    trial: Annotated[bool, typer.Option("--trial", help="Prove whether it helps.")] = False,
    use: Annotated[bool, typer.Option("--use", help="Switch it on, if it won its trial.")] = False,
    learner: Annotated[
        str | None, typer.Option(help="For the trial: auto, head (quick) or finetune.")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="How many texts to preview.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="The seed.")] = 0,
    folder: Folder = HERE,
) -> None:
    """Preview a recipe or try it. Example: workbench augment random_swap --trial"""
    from workbench.events import at_shell
    from workbench.workflows.trial import augment_preview, use_recipe

    if not recipe:
        from augment.recipes import RECIPES

        for name, one in RECIPES.items():
            typer.echo(f"{name} ({', '.join(one.languages)})")
        return
    if trial:
        wanted = {"recipe": recipe} | ({"learner": learner} if learner else {})
        found = run_job(folder, "trial", wanted)
        typer.echo(found["verdict"])
    if use:
        use_recipe(open_project(folder), recipe, at_shell())
        typer.echo(f"{recipe} is used from the next round on")
    if not trial and not use:
        for row in augment_preview(open_project(folder), recipe, n, seed):
            typer.echo(f"[{row['label']}] {diff_line(row['diff'])}")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="The file or folder to write.")],
    fmt: Annotated[
        str, typer.Option("--format", "-f", help="jsonl, csv, labelstudio, datasets.")
    ] = "jsonl",
    everything: Annotated[bool, typer.Option("--all", help="Unlabelled items too.")] = False,
    folder: Folder = HERE,
) -> None:
    """Write the labelled items. Example: workbench export labels.csv -f csv"""
    from workbench.events import at_shell
    from workbench.workflows.export import export as run

    count = run(open_project(folder), fmt, path, everything=everything, by=at_shell())
    typer.echo(f"{count} rows in {path}")


@app.command()
def simulate(
    data: Annotated[Path, typer.Argument(help="A labelled file.")],
    test: Annotated[Path | None, typer.Option(help="A file to measure on.")] = None,
    strategy: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    text_column: Annotated[str | None, typer.Option(help="The text's column.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The label's column.")] = None,
    batch: Annotated[int | None, typer.Option(help="Labels a round.", min=1)] = None,
    rounds: Annotated[int, typer.Option(help="How many rounds.", min=1)] = 10,
    seeds: Annotated[int, typer.Option(help="How many seeds.", min=1)] = 1,
    learner: Annotated[str, typer.Option(help="head, finetune or auto.")] = "head",
    out: Annotated[Path, typer.Option(help="The result; the curve lies beside it.")] = Path(
        "simulation.json"
    ),
) -> None:
    """Replay the loop on labelled data. Example: workbench simulate train.csv --test test.csv"""
    from ui.plots import simulation_figure
    from workbench.workflows.simulate import simulate_file

    with Bar() as bar:
        result = simulate_file(
            None,
            data,
            test=test,
            columns={"text": text_column, "label": label_column},
            strategies=tuple(strategy or ["margin_diverse"]),
            batch=batch,
            rounds=rounds,
            seeds=seeds,
            learner=learner,
            out=out,
            progress=bar,
        )
    simulation_figure(result).savefig(out.with_suffix(".png"), dpi=120, bbox_inches="tight")
    for row in result["summary"]:
        typer.echo(
            f"{row['strategy']}: mean of the curve {row['mean']:.3f}"
            f" ({row['over_random']:+.3f} over random), {row['last']:.3f} at {row['labels']} labels"
        )
    typer.echo(f"the result is in {out}, the curve in {out.with_suffix('.png')}")


@app.command()
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


@app.command("user")
def user_(
    email: Annotated[
        str, typer.Argument(help="The person's email; none: everybody is listed.")
    ] = "",
    role: Annotated[str, typer.Option(help="annotator, lead or engineer.")] = "",
    password: Annotated[
        str,
        typer.Option(help="A newcomer without one gets a new one; - asks for it, out of sight."),
    ] = "",
    new_password: Annotated[
        bool, typer.Option("--new-password", help="Make a new password and print it.")
    ] = False,
    left: Annotated[bool, typer.Option("--left", help="They left: their log-ins end.")] = False,
    folder: Folder = HERE,
) -> None:
    """Add, change or list who may log in. Example: workbench user ann@example.com --role lead"""
    from workbench import people
    from workbench.events import at_shell

    project = open_project(folder)
    owner = people.Member(at_shell(), "engineer")
    if left:
        people.leave(project, email, by=owner)
        typer.echo(f"{email} may not log in any more; what they answered stays")
    elif email:
        password = ask_secret("Password", password) if password else ""
        made = people.add(project, email, role=role, password=password, by=owner)
        if new_password and not made:
            made = people.reset_password(project, email, by=owner)
        kept = people.find(project, email.strip())
        shown = f" with the password {made}" if made and made != password else ""
        typer.echo(f"{kept.email} may log in as {kept.role}{shown}")
    else:
        for one in people.members(project):
            where = " (workbench.toml)" if one.configured else "" if one.active else " (left)"
            typer.echo(f"{one.email}  {one.role}{where}")


@app.command("events")
def events_(
    who: Annotated[str, typer.Option(help="An email, or a name of the command line.")] = "",
    what: Annotated[str, typer.Option(help="For example export, settings, log_in.")] = "",
    since: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="From then, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=MOMENTS, help="Before, UTC.")] = None,
    limit: Annotated[int, typer.Option(help="How many of the newest to print.", min=1)] = 50,
    out: Annotated[
        Path | None, typer.Option(help="Write all that fit to this .csv or .jsonl file.")
    ] = None,
    folder: Folder = HERE,
) -> None:
    """Show what anybody did. Example: workbench events --what export --since 2026-01-31"""
    from workbench import events

    project = open_project(folder)
    fits = {"who": who, "what": what, "since": since, "until": until}
    if out is not None:
        count = events.export(project, out, by=events.at_shell(), **fits)
        typer.echo(f"{count} events in {out}")
        return
    for one in reversed(events.find(project, limit=limit, **fits)):
        about = " ".join(f"{name}={value}" for name, value in one.about.items())
        typer.echo(f"{one.at:%Y-%m-%d %H:%M:%S} {one.who} {one.what} {about}".rstrip())


app.add_typer(team_commands)


@app.command()
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
