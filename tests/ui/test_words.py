"""Every word of the pages is there in both languages, and none is left over."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from activelearn.stopping import CRITERIA
from activelearn.strategies import STRATEGIES
from augment.recipes import RECIPES
from ui import replay
from ui.i18n import LANGUAGES, STRINGS, choose_language, text
from ui.web import (
    annotate,
    audit,
    augment,
    doctor_panel,
    guide,
    intake_panel,
    people,
    rounds,
    team,
)
from ui.words.refusals import REFUSALS
from ui.words.reported import CHINESE, reported
from workbench.doctor import CHECKS
from workbench.events import WHATS
from workbench.exchange import conflicts
from workbench.jobs import KINDS
from workbench.labelstudio.connection import Connection
from workbench.people import ROLES
from workbench.workflows.export import FORMATS
from workbench.workflows.round import STEPS

UI = Path(annotate.__file__).parents[1]
SOURCE = "\n".join(path.read_text("utf-8") for path in [*UI.glob("*.py"), *UI.glob("web/*.py")])
SCRIPT = "\n".join((UI / "web" / name).read_text("utf-8") for name in annotate.SCRIPTS)
HAN = re.compile("[\u4e00-\u9fff]")
SAME = {
    "export.jsonl",
    "export.csv",
    "export.labelstudio",
    "result.trial",
    "team.kappa",
    "outlook.comma",
    "replay.left_out.and",
}

FAMILIES = {
    "nav.": guide.PAGES,
    "purpose.": guide.PAGES,
    "job.": (*KINDS, "queued", "running", "done", "failed", "cancelled"),
    "result.": ("import", "sync", "round", "audit", "trial", "simulate"),
    "strategy.": STRATEGIES,
    "recipe.": RECIPES,
    "augment.hint.": RECIPES,
    "augment.": augment.COLUMNS,
    "export.": FORMATS,
    "export.hint.": FORMATS,
    "rounds.": (*rounds.COLUMNS, *rounds.LEARNERS),
    "step.": STEPS,
    "rounds.learner.": ("none", *rounds.LEARNERS),
    "replay.": ("number", *replay.COLUMNS),
    "audit.": audit.COMMANDS,
    "audit.kind.": ("label", "conflict", "outlier"),
    "import.": ("text", "label", "uid", "text_used", "label_used", "uid_used"),
    "reports.": [
        *intake_panel.LISTS,
        *(name for _, columns in intake_panel.LISTS.values() for name in columns),
    ],
    "stat.": ("items", "labelled", "holdout", "accuracy", "queue", "round", "waiting"),
    "annotate.": annotate.SKIPS,
    "doctor.name.": CHECKS,
    "doctor.": doctor_panel.FOLDED,
    "people.": (*ROLES, *people.COLUMNS, "left", "configured"),
    "log.": people.LOG_COLUMNS,
    "event.": WHATS,
    "outlook.": (*CRITERIA, *(f"{name}.unknown" for name in CRITERIA)),
    "team.": (*team.COLUMNS, "since", "until"),
    "exchange.rule.": (conflicts.LATEST,),
}
FROM_FAMILIES = {f"{start}{name}" for start, names in FAMILIES.items() for name in names}
NAMED = {key for key in re.findall(r"[\"']([a-z]+(?:\.[a-z_]+)*)[\"']", SOURCE) if key in STRINGS}
IN_SCRIPT = {
    f"annotate.{name}" for name in re.findall(r"(?:(?:\bw|words)\.|')([a-z_]+)", SCRIPT)
} & STRINGS.keys()


def test_every_key_has_both_languages_with_the_same_places() -> None:
    for key, words in STRINGS.items():
        assert len(words) == len(LANGUAGES) and all(words), key
        places = [{name for _, name, _, _ in string.Formatter().parse(one)} for one in words]
        assert places[0] - {None} == places[1] - {None}, key
        assert key in SAME or HAN.search(words[1]), key
        assert not HAN.search(words[0]), key


def test_chinese_has_chinese_punctuation() -> None:
    wrong = re.compile("[\u4e00-\u9fff][,:;?!]|[,:;?!][\u4e00-\u9fff]")
    sentences = [(key, words[1]) for key, words in STRINGS.items()] + [*CHINESE, *REFUSALS]
    assert [key for key, chinese in sentences if wrong.search(chinese)] == []


def test_every_key_that_is_used_exists() -> None:
    asked = set(re.findall(r"(?:text\(\w+, |T\(|both\()f?[\"']([a-z_.]+)[\"']", SOURCE))
    assert asked - STRINGS.keys() == set()
    assert FROM_FAMILIES - STRINGS.keys() == set()


def test_no_key_is_left_over() -> None:
    assert STRINGS.keys() - NAMED - IN_SCRIPT - FROM_FAMILIES == set()


@pytest.mark.parametrize(
    ("sentence", "chinese"),
    [
        ("round 3: train", "第 3 轮"),
        ("Fine-tuning: step 5 of 90, loss 0.123", "第 5 / 90 步"),
        ("Few-shot training: step 5 of 60, loss 0.123", "第 5 / 60 步"),
        (
            "Few-shot training is used: right on labels held back: head 71.0%, few_shot 80.5%.",
            "使用少样本训练：对预留标签的正确率，分类头 71.0%，少样本训练 80.5%",
        ),
        (
            "The fine-tune is used: right on labels held back: head 75.2%, finetune 74.5%,"
            " too close to go by.",
            "74.5%，差距太小",
        ),
        (
            "The head is used: 9 labels for 6 classes (1.5 each) are few, few-shot training starts"
            " at 8 and 2 for each class.",
            "共 8 个且每类 2 个后开始少样本训练",
        ),
        (
            "Few-shot training is used: 30 labels for 6 classes (5.0 each) are few, fine-tuning"
            " starts at 20 and 16 for each class.",
            "6 个类别共 30 个标签（平均 5.0 个），数量还少；共 20 个且每类 16 个后开始微调",
        ),
        (
            "The head is used: the encoder cannot read 63% of the characters, and gains little by"
            " training; a multilingual encoder would read them.",
            "编码器读不懂 63% 的字符",
        ),
        ("Read 1,024 of 1,800 texts", "1,024 / 1,800"),
        ("margin, seed 1: 50 labels, accuracy 0.812", "随机种子 1：50 个标签，准确率 0.812"),
        ("all 1200 labels", "全部 1200 个标签"),
        ("The fine-tune is used because the settings ask for it.", "按设置使用微调"),
        ("'refund' is not a label of this project: a, b", "“refund”不是本项目的标签，现有：a, b"),
        ('"don\'t know" is not a label of this project: a, b', "“don't know”不是本项目的标签"),
        ("the project's database does not work: disk full", "数据库无法使用：disk full"),
        (
            "x.csv: none of its 2 rows can be used (line 2: no text): all are listed in r.csv",
            "没有一行可用（第 2 行：没有文本）",
        ),
        ("the pool has no item 'u1': load the page again", "没有 u1"),
        ("u1 or u2 is of the holdout: label it on its own", "u1 或 u2 属于留出集"),
    ],
)
def test_what_the_layers_below_report_is_translated(sentence: str, chinese: str) -> None:
    assert chinese in reported("zh", sentence)
    assert reported("en", sentence) == sentence
    assert reported("zh", "something new") == "something new"


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ({}, "", "en"),
        ({}, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ({}, "de-DE,en;q=0.5,zh;q=0.7", "zh"),
        ({}, "fr", "en"),
        ({"workbench_language": "zh"}, "en-US", "zh"),
        ({"workbench_language": "klingon"}, "zh", "zh"),
        ({}, "zh;q=nonsense, en", "en"),
    ],
)
def test_the_switch_comes_before_the_browser(cookies, accepted, language) -> None:
    assert choose_language(cookies, {"accept-language": accepted}) == language


def test_places_are_filled_in() -> None:
    assert text("en", "do.findings", n=3) == "3 findings wait for a decision."
    with pytest.raises(KeyError):
        text("en", "no.such.key")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"detail": "Authentication token no longer valid: legacy token is disabled"}),
        (401, {"detail": "Token is expired"}),
        (401, {"detail": "Invalid token."}),
        (403, {"detail": "no permission"}),
        (404, {"detail": "Not found."}),
        (404, "<html>"),
        (409, {"detail": "there already"}),
        (500, {"detail": "broken"}),
        (503, "<html>"),
    ],
)
def test_refusals_of_label_studio_are_said_in_chinese(status: int, body: object) -> None:
    for token in ("0123456789", "a.b.c"):
        said = str(Connection("http://127.0.0.1:8080", token)._refusal(status, body))
        chinese = reported("zh", said)
        assert chinese != said and "127.0.0.1:8080" in chinese, said
