"""What reading a file gives: rows, rejects, and which columns they came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from activelearn.data import Target

EXCERPT = 80
LONGEST_TEXT = 1_000_000
LONGEST_RECORD = 8_000_000

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Columns:
    """The columns of a file that hold the text, the label and the uid (None: there is none)."""

    text: str
    label: str | None = None
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row. ``uid`` is None when the file gives none; ``meta`` has the other columns.

    ``line`` is the physical line where the row starts (CSV, TSV, JSONL) or the number of the row
    (JSON, Parquet, `datasets` folder), counted from 1.
    """

    line: int
    text: str
    uid: str | None
    target: Target | None
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that cannot be used: where (as in `Row`), why, and how it begins."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row as the file has it, before its columns are looked at."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """An opened file: its columns and a way to read it from the start, as often as wanted.

    ``partial`` says that ``columns`` is from the first rows only; ``label`` names the column that
    is known, not guessed, to hold the label.
    """

    columns: list[str]
    read: Callable[[], Iterator[Record | Reject]]
    row_count: int | None = None
    label: str | None = None
    partial: bool = False


@dataclass(frozen=True)
class Preview:
    """The first rows as the file has them (column → value), and the rejects among them."""

    columns: Columns
    all_columns: list[str]
    rows: list[dict[str, Any]]
    row_count: int | None
    rejects: list[Reject] = field(default_factory=list)


def content_uid(text: str) -> str:
    """The uid of a text that was given none: the same text has the same uid, everywhere."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


def excerpt(value: Any) -> str:
    """The start of ``value`` on one line, safe to print and to write as UTF-8."""
    text = value[: 4 * EXCERPT] if isinstance(value, str) else repr(value)[: 4 * EXCERPT]
    text = "".join(c if c.isprintable() else "\ufffd" if not c.isspace() else " " for c in text)
    return " ".join(text.split())[:EXCERPT]


def has_surrogate(text: str) -> bool:
    """Whether ``text`` holds bytes that are not UTF-8, or half of a surrogate pair."""
    return not text.isascii() and _SURROGATE.search(text) is not None
