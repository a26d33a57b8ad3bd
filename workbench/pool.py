"""The pool: every item's text in memory-mapped Arrow files, in the order of arrival."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from workbench.chunks import chunks
from workbench.errors import ProjectError
from workbench.store import Store
from workbench.tables import Item, Shard

if TYPE_CHECKING:
    from pyarrow import Table


class Texts:
    """The pool's texts at ``rows`` [n], read a part at a time: only slices of it can be had."""

    def __init__(self, pool: Pool, rows: Sequence[int]) -> None:
        self._pool, self._rows = pool, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, wanted: slice) -> list[str]:
        return self._pool.texts(self._rows[wanted])


class Pool:
    """Texts by row; the store says which uid lies in which row.

    A shard is written whole and renamed before the store names it, so a kill in between leaves
    a file that the next import overwrites, and never a row without a text.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store
        self._shards: tuple[str, ...] = ()
        self._table = None

    def __len__(self) -> int:
        with self.store.session() as session:
            return session.scalar(select(func.coalesce(func.sum(Shard.rows), 0)))

    def known(self, uids: Sequence[str]) -> set[str]:
        """Which of ``uids`` are in the pool already."""
        found: set[str] = set()
        with self.store.session() as session:
            for part in chunks(uids):
                found.update(session.scalars(select(Item.uid).where(Item.uid.in_(part))))
        return found

    def append(self, items: Iterable[tuple[str, str, dict]], also: list | None = None) -> int:
        """Adds (uid, text, meta) items that are not there yet; returns how many were added.

        ``also`` holds store rows (annotations) that are saved in the same transaction.
        """
        with self.store.alone("pool"):
            return self._append(items, also)

    def _append(self, items: Iterable[tuple[str, str, dict]], also: list | None) -> int:
        import pyarrow as pa

        items = list({uid: (uid, text, meta) for uid, text, meta in items}.values())
        there = self.known([uid for uid, _, _ in items])
        new = [item for item in items if item[0] not in there]
        if new:
            with self.store.session() as session:
                start = session.scalar(select(func.coalesce(func.sum(Shard.rows), 0)))
                count = session.scalar(select(func.count()).select_from(Shard))
            name = f"part-{count:05d}.arrow"
            self.folder.mkdir(parents=True, exist_ok=True)
            columns = {
                "uid": [uid for uid, _, _ in new],
                "text": [text for _, text, _ in new],
                "meta": [json.dumps(meta, ensure_ascii=False, default=str) for _, _, meta in new],
            }
            table = pa.table(
                {key: pa.array(values, pa.large_string()) for key, values in columns.items()}
            )
            temporary = self.folder / f"{name}.new"
            with open(temporary, "wb") as file:
                with pa.ipc.new_stream(file, table.schema) as writer:
                    writer.write_table(table)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / name)
        with self.store.session() as session:
            if new:
                session.add(Shard(name=name, start=start, rows=len(new)))
                session.execute(
                    insert(Item),
                    [
                        {"uid": uid, "row": start + offset, "holdout": False}
                        for offset, (uid, _, _) in enumerate(new)
                    ],
                )
            session.add_all(also or [])
        return len(new)

    def texts(self, rows: Sequence[int]) -> list[str]:
        """The texts at ``rows``."""
        return self._column("text", rows)

    def uids(self, rows: Sequence[int]) -> list[str]:
        """The uids of the items at ``rows``."""
        return self._column("uid", rows)

    def metas(self, rows: Sequence[int]) -> list[dict]:
        """The other columns of the imported rows."""
        return [json.loads(meta) for meta in self._column("meta", rows)]

    def find(self, words: Sequence[str], limit: int) -> list[int]:
        """The first rows whose texts have all of ``words`` in them, upper or lower case."""
        import numpy as np
        import pyarrow.compute as pc

        found: list[int] = []
        start = 0
        for chunk in self._read().column("text").chunks if len(self) else ():
            fits = [pc.match_substring(chunk, word, ignore_case=True) for word in words]
            rows = np.flatnonzero(np.logical_and.reduce(fits))
            found += (start + rows[: limit - len(found)]).tolist()
            start += len(chunk)
            if len(found) >= limit:
                break
        return found

    def _column(self, name: str, rows: Sequence[int]) -> list[str]:
        import numpy as np
        import pyarrow as pa

        if not len(rows):
            return []
        wanted, found = np.asarray(rows, dtype=np.int64), np.empty(len(rows), dtype=object)
        chunks = self._read().column(name).chunks  # to take from all at once would join them first
        ends = np.cumsum([len(chunk) for chunk in chunks])
        where = np.searchsorted(ends, wanted, side="right")
        for number in np.unique(where):
            inside = np.flatnonzero(where == number)
            first = ends[number] - len(chunks[number])
            found[inside] = chunks[number].take(pa.array(wanted[inside] - first)).to_pylist()
        return found.tolist()

    def _read(self) -> Table:
        import pyarrow as pa

        with self.store.session() as session:
            shards = tuple(session.scalars(select(Shard.name).order_by(Shard.start)))
        if shards != self._shards:
            try:
                self._table = pa.concat_tables(
                    pa.ipc.open_stream(pa.memory_map(str(self.folder / shard))).read_all()
                    for shard in shards
                )
            except (OSError, pa.ArrowInvalid) as error:
                raise ProjectError(
                    f"{self.folder}: the texts cannot be read: put the folder back from a copy of"
                    f" the project ({error})"
                ) from None
            self._shards = shards
        return self._table
