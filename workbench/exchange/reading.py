"""Label Studio's results as targets of the project, also while its labels are in motion."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b

from activelearn.data import LabelSchema, Span, Target
from workbench.errors import SchemaError
from workbench.exchange import labels
from workbench.labelstudio.labelconfig import LabelConfig, parse
from workbench.labelstudio.results import from_result, to_result, validate
from workbench.project import Project
from workbench.targets import from_json


@dataclass(frozen=True)
class Reader:
    """Reads results by the project's configuration and, while a change waits, by the new one.

    A label that was renamed since reads as its new name, and one that is no longer used as itself.
    """

    config: LabelConfig
    changed: LabelConfig | None
    renamed: dict[str, str]
    retired: tuple[str, ...]

    def target(self, result: list[dict]) -> Target:
        """What ``result`` says; SchemaError when the project's labels cannot say it."""
        try:
            return self._target(result, self.config)
        except SchemaError:
            if self.changed is None:
                raise
        return self._target(result, self.changed)

    def text_key(self, data: dict) -> str:
        """The field of a task's data that holds its text."""
        key = self.config.data_key
        if self.changed is not None and not str(data.get(key) or "").strip():
            return self.changed.data_key
        return key

    def stamp(self) -> str:
        """Differs whenever something may be readable that was not."""
        known = [self.config.xml, self.changed and self.changed.xml, self.renamed, self.retired]
        return blake2b(json.dumps(known).encode(), digest_size=8).hexdigest()

    def _target(self, result: list[dict], config: LabelConfig) -> Target:
        own = self.config.schema
        former = [name for name in (*self.renamed, *self.retired) if name not in own.labels]
        wide = LabelSchema(config.schema.kind, _once((*config.schema.labels, *former)))
        found = from_result(result, replace(config, schema=wide))
        if found is None:
            raise SchemaError("the answer names no label")
        target = self._renamed(found)
        validate(target, LabelSchema(own.kind, _once((*own.labels, *self.retired))))
        return target

    def _renamed(self, target: Target) -> Target:
        if isinstance(target, str):
            return self._now(target)
        parts = [
            Span(part.start, part.end, self._now(part.label))
            if isinstance(part, Span)
            else self._now(part)
            for part in target
        ]
        return tuple(dict.fromkeys(parts))

    def _now(self, label: str) -> str:
        return label if label in self.config.schema.labels else self.renamed.get(label, label)


def reader(project: Project) -> Reader:
    """The reader of the project as it is now."""
    decided = labels.decided(project)
    return Reader(project.config, waiting_config(project), decided.renamed, tuple(decided.retired))


def waiting_config(project: Project) -> LabelConfig | None:
    """Label Studio's configuration where it differs from the project's and can be used."""
    change = labels.pending(project)
    return parse(change.xml) if change is not None and not change.problem else None


def _sending_config(project: Project) -> LabelConfig:
    """The configuration that answers and predictions must fit to be sent.

    Raises SchemaError while Label Studio has one that the workbench cannot use.
    """
    change = labels.pending(project)
    if change is not None and change.problem:
        raise SchemaError(f"Label Studio's labelling configuration changed: {change.problem}")
    return waiting_config(project) or project.config


def _result(kept: list, own: LabelSchema, config: LabelConfig) -> list[dict]:
    """The result that says a kept target under ``config``; SchemaError when that cannot say it."""
    target = from_json(kept, own.kind)
    kinds = (own.kind, config.schema.kind)
    if kinds == ("single", "multi"):
        target = (target,)
    elif kinds == ("multi", "single") and len(target) == 1:
        (target,) = target
    return to_result(target, config)


def sender(project: Project) -> Callable[[list], list[dict]]:
    """Says kept targets in Label Studio's words; the function it returns raises SchemaError for
    one that its labels cannot say."""
    own = project.schema
    try:
        config = _sending_config(project)
    except SchemaError as error:
        reason = str(error)

        def refuse(_kept: list) -> list[dict]:
            raise SchemaError(reason)

        return refuse
    return lambda kept: _result(kept, own, config)


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
