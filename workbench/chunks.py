"""Long lists in pieces: a database and a server take only so many values at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

LOOKUP = 500
"""Values for one query; SQLite takes 32766, older ones 999."""

T = TypeVar("T")


def chunks(rows: Sequence[T], size: int = LOOKUP) -> Iterator[Sequence[T]]:
    """``rows`` in pieces of at most ``size``."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
