"""The project's embeddings on disk: each text goes through the encoder once, whatever is killed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
        return self.encoder.embed(Texts(self.pool, self.rows[wanted]), self.progress)

    def read(self) -> None:
        """Sees to it that all are there."""
        self.encoder.read(Texts(self.pool, self.rows), self.progress)


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
        kept = KeyedRows(self._root / self.version)
        kept.keep(lambda: sum(_shape(file)[0] for file in _files(kept.folder)))
        return kept

    def has(self, texts: Sequence[str]) -> np.ndarray:
        """bool [n]: which of the texts were read before."""
        return self._kept.has(self._kept.keys(texts))

    def unknown(self, texts: Sequence[str]) -> np.ndarray:
        """The share of each text's characters that the vocabulary lacks, float32 [n]."""
        return self.encoder.unknown(texts)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors of length 1, float32 [n, d]; only texts that are new to the folder are read."""
        if not len(texts):
            return self.encoder.embed([])
        self.read(texts, progress)
        kept = self._kept
        rows = np.concatenate([kept.rows(kept.keys(some)) for some in chunks(texts, CHUNK)])
        (file,) = _files(kept.folder)
        # mapped for this alone: what stays mapped counts as memory
        return np.asarray(np.memmap(file, np.float32, "r", shape=_shape(file))[rows])

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> None:
        """Sees to it that the folder has the texts' vectors, looking at a part at a time."""
        kept, low = self._kept, 0.0
        waiting: dict[bytes, str] = {}
        for number, some in enumerate(chunks(texts, CHUNK), start=1):
            keys, high = kept.keys(some), min(1.0, number * CHUNK / len(texts))
            waiting |= {keys[place]: some[place] for place in kept.missing(keys)}
            if len(waiting) >= CHUNK or (waiting and high == 1.0):
                made = self.encoder.embed(list(waiting.values()), part(progress, low, high))
                self._append(list(waiting), made)
                waiting, low = {}, high

    def _append(self, keys: list[bytes], vectors: np.ndarray) -> None:
        def write(new: list[int], known: int) -> None:
            rows = np.ascontiguousarray(vectors[new], dtype=np.float32)
            width = rows.shape[1]
            path = self._kept.folder / f"vectors-{width}.f32"
            write_from(path, known * width * rows.itemsize, rows.tobytes())

        self._kept.add(keys, write)


def _files(folder: Path) -> list[Path]:
    """The file of the vectors, once there is one."""
    return list(folder.glob("vectors-*.f32"))


def _shape(file: Path) -> tuple[int, int]:
    """(n, d) of the whole rows in a file."""
    width = int(file.stem.removeprefix("vectors-"))
    return file.stat().st_size // (4 * width), width
