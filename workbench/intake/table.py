"""Parquet files and the folders that `datasets` saves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ImportRefused
from workbench.intake.model import Record, Reject, Source

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 1_000


def open_parquet(path: Path) -> Source:
    """A Parquet file. Raises ImportRefused when it is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema, count = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise ImportRefused(f"{path}: it is no Parquet file: {_first_line(error)}") from None
    names = _class_names(schema)

    def read() -> Iterator[Record | Reject]:
        try:
            with pq.ParquetFile(path) as file:
                yield from _rows(file.iter_batches(BATCH), names)
        except (pa.ArrowException, OSError) as error:
            raise ImportRefused(f"{path}: it is damaged: {_first_line(error)}") from None

    return Source(columns=list(schema.names), read=read, row_count=count)


def open_folder(path: Path) -> Source:
    """A folder written by ``save_to_disk``, also one with a single split.

    Raises ImportRefused when it is another folder, or has several splits to choose from.
    """
    if (path / "dataset_dict.json").is_file():
        try:
            splits = json.loads((path / "dataset_dict.json").read_text("utf-8"))["splits"]
        except (ValueError, KeyError, OSError):
            raise ImportRefused(f"{path}: its dataset_dict.json cannot be read") from None
        if len(splits) != 1:
            raise ImportRefused(
                f"{path}: it has {len(splits)} splits: import one of them, "
                f"{' or '.join(str(path / split) for split in splits)}"
            )
        path = path / splits[0]
    if not (path / "state.json").is_file() or not (path / "dataset_info.json").is_file():
        raise ImportRefused(f"{path}: it is a folder, but not one saved by datasets' save_to_disk")

    import datasets

    try:
        held = datasets.load_from_disk(str(path)).with_format("arrow")
    except Exception as error:
        raise ImportRefused(f"{path}: datasets cannot open it: {_first_line(error)}") from None
    names = _class_names(held.features.arrow_schema, held.features)

    def read() -> Iterator[Record | Reject]:
        yield from _rows((held[i : i + BATCH] for i in range(0, len(held), BATCH)), names)

    return Source(columns=list(held.column_names), read=read, row_count=len(held))


def _rows(batches: Iterator[Any], names: dict[str, list[str]]) -> Iterator[Record | Reject]:
    number = 0
    for batch in batches:
        try:
            rows: list[dict | None] = batch.to_pylist()
        except UnicodeDecodeError:
            rows = [_one(batch, i) for i in range(batch.num_rows)]
        for values in rows:
            number += 1
            if values is None:
                yield Reject(number, "not UTF-8", "")
                continue
            for column, known in names.items():
                values[column] = _named(values[column], known)
            yield Record(number, values)


def _one(batch: pa.RecordBatch | pa.Table, index: int) -> dict | None:
    try:
        return batch.slice(index, 1).to_pylist()[0]
    except UnicodeDecodeError:
        return None


def _class_names(schema: pa.Schema, features: Any = None) -> dict[str, list[str]]:
    """The names of the classes of columns that hold only their numbers (`datasets.ClassLabel`)."""
    if features is None:
        if b"huggingface" not in (schema.metadata or {}):
            return {}
        from datasets import Features

        try:
            features = Features.from_arrow_schema(schema)
        except (ValueError, KeyError, TypeError):
            return {}
    found = {}
    for column, feature in features.items():
        names = getattr(feature, "names", None) or getattr(
            getattr(feature, "feature", None), "names", None
        )
        if names:
            found[column] = list(names)
    return found


def _named(value: Any, names: list[str]) -> Any:
    if isinstance(value, list):
        return [_named(part, names) for part in value]
    if isinstance(value, int):
        return names[value] if 0 <= value < len(names) else None
    return value


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0][:200]
