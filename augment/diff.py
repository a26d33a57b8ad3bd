"""What a recipe changed in a text, word by word."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Literal

from augment.words import language_of, pieces

Change = Literal["same", "removed", "added"]


def word_diff(before: str, after: str) -> list[tuple[str, Change]]:
    """The parts of both texts in reading order.

    ``same`` and ``removed`` parts join to ``before``, ``same`` and ``added`` ones to ``after``;
    no part is empty. Words are compared, in Chinese those that jieba finds.
    """
    language = language_of(before or after)
    old, new = pieces(before, language), pieces(after, language)
    parts: list[tuple[str, Change]] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("".join(old[i:j]), "same"))
            continue
        if i < j:
            parts.append(("".join(old[i:j]), "removed"))
        if k < m:
            parts.append(("".join(new[k:m]), "added"))
    return parts
