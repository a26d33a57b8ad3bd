"""How long work reports how far it is; an exception raised by the callback stops the work."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with the fraction done (0 to 1) and a message for the person who waits."""


def part(progress: Progress | None, low: float, high: float) -> Progress:
    """A callback for a step that fills ``low`` to ``high`` of ``progress``, which may be None."""

    def report(fraction: float, message: str) -> None:
        if progress is not None:
            progress(low + (high - low) * min(max(fraction, 0.0), 1.0), message)

    return report
