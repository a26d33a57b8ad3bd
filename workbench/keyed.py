"""Files that only grow, and the text that each of their rows belongs to."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import numpy as np

from workbench.files import write_from

KEY_BYTES = 16
KEY = np.dtype(f"S{KEY_BYTES}")
LATE, LATE_SHARE = 65_536, 32
"""Up to so many keys, or that part of all, wait in a dict until they are sorted in."""


class KeyedRows:
    """Which text has which row in the files of ``folder``; several processes may use it at once.

    Keys are written after what they stand for, so that a kill in between costs some work and never
    pairs a text with another one's row.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._forget()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._late)

    def keys(self, texts: Sequence[str]) -> list[bytes]:
        """The key of each text."""
        return [
            blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
            for text in texts
        ]

    def missing(self, keys: Sequence[bytes]) -> list[int]:
        """The places of the keys that have no row yet, each key once."""
        unknown = np.flatnonzero(~self.has(keys)).tolist()
        return list({keys[place]: place for place in unknown}.values())

    def has(self, keys: Sequence[bytes]) -> np.ndarray:
        """bool [n]: which of the keys have a row."""
        self._refresh()
        return self._find(keys) >= 0

    def rows(self, keys: Sequence[bytes]) -> np.ndarray:
        """The row of each key, int64 [n]; KeyError for one that has none."""
        found = self._find(keys)
        if (found < 0).any():
            raise KeyError(keys[int(found.argmin())])
        return found

    def _find(self, keys: Sequence[bytes]) -> np.ndarray:
        wanted, found = np.frombuffer(b"".join(keys), KEY), np.full(len(keys), -1)
        with self._lock:
            near = np.searchsorted(self._sorted, wanted)
            here = np.flatnonzero(near < len(self._sorted))
            here = here[self._sorted[near[here]] == wanted[here]]
            found[here] = self._rows[near[here]]
            for place in np.flatnonzero(found < 0).tolist():
                found[place] = self._late.get(keys[place], -1)
        return found

    def add(self, keys: Sequence[bytes], write: Callable[[list[int], int], None]) -> None:
        """Gives the keys rows. ``write(places, first)`` writes those of them that nobody else has
        written meanwhile, from the row ``first`` on.
        """
        with self._locked():
            if new := self.missing(keys):
                known = len(self)
                write(new, known)
                added = b"".join(keys[place] for place in new)
                write_from(self.folder / "keys", known * KEY_BYTES, added)
                self._refresh()

    def keep(self, whole: Callable[[], int]) -> None:
        """Drops the keys of rows beyond those that the files have ``whole``: a machine that lost
        its power may have kept the keys alone, and so may a copy that was cut off."""
        file = self.folder / "keys"
        if not file.exists():
            return
        with self._locked():
            if file.stat().st_size > KEY_BYTES * (rows := whole()):
                shorter = self.folder / "keys.new"
                shorter.write_bytes(file.read_bytes()[: KEY_BYTES * rows])
                shorter.replace(file)

    def _refresh(self) -> None:
        with self._lock:
            try:
                with open(self.folder / "keys", "rb") as file:
                    here = os.fstat(file.fileno()).st_ino
                    file.seek(max(len(self) - 1, 0) * KEY_BYTES)
                    if len(self) and (here, file.read(KEY_BYTES)) != (self._file, self._last):
                        self._forget()  # another one was put in its place
                        file.seek(0)
                    self._file = here
                    more = file.read()
            except FileNotFoundError:
                self._forget()
                return
            known, count = len(self), len(more) // KEY_BYTES
            if not count:
                return
            places = range(0, count * KEY_BYTES, KEY_BYTES)
            self._last = more[places[-1] : places[-1] + KEY_BYTES]
            if len(self._late) + count <= max(LATE, known // LATE_SHARE):
                new = (more[place : place + KEY_BYTES] for place in places)
                self._late.update(zip(new, range(known, known + count), strict=True))
            else:
                self._sort_in(b"".join(self._late) + more[: count * KEY_BYTES])

    def _forget(self) -> None:
        self._sorted, self._rows = np.empty(0, KEY), np.empty(0, np.int64)
        self._late: dict[bytes, int] = {}
        self._file, self._last = -1, b""

    def _sort_in(self, late: bytes) -> None:
        """24 bytes a key, where a dict takes 140."""
        keys = np.frombuffer(late, KEY)
        order = np.argsort(keys)
        places = np.searchsorted(self._sorted, keys[order])
        rows = len(self._sorted) + order
        self._sorted = np.insert(self._sorted, places, keys[order])
        self._rows, self._late = np.insert(self._rows, places, rows), {}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
