"""Ports, processes and the small private files that say which server belongs to a folder."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from pathlib import Path

import psutil

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server may listen on ``port`` of this machine."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def is_server(pid: int, data_dir: Path) -> bool:
    """Whether ``pid`` lives and is the Label Studio of ``data_dir`` (pids are used again)."""
    try:
        shown = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
    return f"--data-dir {data_dir} " in shown


def read_json(path: Path) -> dict | None:
    """The content of ``path``, or None when there is none to be read."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
