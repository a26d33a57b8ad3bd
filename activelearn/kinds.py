"""What differs by task kind: targets as arrays, probabilities, loss, metrics and uncertainty.

Learners, strategies and measures ask the kind; none of them may assume one class per text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from activelearn.data import LabelSchema, Target
from activelearn.threads import one_thread

if TYPE_CHECKING:
    import torch

UNSEEN_LOGIT = -30.0
"""The logit of a label that nothing was learned of: its probability is 0 for every purpose."""

NOTHING = 1e-12
"""A probability that only a label has of which nothing was learned."""


class TaskKind(Protocol):
    """The interface of a task kind. k is the number of labels in the schema, n of texts."""

    name: str

    def encode(self, targets: Sequence[Target], schema: LabelSchema) -> np.ndarray:
        """Targets as the array that ``loss`` and ``fit_linear`` take; ValueError if outside."""
        ...

    def with_label(self, text: str, label: str) -> Target:
        """The target of a text that as a whole has this label and no other."""
        ...

    def decode(self, probabilities: np.ndarray, schema: LabelSchema) -> list[Target]:
        """The target that the probabilities [n, k] speak for, one for each text."""
        ...

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Logits [n, k] to probabilities float32 [n, k]."""
        ...

    def loss(
        self,
        logits: torch.Tensor,
        encoded: torch.Tensor,
        importance: torch.Tensor,
        worth: torch.Tensor,
        *,
        smoothing: float = 0.0,
        gamma: float = 0.0,
    ) -> torch.Tensor:
        """The training loss, a scalar.

        ``importance`` [k] weighs the labels, 0 for one that no example has, ``worth`` [n] the
        examples; ``smoothing`` is the share of a target that goes to all others; ``gamma`` is that
        of the focal loss.
        """
        ...

    def alike(self, encoded: torch.Tensor) -> torch.Tensor:
        """Which examples have a label in common, bool [n, n]."""
        ...

    def fit_linear(
        self,
        features: np.ndarray,
        encoded: np.ndarray,
        classes: int,
        strength: float,
        importance: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """A regularised linear head on features [n, d]: weights [k, d] and biases [k].

        ``importance`` [n] says how much each example counts.
        """
        ...

    def surest(
        self, probabilities: np.ndarray, per_label: int, share: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """For each label the rows that speak most clearly for it, up to ``per_label`` and that
        share of all that speak for it, and their targets encoded."""
        ...

    def label_counts(self, targets: Sequence[Target], schema: LabelSchema) -> dict[str, int]:
        """How many targets hold each label of the schema."""
        ...

    def strata(self, targets: Sequence[Target]) -> list[Hashable]:
        """What folds are balanced by."""
        ...

    def item_scores(self, truth: Sequence[Target], predicted: Sequence[Target]) -> np.ndarray:
        """How right each prediction is, float64 [n] from 0 to 1; accuracy is the mean."""
        ...

    def metrics(
        self, truth: Sequence[Target], predicted: Sequence[Target], schema: LabelSchema
    ) -> dict[str, float]:
        """Named measures of a prediction, each from 0 to 1."""
        ...

    def uncertainty(self, probabilities: np.ndarray, measure: str) -> np.ndarray:
        """Uncertainty of each row, float64 [n], 0 (certain) to 1; NaN where a row is not usable.

        ``measure`` is ``least_confidence``, ``entropy`` or ``margin``.
        """
        ...

    def tempered(self, probabilities: np.ndarray, temperature: float) -> np.ndarray:
        """The probabilities, float32 [n, k], of the same logits divided by ``temperature``.

        A label that the model does not know stays at 0.
        """
        ...

    def surprise(self, probabilities: np.ndarray, encoded: np.ndarray) -> float:
        """The mean negative logarithm of what was given to those targets that the model knows."""
        ...

    def expected_agreement(self, probabilities: np.ndarray) -> float:
        """Cohen's kappa between the likeliest targets and the true ones, if the probabilities are
        right; 0 where one target alone is likely."""
        ...

    def residuals(self, probabilities: np.ndarray) -> np.ndarray:
        """The loss's gradient at the logits if each prediction were right, float32 [n, k]."""
        ...


class Single:
    """One class for each text."""

    name = "single"

    def encode(self, targets: Sequence[Target], schema: LabelSchema) -> np.ndarray:
        index = {label: i for i, label in enumerate(schema.labels)}
        try:
            return np.array([index[target] for target in targets], dtype=np.int64)
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"label {error.args[0]!r} is not in the schema ({', '.join(schema.labels)})"
            ) from error

    def with_label(self, text: str, label: str) -> Target:
        return label

    def decode(self, probabilities: np.ndarray, schema: LabelSchema) -> list[Target]:
        return [schema.labels[i] for i in np.asarray(probabilities).argmax(axis=1)]

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)

    def loss(
        self,
        logits: torch.Tensor,
        encoded: torch.Tensor,
        importance: torch.Tensor,
        worth: torch.Tensor,
        *,
        smoothing: float = 0.0,
        gamma: float = 0.0,
    ) -> torch.Tensor:
        logs = logits.log_softmax(dim=1)
        own = logs.gather(1, encoded[:, None])[:, 0]
        known = (importance > 0).to(logs.dtype)
        anywhere = (logs * known).sum(dim=1) / known.sum()
        losses = -((1 - smoothing) * own + smoothing * anywhere)
        weights = importance[encoded] * worth
        return (weights * (-own.expm1()).clamp_min(1e-6) ** gamma * losses).sum() / weights.sum()

    def alike(self, encoded: torch.Tensor) -> torch.Tensor:
        return encoded[:, None] == encoded[None, :]

    def fit_linear(
        self,
        features: np.ndarray,
        encoded: np.ndarray,
        classes: int,
        strength: float,
        importance: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        import warnings

        from sklearn.linear_model import LogisticRegression

        weights = np.zeros((classes, features.shape[1]))
        biases = np.full(classes, UNSEEN_LOGIT)
        seen = np.unique(encoded)
        biases[seen] = 0.0
        if len(seen) > 1:
            model = LogisticRegression(C=strength, max_iter=1000)
            with warnings.catch_warnings(), one_thread():
                warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
                fitted = model.fit(features, encoded, sample_weight=importance)
            rows = seen[1:] if len(seen) == 2 else seen
            weights[rows], biases[rows] = fitted.coef_, fitted.intercept_
        return weights, biases

    def surest(
        self, probabilities: np.ndarray, per_label: int, share: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        certainty = 1 - self.uncertainty(probabilities, "margin")
        best = probabilities.argmax(axis=1)
        rows = [
            inside[np.argsort(-certainty[inside], kind="stable")][
                : min(per_label, math.ceil(share * len(inside)))
            ]
            for label in np.unique(best)
            for inside in [np.flatnonzero(best == label)]
        ]
        chosen = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
        return chosen, best[chosen]

    def label_counts(self, targets: Sequence[Target], schema: LabelSchema) -> dict[str, int]:
        counted = Counter(targets)
        return {label: counted[label] for label in schema.labels}

    def strata(self, targets: Sequence[Target]) -> list[Hashable]:
        return list(targets)

    def item_scores(self, truth: Sequence[Target], predicted: Sequence[Target]) -> np.ndarray:
        return np.array([a == b for a, b in zip(truth, predicted, strict=True)], dtype=np.float64)

    def metrics(
        self, truth: Sequence[Target], predicted: Sequence[Target], schema: LabelSchema
    ) -> dict[str, float]:
        from sklearn.metrics import f1_score

        macro = f1_score(list(truth), list(predicted), average="macro", zero_division=0)
        return {
            "accuracy": float(self.item_scores(truth, predicted).mean()),
            "macro_f1": float(macro),
        }

    def uncertainty(self, probabilities: np.ndarray, measure: str) -> np.ndarray:
        rows = np.asarray(probabilities)
        result = np.full(len(rows), np.nan)
        usable = np.isfinite(rows).all(axis=1)
        rows = rows[usable]
        if rows.shape[1] < 2:
            result[usable] = 0.0
        elif measure == "least_confidence":
            result[usable] = 1 - rows.max(axis=1).astype(np.float64)
        elif measure == "entropy":
            logs = np.log(np.clip(rows, 1e-12, None))
            result[usable] = -(rows * logs).sum(axis=1) / np.log(rows.shape[1])
        elif measure == "margin":
            top = np.partition(rows, -2, axis=1)[:, -2:].astype(np.float64)
            result[usable] = 1 - (top[:, 1] - top[:, 0])
        else:
            raise ValueError(
                f"no uncertainty measure {measure!r}: least_confidence, entropy or margin"
            )
        return np.clip(result, 0.0, 1.0)

    def tempered(self, probabilities: np.ndarray, temperature: float) -> np.ndarray:
        rows = np.asarray(probabilities, dtype=np.float64)
        logits = np.log(np.clip(rows, NOTHING, 1.0)) / temperature
        return self.probabilities(np.where(rows > NOTHING, logits, -np.inf))

    def surprise(self, probabilities: np.ndarray, encoded: np.ndarray) -> float:
        given = probabilities[np.arange(len(encoded)), encoded].astype(np.float64)
        given = given[given > NOTHING]
        return float(-np.log(given).mean()) if len(given) else 0.0

    def expected_agreement(self, probabilities: np.ndarray) -> float:
        best = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])
        chance = float(probabilities.mean(axis=0, dtype=np.float64) @ best) / len(probabilities)
        right = float(probabilities.max(axis=1).mean(dtype=np.float64))
        return (right - chance) / (1.0 - chance) if chance < 1.0 else 0.0

    def residuals(self, probabilities: np.ndarray) -> np.ndarray:
        rows = np.array(probabilities, dtype=np.float32)
        rows[np.arange(len(rows)), rows.argmax(axis=1)] -= 1.0
        return rows


KINDS: dict[str, TaskKind] = {"single": Single()}


def kind_of(schema: LabelSchema | str) -> TaskKind:
    """The task kind of a schema (or of that name); ValueError for one not trainable yet."""
    name = schema if isinstance(schema, str) else schema.kind
    if name not in KINDS:
        raise ValueError(f"task kind {name} is not trainable yet (trainable: {', '.join(KINDS)})")
    return KINDS[name]
