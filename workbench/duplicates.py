"""Texts that are there twice, exactly or nearly, in time and memory that grow with the pool only.

Near duplicates are found by MinHash signatures of character n-grams in LSH bands (Broder 1997;
Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3), and each pair is checked
exactly. Written over arrays: ten times as fast as one MinHash object per text.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

HASHES = 128
RECALL = 0.98
CROWD = 16
CHUNK = 1_000_000
PAIRS = 50_000


def exact_duplicates(texts: Sequence[str]) -> list[list[int]]:
    """Groups of two or more positions, in order, whose texts are exactly the same."""
    return [group for group in _groups(texts).values() if len(group) > 1]


def near_duplicates(texts: Sequence[str], threshold: float = 0.9) -> list[tuple[int, int, float]]:
    """Pairs ``(i, j, similarity)`` with i < j and similarity of at least ``threshold``, in order.

    The similarity is the share of character n-grams that two texts have in common (Dice; three
    characters, two where the first is Chinese, Japanese or Korean), case, space, punctuation and
    Unicode forms left aside. Exact duplicates are among the pairs, with 1.0. Of texts alike in this
    sense each is paired with the first only, and in a crowd of near duplicates a pair is left out
    when both have ``CROWD`` others already, so that the answer grows with ``len(texts)`` only. A
    pair at the threshold is found with a probability of ``RECALL`` or more.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be above 0 and at most 1, not {threshold}")
    groups = _groups([_normalised(text) for text in texts])
    pairs = [(group[0], other, 1.0) for group in groups.values() for other in group[1:]]
    first = [group[0] for group in groups.values()]
    if threshold < 1 and len(groups) > 1:
        for one, other, similarity in _near(list(groups), threshold):
            pairs.append((*sorted((first[one], first[other])), similarity))
    return sorted(pairs)


def fingerprints(texts: Sequence[str], hashes: int) -> np.ndarray:
    """MinHash signatures, uint32 [n, hashes]: the share of equal places estimates the Jaccard
    similarity of the n-grams that `near_duplicates` compares.
    """
    return _signatures([_normalised(text) for text in texts], hashes)[0]


def similarities(text: str, others: Sequence[str]) -> list[float]:
    """The similarity of ``text`` with each of the others, as `near_duplicates` defines it."""
    own = _distinct(text)
    return [
        2 * len(np.intersect1d(own, theirs, assume_unique=True)) / (len(own) + len(theirs))
        for theirs in map(_distinct, others)
    ]


def _distinct(text: str) -> np.ndarray:
    codes = _codes(_normalised(text).replace("\0", " "))
    return np.unique(_shingles(codes))


def _groups(keys: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        found[key].append(position)
    return found


class _Dropped(dict):
    """For str.translate: separators, punctuation, symbols and control characters go."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code))[0] in "ZPSC" else code
        self[code] = kept
        return kept


_DROPPED = _Dropped()


def _normalised(text: str) -> str:
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return folded.translate(_DROPPED) or " ".join(folded.split()) or " "


def _shingles(codes: np.ndarray) -> np.ndarray:
    """An n-gram per code point, uint64; a code of 0 ends a text."""
    after = np.append(codes[1:], np.uint64(0))
    second = np.append(after[1:], np.uint64(0))
    dense = ((codes >= 0x2E80) & (codes < 0xA4D0)) | ((codes >= 0xAC00) & (codes < 0xD7B0))
    dense |= codes >= 0x20000
    second[dense | (after == 0)] = 0
    return codes | after << np.uint64(21) | second << np.uint64(42)


def _codes(key: str) -> np.ndarray:
    return np.frombuffer(key.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def _near(keys: list[str], threshold: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of positions in ``keys`` that share a band of their signatures and are alike."""
    count = len(keys)
    rows = _rows_per_band(threshold / (2 - threshold))
    signatures, shingles = _signatures(keys)
    sizes = shingles.getnnz(axis=1)
    partners = np.zeros(count, dtype=np.int64)
    seen: set[int] = set()
    for start in range(0, HASHES - rows + 1, rows):
        bucket = np.zeros(count, dtype=np.uint64)
        for column in range(start, start + rows):
            bucket = _mixed(bucket ^ signatures[:, column])
        order = np.argsort(bucket, kind="stable")
        ordered = bucket[order]
        for step in range(1, min(CROWD, count - 1) + 1):
            same = np.flatnonzero(ordered[step:] == ordered[:-step])
            one, other = order[same], order[same + step]
            open_ = np.minimum(partners[one], partners[other]) < CROWD
            one, other = one[open_], other[open_]
            for part in range(0, len(one), PAIRS):
                left, right = one[part : part + PAIRS], other[part : part + PAIRS]
                shared = np.asarray(shingles[left].multiply(shingles[right]).sum(axis=1)).ravel()
                alike = 2.0 * shared / (sizes[left] + sizes[right])
                for index in np.flatnonzero(alike >= threshold):
                    low, high = int(left[index]), int(right[index])
                    if low * count + high not in seen:
                        seen.add(low * count + high)
                        partners[[low, high]] += 1
                        yield low, high, float(alike[index])
            if not len(same):
                break


def _signatures(keys: list[str], hashes: int = HASHES) -> tuple[np.ndarray, csr_matrix]:
    """MinHash signatures, uint32 [n, hashes], and the set of shingles of each key, 0/1 [n, 2**31].

    Worked out from about CHUNK characters at a time.
    """
    from scipy.sparse import csr_matrix

    random = np.random.default_rng(0)
    factors = random.integers(1, 2**32, hashes, dtype=np.uint32) | np.uint32(1)
    shifts = random.integers(0, 2**32, hashes, dtype=np.uint32)
    signatures = np.empty((len(keys), hashes), dtype=np.uint32)
    columns = []
    for start, end in _chunks(keys):
        part = keys[start:end]
        codes = _codes("\0\0".join(key.replace("\0", " ") for key in part))
        hashed = (_mixed(_shingles(codes)[codes != 0]) >> np.uint64(32)).astype(np.uint32)
        starts = np.cumsum([0, *(len(key) for key in part[:-1])])
        for column, (factor, shift) in enumerate(zip(factors, shifts, strict=True)):
            turned = (hashed ^ shift) * factor
            turned ^= turned >> np.uint32(15)
            signatures[start:end, column] = np.minimum.reduceat(turned, starts)
        columns.append((hashed >> np.uint32(1)).astype(np.int32))
    places = np.concatenate(columns)
    ends = np.cumsum([0, *map(len, keys)])
    ones = np.ones(len(places), dtype=np.int32)
    shingles = csr_matrix((ones, places, ends), shape=(len(keys), 2**31 - 1))
    shingles.sum_duplicates()
    shingles.data[:] = 1
    return signatures, shingles


def _chunks(keys: list[str]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for position, key in enumerate(keys):
        size += len(key)
        if size >= CHUNK or position == len(keys) - 1:
            yield start, position + 1
            start, size = position + 1, 0


def _mixed(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)


def _rows_per_band(jaccard: float) -> int:
    """The most rows (the fewest false candidates) with which RECALL is still reached."""
    for rows in range(16, 1, -1):
        if 1 - (1 - jaccard**rows) ** (HASHES // rows) >= RECALL:
            return rows
    return 1
