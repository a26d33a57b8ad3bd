"""The contract that every recipe keeps, and what is particular to some."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from activelearn.data import Dataset, LabelSchema, Span
from augment.recipes import RECIPES, augment, augment_dataset
from augment.wordlists import DEFAULTS
from augment.words import squeezed

ENGLISH = [
    "I don't  understand why my refund (for the parcel) hasn't arrived yet, please help me!",
    "Where can I find the tracking number for the items I bought last week?",
    "The website says my password is wrong and I cannot log in to pay the invoice.",
]
CHINESE = [
    "客服你好，我的 iPhone 15 订单还没发货，请尽快帮我退款。",
    "公司三季度净利润同比大跌，分析师担忧股价继续走低",
    "为什么优惠券不能用，商品价格一直上涨",
]
TEXTS = {"en": ENGLISH, "zh": CHINESE}
CASES = [(name, language) for name, recipe in RECIPES.items() for language in recipe.languages]


def made(texts, recipe, **more):
    return [(c.parent_index, c.text) for c in augment(texts, recipe, **more).children]


@pytest.mark.parametrize(("recipe", "language"), CASES)
class TestEveryRecipe:
    def test_same_seed_same_children_and_other_seed_others(self, recipe, language):
        first = made(TEXTS[language], recipe, seed=5, per_text=3)
        random.seed(99)
        np.random.seed(99)
        made(["Another text about a refund 退款 entirely"], recipe, seed=8, language=language)
        assert made(TEXTS[language], recipe, seed=5, per_text=3) == first
        assert made(TEXTS[language], recipe, seed=6, per_text=3) != first

    def test_a_text_does_not_depend_on_its_neighbours(self, recipe, language):
        together = made(TEXTS[language], recipe, seed=3, per_text=2)
        alone = [
            (index, child)
            for index in (2, 1, 0)
            for _, child in made([TEXTS[language][index]], recipe, seed=3, per_text=2)
        ]
        assert sorted(alone) == sorted(together)

    def test_more_per_text_keeps_the_first_ones(self, recipe, language):
        few = made(TEXTS[language], recipe, seed=3, per_text=1)
        assert set(few) < set(made(TEXTS[language], recipe, seed=3, per_text=3))

    def test_children_differ_from_parent_and_siblings(self, recipe, language):
        texts = TEXTS[language]
        children = made(texts, recipe, seed=1, per_text=6)
        for index, text in enumerate(texts):
            own = [squeezed(child) for parent, child in children if parent == index]
            assert own
            assert len({squeezed(text), *own}) == len(own) + 1

    def test_counts_are_honest(self, recipe, language):
        result = augment([*TEXTS[language], "", " \n"], recipe, seed=1, per_text=2)
        assert result.asked == 10
        assert result.made == len(result.children) <= 6
        assert "2 texts of white space only" in result.why_short
        full = augment(TEXTS[language], recipe, seed=1, per_text=1)
        assert (full.asked, full.made, full.why_short) == (3, 3, "")

    def test_the_global_random_state_is_untouched(self, recipe, language):
        random.seed(4)
        np.random.seed(4)
        before = random.getstate(), np.random.get_state()[1].tolist()
        made(TEXTS[language], recipe, seed=1, per_text=2)
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before

    def test_threads_do_not_interfere(self, recipe, language):
        def noisy(seed):
            random.random()
            return made(TEXTS[language] * 10, recipe, seed=seed, per_text=2)

        expected = [noisy(seed) for seed in range(6)]
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(noisy, range(6))) == expected

    def test_odd_texts_do_not_crash(self, recipe, language):
        odd = [
            "",
            "?!",
            "\n",
            "hi",
            "退款",
            "退",
            "refund",
            "🙂",
            "🙂🙂 ok",
            "12",
            "a\u0000b",
            "x" * 5000,
        ]
        result = augment(odd, recipe, seed=1, per_text=3, language=language)
        assert result.made < result.asked == 36
        assert all(child.text.strip() for child in result.children)
        assert "without a word that the recipe can change" in result.why_short
        assert augment([], recipe, seed=1, language=language).why_short == ""

    def test_a_dataset_keeps_parents_and_targets(self, recipe, language):
        schema = LabelSchema("single", ("a", "b"))
        data = Dataset(
            ["u1", "u2", "u3"], TEXTS[language], ["a", "b", "a"], schema, [None, None, "u1"]
        )
        children = augment_dataset(data, recipe, seed=7, per_text=2)
        assert len(children) == 6
        assert children.parents == ["u1", "u1", "u2", "u2", "u1", "u1"]
        assert children.targets == ["a", "a", "b", "b", "a", "a"]
        assert children.uids[:3] == [f"u1#{recipe}-7-0", f"u1#{recipe}-7-1", f"u2#{recipe}-7-0"]
        assert len(set(data.concat(children).uids)) == 9

    def test_spans_are_refused(self, recipe, language):
        data = Dataset(["u"], [ENGLISH[0]], [(Span(0, 1, "X"),)], LabelSchema("spans", ("X",)))
        with pytest.raises(ValueError, match="spans"):
            augment_dataset(data, recipe, seed=1)

    def test_wrong_arguments_are_named(self, recipe, language):
        with pytest.raises(ValueError, match="no parameter 'strength'"):
            augment(ENGLISH, recipe, seed=1, parameters={"strength": 1})
        for share in (0, 1.5, "a lot", True):
            with pytest.raises(ValueError, match="share"):
                augment(ENGLISH, recipe, seed=1, parameters={"share": share})
        with pytest.raises(ValueError, match="per_text"):
            augment(ENGLISH, recipe, seed=1, per_text=0)
        with pytest.raises(ValueError, match="language"):
            augment(ENGLISH, recipe, seed=1, language="fr")

    def test_progress_can_cancel(self, recipe, language):
        class Stop(Exception):
            pass

        def stop(fraction, message):
            if fraction > 0:
                raise Stop

        with pytest.raises(Stop):
            augment(TEXTS[language] * 100, recipe, seed=1, progress=stop)


def test_share_decides_how_much_changes():
    text = " ".join(f"word{n}" for n in range(40))
    changed = []
    for share in (0.05, 0.5):
        child = augment([text], "random_delete", seed=1, parameters={"share": share}).children[0]
        changed.append(40 - len(child.text.split()))
    assert changed == [2, 20]


@pytest.mark.parametrize("recipe", ["typos", "ocr_noise"])
def test_english_recipes_refuse_chinese(recipe):
    for language in ("zh", "auto"):
        with pytest.raises(ValueError, match="English only"):
            augment(CHINESE, recipe, seed=1, language=language)
    mixed = augment([CHINESE[0], ENGLISH[0]], recipe, seed=1)
    assert [child.parent_index for child in mixed.children] == [1]
    assert "1 text in a language that the recipe does not know" in mixed.why_short


def test_unchanged_parts_stay_as_they_are():
    text = "I don't  like this;\nplease send my refund (€3.50) now..."
    (child,) = augment(
        [text], "synonyms", seed=1, parameters={"lists": [["now", "today"]]}
    ).children
    assert child.text == text.replace("now", "today")


def test_synonyms_take_phrases_whole_words_and_capitals():
    lists = {"en": [["Bank account", "current account"], ["art", "craft"]]}
    text = "Bank account closed, bank accounts are an art for the party. Art!"
    children = augment(
        [text], "synonyms", seed=1, per_text=9, parameters={"lists": lists, "share": 1.0}
    ).children
    assert [child.text for child in children] == [
        "Current account closed, bank accounts are a craft for the party. Craft!"
    ]
    assert augment(["合同"], "synonyms", seed=1, parameters={"lists": lists}).made == 0


@pytest.mark.parametrize("group", [["one"], ["a", "A"], "ab", ["a", 3], ["a", " "]])
def test_lists_need_two_words(group):
    with pytest.raises(ValueError, match="at least two words"):
        augment(ENGLISH, "synonyms", seed=1, parameters={"lists": [group]})


def test_own_lists_are_distinct_words():
    for groups in DEFAULTS.values():
        for group in groups:
            assert len({word.lower() for word in group}) == len(group) >= 2


def test_deletion_keeps_negations():
    text = "This is not good and I never said 'yes'"
    for child in augment([text], "random_delete", seed=1, per_text=20).children:
        assert child.text[0].isupper()
        assert "not" in child.text.split() and "never" in child.text.split()
    for child in augment(
        ["这个商品不好用，也没有收到货"], "random_delete", seed=1, per_text=5
    ).children:
        assert "不" in child.text and "没" in child.text


def test_unknown_recipe_lists_the_known():
    with pytest.raises(ValueError, match="typos, ocr_noise, random_swap, random_delete, synonyms"):
        augment(ENGLISH, "shuffle", seed=1)
    with pytest.raises(ValueError, match="list of texts"):
        augment("one text", "typos", seed=1)


PROCESS = """
import json, random, sys
random.seed(1); state = random.getstate()
from augment.recipes import RECIPES, augment
found = [[c.text for c in augment([sys.argv[1]], name, seed=2, per_text=8).children]
         for name in RECIPES]
print(json.dumps([random.getstate() == state, found]))
"""


def test_processes_agree_and_the_first_import_is_quiet():
    answers = []
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, ENGLISH[1]],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        untouched, found = json.loads(done.stdout)
        assert untouched
        answers.append(found)
    assert answers[0] == answers[1]
    assert answers[0] == [
        [child.text for child in augment([ENGLISH[1]], name, seed=2, per_text=8).children]
        for name in RECIPES
    ]
