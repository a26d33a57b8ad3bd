"""What a round said of the pool stays in files, and comes from there by parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench import scores
from workbench.outlook import stability
from workbench.scores import FILE, TOLD, Scores, Told

LABELS, ENCODER = ("x", "y", "z"), "an encoder"


def test_written_and_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(scores, "PART", 2)
    asked = []

    def tell(part: slice) -> np.ndarray:
        asked.append((part.start, part.stop))
        return np.full((part.stop - part.start, len(LABELS)), part.start, dtype=np.float32)

    rows = np.array([2, 5, 8, 9, 3])
    Scores.write(tmp_path / "round" / "scores", rows, 4, ENCODER, tell, LABELS)
    tmp_path = tmp_path.rename(tmp_path.with_name("moved"))
    found = Scores.read(tmp_path / "round" / "scores")
    assert asked == [(0, 2), (2, 4), (4, 5)]
    assert (found.rows.tolist(), found.fresh, found.labels) == (rows.tolist(), 4, LABELS)
    assert found.places([3, 10, 9, 0, 2]).tolist() == [4, -1, 3, -1, 0]
    assert found.places([]).tolist() == []
    assert Scores.read(tmp_path / "another") is None
    (tmp_path / "old").mkdir()
    np.savez(tmp_path / "old" / scores.FILE, rows=rows, fresh=4, told=False, labels=LABELS)
    assert Scores.read(tmp_path / "old") is None, "of a version that wrote something else"
    assert found.probabilities[:, 0].tolist() == [0, 0, 2, 2, 4]
    assert found.encoder == ENCODER


def test_cut_off_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "scores"
    Scores.write(folder, np.arange(5), 5, ENCODER, None, LABELS)

    def cut(_part: slice) -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Scores.write(folder, np.arange(5, 10), 5, ENCODER, cut, LABELS)
    found = Scores.read(folder)
    assert found.rows.tolist() == [0, 1, 2, 3, 4] and found.probabilities is None
    Scores.write(folder, np.arange(5, 10), 5, ENCODER, None, LABELS)
    assert Scores.read(folder).rows.tolist() == [5, 6, 7, 8, 9]


def test_nothing_to_score(tmp_path: Path) -> None:
    found = Scores.write(tmp_path / "scores", np.empty(0, np.int64), 0, ENCODER, None, LABELS)
    assert len(found.rows) == 0
    assert found.places([3]).tolist() == [-1]


def test_stability_is_of_what_neither_model_learned_from() -> None:
    def said_by(said: str, labels: str = "ab") -> Scores:
        told = np.array([[0.1 + 0.8 * (one == label) for label in labels] for one in said])
        return Scores(np.arange(6), 4, ENCODER, told, tuple(labels))

    before, after = said_by("aabbaa"), said_by("abbbaa")
    found = stability(before, after, "single", {})
    assert (found["changed"], found["items"]) == (0.25, 4)
    assert stability(None, after, "single", {}) == {}
    for others in ("ba", "xab", "abc"):
        assert stability(said_by("aabbaa", others), after, "single", {}) == found
    old = Scores(np.arange(6), 4, ENCODER, before.probabilities, ("old", "b"))
    assert stability(old, after, "single", {"old": "a"}) == found
    assert stability(old, after, "single", {"b": "gone", "old": "a"}) == found, "b is in use again"


@pytest.mark.parametrize("name", [FILE, TOLD])
@pytest.mark.parametrize("kept", [0, 100])
def test_scores_that_were_cut_off_are_none(tmp_path: Path, name: str, kept: int) -> None:
    told = np.zeros((40, 3), np.float32)
    Scores.write(tmp_path / "s", np.arange(40), 40, ENCODER, told.__getitem__, LABELS)
    file = tmp_path / "s" / name
    file.write_bytes(file.read_bytes()[:kept])
    assert Scores.read(tmp_path / "s") is None


def test_probabilities_come_from_their_file_by_parts(tmp_path: Path) -> None:
    told = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    found = Scores.write(tmp_path / "s", np.arange(50), 50, ENCODER, told.__getitem__, LABELS)
    np.testing.assert_array_equal(found.probabilities, told)
    rows = Told(found.probabilities, np.array([3, 7, 9, 40]), {9: np.array([0.5, 0.25, 0.25])})
    assert len(rows) == 4
    np.testing.assert_array_equal(rows[1:], [told[7], [0.5, 0.25, 0.25], told[40]])
    np.testing.assert_array_equal(rows[np.array([3, 0])], told[[40, 3]])
    np.testing.assert_array_equal(found.probabilities[9], told[9])
