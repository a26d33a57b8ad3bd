"""Words that an encoder's vocabulary lacks: what it cannot read is told by its characters.

To the bundled MiniLM all but 244 Chinese characters are one and the same unknown token. A text's
character n-grams, hashed into directions of the vector space (Weinberger 2009), keep them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

ENOUGH = 0.5
"""From this share of unknown tokens on a text's characters count as much as what was read."""

BLIND = 0.3
"""An encoder that knows no more of the texts than this leaves out gains little by training."""

GRAMS = (1, 2)
_CHUNK = 4096


def unknown_shares(tokenizer: Any, texts: Sequence[str], limit: int) -> np.ndarray:
    """The share of each text's tokens that the vocabulary lacks, float32 [n].

    What is ASCII is not looked at: every vocabulary has its letters.
    """
    found = np.zeros(len(texts), dtype=np.float32)
    doubtful = [place for place, text in enumerate(texts) if not text.isascii()]
    unknown = tokenizer.unk_token_id
    if unknown is None or not doubtful:
        return found
    split = tokenizer(
        [texts[place] for place in doubtful],
        truncation=True,
        max_length=limit,
        add_special_tokens=False,
    )
    for place, ids in zip(doubtful, split["input_ids"], strict=True):
        found[place] = ids.count(unknown) / max(len(ids), 1)
    return found


def with_characters(vectors: np.ndarray, texts: Sequence[str], shares: np.ndarray) -> np.ndarray:
    """Vectors of length 1, float32 [n, d], with a direction for each character n-gram of those
    texts of which a share is unknown: the larger the share, the more; the others stay as they are.
    """
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.preprocessing import normalize

    spelled = np.flatnonzero(shares)
    if not len(spelled):
        return vectors
    grams = HashingVectorizer(
        analyzer="char", ngram_range=GRAMS, n_features=vectors.shape[1], norm=None
    )
    mixed = vectors.copy()
    for start in range(0, len(spelled), _CHUNK):
        rows = spelled[start : start + _CHUNK]
        counts = grams.transform([texts[row] for row in rows])
        counts.data = np.sign(counts.data) * np.log1p(np.abs(counts.data))
        weights = np.minimum(shares[rows] / ENOUGH, 1.0)
        spelling = normalize(counts).multiply(weights[:, None]).toarray()
        mixed[rows] = normalize(vectors[rows] + spelling.astype(np.float32))
    return mixed
