"""The project's texts as tokens on disk: a text is split once for each tokeniser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from workbench.files import write_from
from workbench.keyed import KeyedRows

CHUNK = 8192


class StoredTokens:
    """Tokenises as `activelearn.reading.tokenise` does, and keeps what it made in ``folder``.

    ``ids.i32`` has the tokens of all texts one after the other, ``ends.i64`` where each one's end.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._kept: dict[str, KeyedRows] = {}

    def __call__(self, tokenizer: Any, texts: Sequence[str], limit: int) -> list[np.ndarray]:
        """The token ids of each text, at most ``limit`` of them."""
        from activelearn.reading import tokenise

        kept = self._of(tokenizer, limit)
        keys = kept.keys(texts)
        waiting = kept.missing(keys)
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            made = tokenise(tokenizer, [texts[place] for place in chunk], limit)
            _append(kept, [keys[place] for place in chunk], made)
        if not len(texts):
            return []
        rows, ends = kept.rows(keys), _ends(kept.folder)
        ids = np.asarray(np.memmap(kept.folder / "ids.i32", np.int32, "r"))  # quicker to take apart
        starts = np.where(rows > 0, ends[rows - 1], 0)
        return [ids[low:high] for low, high in zip(starts, ends[rows], strict=True)]

    def _of(self, tokenizer: Any, limit: int) -> KeyedRows:
        name = f"{_digest(tokenizer)}-{limit}"
        if name not in self._kept:
            kept = KeyedRows(self._root / name)
            kept.keep(lambda: _whole(kept.folder))
            self._kept[name] = kept
        return self._kept[name]


@lru_cache(maxsize=8)
def _digest(tokenizer: Any) -> str:
    """Changes with whatever the tokeniser splits differently; not with how it pads and cuts off,
    which is said anew at each call."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        about = [type(tokenizer).__name__, tokenizer.name_or_path, sorted(tokenizer.get_vocab())]
    else:
        about = json.loads(backend.to_str()) | {"truncation": None, "padding": None}
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def _ends(folder: Path) -> np.ndarray:
    """Where the tokens of each text end, int64 [n]; empty where none were kept."""
    file = folder / "ends.i64"
    count = file.stat().st_size // 8 if file.exists() else 0
    return np.memmap(file, np.int64, "r", shape=(count,)) if count else np.empty(0, np.int64)


def _whole(folder: Path) -> int:
    """How many texts have all their tokens, and where they end."""
    file = folder / "ids.i32"
    tokens = file.stat().st_size // 4 if file.exists() else 0
    return int(np.searchsorted(_ends(folder), tokens, side="right"))


def _append(kept: KeyedRows, keys: list[bytes], made: list[Sequence[int]]) -> None:
    def write(new: list[int], known: int) -> None:
        last = int(_ends(kept.folder)[known - 1]) if known else 0
        lengths = np.array([len(made[place]) for place in new], dtype=np.int64)
        ids = np.concatenate([np.asarray(made[place], dtype=np.int32) for place in new])
        write_from(kept.folder / "ids.i32", 4 * last, ids.tobytes())
        write_from(kept.folder / "ends.i64", 8 * known, (last + lengths.cumsum()).tobytes())

    kept.add(keys, write)
