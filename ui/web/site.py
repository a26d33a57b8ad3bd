"""What every page needs: the open project, who asks, in which language, and errors as toasts."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import Request

from ui import i18n
from ui.words.reported import reported
from workbench.errors import ConfigError, WorkbenchError
from workbench.jobs import Jobs
from workbench.people import Member
from workbench.project import Project

NOBODY = Member("local@workbench", "engineer")
MEMBER = "workbench.member"


class Site:
    """The project behind the pages; the store is shared, everything personal stays out of here."""

    def __init__(self, root: Path) -> None:
        self._project = Project.open(root)
        self._lock = threading.Lock()

    @property
    def project(self) -> Project:
        """The open project, its settings as ``workbench.toml`` has them now."""
        with self._lock:
            if not self._project.current():
                self._project.reload()
        return self._project

    @property
    def jobs(self) -> Jobs:
        return Jobs(self._project.store)

    def close(self) -> None:
        self._project.close()


def member(request: gr.Request | Request | None) -> Member:
    """Who asks, as the gate found; `NOBODY` where the project has no people."""
    inner = getattr(request, "request", None) or request
    return inner.scope.get(MEMBER, NOBODY) if inner is not None else NOBODY


def person(request: gr.Request | Request | None) -> str:
    """The email of who asks."""
    return member(request).email


def language(request: gr.Request | Request | None) -> str:
    """The language of who asks; English where nobody does."""
    if request is None:
        return i18n.LANGUAGES[0]
    return i18n.choose_language(dict(request.cookies), dict(request.headers))


def day(written: str | None, spoken: str) -> date | None:
    """A day that somebody typed, None for nothing; raises ConfigError."""
    written = (written or "").strip()
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError:
        raise ConfigError(i18n.text(spoken, "time.no_day", day=written)) from None


def _spoken(args: tuple, kwargs: dict) -> str:
    """The language of the request among a callback's arguments."""
    values = (*args, *kwargs.values())
    return language(next((one for one in values if isinstance(one, gr.Request)), None))


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A callback whose WorkbenchError becomes a toast and leaves the page as it is."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except WorkbenchError as error:
            gr.Warning(reported(_spoken(args, kwargs), str(error)), title="")
            return gr.skip()

    return call
