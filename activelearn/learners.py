"""What learns from labelled texts: the protocol, the frozen head, and which learner when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from activelearn.data import Dataset
from activelearn.encoder import CachedEncoder, Embedder, Encoder
from activelearn.kinds import kind_of
from activelearn.models import HeadModel, Model
from activelearn.progress import Progress, part

if TYPE_CHECKING:
    from activelearn.finetune import FineTuneSettings

FINETUNE_MIN_TOTAL = 40
FINETUNE_MIN_PER_LABEL = 8


class Learner(Protocol):
    """Makes a model of a labelled dataset; the same seed makes the same model."""

    name: str

    def fit(self, dataset: Dataset, *, seed: int, progress: Progress | None = None) -> Model: ...


class HeadLearner:
    """Logistic regression on the frozen encoder's vectors, which are computed once and kept."""

    name = "head"

    def __init__(self, encoder: Embedder, strength: float = 10.0) -> None:
        self.encoder = encoder if isinstance(encoder, CachedEncoder) else CachedEncoder(encoder)
        self.strength = strength

    def fit(self, dataset: Dataset, *, seed: int, progress: Progress | None = None) -> HeadModel:
        """Fit the head; labels of the schema without an example get a probability of about 0."""
        kind, targets = kind_of(dataset.schema), labelled_targets(dataset)
        vectors = self.encoder.embed(dataset.texts, part(progress, 0.0, 0.9))
        encoded = kind.encode(targets, dataset.schema)
        part(progress, 0.0, 1.0)(0.9, "Fitting the head")
        weights, biases = kind.fit_linear(
            vectors, encoded, len(dataset.schema.labels), self.strength
        )
        part(progress, 0.0, 1.0)(1.0, "Fitted the head")
        return HeadModel(self.encoder, dataset.schema, weights, biases)


def choose_learner(
    dataset: Dataset,
    name: str = "auto",
    *,
    encoder: Embedder | None = None,
    settings: FineTuneSettings | None = None,
) -> tuple[Learner, str]:
    """The learner for the labels at hand, and the reason as one sentence.

    ``name`` is ``auto``, ``head`` or ``finetune``. Fine-tuning overtakes the frozen head at a
    handful of labels for each class; below that the head is as good and a hundred times faster.
    """
    from activelearn.finetune import FineTuneLearner

    encoder = encoder or Encoder()
    if name == "head":
        return HeadLearner(encoder), "The head is used because the settings ask for it."
    if name == "finetune":
        return (
            FineTuneLearner(encoder, settings),
            "The fine-tune is used because the settings ask for it.",
        )
    if name != "auto":
        raise ValueError(f"no learner {name!r}: choose auto, head or finetune")
    counts = kind_of(dataset.schema).label_counts(_own_targets(dataset), dataset.schema)
    total, seen = sum(counts.values()), sum(count > 0 for count in counts.values())
    per_label = total / max(len(counts), 1)
    said = f"{total} labels for {len(counts)} classes ({per_label:.1f} each)"
    if seen < 2:
        return HeadLearner(encoder), f"The head is used: {seen} of the classes has examples so far."
    if total < FINETUNE_MIN_TOTAL:
        return HeadLearner(encoder), (
            f"The head is used: {said} are few, fine-tuning starts at {FINETUNE_MIN_TOTAL}."
        )
    if per_label < FINETUNE_MIN_PER_LABEL:
        return HeadLearner(encoder), (
            f"The head is used: {said} are few, "
            f"fine-tuning starts at {FINETUNE_MIN_PER_LABEL} for each class."
        )
    return FineTuneLearner(encoder, settings), (
        f"The fine-tune is used: {said} are enough to train the whole encoder."
    )


def labelled_targets(dataset: Dataset) -> list:
    """The targets to train on; ValueError if there are none."""
    if not dataset.targets:
        raise ValueError("there is nothing to train on: label some items first")
    return dataset.targets


def _own_targets(dataset: Dataset) -> list:
    """Targets of texts that people labelled, leaving augmented children out."""
    parents = dataset.parents or [None] * len(dataset)
    targets = dataset.targets or []
    return [target for target, parent in zip(targets, parents, strict=False) if parent is None]
