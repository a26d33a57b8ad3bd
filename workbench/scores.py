"""What a round's model said of the pool, on disk: its embeddings and probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILE = "scores.npz"


@dataclass(frozen=True)
class Scores:
    """Items with embeddings [n, d], and probabilities [n, labels] where a model is there.

    The first ``fresh`` of them have no label yet, the others are what the model learned from.
    """

    uids: list[str]
    fresh: int
    embeddings: np.ndarray
    probabilities: np.ndarray | None

    @classmethod
    def read(cls, path: Path) -> Scores:
        with np.load(path) as kept:
            uids = kept["uids"].tolist()
            return cls(
                uids,
                int(kept.get("fresh", len(uids))),  # files of before held nothing else
                kept["embeddings"],
                kept.get("probabilities"),
            )

    def write(self, path: Path) -> None:
        """In one step: a file that is there is whole."""
        values = {
            "uids": np.array(self.uids, dtype=str),
            "fresh": self.fresh,
            "embeddings": self.embeddings,
        }
        if self.probabilities is not None:
            values["probabilities"] = self.probabilities
        with open(path.with_suffix(".new"), "wb") as file:
            np.savez(file, **values)
        path.with_suffix(".new").replace(path)
