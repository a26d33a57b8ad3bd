"""Which text has which row: as written, whoever wrote it, and however many keys are sorted in."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from workbench import keyed
from workbench.keyed import KeyedRows


def test_each_text_has_one_row_across_stores_and_sorting(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(keyed, "LATE", 50)
    stores, written, rng = (KeyedRows(tmp_path), KeyedRows(tmp_path)), [], random.Random(0)

    def add(store: KeyedRows, texts: list[str]) -> None:
        def write(places: list[int], first: int) -> None:
            assert first == len(written)
            written.extend(texts[place] for place in places)

        store.add(store.keys(texts), write)

    for _ in range(100):
        store, texts = rng.choice(stores), rng.choices([f"text {n}" for n in range(2000)], k=40)
        add(store, texts)
        keys = store.keys(texts)
        assert [written[row] for row in store.rows(keys)] == texts
        assert store.missing(keys) == []
    assert len(set(written)) == len(written) > 20 * keyed.LATE
    anew = KeyedRows(tmp_path)
    keys = anew.keys([*written, "never seen", "never seen"])
    assert anew.missing(keys) == [len(written) + 1], "once, as the last of its kind"
    assert anew.rows(keys[:-2]).tolist() == list(range(len(written)))
    with pytest.raises(KeyError):
        anew.rows(keys)
    assert anew.missing([]) == anew.rows([]).tolist() == []


def test_another_folder_in_its_place_is_seen(tmp_path: Path) -> None:
    def add(store: KeyedRows, texts: list[str]) -> None:
        store.add(store.keys(texts), lambda _places, _first: None)

    store, other = KeyedRows(tmp_path / "rows"), KeyedRows(tmp_path / "others")
    add(store, ["a", "b", "c"])
    add(other, ["c", "b", "a", "d"])
    keys = store.keys(["a", "b", "c", "d"])
    shutil.rmtree(tmp_path / "rows")
    (tmp_path / "others").rename(tmp_path / "rows")
    assert store.has(keys).all() and store.rows(keys).tolist() == [2, 1, 0, 3]
    shutil.rmtree(tmp_path / "rows")
    assert not store.has(keys).any()
    add(store, ["d"])
    assert store.has(keys).tolist() == [False, False, False, True]
