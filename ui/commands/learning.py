"""The commands about the loop: rounds, audits, augmentation, and what they are worth."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from ui.terminal import HERE, Bar, Folder, diff_line, open_project, run_job, say

commands = typer.Typer()


@commands.command("round")
def round_(
    strategy: Annotated[str | None, typer.Option(help="A query strategy.")] = None,
    batch: Annotated[int | None, typer.Option(help="How many items to choose.", min=1)] = None,
    learner: Annotated[str | None, typer.Option(help="auto, head, few_shot or finetune.")] = None,
    folder: Folder = HERE,
) -> None:
    """Sync, train, score, choose, publish. Example: workbench round --batch 100"""
    wanted = {"strategy": strategy, "batch": batch, "learner": learner}
    say(
        run_job(folder, "round", {key: value for key, value in wanted.items() if value is not None})
    )


@commands.command()
def tune(
    trials: Annotated[int, typer.Option(help="How many settings to try.", min=2)] = 20,
    use: Annotated[bool, typer.Option("--use", help="Write what was found, if better.")] = False,
    folder: Folder = HERE,
) -> None:
    """Search for better fine-tune settings. Example: workbench tune --trials 20"""
    from ui.tuning import line
    from workbench.events import at_shell
    from workbench.workflows.tune import use_tuned

    if not use:
        typer.echo(line(run_job(folder, "tune", {"trials": trials}), "en"))
        return
    for name, value in use_tuned(open_project(folder), at_shell()).items():
        typer.echo(f"finetune.{name} = {value}")


@commands.command()
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


@commands.command()
def augment(
    recipe: Annotated[str, typer.Argument(help="A recipe; without one they are listed.")] = "",
    trial: Annotated[bool, typer.Option("--trial", help="Prove whether it helps.")] = False,
    use: Annotated[bool, typer.Option("--use", help="Switch it on, if it won its trial.")] = False,
    learner: Annotated[
        str | None, typer.Option(help="For the trial: auto, head (quick), few_shot or finetune.")
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


@commands.command()
def export(
    path: Annotated[Path, typer.Argument(help="The file or folder to write.")],
    fmt: Annotated[
        str,
        typer.Option(
            "--format", "-f", help="jsonl, csv, labelstudio, datasets; none: as the name ends."
        ),
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="Unlabelled items too.")] = False,
    folder: Folder = HERE,
) -> None:
    """Write the labelled items. Example: workbench export labels.csv"""
    from workbench.events import at_shell
    from workbench.workflows.export import export as run

    count = run(open_project(folder), fmt, path, everything=everything, by=at_shell())
    typer.echo(f"{count} rows in {path}")


@commands.command()
def simulate(
    data: Annotated[
        Path | None,
        typer.Argument(
            help="A labelled file, or a folder with train.csv and test.csv; without it the"
            " project's own labels."
        ),
    ] = None,
    test: Annotated[Path | None, typer.Option(help="A file to measure on.")] = None,
    strategy: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    text_column: Annotated[str | None, typer.Option(help="The text's column.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The label's column.")] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            help="Labels a round: as many as the project has; without one 25, or one for each"
            " label; fewer where labels are few.",
            show_default=False,
            min=1,
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(help="How many rounds.", min=1)] = 10,
    seeds: Annotated[int, typer.Option(help="How many seeds.", min=1)] = 1,
    learner: Annotated[
        list[str] | None,
        typer.Option(
            help="auto, head (much quicker, less accurate with few classes), few_shot or finetune;"
            " may be given several times."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The newest result; its curve lies beside it as .png.")
    ] = Path("simulation.json"),
    folder: Folder = HERE,
) -> None:
    """Replay the loop on labelled data. Example: workbench simulate train.csv --test test.csv"""
    from ui.plots import simulation_figure
    from ui.replay import lines
    from workbench import replays
    from workbench.config import FILE
    from workbench.errors import JobError
    from workbench.events import at_shell
    from workbench.workflows.labelled import files_of
    from workbench.workflows.simulate import simulate_file

    data, test = files_of(data, test)
    replays.check_out(out, (data, test))
    asked = {
        "columns": {"text": text_column, "label": label_column},
        "strategies": list(strategy or ["margin_diverse"]),
        "batch": batch,
        "rounds": rounds,
        "seeds": seeds,
        "learners": list(learner or ["auto"]),
    }
    if data is None or (folder / FILE).exists():
        files = {"path": data, "test": test}
        asked |= {name: str(one.absolute()) for name, one in files.items() if one is not None}
        number = run_job(folder, "simulate", asked, "replay")["replay"]
    else:
        try:
            with Bar() as bar:
                number = simulate_file(
                    None, data, test=test, **asked,
                    folder=folder / replays.FOLDER, progress=bar, by=at_shell(),
                )["replay"]  # fmt: skip
        except KeyboardInterrupt:
            raise JobError(
                "the replay was stopped: the same command goes on with it (--learner head is"
                " quicker)"
            ) from None
    kept = replays.read(folder / replays.FOLDER, number)
    replays.write_out(out, kept)
    curve = replays.curve_beside(out)
    simulation_figure(kept["result"]).savefig(curve, dpi=120, bbox_inches="tight")
    for line in lines(kept["result"], "en"):
        typer.echo(line)
    there = "" if folder == HERE else f" -p {quote(str(folder))}"
    typer.echo(
        f"the result is in {out}, the curve in {curve}; kept as replay {number}:"
        f" `workbench replays{there}` lists and compares"
    )


@commands.command("replays")
def replays_(
    numbers: Annotated[list[int] | None, typer.Argument(help="Those to compare.")] = None,
    folder: Folder = HERE,
) -> None:
    """List the replays that are kept, or compare some. Example: workbench replays 1 2"""
    from ui.replay import about, advised, table
    from workbench import replays

    place = folder / replays.FOLDER
    kept = [replays.read(place, one) for one in dict.fromkeys(numbers or [])]
    shown = kept or replays.listed(place)
    if not shown:
        typer.echo("no replay yet: `workbench simulate FILE` runs one")
    for one in shown:
        typer.echo(about(one, "en"))
        if kept:
            typer.echo(advised(one, "en"))
    if kept:
        head, rows = table(kept, "en")
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for cells in (head, *rows):
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            typer.echo("  ".join(padded).rstrip())
