"""Files that only their owner can read."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, content: str, mode: int = 0o600) -> None:
    """Replaces ``path`` in one step; until it is there nobody but its owner can read it.

    ``mode`` is what the file's permissions are then.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        os.fchmod(descriptor, mode)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)


def private_folder(path: Path) -> Path:
    """Makes a folder that only its owner can look into, and closes one that is there already."""
    path.mkdir(mode=0o700, exist_ok=True)
    if path.stat().st_uid == os.getuid():
        path.chmod(0o700)
    return path


def private_file(path: Path) -> Path:
    """Makes an empty file that only its owner can read, and closes one that is there already.

    One that is there is not opened: closing it again would drop the locks that this process holds
    on it, and SQLite relies on these.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.stat().st_uid == os.getuid():
            path.chmod(0o600)
    return path


def write_from(path: Path, place: int, data: bytes) -> None:
    """Replaces what the file has from the byte ``place`` on."""
    path.touch()
    with open(path, "r+b") as file:
        file.seek(place)
        file.truncate()
        file.write(data)
