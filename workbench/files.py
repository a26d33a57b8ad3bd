"""Files that only their owner can read."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, content: str) -> None:
    """Replaces ``path`` in one step; readable by its owner only from its first moment on."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_from(path: Path, place: int, data: bytes) -> None:
    """Replaces what the file has from the byte ``place`` on."""
    path.touch()
    with open(path, "r+b") as file:
        file.seek(place)
        file.truncate()
        file.write(data)
