"""The commands about the team: gold items, shares, and how everybody labels."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import open_project

commands = typer.Typer()
Folder = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
HERE = Path(".")
SHORT = 80


@commands.command("gold")
def gold_(
    do: Annotated[str, typer.Argument(help="list, add or remove.")] = "list",
    uid: Annotated[str, typer.Argument(help="The item's uid.")] = "",
    label: Annotated[
        str, typer.Option(help="The label that is right; without one, the label it has.")
    ] = "",
    folder: Folder = HERE,
) -> None:
    """List, add or remove gold items. Example: workbench gold add t17 --label refund"""
    from workbench import gold
    from workbench.errors import ConfigError
    from workbench.events import at_shell
    from workbench.targets import show

    project = open_project(folder)
    if do not in ("list", "add", "remove") or (do != "list") != bool(uid):
        raise ConfigError("say `workbench gold`, `workbench gold add UID` or `… remove UID`")
    if do == "add":
        known = show(gold.add(project, uid, label, by=at_shell()))
        typer.echo(f"{uid} is gold: {known}")
    elif do == "remove":
        gold.remove(project, uid, by=at_shell())
        typer.echo(f"{uid} is gold no more; what people said of it stays")
    else:
        for one in gold.gold(project):
            typer.echo(f"{one.uid}  {show(one.label)}  ({one.by})  {one.text[:SHORT]}")


@commands.command("deal")
def deal_(
    again: Annotated[bool, typer.Option("--again", help="Deal what is open anew.")] = False,
    folder: Folder = HERE,
) -> None:
    """Show who is to label how much, or deal it anew. Example: workbench deal --again"""
    from workbench import deal
    from workbench.events import at_shell

    project = open_project(folder)
    if again:
        typer.echo(f"{deal.deal_again(project, by=at_shell())} items went to somebody else")
    found = deal.loads(project)
    if not found:
        typer.echo("nothing is dealt: add people with `workbench user`, then start a round")
    for one in found:
        taken = f", {one.taken_over} taken over" if one.taken_over else ""
        typer.echo(f"{one.annotator}  {one.open} open, {one.done} done{taken}  {one.url}".rstrip())


@commands.command("team")
def team_(
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day (UTC).")
    ] = None,
    number: Annotated[int, typer.Option("--round", help="Of this round only; 0: all.")] = 0,
    file: Annotated[Path | None, typer.Option("--csv", help="Write the table here.")] = None,
    folder: Folder = HERE,
) -> None:
    """Show how everybody labels. Example: workbench team --round 3 --csv team.csv"""
    from rich.console import Console
    from rich.table import Table

    from workbench import team

    found = team.report(
        open_project(folder),
        since=since.date() if since else None,
        until=until.date() if until else None,
        round=number or None,
    )
    if file is not None:
        file.write_text(team.as_csv(found), "utf-8")
        typer.echo(f"{len(found.rows)} people in {file}")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("person", "labels", "seconds", "breaks", "skipped", "gold", "others", "kappa",
                 "as suggested", "hidden", "anchoring"):  # fmt: skip
        table.add_column(name, justify="left" if name == "person" else "right", no_wrap=True)
    for row in [*found.rows, *([found.team] if found.team else [])]:
        gap = row.anchoring
        table.add_row(
            row.annotator or "everybody",
            str(row.labels),
            "" if row.pace is None else f"{row.pace:.1f}",
            str(row.idle),
            *(_share(getattr(row, name)) for name in ("skips", "gold", "others")),
            "" if row.kappa is None else f"{row.kappa:.2f}",
            *(_share(getattr(row, name)) for name in ("accepted", "control")),
            "" if gap is None else f"{gap.value:+.1%} ({gap.low:+.1%} to {gap.high:+.1%})",
        )
    Console(width=200 if not Console().is_terminal else None).print(table)
    for one in found.remarks:
        what = "unclear" if one.unclear else one.reason if one.skipped else "note"
        typer.echo(f"[{what}] {one.annotator} {one.uid}: {one.note} | {one.text[:SHORT]}")


def _share(rate) -> str:
    return f"{rate.value:.0%} of {rate.n}" if rate.n else ""
