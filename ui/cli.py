"""The command line: all commands, and one clear line for a mistake."""

from __future__ import annotations

import sys

import typer

from ui.commands import learning, people, project
from workbench.errors import WorkbenchError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Label Workbench: active learning, audit and augmentation on Label Studio.",
)
for part in (project, learning, people):
    app.add_typer(part.commands)

USAGE_ERROR = typer.BadParameter.__mro__[1]
"""Click's UsageError, which typer keeps for itself."""


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
    except OSError as error:
        if error.filename is None:
            raise
        typer.echo(f"workbench: {error.filename}: {error.strerror}", err=True)
        raise SystemExit(2) from None
    except typer.Abort:
        raise SystemExit(130) from None
    raise SystemExit(status or 0)
