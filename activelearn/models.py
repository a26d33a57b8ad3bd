"""What learners make: a linear head on a frozen or on a fine-tuned encoder, saved and loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self
from zipfile import BadZipFile

import numpy as np

from activelearn.data import LabelSchema
from activelearn.encoder import Embedder, Encoder, default_model, load_pretrained
from activelearn.kinds import UNSEEN_LOGIT, kind_of
from activelearn.precision import WORTH_PROBING, at_precision, probe
from activelearn.progress import Progress
from activelearn.reading import Tokenise, best_device, pooled_states, tokenise, unit_rows

DROPPED = 0.1
"""The share of the features that a draw of a head goes without, as an encoder's dropout has it."""

_ABOUT = "model.json"


class Model(Protocol):
    """What a learner makes. k is the number of labels in ``schema``, in its order."""

    version: str
    schema: LabelSchema

    def predict_proba(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Probabilities float32 [n, k]."""
        ...

    def sample(self, texts: Sequence[str], draws: int, seed: int) -> np.ndarray:
        """Probabilities float32 [draws, n, k], each draw by another part of the model (dropout)."""
        ...

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors of length 1, float32 [n, d]."""
        ...

    def tempered(self, temperature: float) -> Self:
        """The same model with its logits divided by ``temperature``: no prediction changes."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the model to a folder that ``load_model`` reads."""
        ...


class _Linear:
    """The linear layer of both: weights [k, d] and biases [k]."""

    def __init__(self, schema: LabelSchema, weights: np.ndarray, biases: np.ndarray) -> None:
        self.schema = schema
        self.weights = np.ascontiguousarray(weights, dtype=np.float32)
        self.biases = np.ascontiguousarray(biases, dtype=np.float32)

    def _probabilities(self, features: np.ndarray) -> np.ndarray:
        return kind_of(self.schema).probabilities(features @ self.weights.T + self.biases)

    def _divided(self, temperature: float) -> tuple[np.ndarray, np.ndarray]:
        """The layer at that temperature; labels that are not known stay where they are."""
        unseen = self.biases == UNSEEN_LOGIT
        return self.weights / temperature, np.where(unseen, UNSEEN_LOGIT, self.biases / temperature)

    def _digest(self, about: str) -> Any:
        digest = hashlib.sha256(f"{about}{self.schema}".encode())
        digest.update(self.weights.tobytes() + self.biases.tobytes())
        return digest


class HeadModel(_Linear):
    """A linear head on a frozen encoder."""

    def __init__(
        self, encoder: Embedder, schema: LabelSchema, weights: np.ndarray, biases: np.ndarray
    ) -> None:
        super().__init__(schema, weights, biases)
        self.encoder = encoder
        self.version = f"head-{self._digest(encoder.version).hexdigest()[:12]}"

    def predict_proba(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Probabilities float32 [n, k] in the order of the schema's labels."""
        return self.predict_from_embeddings(self.embed(texts, progress))

    def predict_from_embeddings(self, embeddings: np.ndarray) -> np.ndarray:
        """Probabilities float32 [n, k] for vectors [n, d] of the same encoder."""
        return self._probabilities(embeddings)

    def sample(self, texts: Sequence[str], draws: int, seed: int) -> np.ndarray:
        """Probabilities float32 [draws, n, k], each by other features of the vectors."""
        vectors, rng = self.embed(texts), np.random.default_rng(seed)
        kept = rng.random((draws, *vectors.shape), dtype=np.float32) >= DROPPED
        return np.stack([self._probabilities(vectors * one / (1 - DROPPED)) for one in kept])

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors float32 [n, d] of the frozen encoder."""
        return self.encoder.embed(texts, progress)

    def tempered(self, temperature: float) -> HeadModel:
        """The same head with its logits divided by ``temperature``."""
        return HeadModel(self.encoder, self.schema, *self._divided(temperature))

    def save(self, path: str | Path) -> None:
        """Write ``head.npz`` and ``model.json``; the encoder stays where it is."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "head.npz", weights=self.weights, biases=self.biases)
        bundled = self.encoder.model == default_model()
        _write_about(
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
            return cls(found, _schema_of(about), arrays["weights"], arrays["biases"])


@dataclass(frozen=True)
class Weights:
    """What a training can start from: the encoder's folder, and a head's row for each label."""

    encoder: str
    rows: dict[str, tuple[np.ndarray, float]]


class FineTuneModel(_Linear):
    """A fine-tuned encoder with its linear head; ``base`` is the encoder's version before it.

    Many texts are read in ``precision``; if that is None, in the one that is measured to be the
    fastest with the same classes.
    """

    precision: str | None = None

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        schema: LabelSchema,
        weights: np.ndarray,
        biases: np.ndarray,
        max_length: int,
        version: str | None = None,
        base: str = "",
        tokens: Tokenise = tokenise,
    ) -> None:
        super().__init__(schema, weights, biases)
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.base = base
        self.tokens = tokens
        self._fast: Any = None
        self.version = version or f"finetune-{self._weights_digest()}"

    def predict_proba(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Probabilities float32 [n, k] in the order of the schema's labels."""
        return self._probabilities(self._states(texts, progress))

    def sample(self, texts: Sequence[str], draws: int, seed: int) -> np.ndarray:
        """Probabilities float32 [draws, n, k], each with the encoder's dropout at work."""
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network.train()
            try:
                drawn = [self._probabilities(self._read(self.network, texts)) for _ in range(draws)]
            finally:
                self.network.eval()
        return np.stack(drawn)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors of length 1, float32 [n, d], of the fine-tuned encoder."""
        return unit_rows(self._states(texts, progress))

    def tempered(self, temperature: float) -> FineTuneModel:
        """The same model with its logits divided by ``temperature``; the encoder is shared."""
        tempered = FineTuneModel(
            self.network,
            self.tokenizer,
            self.schema,
            *self._divided(temperature),
            self.max_length,
            base=self.base,
            tokens=self.tokens,
        )
        tempered.precision = self.precision
        return tempered

    def save(self, path: str | Path) -> None:
        """Write encoder and tokeniser to ``encoder``, the head beside it, all as safetensors."""
        from safetensors.numpy import save_file

        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        self.network.save_pretrained(folder / "encoder")
        self.tokenizer.save_pretrained(folder / "encoder")
        arrays = {"weights": self.weights, "biases": self.biases}
        save_file(arrays, folder / "head.safetensors")
        _write_about(folder, "finetune", self, max_length=self.max_length, base=self.base)

    @classmethod
    def load(cls, folder: Path, about: dict[str, Any], encoder: Embedder | None) -> FineTuneModel:
        """The model that ``save`` wrote; texts are split as ``encoder`` does it."""
        from safetensors.numpy import load_file

        network, tokenizer = load_pretrained(str(folder / "encoder"))
        head = load_file(folder / "head.safetensors")
        return cls(
            network.to(best_device()),
            tokenizer,
            _schema_of(about),
            head["weights"],
            head["biases"],
            about["max_length"],
            about["version"],
            about.get("base", ""),
            encoder.tokens if encoder else tokenise,
        )

    @staticmethod
    def weights_of(path: str | Path, base: str) -> Weights | None:
        """What ``save`` wrote, to start another training from; None if it is no fine-tune of the
        encoder version ``base``."""
        from safetensors.numpy import load_file

        folder = Path(path)
        try:
            about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
            if about["form"] != "finetune" or about["base"] != base:
                return None
            head = load_file(folder / "head.safetensors")
        except (OSError, ValueError, KeyError):
            return None
        known = zip(about["labels"], head["weights"], head["biases"], strict=True)
        rows = {name: (row, float(bias)) for name, row, bias in known if bias != UNSEEN_LOGIT}
        return Weights(str(folder / "encoder"), rows)

    def _states(self, texts: Sequence[str], progress: Progress | None) -> np.ndarray:
        if self._fast is None and len(texts) >= WORTH_PROBING:
            if self.precision:
                self._fast = at_precision(self.network, self.precision)
            else:
                _, self._fast = probe(self.network, self._read, texts, self._told)
        return self._read(self._fast or self.network, texts, progress)

    def _read(
        self, network: Any, texts: Sequence[str], progress: Progress | None = None
    ) -> np.ndarray:
        return pooled_states(network, self.tokenizer, texts, self.max_length, progress, self.tokens)

    def _told(self, states: np.ndarray) -> np.ndarray:
        decoded = kind_of(self.schema).decode(self._probabilities(states), self.schema)
        return np.array([str(target) for target in decoded])

    def _weights_digest(self) -> str:
        digest = self._digest("")
        for parameter in self.network.parameters():
            digest.update(parameter.detach().double().sum().cpu().numpy().tobytes())
        return digest.hexdigest()[:12]


def load_model(path: str | Path, encoder: Embedder | None = None) -> Model:
    """The model saved in the folder ``path``; ``encoder`` spares loading a head's encoder again and
    says how texts are split.

    Raises ValueError if the folder holds no model, one of an unknown form or that cannot be read,
    or a head of another encoder.
    """
    from safetensors import SafetensorError

    folder = Path(path)
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"no model in {folder}: train a round first") from error
    try:
        if about.get("form") == "head":
            return HeadModel.load(folder, about, encoder)
        if about.get("form") == "finetune":
            return FineTuneModel.load(folder, about, encoder)
    except (OSError, EOFError, KeyError, BadZipFile, SafetensorError) as error:
        raise ValueError(f"the model in {folder} cannot be read: train a new round") from error
    raise ValueError(f"the model in {folder} has the unknown form {about.get('form')!r}")


def _write_about(folder: Path, form: str, model: Model, **more: Any) -> None:
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


def _schema_of(about: dict[str, Any]) -> LabelSchema:
    """The label schema that ``_write_about`` wrote."""
    return LabelSchema(about["kind"], tuple(about["labels"]))
