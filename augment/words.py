"""Words and the gaps between them, in English and Chinese, which join to the text again."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

LANGUAGES = ("en", "zh")

_ENGLISH = re.compile(r"\w+(?:['’\-]\w+)*|\s+|[^\w\s]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")


def language_of(text: str) -> str:
    """``zh`` where Han characters outnumber (or equal) the Latin words, ``en`` otherwise."""
    han = len(_HAN.findall(text))
    return "zh" if han and han >= len(_LATIN_WORD.findall(text)) else "en"


def pieces(text: str, language: str) -> list[str]:
    """The words, gaps and marks of a text in order; joined by nothing they are the text again."""
    if language == "zh":
        return list(_jieba().cut(text))
    return _ENGLISH.findall(text)


def is_word(piece: str) -> bool:
    """Whether a piece has a letter, a digit or a character of a script in it."""
    return any(character.isalnum() for character in piece)


def squeezed(text: str) -> str:
    """The text with every run of white space as one space: equal results are the same text."""
    return " ".join(text.split())


@lru_cache(maxsize=1)
def _jieba():
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()
