"""Log-in, log-out and one's own account: plain pages that need no Gradio."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ui.i18n import text
from ui.web.guide import ANNOTATOR_PAGES, address
from ui.web.site import Site, language, member
from ui.words.reported import reported
from workbench import people, sessions
from workbench.errors import TooManyAttempts, WorkbenchError

COOKIE = "workbench_session"
SHELL = (Path(__file__).parent / "plain.html").read_text("utf-8")
HASHING = 2
"""Passwords hashed at a time, 64 MiB of memory and one processor each: a flood waits in line."""


class LogIn:
    """The routes of logging in and out, and of one's own account."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.line = anyio.CapacityLimiter(HASHING)

    def page(self, request: Request) -> Response:
        """The form; straight on for those who are in."""
        token = request.cookies.get(COOKIE, "")
        known = people.anybody(self.site.project)
        if not known or sessions.member_of(self.site.project, token):
            return RedirectResponse(_next(request), 303)
        return _log_in_page(language(request))

    async def enter(self, request: Request) -> Response:
        """Checks email and password; wrong ones, and too many of them, are said on the form."""
        email, password = await _form(request, "email", "password")
        spoken = language(request)
        try:
            token = await anyio.to_thread.run_sync(
                sessions.log_in, self.site.project, email, password, _from(request),
                limiter=self.line,
            )  # fmt: skip
        except TooManyAttempts as error:
            said = text(spoken, "login.too_many", seconds=error.seconds)
            return _too_many(_log_in_page(spoken, said, email, 429), error)
        if token is None:
            return _log_in_page(spoken, text(spoken, "login.wrong"), email, 401)
        answer = RedirectResponse(_next(request), 303)
        answer.set_cookie(
            COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return answer

    def leave(self, request: Request) -> Response:
        """Ends the session here and in the store; not when another site's page asks for it."""
        if request.headers.get("sec-fetch-site") == "cross-site":
            return RedirectResponse("/", 303)
        sessions.log_out(self.site.project, request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer

    def account(self, request: Request) -> Response:
        """Who is logged in, and a form for a new password."""
        return _account_page(request)

    async def change(self, request: Request) -> Response:
        """Gives the person a new password and ends their other sessions."""
        old, new, again = await _form(request, "old", "new", "again")
        spoken, token = language(request), request.cookies.get(COOKIE, "")
        if new != again:
            return _account_page(request, problem=text(spoken, "account.differ"))
        try:
            await anyio.to_thread.run_sync(
                sessions.change_password, self.site.project, token, old, new, _from(request),
                limiter=self.line,
            )  # fmt: skip
        except TooManyAttempts as error:
            said = text(spoken, "login.too_many", seconds=error.seconds)
            return _too_many(_account_page(request, problem=said, status=429), error)
        except WorkbenchError as error:
            return _account_page(request, problem=reported(spoken, str(error)))
        return _account_page(request, done=text(spoken, "account.changed"))


def not_yours(request: Request) -> Response:
    """The page that says that a page is for other roles."""
    spoken = language(request)
    say, home = partial(text, spoken), address(ANNOTATOR_PAGES[0])
    return _plain(
        spoken,
        f"<div><h1>{say('login.not_yours')}</h1><p>{say('login.not_yours_hint')}</p></div>"
        f'<nav><a href="{home}">{say("login.back")}</a>'
        f'<a href="/logout">{say("login.another")}</a></nav>',
        403,
    )


def out_of_order(request: Request, why: str) -> Response:
    """The page that says that the project cannot be read just now, and why."""
    spoken = language(request)
    say = partial(text, spoken)
    return _plain(
        spoken,
        f"<div><h1>{say('login.out_of_order')}</h1><p>{escape(why)}</p></div>"
        f'<nav><a href="">{say("login.try_again")}</a></nav>',
        503,
    )


def _log_in_page(spoken: str, problem: str = "", email: str = "", status: int = 200) -> Response:
    say, given = partial(text, spoken), escape(email, quote=True)
    return _plain(
        spoken,
        f"<div><h1>{say('login')}</h1><p>{say('login.hint')}</p></div>{_said(problem, 'alert')}"
        f'<form method="post"><label>{say("login.email")}<input name="email" type="text"'
        f' inputmode="email" autocomplete="username" autocapitalize="none" maxlength="200"'
        f' value="{given}" required{"" if given else " autofocus"}></label>'
        f"{_password(say('login.password'), 'password', 'current-password', bool(given))}"
        f'<button type="submit">{say("login")}</button></form>',
        status,
    )


def _account_page(request: Request, problem: str = "", done: str = "", status: int = 0) -> Response:
    who, spoken = member(request), language(request)
    say = partial(text, spoken)
    role = say(f"people.{who.role}")
    return _plain(
        spoken,
        f"<div><h1>{say('account')}</h1><p><b>{escape(who.email)}</b> · {role}</p></div>"
        f"<h2>{say('account.password')}</h2>{_said(done, 'status')}{_said(problem, 'alert')}"
        f'<form method="post">{_password(say("account.old"), "old", "current-password")}'
        f"{_password(say('account.new'), 'new', 'new-password')}"
        f"{_password(say('account.again'), 'again', 'new-password')}"
        f"<p>{say('account.hint')}</p>"
        f'<button type="submit">{say("account.change")}</button></form>'
        f'<nav><a href="/">{say("account.back")}</a>'
        f'<a href="/logout">{say("nav.logout")}</a></nav>',
        status or (400 if problem else 200),
    )


def _password(words: str, name: str, kind: str, focus: bool = False) -> str:
    return (
        f'<label>{words}<input name="{name}" type="password" autocomplete="{kind}"'
        f' maxlength="{people.LONGEST_PASSWORD}" required{" autofocus" if focus else ""}></label>'
    )


def _said(words: str, role: str) -> str:
    return f'<p role="{role}">{escape(words)}</p>' if words else ""


def _plain(spoken: str, content: str, status: int) -> Response:
    page = SHELL.replace("{language}", spoken).replace("{content}", content)
    return HTMLResponse(page, status, {"cache-control": "no-store"})


def _too_many(answer: Response, error: TooManyAttempts) -> Response:
    answer.headers["retry-after"] = str(error.seconds)
    return answer


async def _form(request: Request, *names: str) -> list[str]:
    sent = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return [sent.get(name, [""])[0] for name in names]


def _from(request: Request) -> str:
    return request.client.host if request.client else ""


def _next(request: Request) -> str:
    """Where to go after logging in: a path of this site only."""
    wanted = request.query_params.get("next", "/")
    parts = urlsplit(wanted)
    plain = wanted.isprintable() and "\\" not in wanted
    inside = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if plain and inside and not parts.netloc and not parts.scheme else "/"
