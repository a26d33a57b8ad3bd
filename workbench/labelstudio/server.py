"""A real Label Studio as a child process, with its data, its user and its token in one folder."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import LabelStudioError
from workbench.files import write_private
from workbench.labelstudio.credentials import Credentials
from workbench.labelstudio.process import HOST, is_free, is_server, read_json

MIGRATIONS = 400
"""About how many migrations a first start runs; only the progress bar depends on it."""

KEPT_ENVIRONMENT = (
    "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP",
    "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "USER", "LOGNAME",
)  # fmt: skip
"""Label Studio reads its settings also without a prefix (PORT, HOST, DEBUG, CI ...), so only these
variables of the parent reach it."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class ServerInfo:
    """Where the server is and how to get in."""

    url: str
    token: str
    email: str
    password: str
    pid: int


class ManagedServer:
    """Starts, finds again and stops the Label Studio that lives in ``data_dir``.

    A server of the same folder that another process of the workbench runs is used as it is, and
    left alone by ``stop``.
    """

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.port = port
        self.log_path = self.data_dir / "label-studio.log"
        self._state_path = self.data_dir / "server.json"
        self._credentials = Credentials(self.data_dir)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ManagedServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, on_progress: Progress | None = None, timeout: float = 300) -> ServerInfo:
        """Start the server, or take the one that runs already, and wait until it answers.

        ``on_progress`` gets (message, fraction 0..1). A first start migrates an empty database,
        about 45 s on two cores; later ones take about 6 s. Raises LabelStudioError with the log's
        last line when the server ends or does not answer within ``timeout`` seconds.
        """
        report = on_progress or (lambda message, fraction: None)
        deadline = time.monotonic() + timeout
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)  # its database holds tokens and is readable by all otherwise
        with self._start_lock(deadline, report):
            credentials = self._credentials.read()
            found = self._found(credentials, deadline, report)
            if found is not None:
                return found
            if not credentials["ready"]:
                self._credentials.clear_database()
            port = self._choose_port()
            process = self._process = self._spawn(port, credentials)
            write_private(self._state_path, json.dumps({"pid": process.pid, "port": port}))
            try:
                self._wait(process, port, credentials, deadline, report)
            except BaseException:
                self.stop()
                raise
            if not credentials["ready"]:
                self._credentials.keep({**credentials, "ready": True})
            report("Label Studio is running", 1.0)
            return self._info(port, process.pid, credentials)

    def stop(self) -> None:
        """End the server if this object started it; its data stay."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def running(self) -> bool:
        """Whether the server of this folder is alive, whoever started it."""
        if self._process is not None:
            return self._process.poll() is None
        return self._running_state() is not None

    def _spawn(self, port: int, credentials: dict) -> subprocess.Popen[bytes]:
        from workbench.labelstudio import child

        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        for left_over in (self.data_dir / "export").glob("*"):
            left_over.unlink(missing_ok=True)
        command = [
            sys.executable, "-P", str(child.__file__), str(os.getpid()),
            "start", "--no-browser", "--internal-host", HOST, "--port", str(port),
            "--data-dir", str(self.data_dir), "--log-level", "WARNING",
        ]  # fmt: skip
        with self.log_path.open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=self.data_dir,
                env=self._environment(credentials),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self, credentials: dict) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        memory_efficient = "fflag_fix_back_4620_memory_efficient_predictions_import_08012025_short"
        return kept | {
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.data_dir),
            "LABEL_STUDIO_USERNAME": credentials["email"],
            "LABEL_STUDIO_PASSWORD": credentials["password"],
            "LABEL_STUDIO_USER_TOKEN": credentials["token"],
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
            "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
            "LABEL_STUDIO_AZURE_MOUNT_FIX": "1",
            memory_efficient: "true",
            "COLLECT_ANALYTICS": "False",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "LATEST_VERSION_CHECK": "false",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }

    def _found(self, credentials: dict, deadline: float, report: Progress) -> ServerInfo | None:
        """The server that another process runs in this folder, once it answers; None without one.

        A server lives no longer than its owner, so one that is there is in use: it may be busy,
        and is never ended from here.
        """
        while (state := self._running_state()) is not None:
            if self._answers(state["port"], credentials):
                report("Label Studio is running", 1.0)
                return self._info(state["port"], state["pid"], credentials)
            if time.monotonic() > deadline:
                raise LabelStudioError(
                    f"the Label Studio of {self.data_dir} (process {state['pid']}) runs but does "
                    f"not answer: stop the workbench that started it (log: {self.log_path})"
                )
            report("Waiting for the Label Studio that runs already", 0.5)
            time.sleep(0.3)
        return None

    def _choose_port(self) -> int:
        if self.port is not None:
            if not is_free(self.port):
                raise LabelStudioError(
                    f"port {self.port} is in use: stop what uses it, or give another port"
                )
            return self.port
        last = read_json(self._state_path) or {}
        if last.get("port") and is_free(last["port"]):
            return last["port"]
        with closing(socket.socket()) as probe:
            probe.bind((HOST, 0))
            return probe.getsockname()[1]

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        port: int,
        credentials: dict,
        deadline: float,
        report: Progress,
    ) -> None:
        first = not credentials["ready"]
        started = time.monotonic()
        while not self._answers(port, credentials):
            if process.poll() is not None:
                raise LabelStudioError(
                    f"Label Studio ended while starting (exit {process.returncode}): "
                    f"{self._last_log_line()} (log: {self.log_path})"
                )
            if time.monotonic() > deadline:
                raise LabelStudioError(
                    f"Label Studio did not answer on port {port} in time: "
                    f"{self._last_log_line()} (log: {self.log_path})"
                )
            if first:
                done = self._credentials.migrations_done()
                message = f"Label Studio prepares its database ({done} steps done)"
                fraction = min(0.95, done / MIGRATIONS)
            else:
                message = "Label Studio starts"
                fraction = min(0.95, (time.monotonic() - started) / 10)
            report(message, fraction)
            time.sleep(0.3)

    def _answers(self, port: int, credentials: dict) -> bool:
        """Whether it is *our* Label Studio that answers on ``port``: it knows our user.

        One that takes no legacy tokens any more has answered too; the doctor says what to do.
        """
        import httpx

        try:
            answer = httpx.get(
                f"http://{HOST}:{port}/api/current-user/whoami",
                headers={"Authorization": f"Token {credentials['token']}", "Connection": "close"},
                timeout=10,
                trust_env=False,
            )
            if answer.status_code == 401:
                return "detail" in answer.json()
            return answer.status_code == 200 and answer.json()["email"] == credentials["email"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def _running_state(self) -> dict | None:
        """pid and port of a live server of this folder, or None."""
        state = read_json(self._state_path)
        if not state or not is_server(state["pid"], self.data_dir):
            return None
        return state

    def _last_log_line(self) -> str:
        try:
            lines = self.log_path.read_text(errors="replace").split("\n")
        except OSError:
            return "no log"
        return next((line.strip() for line in reversed(lines) if line.strip()), "the log is empty")

    def _info(self, port: int, pid: int, credentials: dict) -> ServerInfo:
        return ServerInfo(
            url=f"http://{HOST}:{port}",
            token=credentials["token"],
            email=credentials["email"],
            password=credentials["password"],
            pid=pid,
        )

    @contextmanager
    def _start_lock(self, deadline: float, report: Progress) -> Iterator[None]:
        with (self.data_dir / "start.lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise LabelStudioError(
                            f"another process has been starting the Label Studio in "
                            f"{self.data_dir} for too long: see {self.log_path}"
                        ) from None
                    report("Another process is starting Label Studio", 0.0)
                    time.sleep(0.3)
            yield
