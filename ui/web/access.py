"""Who may ask for what: the gate that every request passes, log-in and log-out.

The gate knows the person behind a request by a cookie and what each role may reach. Staff may reach
everything; annotators only what is listed here, Gradio's own API included, so that a page or an
endpoint that is added later is closed to them until somebody opens it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import gradio as gr
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ui.i18n import text
from ui.web.frame import both
from ui.web.guide import ANNOTATOR_PAGES, address
from ui.web.site import MEMBER, NOBODY, Site, language
from workbench import people, sessions
from workbench.errors import TooManyAttempts
from workbench.people import STAFF, Member

COOKIE = "workbench_session"
HERE = Path(__file__).parent
LOG_IN_PAGE = (HERE / "login.html").read_text("utf-8")
PUBLIC = ("/login", "/theme.css", "/gradio_api/theme.css", "/favicon.ico", "/robots.txt")
PUBLIC_FOLDERS = ("/static/", "/assets/")
ANNOTATOR_PATHS = {
    *(address(page) for page in ANNOTATOR_PAGES),
    "/logout", "/manifest.json", "/gradio_api/queue/data", "/gradio_api/login_check",
    "/gradio_api/startup-events", "/gradio_api/app_id",
}  # fmt: skip
ANNOTATOR_FOLDERS = ("/api/annotate/", "/gradio_api/heartbeat/")
JOIN = "/gradio_api/queue/join"
LARGEST_JOIN = 1 << 20
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)

Scope, Receive, Send = dict[str, Any], Callable[[], Awaitable[dict]], Callable[[dict], Awaitable]


class Gate:
    """ASGI middleware in front of everything; ``blocks`` are the pages whose callbacks it knows."""

    def __init__(self, app: Callable, site: Site, blocks: gr.Blocks) -> None:
        self.app = app
        self.site = site
        self.blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        member = self._member(request)
        refusal = self._refusal(request, member)
        if refusal is None and member is not None:
            scope[MEMBER] = member
            if member.role not in STAFF and request.url.path == JOIN:
                receive, refusal = await self._joined(request)
        answer = refusal or self.app
        await answer(scope, receive, _with_headers(send))

    def _member(self, request: Request) -> Member | None:
        if not people.anybody(self.site.project):
            return NOBODY
        return sessions.member_of(self.site.project, request.cookies.get(COOKIE, ""))

    def _refusal(self, request: Request, member: Member | None) -> Response | None:
        path = request.url.path
        if request.method not in SAFE_METHODS and not _same_origin(request):
            return _error(403, "the request comes from another site")
        if path in PUBLIC or path.startswith(PUBLIC_FOLDERS):
            return None
        if member is None:
            if _wants_page(request):
                return RedirectResponse(f"/login?next={quote(_here(request))}", 303)
            return _error(401, "log in first")
        if member.role in STAFF:
            return None
        if path == "/":
            return RedirectResponse(address(ANNOTATOR_PAGES[0]), 303)
        allowed = path in ANNOTATOR_PATHS or path.startswith(ANNOTATOR_FOLDERS) or path == JOIN
        if allowed and ".." not in path:
            return None
        if _wants_page(request):
            return HTMLResponse(_page("login.not_yours", language(request)), 403)
        return _error(403, "your role does not allow this")

    async def _joined(self, request: Request) -> tuple[Receive, Response | None]:
        """The body of a call of a page's function, if that page is one of the annotator's.

        What is passed on is what was looked at, written anew.
        """
        received = request.receive
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_JOIN:
                return received, _error(413, "the request is too large")
        try:
            asked = json.loads(body)
            function = self.blocks.fns.get(asked["fn_index"])
        except (ValueError, TypeError, KeyError):
            function = None
        if function is None or function.page not in ANNOTATOR_PAGES:
            return received, _error(403, "your role does not allow this")
        checked = json.dumps(asked).encode()
        given = False

        async def replay() -> dict:
            nonlocal given
            if given:
                return await received()
            given = True
            return {"type": "http.request", "body": checked, "more_body": False}

        request.scope["headers"] = [
            (name, str(len(checked)).encode() if name == b"content-length" else value)
            for name, value in request.scope["headers"]
        ]
        return replay, None


class LogIn:
    """The routes of logging in and out."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def page(self, request: Request) -> Response:
        """The form; straight on for those who are in."""
        token = request.cookies.get(COOKIE, "")
        known = people.anybody(self.site.project)
        if not known or sessions.member_of(self.site.project, token):
            return RedirectResponse(_next(request), 303)
        return HTMLResponse(_page("", language(request)))

    async def enter(self, request: Request) -> Response:
        """Checks email and password; wrong ones, and too many of them, are said on the form."""
        import anyio

        form = parse_qs((await request.body())[:10_000].decode("utf-8", "replace"))
        email, password = (form.get(name, [""])[0] for name in ("email", "password"))
        client = request.client.host if request.client else ""
        spoken = language(request)
        try:
            token = await anyio.to_thread.run_sync(
                sessions.log_in, self.site.project, email, password, client
            )
        except TooManyAttempts as error:
            page = _page("login.too_many", spoken, email, seconds=error.seconds)
            return HTMLResponse(page, 429, {"Retry-After": str(error.seconds)})
        if token is None:
            return HTMLResponse(_page("login.wrong", spoken, email), 401)
        answer = RedirectResponse(_next(request), 303)
        answer.set_cookie(
            COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return answer

    def leave(self, request: Request) -> Response:
        """Ends the session here and in the store."""
        sessions.log_out(self.site.project, request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer


def _page(problem: str, spoken: str, email: str = "", **values: object) -> str:
    from html import escape

    said = escape(text(spoken, problem, **values)) if problem else ""
    places = {
        "title": both("login"), "hint": both("login.hint"), "email": both("login.email"),
        "password": both("login.password"), "enter": both("login"), "problem": said,
        "given": escape(email, quote=True), "hidden": "" if said else "hidden",
    }  # fmt: skip
    page = LOG_IN_PAGE
    for name, value in places.items():
        page = page.replace(f"{{{name}}}", value)
    return page


def _next(request: Request) -> str:
    """Where to go after logging in: a path of this site only."""
    wanted = request.query_params.get("next", "/")
    parts = urlsplit(wanted)
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if safe and not parts.netloc and not parts.scheme else "/"


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query


def _wants_page(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _same_origin(request: Request) -> bool:
    """Browsers say where a request comes from; other programs say nothing and have no cookie."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


def _with_headers(send: Send) -> Send:
    async def pass_on(message: dict) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return pass_on
