"""The embeddings on disk: each text is read once, also across kills and processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from activelearn.encoder import Encoder
from workbench import vectors
from workbench.keyed import KEY_BYTES
from workbench.project import Project
from workbench.vectors import PoolVectors, StoredEncoder

TEXTS = ["where is my parcel", "我的包裹在哪里", "please cancel the order"]


class Counting(Encoder):
    """The real encoder, and how many texts it was given."""

    read = 0

    def embed(self, texts, progress=None):
        self.read += len(texts)
        return super().embed(texts, progress)


class Slices:
    """Texts of which only two at a time can be had."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, wanted: slice) -> list[str]:
        assert wanted.stop - wanted.start <= 2
        return self.texts[wanted]


@pytest.fixture
def encoder() -> Counting:
    return Counting()


def test_of_the_pool_only_what_is_asked_for_is_read(encoder: Counting, tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project", name="Vectors", labels=("a", "b"))
    project.pool.append([(f"u{number}", f"text {number}", {}) for number in range(9)])
    stored = StoredEncoder(encoder, tmp_path / "vectors")
    rows = np.array([8, 3, 5, 0])
    found = PoolVectors(stored, project.pool, rows)
    assert len(found) == 4 and encoder.read == 0
    texts = project.pool.texts(rows)
    np.testing.assert_array_equal(found[[3, 1]], stored.embed([texts[3], texts[1]]))
    assert encoder.read == 2 and stored.has(texts).tolist() == [False, True, False, True]
    PoolVectors(stored, project.pool, rows[:2]).read()
    assert encoder.read == 3 and stored.has(texts).tolist() == [True, True, False, True]
    assert found[2:2].shape == (0, 384)
    project.close()


def test_each_text_is_read_once(encoder: Counting, tmp_path: Path) -> None:
    stored = StoredEncoder(encoder, tmp_path)
    first = stored.embed([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert encoder.read == 2
    again = StoredEncoder(encoder, tmp_path)
    both = again.embed([TEXTS[2], TEXTS[0]])
    assert encoder.read == 3
    np.testing.assert_array_equal(both[1], first[0])
    np.testing.assert_allclose(both[0], Encoder().embed([TEXTS[2]])[0], atol=1e-5)
    assert stored.embed([TEXTS[2]]).shape == (1, 384) and encoder.read == 3
    assert stored.embed([]).shape == (0, 384)


def test_a_part_of_the_texts_at_a_time(encoder: Counting, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(vectors, "CHUNK", 2)
    stored, done = StoredEncoder(encoder, tmp_path), []
    stored.embed(TEXTS[1:2])
    wanted = [TEXTS[1], TEXTS[0], TEXTS[1], TEXTS[1], TEXTS[0], TEXTS[2], TEXTS[1]]
    found = stored.embed(Slices(wanted), lambda fraction, _message: done.append(fraction))
    assert encoder.read == 3
    assert done == sorted(done) and 0 < done[-1] <= 1
    np.testing.assert_allclose(found, Encoder().embed(wanted), atol=1e-5)


@pytest.mark.parametrize("lost", ["keys", "part of a key", "both"])
def test_a_kill_in_mid_write_costs_a_reading_and_no_more(
    encoder: Counting, tmp_path: Path, lost: str
) -> None:
    StoredEncoder(encoder, tmp_path).embed(TEXTS[:2])
    before = StoredEncoder(encoder, tmp_path).embed(TEXTS[:2])
    folder = tmp_path / encoder.version
    keys = (folder / "keys").read_bytes()
    cut = {"keys": KEY_BYTES, "part of a key": 2 * KEY_BYTES - 3, "both": 0}[lost]
    (folder / "keys").write_bytes(keys[:cut])
    after = StoredEncoder(encoder, tmp_path).embed([TEXTS[2], *TEXTS[:2]])
    np.testing.assert_allclose(after[1:], before, atol=1e-5)


@pytest.mark.parametrize("left", [0, 1.5, None])
def test_vectors_that_were_lost_are_read_again(encoder: Counting, tmp_path: Path, left) -> None:
    """The file is shorter than its keys say, or gone."""
    before = StoredEncoder(encoder, tmp_path).embed(TEXTS[:2])
    (file,) = (tmp_path / encoder.version).glob("vectors-*.f32")
    if left is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: int(left * 4 * before.shape[1])])
    again = StoredEncoder(encoder, tmp_path)
    assert again.has(TEXTS[:2]).tolist() == [left == 1.5, False]
    np.testing.assert_allclose(again.embed([TEXTS[2], *TEXTS[:2]])[1:], before, atol=1e-5)


def test_another_process_notices_that_vectors_were_lost(encoder: Counting, tmp_path: Path) -> None:
    living = StoredEncoder(encoder, tmp_path)
    before = living.embed(TEXTS)
    (file,) = (tmp_path / encoder.version).glob("vectors-*.f32")
    file.write_bytes(b"")
    StoredEncoder(encoder, tmp_path).embed([TEXTS[1], TEXTS[0], TEXTS[2]])
    np.testing.assert_allclose(living.embed(TEXTS), before, atol=1e-5)


def test_another_length_is_another_folder(tmp_path: Path) -> None:
    long, short = StoredEncoder(Encoder(), tmp_path), StoredEncoder(Encoder(None, 3), tmp_path)
    assert not np.allclose(long.embed(TEXTS[2:]), short.embed(TEXTS[2:]))
