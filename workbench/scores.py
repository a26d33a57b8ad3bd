"""What a round's model said of the pool, on disk: the probabilities of which items.

They stay in their file and come from there by parts; of the pool only row numbers are in memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

FOLDER, FILE, TOLD = "scores", "rows.npz", "probabilities.npy"
PART = 8192


@dataclass(frozen=True)
class Scores:
    """Items, and probabilities [n, k] of ``labels`` where a model is there.

    ``rows`` int64 [n] are theirs in the pool. The first ``fresh`` of them have no label yet, the
    others are what the model learned from; the rows of both rise. ``encoder`` is the version of the
    one in use.
    """

    rows: np.ndarray
    fresh: int
    encoder: str
    probabilities: np.ndarray | None
    labels: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> Scores | None:
        """What `write` wrote; None where it did not, or where it cannot be read."""
        try:
            with np.load(folder / FILE) as kept:
                rows, fresh, told = kept["rows"], int(kept["fresh"]), bool(kept["told"])
                labels, encoder = tuple(kept["labels"].tolist()), str(kept["encoder"])
            probabilities = np.load(folder / TOLD, mmap_mode="r") if told else None
        except (OSError, EOFError, KeyError, ValueError, BadZipFile):
            return None  # a round ended meanwhile, an older version wrote, or a disk was full
        return cls(rows, fresh, encoder, probabilities, labels)

    @classmethod
    def write(
        cls,
        folder: Path,
        rows: np.ndarray,
        fresh: int,
        encoder: str,
        tell: Callable[[slice], np.ndarray] | None,
        labels: tuple[str, ...],
    ) -> Scores:
        """In one step: a folder that is there is whole. ``tell`` gives the probabilities of a part.

        What was there before goes.
        """
        new = folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        if tell is not None:
            shape = (len(rows), len(labels))
            about = {"descr": "<f4", "fortran_order": False, "shape": shape}
            with open(new / TOLD, "wb") as file:  # mapped, a full disk would kill the process
                np.lib.format.write_array_header_1_0(file, about)
                for part in parts(len(rows)):
                    file.write(np.ascontiguousarray(tell(part), "<f4").tobytes())
        np.savez(
            new / FILE,
            rows=rows,
            fresh=fresh,
            told=tell is not None,
            labels=np.array(labels, dtype=str),
            encoder=encoder,
        )
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
        return cls.read(folder)

    def places(self, rows: Sequence[int]) -> np.ndarray:
        """Where these rows of the pool stand here, int64; -1 for what is not here."""
        wanted = np.asarray(rows, dtype=np.int64)
        found = np.full(len(wanted), -1)
        for first, last in ((0, self.fresh), (self.fresh, len(self.rows))):
            near = first + np.searchsorted(self.rows[first:last], wanted)
            here = np.flatnonzero(near < last)
            here = here[self.rows[near[here]] == wanted[here]]
            found[here] = near[here]
        return found


@dataclass(frozen=True)
class Told:
    """Probabilities float32 [n, k] of the items at ``places``, which come from their file when they
    are looked at; of some places ``others`` are known."""

    kept: np.ndarray
    places: np.ndarray
    others: dict[int, np.ndarray]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, wanted: slice | np.ndarray) -> np.ndarray:
        places = self.places[wanted]
        rows = np.asarray(self.kept[places])
        for row in np.flatnonzero(np.isin(places, list(self.others))).tolist():
            rows[row] = self.others[int(places[row])]
        return rows


def parts(size: int) -> Iterator[slice]:
    """0 … size in pieces of PART."""
    for start in range(0, size, PART):
        yield slice(start, min(start + PART, size))
