"""The dataset type that learners, strategies, audits and recipes share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple


class Span(NamedTuple):
    """One entity: characters ``start`` to ``end`` (exclusive, Unicode code points)."""

    start: int
    end: int
    label: str


Target = str | tuple[str, ...] | tuple[Span, ...]
"""What an item is labelled with: a class name, a tuple of class names, or a tuple of spans."""


def names(target: Target) -> list[str]:
    """The label names that ``target`` is made of."""
    parts = [target] if isinstance(target, str) else target
    return [part.label if isinstance(part, Span) else part for part in parts]


@dataclass(frozen=True)
class LabelSchema:
    """The task kind (``single``, ``multi`` or ``spans``) and the label names, in order."""

    kind: str
    labels: tuple[str, ...]

    def unknown(self, target: Target) -> list[str]:
        """The label names of ``target`` that the schema does not have."""
        return [name for name in names(target) if name not in self.labels]


@dataclass(frozen=True)
class Dataset:
    """Texts with their targets.

    ``uids`` and ``texts`` have equal length n; ``targets`` is None (nothing known) or of length n;
    ``parents`` holds, for augmented texts, the uid of the text that each was made from.
    """

    uids: list[str]
    texts: list[str]
    targets: list[Target] | None
    schema: LabelSchema
    parents: list[str | None] | None = None

    def __post_init__(self) -> None:
        for name in ("texts", "targets", "parents"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.uids):
                raise ValueError(f"{name} has {len(column)} entries for {len(self.uids)} uids")

    def __len__(self) -> int:
        return len(self.uids)

    def take(self, indices: Sequence[int]) -> Dataset:
        """The rows at ``indices``, in that order."""

        def pick(column: list | None) -> list | None:
            return None if column is None else [column[i] for i in indices]

        return replace(
            self,
            uids=pick(self.uids),
            texts=pick(self.texts),
            targets=pick(self.targets),
            parents=pick(self.parents),
        )

    def concat(self, other: Dataset) -> Dataset:
        """This dataset followed by ``other``, which must have the same schema."""
        if other.schema != self.schema:
            raise ValueError("datasets of different label schemas cannot be joined")
        if (self.targets is None) != (other.targets is None):
            raise ValueError("a dataset with targets cannot be joined to one without")
        return replace(
            self,
            uids=self.uids + other.uids,
            texts=self.texts + other.texts,
            targets=None if self.targets is None else self.targets + other.targets,
            parents=[*self._parents(), *other._parents()],
        )

    def own(self) -> list[int]:
        """The rows of texts that people labelled: no augmented children."""
        return [row for row, parent in enumerate(self._parents()) if parent is None]

    def groups(self) -> list[str]:
        """The uid that decides each row's fold: that of the first row with the same text, and for
        an augmented text its parent's."""
        first: dict[str, str] = {}
        group = {self.uids[row]: first.setdefault(self.texts[row], self.uids[row])
                 for row in self.own()}  # fmt: skip
        original = (parent or uid for uid, parent in zip(self.uids, self._parents(), strict=True))
        return [group.get(uid, uid) for uid in original]

    def _parents(self) -> list[str | None]:
        return self.parents if self.parents is not None else [None] * len(self)


def labelled_targets(dataset: Dataset) -> list:
    """The targets to train on; ValueError if there are none."""
    if not dataset.targets:
        raise ValueError("there is nothing to train on: label some items first")
    return dataset.targets
