"""The HTTP endpoints beside the pages: what annotators' browsers and scripts call."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Body
from starlette.requests import Request

from ui.web.annotate import AnnotatePage
from ui.web.site import Site


def router(site: Site) -> APIRouter:
    """The endpoints under ``/api``; the gate has let the request through."""
    routes = APIRouter(prefix="/api")
    annotate = AnnotatePage(site)

    @routes.post("/annotate/answers")
    async def answers(request: Request, commands: list[dict] = Body(...)) -> dict:
        """Does the commands in order and gives the state of the page (`AnnotatePage.answer`)."""
        return await anyio.to_thread.run_sync(annotate.answer, commands, request)

    return routes
