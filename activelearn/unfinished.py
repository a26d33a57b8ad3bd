"""What a replay had done when it was cut off: asked for again, it goes on from there."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from activelearn.backtest import Held, Watched
from activelearn.curves import Curve, Point

BEGUN = "begun"


@dataclass(frozen=True)
class Begun:
    """A curve that is not done: the rows labelled for its next round, and its rounds so far."""

    labelled: list[int]
    points: list[Point]
    right: list[list[float]]


class Unfinished:
    """What is done of the curves, in a JSON file; without a ``path`` nothing is kept.

    ``asked`` names what all of them share (data, sizes, encoder). What lies there of another replay
    is forgotten when the first round of this one is kept.
    """

    def __init__(self, path: Path | None, asked: str) -> None:
        self.path, self.asked = path, asked
        self._done: dict[str, Any] = {}
        if path is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):
                kept = json.loads(path.read_text("utf-8"))
                self._done = kept["done"] if kept["asked"] == asked else {}

    def curve(self, *run: object) -> Curve | None:
        """The curve of a run (strategy, learner, seed), if it was done before."""
        kept = self._done.get(_key(run))
        if kept is None:
            return None
        parts = {"points": Point, "watched": Watched, "forecasts": Held}
        try:
            made = {name: [form(**one) for one in kept[name]] for name, form in parts.items()}
            return Curve(**kept | made)
        except (KeyError, TypeError):  # kept by an earlier version: it is measured anew
            return None

    def begun(self, *run: object) -> Begun:
        """The rounds of a curve that were done before; none where it was not begun."""
        kept = self._done.get(_key((*run, BEGUN)), {"labelled": [], "points": [], "right": []})
        return Begun(**kept | {"points": [Point(**one) for one in kept["points"]]})

    def keep_begun(self, begun: Begun, *run: object) -> None:
        """Keeps the rounds of a curve that is not done."""
        self._done[_key((*run, BEGUN))] = asdict(begun)
        self._write()

    def number(self, *run: object) -> float | None:
        """The accuracy with all labels, if it was measured before."""
        return self._done.get(_key(run))

    def keep(self, value: Curve | float, *run: object) -> None:
        """Keeps one more, so that a kill from here on costs no more than what follows."""
        self._done[_key(run)] = asdict(value) if isinstance(value, Curve) else value
        self._done.pop(_key((*run, BEGUN)), None)
        self._write()

    def _write(self) -> None:
        if self.path is not None:
            written = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
            written.write_text(json.dumps({"asked": self.asked, "done": self._done}), "utf-8")
            written.replace(self.path)


def _key(run: tuple[object, ...]) -> str:
    return " ".join(str(one) for one in run)
