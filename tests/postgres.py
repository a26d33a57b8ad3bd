"""A PostgreSQL of the tests' own: a cluster in a folder, on a free port, ended with the session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

INSTALL = Path(__file__).with_name("postgres.sh")


class Cluster:
    """Makes empty databases; ``stop`` and ``start`` are what an administrator would do."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.data = programs, folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "workbench", "--no-sync", "-E",
                  "UTF8", "--locale=C")  # fmt: skip

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -F"
        self._run("pg_ctl", "-D", self.data, "-o", options, "-l", self.data / "log", "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def database(self) -> str:
        """The URL of a new database."""
        name = f"w{uuid.uuid4().hex[:10]}"
        self._run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "workbench", name)
        return f"postgresql://workbench@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.programs / program), *map(str, arguments)]
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        # the server would hold a pipe of pg_ctl open
        quiet = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(command, cwd="/", stdout=quiet, stderr=quiet)
        assert done.returncode == 0, (command, done.stderr)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster; skips where PostgreSQL is not there and cannot be installed."""
    programs = _programs()
    if programs is None:
        installed = subprocess.run([str(INSTALL)], capture_output=True, text=True)
        programs = _programs()
        if programs is None:
            pytest.skip(installed.stderr.strip() or "PostgreSQL could not be installed")
    folder = Path(tempfile.mkdtemp(prefix="workbench-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    made = Cluster(programs, folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None
