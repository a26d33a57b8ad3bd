"""Who may ask for what: the gate that every request passes.

The gate knows the person behind a request by a cookie and what each role may reach. Staff may reach
everything; annotators only what is listed here, Gradio's own API included, so that a page or an
endpoint that is added later is closed to them until somebody opens it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
import gradio as gr
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ui.i18n import text
from ui.web.guide import ANNOTATOR_PAGES, address
from ui.web.login import COOKIE, not_yours, out_of_order
from ui.web.site import MEMBER, NOBODY, Site, language
from ui.web.team import TABLE as TEAM_TABLE
from ui.words.reported import reported
from workbench import people, sessions
from workbench.errors import WorkbenchError
from workbench.loopback import is_loopback
from workbench.people import STAFF, Member

SERVED = ("reports", "exports")
NOT_YOURS = "your role does not allow this"
PUBLIC = ("/login", "/theme.css", "/gradio_api/theme.css", "/favicon.ico", "/robots.txt")
PUBLIC_FOLDERS = ("/static/", "/assets/")
ANNOTATOR_PATHS = {
    *(address(page) for page in ANNOTATOR_PAGES),
    "/logout", "/account", TEAM_TABLE, "/manifest.json", "/gradio_api/queue/data",
    "/gradio_api/login_check", "/gradio_api/startup-events", "/gradio_api/app_id",
    "/gradio_api/queue/join",
}  # fmt: skip
ANNOTATOR_FOLDERS = ("/api/annotate/", "/gradio_api/heartbeat/")
JOIN = "/gradio_api/queue/join"
UNREAD = ("/gradio_api/upload", "/api/annotate/release")
"""Too large to be looked at, or without a body, which a browser that leaves may not get to send."""

FILES = ("/gradio_api/file=", "/gradio_api/file/")
FORMS = ("/login", "/account")
LARGEST_FORM, LARGEST_BODY = 10_000, 8 << 20
LOOKING_UP = 8
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"referrer-policy", b"same-origin"),
)

Scope, Receive, Send = dict[str, Any], Callable[[], Awaitable[dict]], Callable[[dict], Awaitable]


class Gate:
    """ASGI middleware in front of everything; ``blocks`` are the pages whose callbacks it knows."""

    def __init__(self, app: Callable, site: Site, blocks: gr.Blocks) -> None:
        self.app = app
        self.site = site
        self.blocks = blocks
        self.line = anyio.CapacityLimiter(LOOKING_UP)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        began = False

        async def noted(message: dict) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._passed(scope, receive, noted)
        except WorkbenchError as error:
            if began:
                raise
            request = Request(scope)
            print(error, file=sys.stderr, flush=True)
            spoken = language(request)
            said = text(spoken, "login.out_of_order_hint")
            if _from_this_machine(request):
                said = reported(spoken, str(error))
            refusal = out_of_order(request, said) if _wants_page(request) else _error(503, said)
            await refusal(scope, receive, _with_headers(send))

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        refusal = None
        if not _is_public(scope["path"]):
            member = await anyio.to_thread.run_sync(self._member, request, limiter=self.line)
            refusal = self._refusal(request, member)
            if member is not None:
                scope[MEMBER] = member
        elif _from_elsewhere(request):
            refusal = _error(403, "the request comes from another site")
        bare = request.method in SAFE_METHODS or scope["path"] in UNREAD
        if refusal is None and not bare:
            try:
                receive, refusal = await self._looked_at(request)
            except ClientDisconnect:
                return
        await (refusal or self.app)(scope, receive, _with_headers(send))

    def _member(self, request: Request) -> Member | None:
        """Who asks. Where nobody can log in, that is anybody at this machine's own browser."""
        if people.anybody(self.site.project):
            return sessions.member_of(self.site.project, request.cookies.get(COOKIE, ""))
        return NOBODY if _from_this_machine(request) else None

    def _refusal(self, request: Request, member: Member | None) -> Response | None:
        path = request.scope["path"]
        if _from_elsewhere(request):
            return _error(403, "the request comes from another site")
        if member is None:
            if _wants_page(request) and not path.startswith("/api/"):
                return RedirectResponse(f"/login?next={quote(_here(request))}", 303)
            return _error(401, "log in first")
        if member.role in STAFF:
            asked = next((path[len(one) :] for one in FILES if path.startswith(one)), None)
            fits = asked is None or self._is_served(asked)
            return None if fits else _error(403, "this file is not served")
        if path == "/":
            return RedirectResponse(address(ANNOTATOR_PAGES[0]), 303)
        allowed = path in ANNOTATOR_PATHS or path.startswith(ANNOTATOR_FOLDERS)
        if allowed and ".." not in path:
            return None
        return not_yours(request) if _wants_page(request) else _error(403, NOT_YOURS)

    def _is_served(self, asked: str) -> bool:
        """Whether a file is one that the pages offer, links out of those folders not followed."""
        try:
            path = Path(asked).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return False
        root = self.site.project.root
        folders = [root / name for name in SERVED] + [Path(gr.utils.get_upload_folder())]
        inside = any(path.is_relative_to(folder.resolve()) for folder in folders)
        return inside and path.is_file()

    async def _looked_at(self, request: Request) -> tuple[Receive, Response | None]:
        """The body, if it is not too large and the person may ask for what it asks for.

        What is passed on is what was looked at, written anew.
        """
        received, body, path = request.receive, b"", request.scope["path"]
        most = LARGEST_FORM if path in FORMS else LARGEST_BODY
        async for part in request.stream():
            body += part
            if len(body) > most:
                return received, _error(413, "the request is too large")
        role = request.scope[MEMBER].role if MEMBER in request.scope else ""
        if path == JOIN and role not in STAFF:
            checked = self._join_of_annotator(body)
            if checked is None:
                return received, _error(403, NOT_YOURS)
            body = checked
        length = str(len(body)).encode()
        request.scope["headers"] = [
            (name, length if name == b"content-length" else value)
            for name, value in request.scope["headers"]
        ]
        given = False

        async def replay() -> dict:
            nonlocal given
            if given:
                return await received()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return replay, None

    def _join_of_annotator(self, body: bytes) -> bytes | None:
        """The call of a page's function, if that page is one of the annotator's."""
        try:
            asked = json.loads(body)
            number = asked["fn_index"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        function = self.blocks.fns.get(number) if type(number) is int else None
        if function is None or function.page not in ANNOTATOR_PAGES:
            return None
        return json.dumps(asked).encode()


def _is_public(path: str) -> bool:
    return path in PUBLIC or (path.startswith(PUBLIC_FOLDERS) and ".." not in path)


def _from_this_machine(request: Request) -> bool:
    """By its address and by the name it asks for, which a page of another site cannot choose."""
    client = request.client.host if request.client else ""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    return is_loopback(client) and is_loopback(name or "")


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query


def _wants_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _from_elsewhere(request: Request) -> bool:
    """Whether a page of another site asks for a change.

    Browsers say where a request comes from; other programs say nothing and have no cookie.
    """
    if request.method in SAFE_METHODS:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


def _with_headers(send: Send) -> Send:
    async def pass_on(message: dict) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return pass_on
