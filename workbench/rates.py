"""Shares with their intervals: how often something was so, and what a difference is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """``hits`` of ``n`` with the Wilson interval of 95 %; nothing while ``n`` is 0."""

    hits: int
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Rate:
        from scipy.stats import binomtest

        seen = list(outcomes)
        if not seen:
            return cls(0, 0)
        found = binomtest(sum(seen), len(seen)).proportion_ci(method="wilson")
        return cls(sum(seen), len(seen), sum(seen) / len(seen), found.low, found.high)


@dataclass(frozen=True)
class Anchoring:
    """Agreement with a suggestion that was shown less that with one that was hidden.

    The interval of the difference is Newcombe's of 95 % (1998, method 10).
    """

    shown: Rate
    hidden: Rate
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, shown: Rate, hidden: Rate) -> Anchoring | None:
        if not shown.n or not hidden.n:
            return None
        value = shown.value - hidden.value
        down = math.hypot(shown.value - shown.low, hidden.high - hidden.value)
        up = math.hypot(shown.high - shown.value, hidden.value - hidden.low)
        return cls(shown, hidden, value, value - down, value + up)
