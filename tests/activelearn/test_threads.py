"""Short steps are computed in one thread, and the others come back."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from activelearn import SPINS

IN_TURNS = """
import json
from threading import Event, Thread
import sklearn.linear_model
from threadpoolctl import threadpool_info
from activelearn.threads import one_thread

def threads():
    return sorted({one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})

seen = [threads()]
with one_thread(), one_thread():
    seen.append(threads())
seen.append(threads())
inside, leave = Event(), Event()

def first():
    with one_thread():
        inside.set()
        leave.wait()

def last():
    with one_thread():
        seen.append(threads())

begun = [Thread(target=first), Thread(target=last)]
begun[0].start()
inside.wait()
begun[1].start()
leave.set()
for one in begun:
    one.join()
print(json.dumps([*seen, threads()]))
"""


def test_one_thread_while_it_is_entered_by_one_and_by_two_in_turns() -> None:
    said = subprocess.run(
        [sys.executable, "-c", IN_TURNS],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
        capture_output=True,
        check=True,
    )
    before, *seen = json.loads(said.stdout)
    assert before != [1] or os.cpu_count() == 1
    assert seen == [[1], before, [1], before]


@pytest.mark.skipif(sys.platform != "linux", reason="torch comes with another OpenMP")
@pytest.mark.parametrize(
    ("module", "given", "found"),
    [
        ("workbench.worker", {}, SPINS),
        ("ui.web.app", {}, SPINS),
        ("augment.trial", {}, SPINS),
        ("activelearn", {"GOMP_SPINCOUNT": "7"}, "7"),
        ("activelearn", {"OMP_WAIT_POLICY": "PASSIVE"}, "0"),
    ],
)
def test_threads_of_torch_wait_shortly_unless_somebody_says_otherwise(
    module: str, given: dict[str, str], found: str
) -> None:
    ours = {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    said = subprocess.run(
        [sys.executable, "-c", f"import {module}; import torch"],
        env={**kept, **given, "OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    waits = [line.partition("=")[2].strip() for line in said.splitlines() if "SPINCOUNT" in line]
    assert set(waits) == {f"'{found}'"}, said
