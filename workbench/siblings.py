"""Texts that are nearly the same as a given one: what can be labelled in one go.

Each text of the pool has a small fingerprint (MinHash, `workbench.duplicates`) on disk, worked out
once; all of them are compared at once, and those that may be alike are then compared exactly.
"""

from __future__ import annotations

import fcntl
import threading
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from workbench.duplicates import fingerprints, similarities
from workbench.files import write_from
from workbench.project import Project
from workbench.tables import Annotation, Item, Lease, now

HASHES = 32
FEWEST_EQUAL = 18
"""Of two texts alike (Dice 0.9, Jaccard 0.82) fewer places are equal once in 2,000 times."""

THRESHOLD = 0.9
MOST = 50
CANDIDATES = 500
CHUNK = 2048


@dataclass(frozen=True)
class Sibling:
    """Another text that nobody has answered, and how alike it is (1.0: the same)."""

    uid: str
    text: str
    similarity: float


class Siblings:
    """Finds the near-identical texts of a project's pool; safe to use from several threads."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.path = project.state / f"fingerprints-{HASHES}.u16"
        self._busy = threading.Lock()

    def behind(self) -> int:
        """How many texts of the pool have no fingerprint yet."""
        return max(0, len(self.project.pool) - self._known())

    def refresh(self) -> None:
        """Works out the missing fingerprints; returns at once while another thread does."""
        if not self._busy.acquire(blocking=False):
            return
        try:
            with open(self.path.with_suffix(".lock"), "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                while missing := self.behind():
                    start = self._known()
                    rows = range(start, start + min(missing, CHUNK))
                    prints = fingerprints(self.project.pool.texts(rows), HASHES)
                    place = start * HASHES * np.dtype(np.uint16).itemsize
                    write_from(self.path, place, prints.astype(np.uint16).tobytes())
        finally:
            self._busy.release()

    def of(self, uid: str, annotator: str) -> list[Sibling]:
        """The unanswered texts nearly the same as that of ``uid``, the most alike first.

        Never across the border of the holdout: a text of it has no siblings and is none. Texts on
        somebody else's screen are left out.
        """
        project = self.project
        with project.store.session() as session:
            item = session.get(Item, uid)
        if item is None or item.holdout or not (known := self._known()):
            return []
        (text,) = project.pool.texts([item.row])
        own = fingerprints([text], HASHES).astype(np.uint16)
        kept = np.memmap(self.path, np.uint16, "r", shape=(known, HASHES))
        equal = (kept == own).sum(axis=1, dtype=np.uint8)
        equal[item.row : item.row + 1] = 0
        near = np.flatnonzero(equal >= FEWEST_EQUAL)
        near = near[np.argsort(-equal[near].astype(int), kind="stable")][:CANDIDATES]
        uids = self._open_ones(near.tolist(), annotator)
        texts = project.pool.texts(list(uids))
        found = [
            Sibling(one, other, alike)
            for one, other, alike in zip(
                uids.values(), texts, similarities(text, texts), strict=True
            )
            if alike >= THRESHOLD
        ]
        return sorted(found, key=lambda one: -one.similarity)[:MOST]

    def _known(self) -> int:
        size = self.path.stat().st_size if self.path.exists() else 0
        return size // (HASHES * np.dtype(np.uint16).itemsize)

    def _open_ones(self, rows: list[int], annotator: str) -> dict[int, str]:
        """row → uid of those that nobody has answered or has on the screen, in the order given."""
        answered = select(Annotation.uid).where(~Annotation.deleted)
        leased = select(Lease.uid).where(Lease.annotator != annotator, Lease.until > now())
        query = select(Item.row, Item.uid).where(
            Item.row.in_(rows), ~Item.holdout, Item.uid.not_in(answered), Item.uid.not_in(leased)
        )
        with self.project.store.session() as session:
            found = dict(session.execute(query).all())
        return {row: found[row] for row in rows if row in found}
