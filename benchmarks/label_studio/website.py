"""A web UI that is tried: a project of three people on a real server, asked over plain HTTP."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ANN, EVE, LEE = "ann@example.com", "eve@example.com", "lee@example.com"
PASSWORDS = {ANN: "an annotator's", EVE: "an engineer's", LEE: "a quality lead's"}
COOKIE = "workbench_session"
JOIN = "/gradio_api/queue/join"
SERVE = (
    "import sys; from pathlib import Path; from ui.web.app import serve;"
    "serve(Path(sys.argv[1]), port=int(sys.argv[2]),"
    " on_ready=lambda url: print(url, flush=True))"
)


@dataclass(frozen=True)
class Answer:
    """What came back: the status (0: the connection was cut), the headers and the body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Site:
    """The web UI that is tried, with a cookie for each person; ``root`` is the project."""

    def __init__(self, root: Path, port: int, people: tuple[str, ...]) -> None:
        self.root, self.port = root, port
        self.cookies = {email: self.log_in(email) for email in people}

    def ask(
        self,
        path: str,
        who: str = "",
        method: str = "GET",
        body: bytes | Iterator[bytes] | None = None,
        **headers: str,
    ) -> Answer:
        """One request, sent as it is given; header names with ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            sent.setdefault("cookie", f"{COOKIE}={self.cookies[who]}")
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.putrequest(method, path, skip_host="host" in sent)
            chunked = body is not None and not isinstance(body, bytes)
            if chunked:
                sent["transfer-encoding"] = "chunked"
            elif body is not None:
                sent["content-length"] = str(len(body))
            for name, value in sent.items():
                link.putheader(name, value)
            link.endheaders(body, encode_chunked=chunked)
            got = link.getresponse()
            headers_got = {name.lower(): value for name, value in got.getheaders()}
            streams = "event-stream" in headers_got.get("content-type", "")
            return Answer(got.status, headers_got, got.read1() if streams else got.read())
        except (ConnectionError, http.client.BadStatusLine):
            return Answer(0)
        finally:
            link.close()

    def join(self, who: str, number: object, **more: object) -> Answer:
        """A call of a page's function through Gradio's queue."""
        asked = {"data": [], "fn_index": number, "session_hash": "attempt", **more}
        return self.post(JOIN, who, asked)

    def post(self, path: str, who: str, content: object, **headers: str) -> Answer:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.ask(path, who, "POST", body, **{"content_type": "application/json"} | headers)

    def form(self, path: str, who: str = "", values: dict | None = None, **headers: str) -> Answer:
        kind = {"content_type": "application/x-www-form-urlencoded"}
        return self.ask(path, who, "POST", urlencode(values or {}).encode(), **kind | headers)

    def log_in(self, email: str) -> str:
        """Opens a session; the token that its cookie holds."""
        got = self.form("/login", values={"email": email, "password": PASSWORDS[email]})
        return got.headers["set-cookie"].partition(";")[0].partition("=")[2]


def make_project(root: Path) -> None:
    """A project of three people with files that nobody but its owner may read."""
    from workbench import people
    from workbench.files import write_private
    from workbench.project import Project

    project = Project.create(root, name="Attempts", labels=("bug", "praise"))
    project.pool.append([(f"u{i}", f"text {i}", {}) for i in range(5)])
    for email, role in ((EVE, "engineer"), (LEE, "lead"), (ANN, "annotator")):
        people.add(project, email, role=role, password=PASSWORDS[email])
    write_private(project.state / "token", "a secret token")
    for folder in ("exports", "reports"):
        (root / folder).mkdir()
    (root / "exports" / "labels.csv").write_text("uid,label\n")
    (root / "reports" / "x.csv").write_text("line,reason\n")
    (root / "exports" / "link").symlink_to(project.state / "token")
    (root / "exports" / "folder").symlink_to(project.state)
    project.close()


@contextmanager
def served(root: Path, people: tuple[str, ...] = tuple(PASSWORDS)) -> Iterator[Site]:
    """The project's web UI in a process of its own, with ``people`` logged in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(root / "web.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(root), str(port)],
            stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
    try:
        process.stdout.readline()
        yield Site(root, port, people)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
