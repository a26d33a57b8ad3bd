"""What the labels are called: an example of each that nobody had to give."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from activelearn.data import Dataset, LabelSchema
from activelearn.kinds import kind_of

_NEW_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_JOINERS = "\u200c\u200d"


def named(schema: LabelSchema) -> Dataset:
    """The labels' names as words, each with its label; no rows where half of them or more say
    nothing: what numbers or single letters alone tell from another (``LABEL_0``, ``class A``)."""
    kind = kind_of(schema)
    said = {label: _words(label) for label in schema.labels}
    rough = {label: " ".join(filter(_says, words)).casefold() for label, words in said.items()}
    often = Counter(rough.values())
    telling = [label for label in schema.labels if rough[label] and often[rough[label]] == 1]
    if 2 * len(telling) <= len(schema.labels):
        telling = []
    texts = [" ".join(said[label]) for label in telling]
    targets = [kind.with_label(text, label) for text, label in zip(texts, telling, strict=True)]
    return Dataset([f"name of {label}" for label in telling], texts, targets, schema)


def _words(label: str) -> list[str]:
    """``card_arrival``, ``billingIssue`` and ``HTTPError`` are two words each."""
    letters = (
        one if one.isalpha() or unicodedata.category(one)[0] == "M" or one in _JOINERS else " "
        for one in unicodedata.normalize("NFC", label)
    )
    return _NEW_WORD.sub(" ", "".join(letters)).split()


def _says(word: str) -> bool:
    """Whether it is more than a letter of an alphabet with capitals, or more than a mark."""
    return len(word) > 1 or (word.isalpha() and word.lower() == word.upper())
