"""The guideline of the annotators: one Markdown file in the project's folder."""

from __future__ import annotations

from pathlib import Path

from workbench import events
from workbench.errors import ConfigError
from workbench.files import write_private
from workbench.project import Project

LARGEST = 200_000
READABLE = 0o644


def read(project: Project) -> str:
    """The guideline as Markdown; empty where there is none yet."""
    path = _path(project)
    try:
        return path.read_text("utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"annotate.guideline: {path.name} cannot be read: {error}") from None


def write(project: Project, markdown: str, by: str) -> None:
    """Replaces the guideline and records who did; ConfigError when it is too long."""
    if len(markdown) > LARGEST:
        raise ConfigError(f"a guideline has {LARGEST:,} characters at most, not {len(markdown):,}")
    path = _path(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, markdown.replace("\r\n", "\n"), READABLE)
    name = project.settings.annotate.guideline
    events.record(project, by, "guideline", file=name, characters=len(markdown))


def stamp(project: Project) -> str:
    """Changes when the guideline does; empty where there is none."""
    try:
        found = _path(project).stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}" if found.st_size else ""


def _path(project: Project) -> Path:
    """ConfigError when a link leads out of the folder, or into the project's own state."""
    root = project.root.resolve()
    path = (root / project.settings.annotate.guideline).resolve()
    if not path.is_relative_to(root) or path.is_relative_to(project.state.resolve()):
        raise ConfigError("annotate.guideline must be a file inside the project's folder")
    if path.suffix.lower() not in (".md", ".markdown", ".txt"):
        raise ConfigError(f"annotate.guideline must be a Markdown file (.md), not {path.name}")
    return path
