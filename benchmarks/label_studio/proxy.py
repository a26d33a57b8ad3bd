"""A small reverse proxy before a real server, to spoil what passes through it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

OWN_HEADERS = {"connection", "content-length", "transfer-encoding", "server"}


@dataclass(frozen=True)
class Reply:
    """What goes back to the client."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str, value: str) -> Reply:
        """The same with another value of one header."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))


CUT = Reply(0)
"""No answer: the connection is closed."""

Before = Callable[[str, str], Reply | None]
"""Method and path to an answer in the server's place; None lets the request pass."""
After = Callable[[Reply], Reply]


class Proxy:
    """Passes requests under ``prefix`` on to ``target``; others get 404, as from a web server."""

    def __init__(
        self,
        target: str,
        *,
        prefix: str = "",
        before: Before = lambda method, path: None,
        after: After = lambda reply: reply,
    ) -> None:
        parts = urlsplit(target)
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), _handler(parts.hostname, parts.port, prefix, before, after)
        )
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{prefix}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(
    host: str, port: int, prefix: str, before: Before, after: After
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = self._reply(body)
            self.close_connection = True
            if reply is CUT:
                return
            with suppress(BrokenPipeError, ConnectionResetError):  # the client gave up
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body)

        def _reply(self, body: bytes) -> Reply:
            if not self.path.startswith(prefix):
                return Reply(404, (("Content-Type", "text/html"),), b"<h1>Not Found</h1>")
            path = self.path[len(prefix) :]
            spoiled = before(self.command, path)
            if spoiled is not None:
                return spoiled
            connection = http.client.HTTPConnection(host, port, timeout=60)
            headers = {**self.headers, "Host": f"{host}:{port}", "Connection": "close"}
            try:
                connection.request(self.command, path, body, headers)
                got = connection.getresponse()
                content = got.read()
            except (OSError, http.client.HTTPException):  # the server is gone
                return CUT
            kept = tuple(pair for pair in got.getheaders() if pair[0].lower() not in OWN_HEADERS)
            connection.close()
            return after(Reply(got.status, kept, content))

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

        def log_message(self, *_: object) -> None:
            pass

    return Handler
