"""What learns from labelled texts: the protocols, the frozen head, and which to use when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from activelearn.data import Dataset, LabelSchema
from activelearn.encoder import CachedEncoder, Embedder, Encoder, default_model
from activelearn.kinds import kind_of
from activelearn.progress import Progress, part

if TYPE_CHECKING:
    from activelearn.finetune import FineTuneSettings

FINETUNE_MIN_TOTAL = 40
FINETUNE_MIN_PER_LABEL = 8
_ABOUT = "model.json"


class Model(Protocol):
    """What a learner makes. k is the number of labels in ``schema``, in its order."""

    version: str
    schema: LabelSchema

    def predict_proba(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Probabilities float32 [n, k]."""
        ...

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors of length 1, float32 [n, d]."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the model to a folder that ``load_model`` reads."""
        ...


class Learner(Protocol):
    """Makes a model of a labelled dataset; the same seed makes the same model."""

    name: str

    def fit(self, dataset: Dataset, *, seed: int, progress: Progress | None = None) -> Model: ...


class HeadModel:
    """A linear head on a frozen encoder."""

    def __init__(
        self, encoder: Embedder, schema: LabelSchema, weights: np.ndarray, biases: np.ndarray
    ) -> None:
        self.encoder = encoder
        self.schema = schema
        self.weights = np.ascontiguousarray(weights, dtype=np.float32)
        self.biases = np.ascontiguousarray(biases, dtype=np.float32)
        digest = hashlib.sha256(f"{encoder.version}{schema}".encode())
        digest.update(self.weights.tobytes() + self.biases.tobytes())
        self.version = f"head-{digest.hexdigest()[:12]}"

    def predict_proba(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Probabilities float32 [n, k] in the order of the schema's labels."""
        return self.predict_from_embeddings(self.embed(texts, progress))

    def predict_from_embeddings(self, embeddings: np.ndarray) -> np.ndarray:
        """Probabilities float32 [n, k] for vectors [n, d] of the same encoder."""
        return kind_of(self.schema).probabilities(embeddings @ self.weights.T + self.biases)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors float32 [n, d] of the frozen encoder."""
        return self.encoder.embed(texts, progress)

    def save(self, path: str | Path) -> None:
        """Write ``head.npz`` and ``model.json``; the encoder stays where it is."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "head.npz", weights=self.weights, biases=self.biases)
        bundled = self.encoder.model == default_model()
        write_about(
            folder,
            "head",
            self,
            encoder=None if bundled else self.encoder.model,
            encoder_version=self.encoder.version,
            max_length=self.encoder.max_length,
        )

    @classmethod
    def load(cls, folder: Path, about: dict[str, Any], encoder: Embedder | None) -> HeadModel:
        """The head saved in ``folder``; ValueError if its encoder has changed since."""
        found = encoder or Encoder(about["encoder"], about["max_length"])
        if found.version != about["encoder_version"]:
            raise ValueError(
                f"the model in {folder} was trained on another encoder "
                f"({about['encoder_version']}, now {found.version}): train a new round"
            )
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            return cls(found, schema_of(about), arrays["weights"], arrays["biases"])


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


def load_model(path: str | Path, encoder: Embedder | None = None) -> Model:
    """The model saved in the folder ``path``; ``encoder`` spares loading a head's encoder again.

    Raises ValueError if the folder holds no model or one of an unknown form.
    """
    folder = Path(path)
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"no model in {folder}: train a round first") from error
    if about.get("form") == "head":
        return HeadModel.load(folder, about, encoder)
    if about.get("form") == "finetune":
        from activelearn.finetune import FineTuneModel

        return FineTuneModel.load(folder, about)
    raise ValueError(f"the model in {folder} has the unknown form {about.get('form')!r}")


def write_about(folder: Path, form: str, model: Model, **more: Any) -> None:
    """Write what ``load_model`` must know of a model beside its weights."""
    about = {
        "form": form,
        "version": model.version,
        "kind": model.schema.kind,
        "labels": list(model.schema.labels),
        **more,
    }
    text = json.dumps(about, ensure_ascii=False, indent=2)
    (folder / _ABOUT).write_text(text + "\n", encoding="utf-8")


def schema_of(about: dict[str, Any]) -> LabelSchema:
    """The label schema that ``write_about`` wrote."""
    return LabelSchema(about["kind"], tuple(about["labels"]))


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
