"""The doctor before set-ups that are broken for real: does it name the cause, and mend it?"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.label_studio.faults import FAULTS, Fault
from benchmarks.label_studio.lab import Lab, own_lab, shared_lab
from benchmarks.report import Options
from workbench.doctor import Case, Result, examine, healthy, mend
from workbench.doctor.result import WRONG
from workbench.labelstudio.server import ManagedServer


def doctor(options: Options) -> dict:
    """Makes each fault, asks the doctor, and lets it mend what it says that it can.

    Right means: the check that belongs to the fault is wrong, and no other one. Two real servers:
    one for what is wrong in projects, settings and on the way, one whose tokens are spoilt.
    """
    with tempfile.TemporaryDirectory(prefix="bench-doctor-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        template = _template(folder / "template")
        shutil.copytree(template, folder / "shared")
        server = stack.enter_context(ManagedServer(folder / "shared"))
        lab = stack.enter_context(shared_lab(folder / "lab", server.start()))
        own = stack.enter_context(own_lab(folder / "own", template))
        _look(lab)
        started = time.monotonic()
        well = _look(lab)
        seconds = time.monotonic() - started
        found = [_ask(fault, own if fault.own else lab) for fault in FAULTS.values()]
    right, mended = (sum(one[key] for one in found) for key in ("right", "mended"))
    fixable = sum(fault.fixed for fault in FAULTS.values())
    rows = [
        {
            "fault": one["fault"].replace("_", " "),
            "line of the doctor": one["line"],
            "only cause named": "yes" if one["right"] else "NO",
            "mended by --fix": ("yes" if one["mended"] else "NO") if one["fixable"] else "-",
        }
        for one in found
    ]
    total = {
        "fault": f"{len(found)} faults",
        "line of the doctor": f"nothing wrong: looked at in {seconds:.1f} s",
        "only cause named": f"{right} of {len(found)}",
        "mended by --fix": f"{mended} of {fixable}",
    }
    return {
        "rows": [*rows, total],
        "ok": right == len(found) and mended == fixable and healthy(well),
        "faults": found,
        "seconds_of_a_good_set_up": round(seconds, 2),
        "good_set_up": [one.to_json() for one in well],
    }


def _ask(fault: Fault, lab: Lab) -> dict:
    print(f"  {fault.name}", file=sys.stderr, flush=True)
    with lab.broken(fault.make, fault.there):
        started = time.monotonic()
        with Case(lab.root, fault.limits) as case:
            results = list(examine(case))
        seconds = time.monotonic() - started
        wrong = [one for one in results if one.state == WRONG]
        done, after = mend(lab.root, "benchmark", fault.limits) if fault.fixed else ([], [])
    return {
        "fault": fault.name,
        "check": fault.check,
        "wrong": [one.name for one in wrong],
        "line": "; ".join(f"{one.name}: {_plain(one, lab)}" for one in wrong),
        "right": [one.name for one in wrong] == [fault.check],
        "fixable": fault.fixed,
        "did": [str(one.did) for one in done],
        "mended": fault.fixed and healthy(after),
        "seconds": round(seconds, 2),
    }


def _plain(one: Result, lab: Lab) -> str:
    """The line without the temporary folder, fit for a table."""
    return str(one.saw).replace(str(lab.root), "PROJECT").replace("|", "/")


def _look(lab: Lab) -> list[Result]:
    with Case(lab.root) as case:
        return list(examine(case))


def _template(folder: Path) -> Path:
    """The data of a Label Studio that was started once: both servers begin as copies of it."""
    with ManagedServer(folder):
        pass
    with closing(sqlite3.connect(folder / "label_studio.sqlite3")) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    return folder
