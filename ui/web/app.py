"""The web UI: nine pages on one project, with a log-in."""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from fastapi import FastAPI
from starlette.responses import Response

from ui.web import (
    access,
    annotate,
    api,
    audit,
    augment,
    export,
    frame,
    home,
    login,
    people,
    replay,
    rounds,
    team,
)
from ui.web.site import Site, person
from workbench.errors import ConfigError
from workbench.files import private_folder
from workbench.people import check_host

FIRST_PORT = 7860
PORTS = 100
BUILDERS = {
    "project": home.build,
    "annotate": annotate.build,
    "rounds": rounds.build,
    "replay": replay.build,
    "audit": audit.build,
    "augment": augment.build,
    "team": team.build,
    "export": export.build,
    "people": people.build,
}


def build(project_root: Path) -> gr.Blocks:
    """The pages of the project in ``project_root``; ProjectError when there is none."""
    return _build(Site(Path(project_root)))


def _build(site: Site) -> gr.Blocks:
    with gr.Blocks(title="Label Workbench", analytics_enabled=False) as demo:
        frame.header("project")
        BUILDERS["project"](site, demo)
    for page in frame.PAGES[1:]:
        with demo.route(page.capitalize(), page, show_in_navbar=False):
            frame.header(page)
            BUILDERS[page](site, demo)
    return demo


def application(site: Site) -> FastAPI:
    """The pages, the endpoints and the log-in as one ASGI application, behind the gate."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    os.environ["GRADIO_TEMP_DIR"] = str(private_folder(site.project.state / "uploads"))
    log_in = login.LogIn(site)
    app.add_api_route("/login", log_in.page, methods=["GET"], response_class=Response)
    app.add_api_route("/login", log_in.enter, methods=["POST"], response_class=Response)
    app.add_api_route("/logout", log_in.leave, methods=["GET"], response_class=Response)
    app.add_api_route("/account", log_in.account, methods=["GET"], response_class=Response)
    app.add_api_route("/account", log_in.change, methods=["POST"], response_class=Response)
    app.include_router(api.router(site))
    blocks = _build(site)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SSR mode is not supported")
        gr.mount_gradio_app(
            app,
            blocks,
            "/",
            auth_dependency=person,
            theme=frame.theme(),
            css=frame.css(),
            i18n=frame.T,
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            allowed_paths=[str(site.project.root / name) for name in access.SERVED],
        )
    app.add_middleware(access.Gate, site=site, blocks=blocks)
    app.add_middleware(frame.FirstPaint)
    return app


def serve(
    project_root: Path,
    *,
    host: str | None = None,
    port: int | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serves the pages until the process is interrupted; ``on_ready`` gets the address.

    Without a ``host`` it is that of ``workbench.toml``, without a ``port`` 7860 or the next free
    one. Raises ConfigError when the port is taken, or when nobody may log in and the address is not
    this machine's own.
    """
    import uvicorn

    site = Site(Path(project_root))
    host = host or site.project.settings.web.host
    try:
        check_host(site.project, host)
    except ConfigError:
        site.close()
        raise
    number = _free_port(host, port)
    settings = uvicorn.Config(
        application(site), host, number, log_level="warning", timeout_graceful_shutdown=1,
        forwarded_allow_ips=site.project.settings.web.proxies,
    )  # fmt: skip
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise ConfigError(f"the web UI cannot listen at {host}:{number}")
            time.sleep(0.05)
        if on_ready is not None:
            shown = f"[{host}]" if ":" in host else host
            on_ready(f"http://{shown}:{number}")
        threading.Event().wait()
    finally:
        server.should_exit = True
        thread.join(5)
        site.close()


def _free_port(host: str, port: int | None) -> int:
    wanted = [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS)
    for number in wanted:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except OSError:
                continue
            return number
    if port:
        raise ConfigError(f"port {port} is taken: name another one with --port")
    raise ConfigError(f"no port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free")
