"""What a round's model said of the pool, on disk: which vectors are whose, and probabilities.

Vectors and probabilities stay in their files and come from there by parts; of the pool only uids
and row numbers are in memory.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.vectors import Vectors

FOLDER = "scores"
PART = 8192


@dataclass(frozen=True)
class Scores:
    """Items with embeddings [n, d], and probabilities [n, k] of ``labels`` where a model is there.

    The first ``fresh`` of them have no label yet, the others are what the model learned from.
    ``labels`` is empty in what was written before they were kept.
    """

    uids: list[str]
    fresh: int
    embeddings: Vectors
    probabilities: np.ndarray | None
    labels: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> Scores:
        """What `write` wrote."""
        with np.load(folder / "items.npz") as kept:
            uids, fresh, rows = kept["uids"].tolist(), int(kept["fresh"]), kept["rows"]
            file = Path(str(kept["vectors"]))
            labels = tuple(kept["labels"].tolist()) if "labels" in kept else ()
        told = folder / "probabilities.npy"
        return cls(
            uids,
            fresh,
            Vectors(folder / file, rows),
            np.load(told, mmap_mode="r") if told.exists() else None,
            labels,
        )

    @classmethod
    def write(
        cls,
        folder: Path,
        uids: list[str],
        fresh: int,
        embeddings: Vectors,
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
            told = np.lib.format.open_memmap(
                new / "probabilities.npy", "w+", np.float32, (len(uids), len(labels))
            )
            for part in parts(len(uids)):
                told[part] = tell(part)
            told.flush()
        np.savez(
            new / "items.npz",
            uids=np.array(uids, dtype=str),
            fresh=fresh,
            labels=np.array(labels, dtype=str),
            rows=embeddings.rows,
            vectors=os.path.relpath(embeddings.file, folder),
        )
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
        return cls.read(folder)


def parts(size: int) -> Iterator[slice]:
    """0 … size in pieces of PART."""
    for start in range(0, size, PART):
        yield slice(start, min(start + PART, size))
