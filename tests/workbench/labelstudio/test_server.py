from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from workbench.errors import LabelStudioError
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.server import ManagedServer


@pytest.fixture
def data_dir(label_studio_data: Path, tmp_path: Path) -> Path:
    """A migrated data folder of the test's own."""
    return Path(shutil.copytree(label_studio_data, tmp_path / "data"))


@pytest.fixture
def server(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ManagedServer]:
    """A server to start, in an environment full of names that Label Studio would read."""
    for name, value in {
        "PORT": "1", "HOST": "http://elsewhere", "DEBUG": "true", "USERNAME": "someone",
        "PASSWORD": "weak", "DJANGO_DB": "default", "BASE_DATA_DIR": "/nowhere",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    server = ManagedServer(data_dir)
    yield server
    server.stop()


def test_a_second_start_takes_up_the_same_user_and_data(server: ManagedServer) -> None:
    seen: list[float] = []
    first = server.start(lambda message, fraction: seen.append(fraction))
    assert seen[-1] == 1.0
    assert first.url.startswith("http://127.0.0.1:")
    assert LabelStudioClient(first.url, first.token).whoami().email == first.email
    assert (server.data_dir / "credentials.json").stat().st_mode & 0o777 == 0o600
    sign_up = httpx.post(
        f"{first.url}/user/signup/", data={"email": "a@b.c", "password": "12345678"}
    )
    assert sign_up.status_code == 403

    beside = ManagedServer(server.data_dir)
    assert beside.start() == first
    beside.stop()
    assert server.running()

    server.stop()
    assert not server.running()
    second = server.start()
    assert (second.url, second.token) == (first.url, first.token)
    assert second.pid != first.pid

    headers = {"Authorization": f"Token {second.token}"}
    renewed = httpx.post(f"{second.url}/api/current-user/reset-token", headers=headers, timeout=60)
    server.stop()
    third = server.start()
    assert third.token == renewed.json()["token"] != second.token
    assert LabelStudioClient(third.url, third.token).whoami().email == first.email


def test_a_port_in_use_is_named(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabelStudioError, match=f"port {port} is in use"):
            ManagedServer(data_dir, port=port).start()


def test_a_start_that_fails_names_the_log_and_its_last_line(data_dir: Path) -> None:
    (data_dir / "label_studio.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(LabelStudioError, match="file is not a database") as error:
        ManagedServer(data_dir).start()
    assert str(data_dir / "label-studio.log") in str(error.value)


def test_lost_credentials_do_not_cost_the_data(data_dir: Path) -> None:
    (data_dir / "credentials.json").unlink()
    with pytest.raises(LabelStudioError, match="credentials"):
        ManagedServer(data_dir).start()
    assert (data_dir / "label_studio.sqlite3").stat().st_size > 0


def test_the_server_dies_with_a_killed_parent(data_dir: Path) -> None:
    script = (
        "import sys, threading, time; from pathlib import Path\n"
        "from workbench.labelstudio.server import ManagedServer\n"
        "server = ManagedServer(Path(sys.argv[1]))\n"
        "starter = threading.Thread(target=server.start); starter.start(); starter.join()\n"
        "time.sleep(2); print(server.running(), flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == "True"
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    other = ManagedServer(data_dir)
    deadline = time.monotonic() + 30
    while other.running() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not other.running()
