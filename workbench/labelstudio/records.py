"""What the Label Studio client takes and gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A Label Studio user."""

    id: int
    email: str


@dataclass(frozen=True)
class ProjectInfo:
    """A Label Studio project; ``xml`` is its labelling configuration."""

    id: int
    title: str
    xml: str
    task_count: int
    annotation_count: int


@dataclass(frozen=True)
class Prediction:
    """A model's suggestion for one task; ``score`` is 0..1, low = ask first."""

    task_id: int
    result: list[dict]
    score: float
    model_version: str


@dataclass(frozen=True)
class View:
    """A tab of the Data Manager; ``url`` opens its labelling queue."""

    id: int
    url: str


@dataclass(frozen=True)
class PulledAnnotation:
    """An annotation as Label Studio has it; times are ISO 8601, ``lead_time`` is in seconds."""

    id: int
    unique_id: str
    completed_by: int
    email: str
    result: list[dict]
    was_cancelled: bool
    ground_truth: bool
    created_at: str
    updated_at: str
    lead_time: float | None


@dataclass(frozen=True)
class PulledTask:
    """A task with all its annotations, skipped ones included."""

    id: int
    data: dict
    annotations: list[PulledAnnotation]
    updated_at: str


@dataclass(frozen=True)
class Pull:
    """The tasks that changed, and the cursor to give to the next pull."""

    tasks: list[PulledTask]
    cursor: str | None
