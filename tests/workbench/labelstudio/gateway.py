"""A real gateway before the real Label Studio, which can be told to misbehave."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Gateway(ThreadingHTTPServer):
    """Forwards what comes under ``prefix``.

    ``fault`` may be "cut" (the answer ends in its middle, after Label Studio did the work), "page"
    (HTML with status 200), a status such as 500 (with a page), or "" for none; ``faults_left`` says
    for how many requests (None: all) after how many that are ``spared``. ``seen`` lists them.
    """

    daemon_threads = True

    def __init__(self, target: str, prefix: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target, self.prefix = urlsplit(target).netloc, prefix
        self.fault: str | int = ""
        self.spared = 0
        self.faults_left: int | None = None
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}{prefix}"

    def next_fault(self) -> str | int:
        if not self.fault or self.faults_left == 0:
            return ""
        if self.spared:
            self.spared -= 1
            return ""
        if self.faults_left is not None:
            self.faults_left -= 1
        return self.fault


class _Handler(BaseHTTPRequestHandler):
    def handle_all(self) -> None:
        gateway = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gateway.seen.append(f"{self.command} {self.path}")
        fault = gateway.next_fault()
        if fault == "page" or isinstance(fault, int):
            self._answer(200 if fault == "page" else fault, "text/html", b"<html>a page</html>")
            return
        if not self.path.startswith(gateway.prefix + "/"):
            self._answer(404, "text/html", b"<html>nothing here</html>")
            return
        inner = http.client.HTTPConnection(gateway.target, timeout=60)
        inner.request(self.command, self.path[len(gateway.prefix) :], body, dict(self.headers))
        answer = inner.getresponse()
        content = answer.read()
        kind = answer.getheader("Content-Type", "")
        if fault == "cut":
            self.send_response(answer.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content) + 10))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            return
        self._answer(answer.status, kind, content)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_all

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The tests say what went wrong."""


@contextmanager
def gateway(target: str, prefix: str = "") -> Iterator[Gateway]:
    """A running gateway to the Label Studio at ``target``."""
    with Gateway(target, prefix) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
