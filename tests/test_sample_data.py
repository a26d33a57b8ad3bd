"""The sample data are as their READMEs say, and the English set is no toy."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from activelearn.encoder import Encoder, default_model
from sample_data import generate, phrases_en
from workbench.duplicates import near_duplicates

ROOT = Path(generate.__file__).parent
ENGLISH = "customer_service_en"
CHINESE = "finance_sentiment_zh"


def _rows(folder: str, name: str) -> list[dict[str, str]]:
    with (ROOT / folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _true_labels(folder: str) -> list[str]:
    planted = {row["uid"]: row["true_label"] for row in _rows(folder, "planted_errors.csv")}
    return [planted.get(row["uid"], row["label"]) for row in _rows(folder, "messages.csv")]


def test_the_script_writes_the_same_bytes_again(tmp_path: Path) -> None:
    written = generate.generate(tmp_path)

    assert len(written) == 6
    for path in written:
        assert path.read_bytes() == (ROOT / path.relative_to(tmp_path)).read_bytes()


def test_another_seed_writes_other_texts(tmp_path: Path) -> None:
    generate.generate(tmp_path, seed=generate.SEED + 1)

    for folder in (ENGLISH, CHINESE):
        other = (tmp_path / folder / "messages.csv").read_bytes()
        assert other != (ROOT / folder / "messages.csv").read_bytes()


@pytest.mark.parametrize(
    ("folder", "least", "classes"),
    [(ENGLISH, 1500, 12), (CHINESE, 900, 3)],
)
def test_there_are_enough_messages_in_balanced_classes(
    folder: str, least: int, classes: int
) -> None:
    rows = _rows(folder, "messages.csv")
    counts = Counter(_true_labels(folder))

    assert list(rows[0]) == ["uid", "text", "label"]
    assert len(rows) >= least
    assert len({row["uid"] for row in rows}) == len(rows)
    assert len({row["text"] for row in rows}) == len(rows)
    assert len(counts) == classes
    assert {row["label"] for row in rows} == set(counts)
    assert min(counts.values()) >= 0.9 * len(rows) / classes


def test_english_texts_have_3_to_60_words() -> None:
    lengths = [len(row["text"].split()) for row in _rows(ENGLISH, "messages.csv")]

    assert min(lengths) >= 3
    assert max(lengths) <= 60
    assert min(lengths) <= 5 and max(lengths) >= 40


def test_chinese_texts_are_chinese_and_labelled_by_sentiment() -> None:
    rows = _rows(CHINESE, "messages.csv")

    assert {row["label"] for row in rows} == {"positive", "neutral", "negative"}
    for row in rows:
        chinese = sum("\u4e00" <= character <= "\u9fff" for character in row["text"])
        assert 8 <= len(row["text"]) <= 90
        assert chinese >= 0.5 * len(row["text"]), row


@pytest.mark.parametrize("folder", [ENGLISH, CHINESE])
def test_six_in_a_hundred_labels_are_wrong_and_listed(folder: str) -> None:
    rows = {row["uid"]: row for row in _rows(folder, "messages.csv")}
    planted = _rows(folder, "planted_errors.csv")

    assert list(planted[0]) == ["uid", "given_label", "true_label"]
    assert len({row["uid"] for row in planted}) == len(planted)
    assert len(planted) / len(rows) == pytest.approx(0.06, abs=0.002)
    for row in planted:
        assert rows[row["uid"]]["label"] == row["given_label"] != row["true_label"]


def test_a_third_of_the_english_errors_are_near_misses() -> None:
    pairs = {frozenset(pair) for pair in phrases_en.BACKGROUND}
    planted = _rows(ENGLISH, "planted_errors.csv")
    near = [frozenset((row["given_label"], row["true_label"])) in pairs for row in planted]

    assert np.mean(near) == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize("folder", [ENGLISH, CHINESE])
def test_three_in_a_hundred_are_near_duplicates(folder: str) -> None:
    rows = _rows(folder, "messages.csv")
    listed = {
        frozenset((row["uid"], row["copy_of"])) for row in _rows(folder, "near_duplicates.csv")
    }
    pairs = near_duplicates([row["text"] for row in rows], threshold=0.9)
    found = {frozenset((rows[one]["uid"], rows[other]["uid"])) for one, other, _ in pairs}

    assert len(listed) / len(rows) == pytest.approx(0.03, abs=0.001)
    assert len(listed & found) >= 0.95 * len(listed)


@pytest.fixture(scope="module")
def english_vectors() -> np.ndarray:
    return Encoder(default_model()).embed([row["text"] for row in _rows(ENGLISH, "messages.csv")])


def test_a_tenth_of_the_english_set_does_not_teach_it_all(english_vectors: np.ndarray) -> None:
    from sklearn.linear_model import LogisticRegression

    given = np.array([row["label"] for row in _rows(ENGLISH, "messages.csv")])
    true = np.array(_true_labels(ENGLISH))
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(given))
        train, rest = np.split(order, [len(given) // 10])
        head = LogisticRegression(C=10, max_iter=1000).fit(english_vectors[train], given[train])
        predicted = head.predict(english_vectors[rest])

        assert 0.5 < np.mean(predicted == true[rest]) < 0.95
        assert 0.5 < np.mean(predicted == given[rest]) < 0.95


def test_planted_errors_can_be_found(english_vectors: np.ndarray) -> None:
    from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    rows = _rows(ENGLISH, "messages.csv")
    planted = {row["uid"] for row in _rows(ENGLISH, "planted_errors.csv")}
    names, given = np.unique([row["label"] for row in rows], return_inverse=True)
    probabilities = cross_val_predict(
        LogisticRegression(C=10, max_iter=1000),
        english_vectors,
        given,
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        method="predict_proba",
    )
    ranked = find_label_issues(
        given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    first = {rows[i]["uid"] for i in ranked[: int(1.5 * len(planted))]}

    assert np.mean(names[probabilities.argmax(axis=1)] == _true_labels(ENGLISH)) > 0.8
    assert len(first & planted) / len(planted) >= 0.6
