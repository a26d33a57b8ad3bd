"""CSV and TSV, read so that a broken line costs that line only and every line number is right."""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workbench.errors import ImportRefused
from workbench.intake.model import LONGEST_RECORD, Record, Reject, Source, excerpt, has_surrogate
from workbench.intake.text import physical_lines

MOST_LINES = 20_000
SWALLOWED_LINES = 3
LINES_TO_COMPARE = 50
UNCLOSED = 'a quote (") is opened and not closed'
UNDOUBLED = 'a quote (") is not closed, or one inside a field is not doubled'
CARRIAGE_RETURN = "a carriage return in the middle of the line, outside quotes"
NOT_UTF8 = "not UTF-8"
SEPARATOR = re.compile(rb"sep=([,;|\t])\r?\n")


class _Line(NamedTuple):
    number: int
    text: str | None
    """None for a line of more than LONGEST_RECORD bytes."""


class _Broken(Exception):
    """The record under way is too long to be one."""


def open_delimited(path: Path) -> Source:
    """A CSV (comma, or what else its header has) or TSV file with a header line.

    Raises ImportRefused when the header cannot be used.
    """
    with open(path, "rb") as file:
        delimiter, header = _header(path, file)

    def read() -> Iterator[Record | Reject]:
        with open(path, "rb") as file:
            lines = _decoded(file)
            next(_parse(lines, delimiter, None))
            for found in _parse(lines, delimiter, len(header)):
                if isinstance(found, Reject):
                    yield found
                else:
                    number, fields = found
                    yield Record(number, dict(zip(header, fields, strict=True)))

    return Source(columns=header, read=read)


def _header(path: Path, file: BinaryIO) -> tuple[str, list[str]]:
    start = file.read(65_536)
    file.seek(0)
    if b"\r" in start and b"\n" not in start:
        raise ImportRefused(
            f"{path}: its lines end with a bare carriage return: save it with usual line ends"
        )
    begun = next(_decoded(file), None)
    if begun is None:
        raise ImportRefused(f"{path}: there is no row in it")
    first = begun.text
    file.seek(0)
    if first is None:
        raise ImportRefused(f"{path}: its first line is longer than a header can be")
    said = SEPARATOR.match(start.removeprefix(codecs.BOM_UTF8))
    if said:
        delimiter = said[1].decode()
    else:
        delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(start)
    found = next(_parse(_decoded(file), delimiter, None), None)
    if found is None or isinstance(found, Reject):
        reason = found.reason if found else "there is nothing in it"
        if reason == NOT_UTF8:
            reason += ": save it as UTF-8"
        raise ImportRefused(f"{path}: its header line cannot be read: {reason}")
    names: list[str] = []
    for place, field in enumerate(found[1], 1):
        name = plain = field.strip() or f"column {place}"
        copies = 2
        while name in names:
            name = f"{plain} ({copies})"
            copies += 1
        names.append(name)
    return delimiter, names


def _delimiter(start: bytes) -> str:
    """What the header has; of several, the one by which most lines are as long as the header."""
    lines = start.decode("utf-8-sig", "replace").splitlines()[:LINES_TO_COMPARE]

    def fit(delimiter: str) -> tuple[bool, int, int]:
        header, *rows = [*csv.reader(lines, delimiter=delimiter), []]
        fitting = sum(len(row) == len(header) for row in rows)
        return len(header) > 1, fitting, len(header)

    return max(",;\t|", key=fit)


def _decoded(file: BinaryIO) -> Iterator[_Line]:
    """Lines with what is not UTF-8 kept as surrogates, so that quotes stay where they are.

    Without the line by which Excel says what stands between the fields.
    """
    for number, raw in physical_lines(file):
        if number == 1 and raw is not None and SEPARATOR.fullmatch(raw):
            continue
        yield _Line(number, None if raw is None else raw.decode("utf-8", "surrogateescape"))


def _parse(
    lines: Iterator[_Line], delimiter: str, width: int | None
) -> Iterator[tuple[int, list[str]] | Reject]:
    """Records of ``width`` fields (any number when None) with the line where each starts.

    A record that turns out to be broken is given up at its first line, and reading takes up again
    at its second. In a TSV a line with odd quotes that has the right number of tabs is taken as it
    stands: many programs write TSV without quoting.
    """
    csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_RECORD))
    again: deque[_Line] = deque()
    held: list[_Line] = []

    def feed() -> Iterator[str]:
        size = 0
        while (line := again.popleft() if again else next(lines, None)) is not None:
            if len(held) == 0:
                size = 0
            held.append(line)
            size += len(line.text or "")
            if line.text is None or size > LONGEST_RECORD or len(held) > MOST_LINES:
                raise _Broken
            yield line.text

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        held.clear()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Broken) as error:
            fields = None
            reason = _reason(error)
        else:
            if not fields:
                continue
            reason = _complaint(held, fields, delimiter, width)
            if width == 1 and len(fields) > 1 and len(held) == 1:
                fields, reason = [delimiter.join(fields)], _text_complaint(held)
            if reason is None:
                yield held[0].number, fields
                continue
        first = held[0]
        if len(held) > 1 and (fields is None or reason == UNCLOSED):
            again.extendleft(reversed(held[1:]))
        reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        raw = (first.text or "").rstrip("\r\n").split(delimiter)
        broken = fields is None or reason == UNCLOSED
        literal = delimiter == "\t" and len(raw) == width and _text_complaint([first]) is None
        if broken and literal:
            yield first.number, raw
            continue
        if first.text is None:
            reason = f"a line of more than {LONGEST_RECORD // 1_000_000} MB"
        elif has_surrogate(first.text):
            reason = NOT_UTF8
        yield Reject(first.number, reason, excerpt(first.text or ""))


def _reason(error: Exception) -> str:
    message = str(error)
    if "expected after" in message:
        return UNDOUBLED
    return CARRIAGE_RETURN if "new-line" in message else UNCLOSED


def _complaint(
    held: list[_Line], fields: list[str], delimiter: str, width: int | None
) -> str | None:
    several = width is not None and len(held) > 1
    if several and (len(fields) != width or _swallowed(held, delimiter, width)):
        return UNCLOSED
    if (wrong := _text_complaint(held)) is not None:
        return wrong
    if width is not None and len(fields) != width:
        return (
            f"{len(fields)} fields where the header has {width}: "
            "put a field with a delimiter or a line end in quotes"
        )
    return None


def _text_complaint(held: list[_Line]) -> str | None:
    for line in held:
        if line.text is None:
            return UNCLOSED
        if has_surrogate(line.text):
            where = f" (line {line.number})" if line is not held[0] else ""
            return NOT_UTF8 + where
        if "\0" in line.text:
            return "a NUL character"
    return None


def _swallowed(held: list[_Line], delimiter: str, width: int) -> bool:
    """Whether the lines after the first would each be a record: a quote that ran over them.

    In the lines of a text a blank follows each comma; between the fields of a record none does.
    """
    if width < 2 or len(held) <= SWALLOWED_LINES:
        return False
    try:
        records = [next(csv.reader([line.text], delimiter=delimiter), []) for line in held[1:]]
    except csv.Error:
        return False
    return all(
        len(fields) == width and not any(field.startswith(" ") for field in fields[1:])
        for fields in records
    )
