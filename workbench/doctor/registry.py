"""The registry of checks: name, what must be fine before, how long it may take, its remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.doctor.result import Result, Said

if TYPE_CHECKING:
    from workbench.doctor.case import Case

Look = Callable[["Case"], Result]
Mend = Callable[["Case"], Said]


@dataclass(frozen=True)
class Check:
    """``needs`` are the checks without which this one says nothing; ``aside``: slow, it runs
    beside the others."""

    name: str
    look: Look
    needs: tuple[str, ...]
    seconds: float
    mend: Mend | None
    aside: bool


CHECKS: dict[str, Check] = {}


def check(
    *needs: str, seconds: float = 10.0, mend: Mend | None = None, aside: bool = False
) -> Callable[[Look], Look]:
    """Enters the function as the check of its name, after those that it ``needs``."""

    def enter(look: Look) -> Look:
        name = look.__name__
        missing = [one for one in needs if one not in CHECKS]
        if missing:
            raise ValueError(f"check {name} comes before {missing} that it needs")
        CHECKS[name] = Check(name, look, needs, seconds, mend, aside)
        return look

    return enter
