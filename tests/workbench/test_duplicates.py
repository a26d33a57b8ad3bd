from __future__ import annotations

import random

import pytest

from workbench.duplicates import exact_duplicates, near_duplicates

WORDS = (
    "order",
    "parcel",
    "refund",
    "card",
    "account",
    "late",
    "money",
    "week",
    "charge",
    "bank",
    "app",
)
SIGNS = "公司股价市场业绩增长下跌利润投资今日收盘资金流出板块银行医药能源上涨报告季度预期"


def sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(8, 14))) + f" {rng.randrange(10**6)}"


def test_exact_duplicates_are_grouped():
    assert exact_duplicates(["a", "b", "a", "A", "b", "a"]) == [[0, 2, 5], [1, 4]]
    assert exact_duplicates([]) == []


def test_case_space_and_punctuation_do_not_matter():
    texts = ["Where is my top-up?", "where is my  TOP UP", "Ｗhere is my top up!", "another one"]
    assert near_duplicates(texts) == [(0, 1, 1.0), (0, 2, 1.0)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_near_duplicates_are_found_and_nothing_else(language):
    rng = random.Random(1)

    def fresh() -> str:
        return sentence(rng) if language == "en" else "".join(rng.choices(SIGNS, k=30))

    texts = [fresh() for _ in range(1_500)]
    planted = []
    for origin in range(0, 1_500, 15):
        text = texts[origin]
        place = rng.randrange(2, len(text) - 2)
        planted.append((origin, len(texts)))
        texts.append(text[:place] + text[place + 1 :])
    found = {(i, j) for i, j, similarity in near_duplicates(texts, 0.85)}
    assert len(found & set(planted)) >= 0.97 * len(planted)
    assert len(found - set(planted)) <= 2


def test_similarity_is_exact_and_at_least_the_threshold():
    texts = ["abcdefghij", "abcdefghix", "完全不同的一句话"]
    assert near_duplicates(texts, 0.5) == [(0, 1, pytest.approx(0.7))]
    assert near_duplicates(texts, 0.71) == []


def test_texts_without_letters_are_not_all_alike():
    assert near_duplicates(["!!!", "???", "", " ", "😀", "!!!"]) == [(0, 5, 1.0), (2, 3, 1.0)]


def test_a_crowd_of_near_duplicates_stays_linear_and_connected():
    texts = [f"Your parcel number {i:04} has been shipped today, thank you" for i in range(600)]
    pairs = near_duplicates(texts, 0.8)
    assert len(pairs) < 40 * len(texts)
    paired = {place for i, j, _ in pairs for place in (i, j)}
    assert len(paired) == len(texts)


def test_the_result_is_the_same_each_time_and_has_no_pair_twice():
    rng = random.Random(2)
    texts = [rng.choice(WORDS) + " " + sentence(rng)[:20] for _ in range(500)]
    pairs = near_duplicates(texts, 0.7)
    assert pairs == near_duplicates(texts, 0.7)
    assert all(i < j for i, j, _ in pairs) and len({(i, j) for i, j, _ in pairs}) == len(pairs)


def test_few_texts_and_bad_thresholds():
    assert near_duplicates([]) == near_duplicates(["one"]) == []
    for threshold in (0, 1.5):
        with pytest.raises(ValueError, match="threshold"):
            near_duplicates(["a"], threshold)
