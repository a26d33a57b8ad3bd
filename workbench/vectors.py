"""The project's embeddings on disk: each text goes through the encoder once, whatever is killed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np

from activelearn.encoder import Embedder
from activelearn.progress import Progress, part
from workbench.files import write_from

KEY_BYTES = 16
CHUNK = 4096


class StoredEncoder:
    """An encoder whose vectors stay in ``folder``: ``vectors-<d>.f32`` [n, d] and a key each.

    Keys are written after their vectors, so that a kill in between costs a chunk and never pairs a
    text with another one's vector. Several processes may use the folder at once.
    """

    def __init__(self, encoder: Embedder, folder: Path) -> None:
        self.encoder = encoder
        self.model = encoder.model
        self.max_length = encoder.max_length
        self._root = folder
        self._rows: dict[bytes, int] = {}

    @property
    def version(self) -> str:
        return self.encoder.version

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors of length 1, float32 [n, d]; only texts that are new to the folder are read."""
        if not texts:
            return self.encoder.embed(texts)
        keys = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
                for text in texts]  # fmt: skip
        self._refresh()
        fresh = {k: t for k, t in zip(keys, texts, strict=True) if k not in self._rows}
        waiting = list(fresh.items())
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            low, high = start / len(waiting), (start + len(chunk)) / len(waiting)
            vectors = self.encoder.embed([text for _, text in chunk], part(progress, low, high))
            self._append([key for key, _ in chunk], vectors)
        return np.array(self._stored[[self._rows[key] for key in keys]])

    @cached_property
    def _folder(self) -> Path:
        folder = self._root / self.version
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def _stored(self) -> np.memmap:
        path = next(self._folder.glob("vectors-*.f32"))
        width = int(path.stem.removeprefix("vectors-"))
        return np.memmap(path, np.float32, "r", shape=(len(self._rows), width))

    def _refresh(self) -> None:
        path = self._folder / "keys"
        if not path.exists():
            return
        with open(path, "rb") as file:
            file.seek(len(self._rows) * KEY_BYTES)
            more = file.read()
        first = len(self._rows)
        for number in range(len(more) // KEY_BYTES):
            key = more[number * KEY_BYTES : (number + 1) * KEY_BYTES]
            self._rows[key] = first + number

    def _append(self, keys: list[bytes], vectors: np.ndarray) -> None:
        with self._locked():
            self._refresh()
            new = [i for i, key in enumerate(keys) if key not in self._rows]
            if not new:
                return
            rows = np.ascontiguousarray(vectors[new], dtype=np.float32)
            known, width = len(self._rows), rows.shape[1]
            path = self._folder / f"vectors-{width}.f32"
            write_from(path, known * width * rows.itemsize, rows.tobytes())
            write_from(self._folder / "keys", known * KEY_BYTES, b"".join(keys[i] for i in new))
            self._refresh()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self._folder / "lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
