"""Under which facts it is kept how far a Label Studio project was read."""

from __future__ import annotations


def cursor_key(number: int) -> str:
    """The fact that holds how far a Label Studio project was pulled."""
    return f"cursor-{number}"


def stray_key(number: int) -> str:
    """The fact that holds the tasks of a Label Studio project that no item stands for."""
    return f"strays-{number}"
