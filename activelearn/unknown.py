"""Characters that an encoder's vocabulary lacks: what it cannot read is spelled.

To the bundled MiniLM all but 244 Chinese characters are one and the same unknown token. Hashed into
signed directions of the vector space (feature hashing: Weinberger 2009), they can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from activelearn.reading import unit_rows

ENOUGH = 0.5
"""From this share of unknown characters on their spelling counts as much as what was read."""

BLIND = 0.3
"""Above this mean share of unknown characters, training the encoder gains little."""

_CHUNK = 4096


def unknown_characters(tokenizer: Any, texts: Sequence[str]) -> frozenset[str]:
    """Those characters of the texts, in lower case, that the vocabulary lacks.

    ASCII is not looked at: every vocabulary has its letters.
    """
    unknown = tokenizer.unk_token_id
    met = sorted({one for text in texts if not text.isascii() for one in text.lower()})
    doubtful = [one for one in met if not one.isascii()]
    if unknown is None or not doubtful:
        return frozenset()
    split = tokenizer(doubtful, add_special_tokens=False)["input_ids"]
    return frozenset(one for one, ids in zip(doubtful, split, strict=True) if unknown in ids)


def unknown_shares(texts: Sequence[str], unknown: frozenset[str]) -> np.ndarray:
    """The share of each text's characters, spaces aside, that are ``unknown``, float32 [n]."""
    found = np.zeros(len(texts), dtype=np.float32)
    for place, text in enumerate(texts) if unknown else ():
        seen = [one in unknown for one in text.lower() if not one.isspace()]
        found[place] = sum(seen) / max(len(seen), 1)
    return found


def spelled(vectors: np.ndarray, texts: Sequence[str], unknown: frozenset[str]) -> np.ndarray:
    """Vectors of length 1, float32 [n, d], that also tell the ``unknown`` characters of a text, and
    the pairs that these make with their neighbours: the larger their share, the more. Texts without
    any keep their vectors.
    """
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.preprocessing import normalize

    shares = unknown_shares(texts, unknown)
    there = np.flatnonzero(shares)
    if not len(there):
        return vectors
    hashing = HashingVectorizer(
        analyzer=partial(_grams, unknown), n_features=vectors.shape[1], norm=None
    )
    mixed = vectors.copy()
    for start in range(0, len(there), _CHUNK):
        rows = there[start : start + _CHUNK]
        counts = hashing.transform([texts[row] for row in rows])
        counts.data = np.sign(counts.data) * np.log1p(np.abs(counts.data))
        weights = np.minimum(shares[rows] / ENOUGH, 1.0)
        spelling = normalize(counts).multiply(weights[:, None]).toarray()
        mixed[rows] = unit_rows(vectors[rows] + spelling)
    return mixed


def _grams(unknown: frozenset[str], text: str) -> Iterator[str]:
    """Each unknown character, and each pair of neighbours with one."""
    text = text.lower()
    for one, two in zip(text, f"{text[1:]} ", strict=True):
        if one in unknown:
            yield one
        if (one in unknown or two in unknown) and not (one.isspace() or two.isspace()):
            yield one + two
