"""Lines, JSONL and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from workbench.errors import ImportRefused
from workbench.intake.model import EXCERPT, LONGEST_RECORD, Record, Reject, Source, excerpt
from workbench.intake.tasks import TARGET, flatten, is_task

SAMPLE = 1_000
CHUNK = 1 << 18
BOM = b"\xef\xbb\xbf"

_DECODER = json.JSONDecoder()
_BEFORE = re.compile(r"\s*([\[\],])\s*")
_END = object()


def physical_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line, with its end, and its number; None for one of more than LONGEST_RECORD bytes."""
    number = 0
    while raw := file.readline(LONGEST_RECORD):
        number += 1
        if number == 1:
            raw = raw.removeprefix(BOM)
        if len(raw) >= LONGEST_RECORD - len(BOM) and not raw.endswith(b"\n"):
            while (rest := file.readline(LONGEST_RECORD)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, raw


def open_jsonl(path: Path) -> Source:
    """One JSON object a line."""

    def read() -> Iterator[Record | Reject]:
        with open(path, "rb") as file:
            for number, raw in physical_lines(file):
                if raw is None:
                    reason = f"a line of more than {LONGEST_RECORD // 1_000_000} MB"
                    yield Reject(number, reason, "")
                elif raw.strip():
                    yield _line(number, raw)

    return _source(read)


def open_json(path: Path) -> Source:
    """A list of objects, an export of Label Studio, or (as often happens) JSONL by another name.

    Raises ImportRefused for anything else.
    """
    with open(path, "rb") as file:
        start = file.read(CHUNK).removeprefix(BOM).lstrip()
    if start.startswith(b"{"):
        line, _, more = start.partition(b"\n")
        first = _line(1, line)
        if isinstance(first, Record) and (more.strip() or _is_row(first.values)):
            return open_jsonl(path)
        raise ImportRefused(f"{path}: {_one_object(path)}")
    if not start.startswith(b"["):
        raise ImportRefused(f"{path}: it is not JSON: it must begin with [ (a list of objects)")

    def read() -> Iterator[Record | Reject]:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from _elements(file)

    return _source(read)


def _is_row(values: dict) -> bool:
    """Whether a lone object is a row itself, not what holds the rows."""
    return is_task(values) or not (_listed(values) or _by_columns(values))


def _listed(values: dict) -> str | None:
    """The key under which an object holds a list of objects."""
    lists = (name for name, value in values.items() if isinstance(value, list) and value)
    return next((name for name in lists if isinstance(values[name][0], dict)), None)


def _by_columns(values: dict) -> bool:
    """Whether each value is a whole column, as pandas writes a table."""
    return len(values) > 1 and all(isinstance(value, (dict, list)) for value in values.values())


def _one_object(path: Path) -> str:
    """Why a file that begins like a JSON object is none of what can be imported."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            values = json.load(file)
    except (ValueError, RecursionError) as error:
        return f"it is not valid JSON: {_short(error)}"
    if name := _listed(values):
        return f"its rows are in a list under {name!r}: save that list as a file of its own"
    if _by_columns(values):
        return "it holds columns, not rows: write one object per row (pandas: orient='records')"
    return "it holds one JSON object, not a list of objects"


def _source(read: Callable[[], Iterator[Record | Reject]]) -> Source:
    first = [record.values for record in islice(read(), SAMPLE) if isinstance(record, Record)]
    if first and all(is_task(values) for values in first):

        def tasks() -> Iterator[Record | Reject]:
            for found in read():
                yield flatten(found) if isinstance(found, Record) else found

        first = [flatten(Record(0, values)) for values in first]
        first = [record.values for record in first if isinstance(record, Record)]
        label = TARGET if any(values.get(TARGET) is not None for values in first) else None
        return Source(_names(first), tasks, label=label, partial=True)
    return Source(_names(first), read, partial=True)


def _names(rows: list[dict]) -> list[str]:
    return list(dict.fromkeys(name for values in rows for name in values))


def _line(number: int, raw: bytes) -> Record | Reject:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return Reject(number, "not UTF-8", excerpt(raw.decode("utf-8", "replace")))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Reject(number, f"not JSON: {_short(error)}", excerpt(text))
    return _record(number, value, text)


def _record(number: int, value: Any, text: str) -> Record | Reject:
    if not isinstance(value, dict):
        return Reject(number, f"not a JSON object but {_kind(value)}", excerpt(text))
    return Record(number, value)


def _elements(file: TextIO) -> Iterator[Record | Reject]:
    """The elements of a JSON list, one at a time; a syntax error ends the reading.

    A step that fails, or that ends where the buffer ends, is tried again with more of the file.
    """
    text, place, number, ended, size = "", 0, 0, False, CHUNK
    while True:
        problem: Exception | None = None
        value, end = None, len(text)
        try:
            value, end = _step(text, place, first=number == 0)
        except (ValueError, RecursionError) as error:
            problem = error
        if end == len(text) and not ended and end - place < LONGEST_RECORD:
            text, place = text[place:], 0
            size = max(CHUNK, len(text))
            more = file.read(size)
            text, ended = text + more, len(more) < size
            continue
        start = text[place : place + 4 * EXCERPT]
        if problem is not None:
            reason = f"not JSON: {_short(problem)}; nothing of the file is read from here on"
            yield Reject(number + 1, reason, excerpt(start))
            return
        if value is _END:
            return
        number += 1
        yield _record(number, value, start)
        place = end


def _step(text: str, place: int, *, first: bool) -> tuple[Any, int]:
    """The element that comes next and where it ends; _END for the end of the list."""
    before = _BEFORE.match(text, place)
    sign = before[1] if before else ""
    if sign == "]" and not first:
        return _END, before.end()
    if sign == "[" and first and text.startswith("]", before.end()):
        return _END, before.end()
    if sign != ("[" if first else ","):
        raise ValueError("a comma or the end of the list is missing")
    return _DECODER.raw_decode(text, before.end())


def _short(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).split("\n")[0]


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
