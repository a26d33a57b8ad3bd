"""Files that only grow, and the text that each of their rows belongs to."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np

from workbench.files import write_from

KEY_BYTES = 16


class KeyedRows:
    """Which text has which row in the files of ``folder``; several processes may use it at once.

    Keys are written after what they stand for, so that a kill in between costs some work and never
    pairs a text with another one's row.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._rows: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self, texts: Sequence[str]) -> list[bytes]:
        """The key of each text."""
        return [
            blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
            for text in texts
        ]

    def missing(self, keys: Sequence[bytes]) -> list[int]:
        """The places of the keys that have no row yet, each key once."""
        self._refresh()
        new = {key: place for place, key in enumerate(keys) if key not in self._rows}
        return list(new.values())

    def rows(self, keys: Sequence[bytes]) -> np.ndarray:
        """The row of each key, int64 [n]; KeyError for one that has none."""
        return np.fromiter((self._rows[key] for key in keys), np.int64, len(keys))

    def add(self, keys: Sequence[bytes], write: Callable[[list[int], int], None]) -> None:
        """Gives the keys rows. ``write(places, first)`` writes those of them that nobody else has
        written meanwhile, from the row ``first`` on.
        """
        with self._locked():
            if new := self.missing(keys):
                known = len(self._rows)
                write(new, known)
                added = b"".join(keys[place] for place in new)
                write_from(self.folder / "keys", known * KEY_BYTES, added)
                self._refresh()

    def _refresh(self) -> None:
        path = self.folder / "keys"
        if not path.exists():
            return
        with open(path, "rb") as file:
            file.seek(len(self._rows) * KEY_BYTES)
            more = file.read()
        first = len(self._rows)
        for number in range(len(more) // KEY_BYTES):
            key = more[number * KEY_BYTES : (number + 1) * KEY_BYTES]
            self._rows[key] = first + number

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.folder / "lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
