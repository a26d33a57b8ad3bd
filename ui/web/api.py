"""The HTTP endpoints beside the pages: what annotators' browsers and scripts call."""

from __future__ import annotations

import json
from collections.abc import Callable

import anyio
from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ui.web.annotate import AnnotatePage
from ui.web.lookups import Lookups
from ui.web.site import Site, language
from ui.web.team import TABLE, TeamPage
from ui.words.reported import reported
from workbench.errors import ConfigError, StoreError, WorkbenchError

OK, STRANGER = 200, 409


def router(site: Site) -> APIRouter:
    """The endpoints under ``/api``; the gate has let the request through."""
    routes = APIRouter(prefix="/api")
    annotate, lookups, team = AnnotatePage(site), Lookups(site), TeamPage(site)

    @routes.post("/annotate/answers")
    async def answers(request: Request, sent: dict = Body(...)) -> Response:
        """Does the commands in order and says what changed (`AnnotatePage.answer`)."""
        return await _answered(request, annotate.answer, sent, request)

    @routes.post("/annotate/release")
    async def release(request: Request, scope: str = "") -> Response:
        """The page was left: what was on it is free for others."""
        return await _answered(request, lookups.release, scope, request)

    @routes.get("/annotate/item")
    async def item(request: Request, uid: str) -> Response:
        """One text of the pool to label."""
        return await _answered(request, lookups.item, uid, request)

    @routes.get("/annotate/search")
    async def search(request: Request, words: str) -> Response:
        """Texts of the pool with these words."""
        return await _answered(request, lookups.search, words, request)

    @routes.get("/annotate/siblings")
    async def siblings(request: Request, uid: str) -> Response:
        """Texts nearly the same as this one."""
        return await _answered(request, lookups.siblings, uid, request)

    @routes.get("/annotate/guideline")
    async def guideline(request: Request) -> Response:
        """The guideline as HTML."""
        return await _answered(request, lookups.guideline)

    @routes.get(TABLE.removeprefix("/api"))
    async def team_table(
        request: Request, since: str = "", until: str = "", round: int = 0
    ) -> Response:
        """How everybody labels, as CSV; annotators get their own row."""
        found = await _answered(request, team.table, since, until, round, request)
        if found.status_code != OK:
            return found
        name = {"content-disposition": 'attachment; filename="team.csv"'}
        return Response(json.loads(found.body), media_type="text/csv", headers=name)

    return routes


async def _answered(request: Request, work: Callable, *args: object) -> Response:
    """What ``work`` returns as JSON; a WorkbenchError as its one line, in the reader's language."""
    try:
        found = await anyio.to_thread.run_sync(work, *args)
    except WorkbenchError as error:
        status = 503 if isinstance(error, ConfigError | StoreError) else 400
        return JSONResponse({"error": reported(language(request), str(error))}, status)
    stranger = isinstance(found, dict) and "stranger" in found
    return JSONResponse(found, STRANGER if stranger else OK)
