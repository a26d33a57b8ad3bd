"""What ``workbench up`` brings to life: Label Studio, its project, the demo, the worker."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import threading
from importlib.resources import files
from pathlib import Path

from workbench import config, people
from workbench.errors import ConfigError, LabelStudioError
from workbench.files import write_private
from workbench.jobs import Progress
from workbench.labelstudio.server import ManagedServer, ServerInfo
from workbench.project import Project

DEMO_USER = "demo@example.com"
DEMO_LABELLED = 0.25
DEMO_MADE = "demo_made"
DEMOS = {
    "en": ("customer_service_en", "Customer messages"),
    "zh": ("finance_sentiment_zh", "Financial headlines"),
}


def start_server(project: Project, progress: Progress) -> ManagedServer | None:
    """Starts the project's own Label Studio, unless the settings point at another one."""
    if not project.settings.labelstudio.managed:
        return None
    server = ManagedServer(
        project.root / "label-studio", port=project.settings.labelstudio.port or None
    )
    info = server.start(lambda message, fraction: progress(fraction, message))
    project.set_labelstudio(info.url, _token_in_force(project, info))
    return server


def _token_in_force(project: Project, info: ServerInfo) -> str:
    """The project's token where it opens this server (people may have made one), else its own."""
    from workbench.labelstudio.client import LabelStudioClient

    try:
        LabelStudioClient(info.url, project.token or info.token).whoami()
    except LabelStudioError:
        return info.token
    return project.token or info.token


def bind(project: Project) -> None:
    """Makes sure that a Label Studio project is bound; after a kill the one made before is found.

    Only for the managed server, where a project of that title is this project's own.
    """
    if bindable(project):
        with project.exchange():
            if bindable(project):
                _bind(project)


def bindable(project: Project) -> bool:
    """Whether a project of its own can be made, or found, on the managed server."""
    chosen = project.settings.labelstudio
    there = bool(chosen.managed and chosen.url and project.token)
    return there and project.has_labels() and not project.connected()


def _bind(project: Project) -> None:
    client = project.client()
    title = project.settings.project.name
    number = next((info.id for info in client.projects() if info.title == title), None)
    if number is None:
        number = client.create_project(title, str(project.store.fact("label_config")))
    project.set_labelstudio(client.url, project.token, number)


def create_demo(root: Path, language: str, password: str | None = None) -> tuple[Project, str]:
    """The demo project with its sample data and one user; returns the project and the password."""
    from workbench.workflows.importing import import_file

    if language not in DEMOS:
        raise ConfigError(f"there is no demo in {language!r}: {', '.join(DEMOS)}")
    folder, name = DEMOS[language]
    there = (root / config.FILE).exists()
    project = Project.open(root) if there else Project.create(root, name=name, language=language)
    password = password or demo_login(project) or people.new_password()
    people.add(project, DEMO_USER, role="engineer", password=password)
    write_private(project.state / "demo-login", password)
    data = project.root / "sample.csv"
    _hide_labels(Path(str(files("sample_data") / folder / "messages.csv")), data)
    import_file(project, data)
    project.store.set_fact(DEMO_MADE, True)
    return project, password


def demo_made(root: Path) -> bool:
    """Whether the demo project is there with all that belongs to it."""
    if not (root / config.FILE).exists():
        return False
    project = Project.open(root)
    made = bool(project.store.fact(DEMO_MADE))
    project.close()
    return made


def demo_login(project: Project) -> str:
    """The demo's password, for printing; empty when this is no demo."""
    path = project.state / "demo-login"
    return path.read_text() if path.exists() else ""


def _hide_labels(source: Path, target: Path) -> None:
    draw = random.Random(0)
    with open(source, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if draw.random() > DEMO_LABELLED:
            row["label"] = ""
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=["uid", "text", "label"])
        writer.writeheader()
        writer.writerows(rows)


class Worker:
    """The job worker as a child process, started again when it dies."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process: subprocess.Popen | None = None
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> Worker:
        self._watcher.start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self.process is not None:
            self.process.terminate()
        self._watcher.join(10)

    def _watch(self) -> None:
        log = open(self.root / ".workbench" / "worker.log", "ab")  # noqa: SIM115
        while not self._stopping.is_set():
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbench.worker", str(self.root), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "TOKENIZERS_PARALLELISM": "false"},
            )
            self.process.wait()
            self._stopping.wait(1.0)
        log.close()
