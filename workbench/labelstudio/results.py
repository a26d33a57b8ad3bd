"""Targets to and from Label Studio's results (the list of regions of a prediction or annotation).

The shapes are those that Label Studio's own page writes: ``choices`` with one region whose value
lists the names, ``labels`` with a region for each span, offsets in Unicode code points.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from activelearn.data import LabelSchema, Span, Target
from workbench.errors import SchemaError
from workbench.labelstudio.labelconfig import LabelConfig


def to_result(target: Target, config: LabelConfig, text: str | None = None) -> list[dict]:
    """The result that says ``target``; with ``text``, spans carry the words they mark.

    Raises SchemaError when the target does not fit the schema (or a span does not fit the text).
    """
    validate(target, config.schema, text)
    if config.schema.kind == "spans":
        values = [_span_value(Span(*span), text) for span in target]
        return [_region(config, "labels", value) for value in values]
    names = [target] if config.schema.kind == "single" else list(target)
    return [_region(config, "choices", {"choices": names})] if names else []


def from_result(result: list[dict], config: LabelConfig) -> Target | None:
    """What ``result`` says; None when it says nothing (``single`` without a choice).

    An empty result of ``multi`` or ``spans`` is an answer: none of the labels apply. Relations
    that annotators draw between spans are passed over. Raises
    SchemaError when the result has labels, controls or offsets which the configuration has not.
    """
    kind = config.schema.kind
    expected = "labels" if kind == "spans" else "choices"
    names: list[str] = []
    spans: list[Span] = []
    for region in result:
        if isinstance(region, dict) and region.get("type") == "relation":
            continue
        value = _value(region, config, expected)
        found = value.get(expected)
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            raise SchemaError(f"a result of type {expected!r} has no list of {expected}")
        if kind == "spans":
            spans += [Span(value.get("start"), value.get("end"), name) for name in found]
        else:
            names += found
    target: Target
    if kind == "spans":
        validate(tuple(spans), config.schema)
        return tuple(sorted(set(spans)))
    if kind == "multi":
        unknown = tuple(dict.fromkeys(name for name in names if name not in config.schema.labels))
        target = tuple(label for label in config.schema.labels if label in names) + unknown
    elif not names:
        return None
    elif len(set(names)) > 1:
        raise SchemaError(f"a single choice has {len(set(names))} labels: {', '.join(names)}")
    else:
        target = names[0]
    validate(target, config.schema)
    return target


def validate(target: Target, schema: LabelSchema, text: str | None = None) -> None:
    """Raise SchemaError unless ``target`` fits ``schema`` (and, for spans, ``text``)."""
    if schema.kind == "single":
        if not isinstance(target, str):
            raise SchemaError(f"one label is expected, not {target!r}")
        _known(target, schema)
    elif isinstance(target, str) or not isinstance(target, tuple | list):
        raise SchemaError(f"several labels or spans are expected, not {target!r}")
    elif schema.kind == "multi":
        for name in target:
            _known(name, schema)
        if len(set(target)) < len(target):
            raise SchemaError(f"a label is there twice: {', '.join(target)}")
    else:
        for start, end, name in target:
            _known(name, schema)
            whole = all(isinstance(edge, int) for edge in (start, end))
            if not whole or not 0 <= start < end or (text is not None and end > len(text)):
                length = "" if text is None else f" in a text of {len(text)} characters"
                raise SchemaError(f"span {start!r} to {end!r} ({name}) is impossible{length}")


def _known(name: Any, schema: LabelSchema) -> None:
    if name not in schema.labels:
        raise SchemaError(f"{name!r} is not one of the labels: {', '.join(schema.labels)}")


def _span_value(span: Span, text: str | None) -> dict:
    value = {"start": span.start, "end": span.end, "labels": [span.label]}
    if text is not None:
        value["text"] = text[span.start : span.end]
    return value


def _region(config: LabelConfig, kind: str, value: dict) -> dict:
    identity = f"{config.from_name} {kind} {sorted(value.items())}"
    return {
        "id": blake2b(identity.encode(), digest_size=5).hexdigest(),
        "from_name": config.from_name,
        "to_name": config.to_name,
        "type": kind,
        "value": value,
    }


def _value(region: Any, config: LabelConfig, expected: str) -> dict:
    if not isinstance(region, dict) or not isinstance(region.get("value"), dict):
        raise SchemaError(f"a result must be a list of regions with a value, not {region!r:.80}")
    wanted = (config.from_name, config.to_name, expected)
    given = (region.get("from_name"), region.get("to_name"), region.get("type"))
    if given != wanted:
        raise SchemaError(
            f"a result is for from_name, to_name, type {given}; the configuration has {wanted}"
        )
    return region["value"]
