"""Probabilities that mean what they say: temperature scaling, and how far off they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.data import Dataset, LabelSchema, Target
from activelearn.kinds import TaskKind, kind_of

COLDEST, HOTTEST = 0.05, 20.0
SPREAD = 0.5
"""How far the logarithm of a temperature is from 0, as a standard deviation, before any target."""

BINS = 15


@dataclass(frozen=True)
class Calibration:
    """A temperature, and the expected calibration error before and after it."""

    temperature: float
    before: float
    after: float


def calibrate(probabilities: np.ndarray, dataset: Dataset) -> Calibration:
    """The temperature that fits out-of-fold ``probabilities`` [n, k] to the targets.

    One number divides all logits (Guo et al., "On calibration of modern neural networks", 2017), so
    that no prediction changes. The error after it is measured on the other half of a two-fold
    split, for each half: a temperature is not judged by the labels that it was fitted to. Where it
    is larger by over a standard error (with many labels that the model does not know it is) the
    temperature is 1.
    """
    kind, targets = kind_of(dataset.schema), list(dataset.targets or [])
    encoded = kind.encode(targets, dataset.schema)
    before = calibration_error(probabilities, targets, dataset.schema)
    halves = np.arange(len(targets)) % 2
    after = np.empty_like(probabilities)
    for half in (0, 1):
        temperature = temperature_of(probabilities[halves != half], encoded[halves != half], kind)
        after[halves == half] = kind.tempered(probabilities[halves == half], temperature)
    error = calibration_error(after, targets, dataset.schema)
    if error > before + 0.5 / np.sqrt(max(1, len(targets))):
        return Calibration(1.0, before, before)
    return Calibration(temperature_of(probabilities, encoded, kind), before, error)


def temperature_of(probabilities: np.ndarray, encoded: np.ndarray, kind: TaskKind) -> float:
    """The temperature by which ``probabilities`` [n, k] are least surprised by the targets.

    Few targets move it little from 1: where all are told right it would make the model certain.
    """
    from scipy.optimize import minimize_scalar

    if not len(encoded):
        return 1.0
    doubt = 0.5 / (SPREAD**2 * len(encoded))
    found = minimize_scalar(
        lambda log: (
            kind.surprise(kind.tempered(probabilities, float(np.exp(log))), encoded)
            + doubt * log**2
        ),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def calibration_error(
    probabilities: np.ndarray, truth: Sequence[Target], schema: LabelSchema
) -> float:
    """Expected calibration error, 0 to 1: how far confidence and accuracy are apart on average.

    Over BINS of equal width (Naeini, Cooper and Hauskrecht 2015).
    """
    kind = kind_of(schema)
    confidence = 1.0 - kind.uncertainty(probabilities, "least_confidence")
    right = kind.item_scores(truth, kind.decode(probabilities, schema))
    if not len(right):
        return 0.0
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(place, confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(right))
