"""Which column holds the text, which the label, which the uid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

TEXT = (
    "text", "sentence", "message", "content", "review", "query", "utterance", "question",
    "comment", "body", "tweet", "headline", "description", "document", "input", "title",
    "文本", "内容", "句子", "评论", "正文", "消息", "问题", "标题", "原文",
)  # fmt: skip
LABEL = (
    "label", "labels", "category", "categories", "intent", "class", "sentiment", "target",
    "topic", "emotion", "polarity", "annotation", "spans", "entities", "tag", "tags",
    "标签", "类别", "分类", "意图", "类型", "情感", "标注", "实体",
)  # fmt: skip
UID = ("uid", "id", "guid", "uuid", "编号", "序号", "标识")
UID_ENDINGS = ("text_id", "item_id", "row_id", "doc_id", "document_id", "message_id", "sentence_id")
FEWEST_DISTINCT = 0.5
MOSTLY = 0.5
FEWEST_REPEATED, MOST_REPEATED = 2, 0.5


def guess(
    columns: list[str], sample: list[dict[str, Any]], known_label: str | None = None
) -> tuple[str | None, str | None, str | None]:
    """The names of the text, label and uid column, None for each that is not found.

    ``sample`` is the first rows. A column that is empty in all of them holds no text, and one
    whose values come again and again is no uid.
    """
    uid = _hinted(columns, UID, exact=True) or _hinted(columns, UID_ENDINGS, exact=True)
    if uid is not None and not _distinct(sample, uid):
        uid = None
    label = known_label or _hinted(columns, LABEL, exact=True)
    filled = [name for name in columns if name not in (uid, label) and _length(sample, name) > 0]
    named = [name for name in filled if not _plain(name).endswith(("_id", "id", "_len", "length"))]
    text = _hinted(filled, TEXT, exact=True) or _hinted(named, TEXT, exact=False)
    if label is None:
        rest = [name for name in columns if name not in (uid, text)]
        label = _hinted(rest, LABEL, exact=False)
        filled = [name for name in filled if name != label]
    if text is None and filled:
        text = max(filled, key=lambda name: _length(sample, name))
    if text is None and not sample:
        text = next((name for name in columns if name not in (uid, label)), None)
    return text, label, uid


def label_column(
    columns: list[str], sample: list[dict[str, Any]], labels: Sequence[str]
) -> str | None:
    """The column most of whose values are known labels."""
    known = set(labels)
    for name in columns:
        values = [str(row[name]).strip() for row in sample if str(row.get(name) or "").strip()]
        if values and sum(value in known for value in values) > MOSTLY * len(values):
            return name
    return None


def repeated(sample: list[dict[str, Any]], columns: Sequence[str]) -> list[str]:
    """Those of the columns whose values come again and again, as labels do."""
    return [name for name in columns if _repeats([row.get(name) for row in sample])]


def _repeats(values: list[Any]) -> bool:
    filled = [value for value in values if value is not None and str(value).strip()]
    if not all(isinstance(value, str | int | float) for value in filled):
        return False
    distinct = len({str(value).strip() for value in filled})
    return FEWEST_REPEATED <= distinct <= MOST_REPEATED * len(filled)


def _hinted(columns: list[str], hints: tuple[str, ...], *, exact: bool) -> str | None:
    for hint in hints:
        for name in columns:
            plain = _plain(name)
            if plain == hint if exact else hint in _words(plain, hint):
                return name
    return None


def _words(plain: str, hint: str) -> list[str] | str:
    return plain.split("_") if hint.isascii() else plain


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip()).strip("_").casefold()


def _length(sample: list[dict[str, Any]], name: str) -> float:
    """The average length of the strings of a column; 0 for one which has none."""
    strings = [values[name] for values in sample if isinstance(values.get(name), str)]
    return sum(len(text.strip()) for text in strings) / len(strings) if strings else 0.0


def _distinct(sample: list[dict[str, Any]], name: str) -> bool:
    values = [str(row[name]) for row in sample if row.get(name) is not None]
    return len(set(values)) >= FEWEST_DISTINCT * len(values)
