"""The errors a person can cause or must act on: one line that says what, where and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class WorkbenchError(Exception):
    """Base of all errors whose message is meant for the user; the CLI prints it and exits 2."""


class ConfigError(WorkbenchError):
    """``workbench.toml`` or a command's argument is wrong."""


class ProjectError(WorkbenchError):
    """The project folder is missing, not a project, or not ready for what was asked."""


class StoreError(WorkbenchError):
    """The database behind the project cannot be read or written just now."""


class ImportRefused(WorkbenchError):
    """A file cannot be imported at all (single bad rows go to the rejects file instead)."""


class SchemaError(WorkbenchError):
    """A labelling configuration or a label does not fit what the workbench supports."""


class LabelStudioError(WorkbenchError):
    """Label Studio answered, and refused. ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class LabelStudioUnreachable(LabelStudioError):
    """Label Studio did not answer; nothing is lost, what is waiting is sent later."""


class JobError(WorkbenchError):
    """A job cannot be started or has failed."""


class NotAllowed(WorkbenchError):
    """Somebody asks for what their role does not allow."""


class TooManyAttempts(WorkbenchError):
    """Somebody guesses passwords; ``seconds`` until the next attempt is looked at."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Forbidden(WorkbenchError):
    """Somebody asks for what their role does not allow."""


class Cancelled(WorkbenchError):
    """Raised from a progress callback when the user cancelled the job."""


@contextmanager
def settings_errors(where: str) -> Iterator[None]:
    """Turns the ValueError or OSError of a wrong setting into a ConfigError that names it."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise ConfigError(f"{where}: {error}") from None
