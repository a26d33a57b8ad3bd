"""``workbench up`` as a process: all starts, Ctrl-C ends all of it, a second start goes on."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from workbench.project import Project
from workbench.tables import Round

END_S = 60


@pytest.fixture
def root(tmp_path: Path, label_studio_data: Path) -> Path:
    """A project whose own Label Studio is migrated already."""
    made = Project.create(tmp_path / "p", name="Up test", labels=("a", "b"))
    made.pool.append([(f"u{i}", f"text {i} about thing {i % 5}", {}) for i in range(60)])
    made.close()
    shutil.copytree(label_studio_data, made.root / "label-studio")
    return made.root


class Up:
    """The running command."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from ui.cli import main; main()", "up", "-p", str(root)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C ends everything" in line:
                break
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    def address(self, name: str) -> str:
        (line,) = (line for line in self.said.splitlines() if line.strip().startswith(name))
        return line.split()[-1]

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        status = self.process.wait(END_S)
        _, alive = psutil.wait_procs(self.children, END_S)
        assert not alive, [one.cmdline() for one in alive]
        return status


def wait_for_round(root: Path) -> None:
    project = Project.open(root)
    for _ in range(600):
        with project.store.session() as session:
            if session.query(Round).filter(Round.state == "done").count():
                break
        time.sleep(0.2)
    else:
        pytest.fail("no round was done")
    project.close()


def test_up_starts_everything_ends_everything_and_goes_on(root: Path) -> None:
    first = Up(root)
    try:
        assert len(first.children) >= 2, first.said
        page = urllib.request.urlopen(first.address("Label Workbench")).read().decode()
        assert "Label Workbench" in page
        assert urllib.request.urlopen(first.address("Label Studio") + "/health").status == 200
        wait_for_round(root)
    finally:
        assert first.end(signal.SIGINT) == 0
    project = Project.open(root)
    number = project.settings.labelstudio.project_id
    project.close()

    second = Up(root)
    try:
        project = Project.open(root)
        assert project.settings.labelstudio.project_id == number
        assert [info.id for info in project.client().projects() if info.title == "Up test"] == [
            number
        ]
        assert project.client().project(number).task_count == 50
        with project.store.session() as session:
            assert session.query(Round).count() == 1
        project.close()
    finally:
        assert second.end(signal.SIGTERM) == 0


def test_children_end_with_a_killed_parent(root: Path) -> None:
    up = Up(root)
    up.end(signal.SIGKILL)
