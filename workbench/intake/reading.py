"""The way from a path to rows: which reader, which columns, which rows can be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from activelearn.data import LabelSchema
from workbench.errors import ImportRefused
from workbench.intake import columns as hints
from workbench.intake.cells import BadCell, as_target, as_text, as_uid, plain
from workbench.intake.delimited import open_delimited
from workbench.intake.model import Columns, Preview, Record, Reject, Row, Source, excerpt
from workbench.intake.table import open_folder, open_parquet
from workbench.intake.text import BOM, open_json, open_jsonl

READERS = {
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
    ".json": open_json,
    ".parquet": open_parquet,
}
SUPPORTED = ".csv, .tsv, .jsonl, .json, .parquet or a folder saved by datasets"
SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods"}
SAMPLE = 200


def open_source(path: Path | str) -> Source:
    """Looks into a file or folder. Raises ImportRefused when it cannot be imported at all."""
    path = Path(path)
    try:
        if path.is_dir():
            source = open_folder(path)
        elif not path.exists():
            raise ImportRefused(f"{path}: there is no such file")
        else:
            source = _reader(path)(path)
        if not source.columns:
            first = next(source.read(), None)
            reason = f"line {first.line}: {first.reason}" if isinstance(first, Reject) else "no row"
            raise ImportRefused(f"{path}: nothing in it can be read ({reason})")
    except OSError as error:
        raise ImportRefused(f"{path}: it cannot be read: {error.strerror or error}") from None
    return source


def guess_columns(
    path: Path | str,
    wanted: Mapping[str, str | None] | None = None,
    labels: Sequence[str] = (),
) -> Columns:
    """The columns that hold text, label and uid, by their names and their first values.

    A column that holds mostly ``labels`` is the label's, whatever its name. ``wanted`` overrides
    the guess of ``text``, ``label`` or ``uid`` ("": there is none, None: guess). Raises
    ImportRefused when the file cannot be imported, no column has text, or one is to be both text
    and label.
    """
    chosen = {name: value for name, value in (wanted or {}).items() if value is not None}
    text, label = (chosen.get(name) or None for name in ("text", "label"))
    if text and text == label:
        raise ImportRefused(
            f"{path}: column {text!r} is named for the text and for the label: name two columns"
        )
    guessed = _guess(open_source(path), Path(path), text, labels, label)
    return Columns(
        guessed.text,
        chosen.get("label", guessed.label) or None,
        chosen.get("uid", guessed.uid) or None,
    )


def repeated_columns(path: Path | str, columns: Columns) -> list[str]:
    """Columns beside the text and the uid whose values come again and again in the first rows:
    what may hold the labels, whatever it is called."""
    source = open_source(path)
    others = [name for name in source.columns if name not in (columns.text, columns.uid)]
    return hints.repeated(_sample(source), others)


def preview(
    path: Path | str,
    columns: Columns | None = None,
    rows: int = 20,
    schema: LabelSchema | None = None,
) -> Preview:
    """The first ``rows`` rows, before anything is stored. Raises ImportRefused like `read_rows`."""
    source = open_source(path)
    chosen = _choose(source, Path(path), columns)
    shown: list[dict] = []
    rejects: list[Reject] = []
    for record in islice(source.read(), rows):
        if isinstance(record, Reject):
            rejects.append(record)
            continue
        shown.append({name: plain(record.values.get(name)) for name in source.columns})
        found = _row(record, chosen, schema, {})
        if isinstance(found, Reject):
            rejects.append(found)
    return Preview(chosen, source.columns, shown, source.row_count, rejects)


def read_rows(
    path: Path | str, columns: Columns | None = None, schema: LabelSchema | None = None
) -> Iterator[Row | Reject]:
    """The rows of a file one by one, in its order, in flat memory.

    With ``columns`` None they are guessed. Labels are checked against ``schema`` when it is given.
    Raises ImportRefused, at once, when the file cannot be imported or a column is not there.
    """
    source = open_source(path)
    return _read(source, _choose(source, Path(path), columns), schema)


def _read(source: Source, columns: Columns, schema: LabelSchema | None) -> Iterator[Row | Reject]:
    seen: dict[str, tuple[int, bytes]] = {}
    for record in source.read():
        yield record if isinstance(record, Reject) else _row(record, columns, schema, seen)


def _row(
    record: Record,
    columns: Columns,
    schema: LabelSchema | None,
    seen: dict[str, tuple[int, bytes]],
) -> Row | Reject:
    values = record.values
    raw = values.get(columns.text)
    try:
        text = as_text(raw)
        uid = as_uid(values.get(columns.uid)) if columns.uid else None
        target = as_target(values.get(columns.label), text, schema) if columns.label else None
        if uid is not None:
            mark = blake2b(text.encode("utf-8"), digest_size=8).digest()
            line, before = seen.setdefault(uid, (record.line, mark))
            if before != mark:
                raise BadCell(f"uid {uid[:80]!r} is on line {line} with another text")
    except BadCell as error:
        return Reject(record.line, str(error), excerpt(values if raw is None else raw))
    used = (columns.text, columns.label, columns.uid)
    meta = {
        name: kept
        for name, value in values.items()
        if name not in used and (kept := plain(value)) is not None
    }
    return Row(record.line, text, uid, target, meta)


def _reader(path: Path):
    suffix = path.suffix.lower()
    if suffix in SPREADSHEETS:
        raise ImportRefused(f"{path}: a spreadsheet cannot be read: save it as CSV (UTF-8) first")
    if suffix not in READERS:
        raise ImportRefused(
            f"{path}: {suffix or 'no ending'!r} is no format known: use {SUPPORTED}"
        )
    with open(path, "rb") as file:
        start = file.read(4096)
    if not start.removeprefix(BOM).strip():
        raise ImportRefused(f"{path}: the file is empty")
    if suffix != ".parquet":
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ImportRefused(f"{path}: it is UTF-16: save it as UTF-8")
        if start.startswith(b"PK\x03\x04") or b"\0" in start.split(b"\n", 1)[0]:
            raise ImportRefused(
                f"{path}: it is UTF-16 or a binary file, not {suffix}: save it as CSV in UTF-8"
            )
    return READERS[suffix]


def _sample(source: Source) -> list[dict]:
    first = islice(source.read(), SAMPLE)
    return [record.values for record in first if isinstance(record, Record)]


def _guess(
    source: Source,
    path: Path,
    wanted: str | None = None,
    labels: Sequence[str] = (),
    labelled: str | None = None,
) -> Columns:
    """``wanted`` and ``labelled`` are named for the text and for the label: neither is taken for
    anything else."""
    sample = _sample(source)
    known = source.label or hints.label_column(source.columns, sample, labels)
    text, label, uid = hints.guess(source.columns, sample, known)
    if labelled and not wanted and text == labelled:
        text, label, uid = hints.guess(source.columns, sample, labelled)
        if text is None:
            raise ImportRefused(
                f"{path}: no column but {labelled!r}, which is named for the label, has text"
            )
    if wanted:
        text, label, uid = wanted, *(None if name == wanted else name for name in (label, uid))
    uid = None if uid == labelled else uid
    if text is None:
        raise ImportRefused(f"{path}: no column has text: name one of {', '.join(source.columns)}")
    return Columns(text, label, uid)


def _choose(source: Source, path: Path, columns: Columns | None) -> Columns:
    if columns is None:
        return _guess(source, path)
    there = source.columns
    wanted = [name for name in (columns.text, columns.label, columns.uid) if name]
    if source.partial and not set(wanted) <= set(there):
        found = (record.values for record in source.read() if isinstance(record, Record))
        there = list(dict.fromkeys(name for values in found for name in values))
    for name in wanted:
        if name not in there:
            raise ImportRefused(
                f"{path}: there is no column {name!r}; its columns are {', '.join(there)}"
            )
    return (
        columns if columns.text else Columns(_guess(source, path).text, columns.label, columns.uid)
    )
