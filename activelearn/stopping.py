"""When to stop labelling: three criteria, each one small function of what is known anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activelearn.evaluate import Interval

STABLE_KAPPA = 0.99
STABLE_ROUNDS = 3
FEW_CHANGES = 0.005
ROUNDING = 1e-9
CRITERIA = ("stabilised", "few_changes", "target_reached")


@dataclass(frozen=True)
class Verdict:
    """What a criterion says: the number that it looked at (None: not known yet), its limit."""

    criterion: str
    stop: bool
    value: float | None
    limit: float


def agreement(before: Sequence, after: Sequence) -> float:
    """Cohen's kappa of two models' predictions for the same items; 1.0 where both say one thing."""
    from sklearn.metrics import cohen_kappa_score

    if len(np.union1d(before, after)) < 2:
        return 1.0
    return float(cohen_kappa_score(before, after))


def stabilised(kappas: Sequence[float]) -> Verdict:
    """Predictions of the pool no longer move: mean kappa of the last three rounds 0.99 or more.

    Bloodgood and Vijay-Shanker, "A method for stopping active learning based on stabilizing
    predictions", 2009.
    """
    last = list(kappas)[-STABLE_ROUNDS:]
    mean = float(np.mean(last)) if last else None
    stop = len(last) == STABLE_ROUNDS and mean >= STABLE_KAPPA - ROUNDING
    return Verdict("stabilised", stop, mean, STABLE_KAPPA)


def few_changes(changed: Sequence[float]) -> Verdict:
    """Classification change (Zhu, Wang and Hovy 2008): hardly any prediction is another one."""
    last = changed[-1] if changed else None
    return Verdict("few_changes", last is not None and last <= FEW_CHANGES, last, FEW_CHANGES)


def target_reached(accuracy: Interval | None, target: float) -> Verdict:
    """The lower end of the accuracy's 95 % interval has reached the target."""
    low = accuracy.low if accuracy else None
    return Verdict("target_reached", low is not None and low >= target, low, target)
