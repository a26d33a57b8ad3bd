"""The commands about people: who may log in, what they did, their shares, how they label."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import HERE, Folder, ask_secret, open_project

commands = typer.Typer()
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
SHORT = 80


@commands.command("user")
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


@commands.command("events")
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
    from workbench.events import at_shell

    project = open_project(folder)
    found = team.report(
        project,
        since=since.date() if since else None,
        until=until.date() if until else None,
        round=number or None,
    )
    if file is not None:
        file.write_text(team.as_csv(found), "utf-8")
        team.record_export(project, found, at_shell(), str(file))
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
