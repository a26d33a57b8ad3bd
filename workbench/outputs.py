"""Export files: JSONL, CSV, Label Studio's JSON and folders of `datasets`.

Each is written beside its place and then moved there, so that a file is whole or not there.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from activelearn.data import Target
from workbench.errors import ConfigError
from workbench.labelstudio.labelconfig import LabelConfig
from workbench.labelstudio.results import to_result

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    "uid", "text", "label", "annotators", "labelled_at", "round", "model_version", "holdout",
    "notes", "skipped",
)  # fmt: skip
ABOUT_LABEL = ("annotators", "labelled_at", "round", "model_version", "holdout")
MARK = "Exported by Label Workbench"
BATCH = 1_000


def write_rows(rows: Iterable[dict], fmt: str, path: Path | str, config: LabelConfig) -> int:
    """Writes ``rows`` to ``path`` as ``jsonl``, ``csv``, ``labelstudio`` or ``datasets``.

    Returns how many were written. A file, and a folder that an export wrote before, is replaced;
    when anything fails the old one stays. Raises ConfigError for another format or a place that
    cannot be written.
    """
    path = Path(path)
    writers: dict[str, Callable[[Iterable[dict], TextIO, LabelConfig], int]] = {
        "jsonl": _write_jsonl,
        "csv": _write_csv,
        "labelstudio": _write_tasks,
    }
    if fmt not in writers and fmt != "datasets":
        raise ConfigError(f"no export format is called {fmt!r}: use {', '.join(writers)}, datasets")
    with _reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    if fmt == "datasets":
        return _write_folder(rows, path, config)
    if path.is_dir():
        raise ConfigError(f"{path}: it is a folder: name a file for the format {fmt}")
    with _reported(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)
    try:
        with _reported(path), open(handle, "w", encoding="utf-8", newline="") as file:
            count = writers[fmt](rows, file, config)
            file.flush()
            os.fsync(file.fileno())
        with _reported(path):
            os.chmod(name, _mode(path))
            os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return count


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be written: {error.strerror or error}") from None


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, or those that a new one would have had."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_jsonl(rows: Iterable[dict], file: TextIO, config: LabelConfig) -> int:
    count = 0
    for row in rows:
        json.dump({**row, **_labels(row)}, file, ensure_ascii=False)
        file.write("\n")
        count += 1
    return count


def _write_csv(rows: Iterable[dict], file: TextIO, config: LabelConfig) -> int:
    """Lines end with CR LF (RFC 4180), which makes the writer quote either of them in a text."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        cells = {
            **row,
            "label": _cell(row["label"], config),
            **{name: "|".join(row[name]) for name in ("annotators", "notes", "skipped")},
            "holdout": "true" if row["holdout"] else "false",
        }
        writer.writerow([cells[column] for column in COLUMNS])
        count += 1
    return count


def _write_tasks(rows: Iterable[dict], file: TextIO, config: LabelConfig) -> int:
    """Tasks for Label Studio's import, each with its consensus as the one annotation."""
    count = 0
    file.write("[")
    for row in rows:
        label = row["label"]
        if label is not None and config.schema.unknown(label):
            label = None  # no longer one of the labels: the row stays, without an annotation
        result = None if label is None else to_result(label, config, row["text"])
        annotation = {"result": result, "was_cancelled": False, "ground_truth": False}
        data = {"uid": row["uid"], **{name: row[name] for name in ABOUT_LABEL}}
        task = {
            "data": {**data, config.data_key: row["text"]},
            "annotations": [] if label is None else [annotation],
        }
        file.write(",\n" if count else "\n")
        json.dump(task, file, ensure_ascii=False)
        count += 1
    file.write("\n]\n")
    return count


def _write_folder(rows: Iterable[dict], path: Path, config: LabelConfig) -> int:
    with _reported(path):
        if path.is_file():
            raise ConfigError(f"{path}: it is a file: name a folder for the format datasets")
        if path.is_dir() and any(path.iterdir()) and not _exported(path):
            raise ConfigError(f"{path}: the folder is not empty and no export: name another one")
        scratch = Path(tempfile.mkdtemp(prefix=f".{path.name[:60]}.", dir=path.parent))
    try:
        with _reported(path):
            count = _save(rows, scratch, config)
            if path.exists():
                path.rename(scratch / "before")
            try:
                (scratch / "new").rename(path)
            except OSError:
                if (scratch / "before").exists():
                    (scratch / "before").rename(path)
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return count


def _exported(path: Path) -> bool:
    try:
        info = json.loads((path / "dataset_info.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(info, dict) and info.get("description") == MARK


def _save(rows: Iterable[dict], scratch: Path, config: LabelConfig) -> int:
    import pyarrow as pa
    from datasets import Dataset, disable_progress_bars, enable_progress_bars
    from datasets.utils import are_progress_bars_disabled

    schema = _schema(config.schema.kind)
    stream = iter(rows)
    count = 0
    with (
        pa.OSFile(str(scratch / "rows.arrow"), "wb") as file,
        pa.ipc.new_stream(file, schema) as writer,
    ):
        while batch := [{**row, **_labels(row)} for row in islice(stream, BATCH)]:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
            count += len(batch)
    held = Dataset.from_file(str(scratch / "rows.arrow"))
    held.info.description = MARK
    quiet = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        held.save_to_disk(str(scratch / "new"), num_shards=None if count else 1)
    finally:
        if not quiet:
            enable_progress_bars()
    return count


def _schema(kind: str) -> pa.Schema:
    import pyarrow as pa

    span = pa.struct({"start": pa.int64(), "end": pa.int64(), "label": pa.string()})
    label = {"single": pa.string(), "multi": pa.list_(pa.string()), "spans": pa.list_(span)}[kind]
    said = pa.struct({"annotator": pa.string(), "target": label, "created_at": pa.string()})
    return pa.schema(
        {
            "uid": pa.string(),
            "text": pa.string(),
            "label": label,
            "annotators": pa.list_(pa.string()),
            "labelled_at": pa.string(),
            "round": pa.int64(),
            "model_version": pa.string(),
            "holdout": pa.bool_(),
            "notes": pa.list_(pa.string()),
            "skipped": pa.list_(pa.string()),
            "annotations": pa.list_(said),
        }
    )


def _labels(row: dict) -> dict:
    said = [{**one, "target": _plain(one["target"])} for one in row["annotations"]]
    return {"label": _plain(row["label"]), "annotations": said}


def _plain(target: Target | None) -> Any:
    """A name, a list of names or a list of ``{start, end, label}``."""
    if target is None or isinstance(target, str):
        return target
    return [
        part if isinstance(part, str) else dict(zip(("start", "end", "label"), part, strict=True))
        for part in target
    ]


def _cell(target: Target | None, config: LabelConfig) -> str:
    """A name; names with ``|`` between; JSON for spans and where names would be ambiguous."""
    plain = _plain(target)
    if plain is None or isinstance(plain, str):
        return plain or ""
    signs = "|;,[" if len(plain) == 1 else "|["
    clear = (
        config.schema.kind == "multi" and plain and not any(s in n for n in plain for s in signs)
    )
    return "|".join(plain) if clear else json.dumps(plain, ensure_ascii=False)
