"""Single values of a row: the text, the uid, the label and what else there is."""

from __future__ import annotations

import json
import math
from typing import Any

from activelearn.data import LabelSchema, Span, Target
from workbench.intake.model import LONGEST_TEXT, has_surrogate

SEPARATORS = "|;,"
SHOWN_LABELS = 10
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


class BadCell(ValueError):
    """A value that makes its row unusable; the message is the reason."""


def as_text(value: Any) -> str:
    """The text, unchanged; a number as it is written. Raises BadCell."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise BadCell("no text")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadCell(f"the text is {_kind(value)}, not a string")
    text = _written(value)
    if not text.strip().strip(INVISIBLE).strip():
        raise BadCell("no text")
    if has_surrogate(text):
        raise BadCell("not UTF-8")
    if "\0" in text:
        raise BadCell("a NUL character")
    size = len(text.encode("utf-8")) if 4 * len(text) >= LONGEST_TEXT else 0
    if size >= LONGEST_TEXT:
        raise BadCell(f"the text has {size:,} bytes: the limit is {LONGEST_TEXT - 1:,}")
    return text


def as_uid(value: Any) -> str | None:
    """The uid, None when there is none. Raises BadCell."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadCell(f"the uid is {_kind(value)}, not a string")
    uid = _written(value).strip()
    if has_surrogate(uid) or "\0" in uid:
        raise BadCell("the uid is not UTF-8 text")
    return uid or None


def as_target(value: Any, text: str, schema: LabelSchema | None) -> Target | None:
    """What a label column says, None for nothing. Raises BadCell when it does not fit ``schema``.

    ``single``: a name or a number. ``multi``: a list of names, or one string with ``|`` (or ``;``
    or ``,``) between them. ``spans``: a list of ``{start, end, label}``, or that as JSON. Without a
    schema the form decides.
    """
    if isinstance(value, dict) and isinstance(value.get("choices"), list):
        value = value["choices"]
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        if has_surrogate(value) or "\0" in value:
            raise BadCell("the label is not UTF-8 text")
    kind = schema.kind if schema else _form(value)
    if kind == "spans":
        return _spans(value, text, schema)
    if kind == "multi":
        return _several(value, schema)
    return _one(value, schema)


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it: dates and decimals as text, no bytes, no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return None if isinstance(value, bytes) else str(value)


def _form(value: Any) -> str:
    if not isinstance(value, list):
        return "single"
    return "spans" if value and isinstance(value[0], dict) else "multi"


def _one(value: Any, schema: LabelSchema | None) -> str | None:
    if isinstance(value, list):
        if len(value) > 1:
            raise BadCell(f"{len(value)} labels where one is expected")
        if not value or value[0] is None:
            return None
        value = value[0]
    name = _name(value)
    if schema is not None:
        _known(name, schema)
    return name or None


def _several(value: Any, schema: LabelSchema | None) -> tuple[str, ...]:
    if isinstance(value, str):
        value = _split(value, schema)
    elif not isinstance(value, list):
        value = [value]
    names = [name for part in value if (name := _name(part))]
    if schema is None:
        return tuple(dict.fromkeys(names))
    for name in names:
        _known(name, schema)
    return tuple(label for label in schema.labels if label in names)


def _split(value: str, schema: LabelSchema | None) -> list:
    if schema is not None and value in schema.labels:
        return [value]
    if value.startswith("["):
        return _json(value)
    separator = next((sign for sign in SEPARATORS if sign in value), None)
    return value.split(separator) if separator else [value]


def _spans(value: Any, text: str, schema: LabelSchema | None) -> tuple[Span, ...]:
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, list):
        raise BadCell(f"the spans are {_kind(value)}, not a list")
    spans: set[Span] = set()
    for part in value:
        if isinstance(part, dict):
            start, end = part.get("start"), part.get("end")
            names = part.get("labels", part.get("label"))
        elif isinstance(part, list | tuple) and len(part) == 3:
            start, end, names = part
        else:
            raise BadCell("a span is not {start, end, label}")
        whole = all(isinstance(edge, int) and not isinstance(edge, bool) for edge in (start, end))
        if not whole or not 0 <= start < end <= len(text):
            raise BadCell(f"span {start!r} to {end!r} is not in a text of {len(text)} characters")
        for name in names if isinstance(names, list) else [names]:
            if not isinstance(name, str) or not name.strip():
                raise BadCell("a span has no label")
            if schema is not None:
                _known(name, schema)
            spans.add(Span(start, end, name))
    return tuple(sorted(spans))


def _json(value: str) -> list:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise BadCell("the label is not a JSON list")
    return found


def _name(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise BadCell(f"the label is {_kind(value)}, not a name")
    return _written(value).strip()


def _known(name: str, schema: LabelSchema) -> None:
    if name not in schema.labels:
        shown = ", ".join(schema.labels[:SHOWN_LABELS])
        more = len(schema.labels) - SHOWN_LABELS
        raise BadCell(
            f"label {name[:80]!r} is not one of: {shown}"
            + (f" and {more} more" if more > 0 else "")
        )


def _written(value: str | int | float) -> str:
    """A number as people write it: 3.0, which stands for 3 in a column with gaps, as ``3``."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _kind(value: Any) -> str:
    names = {list: "a list", dict: "an object", bool: "a boolean", bytes: "binary data"}
    return names.get(type(value), f"a {type(value).__name__}")
