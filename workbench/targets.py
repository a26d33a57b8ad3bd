"""Targets as the store keeps them: lists that JSON can hold, the same for every task kind."""

from __future__ import annotations

from activelearn.data import LabelSchema, Span, Target
from workbench.errors import SchemaError


def to_json(target: Target | None) -> list | None:
    """``"a"`` → ``["a"]``; ``("a", "b")`` → ``["a", "b"]``; spans → ``[[start, end, label]]``."""
    if target is None:
        return None
    return [target] if isinstance(target, str) else [_plain(part) for part in target]


def from_json(kept: list | None, kind: str) -> Target | None:
    """The reverse of `to_json` for the task kind."""
    if kept is None:
        return None
    if kind == "single":
        return kept[0] if kept else None
    if kind == "multi":
        return tuple(kept)
    return tuple(Span(*part) for part in kept)


def checked(target: Target | None, schema: LabelSchema) -> list:
    """`to_json` of an answer; SchemaError when it names no label, or one the schema has not."""
    unknown = schema.unknown(target) if target is not None else []
    if unknown or (schema.kind == "single" and not target):
        raise SchemaError(
            f"{unknown[0] if unknown else 'nothing'!r} is not a label of this project:"
            f" {', '.join(schema.labels)}"
        )
    return to_json(target)


def show(target: Target | None) -> str:
    """The target as people read it."""
    if target is None:
        return ""
    return target if isinstance(target, str) else ", ".join(str(part) for part in target)


def _plain(part: str | Span) -> str | list:
    return part if isinstance(part, str) else list(part)
