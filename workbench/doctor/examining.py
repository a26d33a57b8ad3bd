"""Running the checks, each within its time and none able to stop the others; and mending."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue

from sqlalchemy.exc import SQLAlchemyError

from workbench import events
from workbench.doctor.case import Case, Limits
from workbench.doctor.registry import CHECKS, Check, Mend
from workbench.doctor.result import (
    ABSENT,
    FINE,
    UNKNOWN,
    WRONG,
    Result,
    Said,
    absent,
    unknown,
    wrong,
)
from workbench.errors import WorkbenchError
from workbench.jobs import Progress, quiet


@dataclass(frozen=True)
class Mended:
    """What was done about a check; ``done`` is False where it could not be."""

    name: str
    did: Said
    done: bool


def examine(case: Case, progress: Progress = quiet) -> Iterator[Result]:
    """Each check's result, in the order of the registry; ``progress`` names the one at work."""
    slow = {one.name: _started(one, case) for one in CHECKS.values() if one.aside}
    states: dict[str, Result] = {}
    for done, one in enumerate(CHECKS.values()):
        progress(done / len(CHECKS), one.name)
        blocked = _blocked(one, states)
        if blocked is not None:
            result = replace(blocked, name=one.name)
        else:
            result = _ended(one, slow.get(one.name) or _started(one, case))
        states[one.name] = result
        yield result


def healthy(results: list[Result]) -> bool:
    """Whether nothing is wrong and everything could be looked at."""
    return all(one.state in (FINE, ABSENT) for one in results)


def mend(
    root: Path | str, by: str, limits: Limits | None = None, progress: Progress = quiet
) -> tuple[list[Mended], list[Result]]:
    """Mends what can be mended and looks again, until there is nothing more to mend: what is put
    right can bring to light what was hidden behind it.

    What was done is in the event log under the name ``by``. Returns it, and the last results.
    """
    done: list[Mended] = []
    tried: set[Mend | None] = set()
    while True:
        with Case(root, limits) as case:
            results = list(examine(case, progress))
            logged = any(one.name == "store" and one.state == FINE for one in results)
            open_ = [one for one in results if one.fixable and CHECKS[one.name].mend not in tried]
            for one in open_:
                check = CHECKS[one.name]
                if check.mend not in tried:
                    tried.add(check.mend)
                    done.append(_mend(case, check, by, logged))
        if not open_:
            return done, results


def _mend(case: Case, one: Check, by: str, logged: bool) -> Mended:
    try:
        mended = Mended(one.name, one.mend(case), True)
        if logged:
            events.record(case.project, by, "doctor", check=one.name, did=str(mended.did))
    except (WorkbenchError, OSError, SQLAlchemyError) as error:
        return Mended(one.name, Said("not mended: {reason}", {"reason": str(error)}), False)
    return mended


def _blocked(one: Check, states: dict[str, Result]) -> Result | None:
    for need in one.needs:
        if states[need].state in (WRONG, UNKNOWN):
            return unknown("not looked at: {cause} comes first", cause=need)
    for need in one.needs:
        if states[need].state == ABSENT:
            return replace(absent(""), saw=states[need].saw)
    return None


def _started(one: Check, case: Case) -> Queue[Result]:
    """Runs the check in a thread of its own, which dies with the process if it hangs."""
    box: Queue[Result] = Queue()

    def look() -> None:
        started = time.monotonic()
        try:
            result = one.look(case)
        except WorkbenchError as error:
            result = wrong("{reason}", "look again; if it stays, see the log", reason=str(error))
        except Exception as error:  # a broken set-up must not silence the doctor
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            result = unknown("the check itself failed: {reason}", reason=reason)
        box.put(replace(result, name=one.name, seconds=time.monotonic() - started))

    threading.Thread(target=look, name=f"doctor-{one.name}", daemon=True).start()
    return box


def _ended(one: Check, box: Queue[Result]) -> Result:
    try:
        return box.get(timeout=one.seconds)
    except Empty:
        late = wrong(
            "no answer within {n} s",
            "something holds it up: look again later",
            n=f"{one.seconds:g}",
        )
        return replace(late, name=one.name, seconds=one.seconds)
