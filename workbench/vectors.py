"""The project's embeddings on disk: each text goes through the encoder once, whatever is killed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from activelearn.encoder import Embedder
from activelearn.progress import Progress, part
from workbench.chunks import chunks
from workbench.files import write_from
from workbench.keyed import KeyedRows
from workbench.pool import Pool, Texts

CHUNK = 4096


class Vectors:
    """Rows float32 [n, d] of a file of vectors: only what is asked for comes into memory.

    The file is mapped while it is read, no longer: pages that stay mapped count as memory too.
    """

    def __init__(self, file: Path, rows: np.ndarray) -> None:
        self.file = file
        self.rows = rows
        self.shape = (len(rows), int(file.stem.removeprefix("vectors-")))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, wanted: slice | np.ndarray | list[int]) -> np.ndarray:
        rows, width = self.rows[wanted], self.shape[1]
        if not len(rows):
            return np.empty((0, width), np.float32)
        whole = self.file.stat().st_size // (4 * width)
        stored = np.memmap(self.file, np.float32, "r", shape=(whole, width))
        return np.asarray(stored[rows])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return self[:]


@dataclass(frozen=True)
class PoolVectors:
    """Embeddings float32 [n, d] of the pool's texts at ``rows``; whose are asked for is read."""

    encoder: StoredEncoder
    pool: Pool
    rows: np.ndarray
    progress: Progress | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, wanted: slice | np.ndarray | list[int]) -> np.ndarray:
        return np.asarray(self.take(wanted).all())

    def take(self, wanted: slice | np.ndarray | list[int]) -> PoolVectors:
        """Those of some places."""
        return replace(self, rows=self.rows[wanted])

    def all(self) -> Vectors:
        """All of them, left in their file."""
        return self.encoder.vectors(Texts(self.pool, self.rows), self.progress)


class StoredEncoder:
    """An encoder whose vectors stay in ``folder``: ``vectors-<d>.f32`` [n, d] by key."""

    def __init__(self, encoder: Embedder, folder: Path) -> None:
        self.encoder = encoder
        self.model = encoder.model
        self.max_length = encoder.max_length
        self.tokens = encoder.tokens
        self._root = folder

    @property
    def version(self) -> str:
        return self.encoder.version

    @cached_property
    def _kept(self) -> KeyedRows:
        return KeyedRows(self._root / self.version)

    def has(self, texts: Sequence[str]) -> np.ndarray:
        """bool [n]: which of the texts were read before."""
        return self._kept.has(self._kept.keys(texts))

    def unknown(self, texts: Sequence[str]) -> np.ndarray:
        """The share of each text's characters that the vocabulary lacks, float32 [n]."""
        return self.encoder.unknown(texts)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors of length 1, float32 [n, d]; only texts that are new to the folder are read."""
        return np.asarray(self.vectors(texts, progress)) if texts else self.encoder.embed(texts)

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The same, left in their file; of ``texts`` a part at a time is looked at."""
        kept, low = self._kept, 0.0
        waiting: dict[bytes, str] = {}
        for number, some in enumerate(chunks(texts, CHUNK), start=1):
            keys, high = kept.keys(some), min(1.0, number * CHUNK / len(texts))
            waiting |= {keys[place]: some[place] for place in kept.missing(keys)}
            if len(waiting) >= CHUNK or (waiting and high == 1.0):
                made = self.encoder.embed(list(waiting.values()), part(progress, low, high))
                self._append(list(waiting), made)
                waiting, low = {}, high
        rows = [kept.rows(kept.keys(some)) for some in chunks(texts, CHUNK)]
        file = next(kept.folder.glob("vectors-*.f32"), kept.folder / "vectors-0.f32")
        return Vectors(file, np.concatenate([np.empty(0, np.int64), *rows]))

    def _append(self, keys: list[bytes], vectors: np.ndarray) -> None:
        def write(new: list[int], known: int) -> None:
            rows = np.ascontiguousarray(vectors[new], dtype=np.float32)
            width = rows.shape[1]
            path = self._kept.folder / f"vectors-{width}.f32"
            write_from(path, known * width * rows.itemsize, rows.tobytes())

        self._kept.add(keys, write)
