"""The web UI: six pages on one project, with a log-in."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

from ui.web import annotate, audit, augment, export, frame, home, rounds
from ui.web.site import Site
from workbench.errors import ConfigError

FIRST_PORT = 7860
PORTS = 100
SERVED = ("reports", "exports")
BUILDERS = {
    "project": home.build,
    "annotate": annotate.build,
    "rounds": rounds.build,
    "audit": audit.build,
    "augment": augment.build,
    "export": export.build,
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


def serve(
    project_root: Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serves the pages until the process is interrupted; ``on_ready`` gets the address.

    Without a ``port`` it is 7860 or the next free one. Raises ConfigError when the port is taken,
    or when nobody may log in and the address is not this machine's own.
    """
    from starlette.middleware import Middleware

    site = Site(Path(project_root))
    log_in = bool(site.project.settings.users)
    if not log_in and host not in ("127.0.0.1", "localhost", "::1"):
        raise ConfigError(
            "nobody may log in yet: `workbench user EMAIL`, then open other addresses"
        )
    demo = _build(site)
    try:
        _, url, _ = demo.launch(
            server_name=host,
            server_port=_free_port(host, port),
            auth=site.may_enter if log_in else None,
            auth_message=frame.login_message(),
            theme=frame.theme(),
            css=frame.css(),
            i18n=frame.T,
            app_kwargs={"middleware": [Middleware(frame.LanguageMiddleware)]},
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            quiet=True,
            allowed_paths=[str(site.project.root / name) for name in SERVED],
            show_error=True,
            prevent_thread_lock=True,
        )
        if on_ready is not None:
            on_ready(url.rstrip("/"))
        threading.Event().wait()
    finally:
        demo.close(verbose=False)
        site.close()


def _free_port(host: str, port: int | None) -> int:
    wanted = [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS)
    for number in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except OSError:
                continue
            return number
    if port:
        raise ConfigError(f"port {port} is taken: name another one with --port")
    raise ConfigError(f"no port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free")
