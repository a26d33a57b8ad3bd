"""What a check found, in words that can be translated."""

from __future__ import annotations

from dataclasses import dataclass

FINE, WRONG, UNKNOWN, ABSENT = "fine", "wrong", "unknown", "absent"


@dataclass(frozen=True)
class Said:
    """A sentence: English words with places, and what stands in them."""

    words: str
    values: dict[str, object]

    def __str__(self) -> str:
        return self.words.format(**self.values)


@dataclass(frozen=True)
class Result:
    """One line of the doctor.

    ``state`` is fine, wrong, unknown (not looked at, since an earlier check failed) or absent (an
    optional part that is not there). ``do`` is empty when there is nothing to do; of something fine
    it is a remark. ``fixable``: `mend` can put it right.
    """

    name: str
    state: str
    saw: Said
    do: Said
    fixable: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict:
        return {
            "name": self.name,
            "state": self.state,
            "saw": str(self.saw),
            "do": str(self.do),
            "fixable": self.fixable,
            "seconds": round(self.seconds, 3),
        }


def fine(saw: str, do: str = "", **values: object) -> Result:
    return _result(FINE, saw, do, values)


def wrong(saw: str, do: str, *, fixable: bool = False, **values: object) -> Result:
    return _result(WRONG, saw, do, values, fixable)


def unknown(saw: str, do: str = "", **values: object) -> Result:
    return _result(UNKNOWN, saw, do, values)


def absent(saw: str, do: str = "", **values: object) -> Result:
    return _result(ABSENT, saw, do, values)


def _result(
    state: str, saw: str, do: str, values: dict[str, object], fixable: bool = False
) -> Result:
    return Result("", state, Said(saw, values), Said(do, values), fixable)
