"""A team's project for a benchmark: many texts, a real Label Studio, a worker, the web UI."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from benchmarks.kills.annotator import true_labels
from benchmarks.label_studio.crowd import PASSWORD
from workbench import bootstrap, config, people
from workbench.labelstudio.server import ManagedServer
from workbench.project import Project
from workbench.workflows.importing import import_file

SERVE = (
    "import sys; from pathlib import Path; from ui.web.app import serve;"
    "from workbench.labelstudio.child import end_with_parent; end_with_parent(int(sys.argv[3]));"
    "serve(Path(sys.argv[1]), port=int(sys.argv[2]) or None,"
    " on_ready=lambda url: print(url, flush=True))"
)


class WebUI:
    """The web UI of a project in a process of its own, on the same port after each start."""

    def __init__(self, root: Path) -> None:
        self.root, self.port, self.url = root, 0, ""

    def start(self) -> WebUI:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.root), str(self.port), str(os.getpid())],
            stdout=subprocess.PIPE,
            stderr=open(self.root / ".workbench" / "web.log", "ab"),  # noqa: SIM115
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the web UI did not start")
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@dataclass
class World:
    """All that runs, and the true label of each text."""

    project: Project
    server: ManagedServer
    worker: bootstrap.Worker
    web: WebUI
    labels: dict[str, str]
    studio: str = ""

    def truth(self, text: str) -> str:
        return self.labels[text]


@contextmanager
def world(root: Path, emails: list[str], items: int, settings: dict) -> Iterator[World]:
    """``items`` customer messages, a sixth of them labelled, and these annotators."""
    labels = _write(root.with_suffix(".csv"), items)
    project = Project.create(root, name="Team at work")
    config.write(root, settings)
    project.settings = config.load(root)
    import_file(project, root.with_suffix(".csv"))
    people.add(project, "lead@example.com", role="engineer", password=PASSWORD)
    for email in emails:
        people.add(project, email, role="annotator", password=PASSWORD)
    server = worker = web = None
    try:
        server = bootstrap.start_server(project, lambda fraction, message: None)
        bootstrap.bind(project)
        web = WebUI(root).start()
        worker = bootstrap.Worker(root).start()
        yield World(project, server, worker, web, labels)
    finally:
        if worker is not None:
            worker.stop()
        if web is not None:
            web.kill()
        if server is not None:
            server.stop()
        project.close()


def _write(path: Path, items: int) -> dict[str, str]:
    """Sample messages until there are enough, each later copy told apart by an order number."""
    sample = Path(str(files("sample_data") / "customer_service_en"))
    truth = true_labels(sample)
    with open(sample / "messages.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels: dict[str, str] = {}
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["uid", "text", "label"])
        for number in range(items):
            row = rows[number % len(rows)]
            copy = number // len(rows)
            text = f"{row['text']} (order {1000 + number})" if copy else row["text"]
            labels[text] = truth[row["uid"]]
            known = labels[text] if number % 6 == 0 else ""
            writer.writerow([f"{row['uid']}-{copy}", text, known])
    return labels
