"""What the labels are called: an example of each that nobody had to give."""

from __future__ import annotations

import re

from activelearn.data import Dataset, LabelSchema
from activelearn.kinds import kind_of

_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")


def named(schema: LabelSchema) -> Dataset:
    """The labels' names as words, each with its label; no rows where one says nothing: a single
    letter, or what numbers alone tell from another."""
    said = [" ".join(_WORD.findall(label)) for label in schema.labels]
    different = {words.lower() for words in said if len(words) > 1 or not words.isascii()}
    if len(different) < len(said):
        return Dataset([], [], [], schema)
    kind = kind_of(schema)
    uids = [f"name of {label}" for label in schema.labels]
    return Dataset(uids, said, [kind.with_label(label) for label in schema.labels], schema)
