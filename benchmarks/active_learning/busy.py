"""How much longer a training takes where other processes keep the processors busy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from activelearn import SPINS
from benchmarks.report import Options, say

LIBRARY_SPINS = "300000"
"""What libgomp has where nothing is set."""

MOST = 4.0
"""Times as long as alone, beside a process for each processor: half of each would make twice."""

PATIENCE_S = 120
TRAINING = """
import time
from activelearn.encoder import Encoder
from activelearn.data import Dataset, LabelSchema
from activelearn.finetune import FineTuneLearner, FineTuneSettings

texts = [f"a message about {'an order' if n % 2 else 'a refund'}, number {n}" for n in range(96)]
schema = LabelSchema("single", ("order", "refund"))
data = Dataset([str(n) for n in range(96)], texts, ["order", "refund"] * 48, schema)
for steps in (3, 40):
    started = time.perf_counter()
    FineTuneLearner(Encoder(), FineTuneSettings(max_steps=steps)).fit(data, seed=0)
print(time.perf_counter() - started)
"""


def busy(options: Options) -> dict:
    """Forty steps of fine-tuning, alone, beside a process that never rests, and beside one for each
    processor, with the waiting of threads as the workbench sets it and as the library does."""
    found = []
    for waiting, spins in (("ours", SPINS), ("the library's", LIBRARY_SPINS)):
        took = []
        for others in (0, 1, len(os.sched_getaffinity(0))):
            with _beside(others):
                took.append(_trained(spins))
            say(f"{waiting}, beside {others}: {_said(took[-1])}")
        found.append({"waiting": waiting, "seconds": took})
    rows = []
    for one in found:
        alone, beside, each = one["seconds"]
        times = "" if each is None else f"{each / alone:.1f}"
        rows.append({"waiting": one["waiting"], "alone": _said(alone), "beside one": _said(beside),
                     "one for each processor": _said(each), "times as long": times})  # fmt: skip
    alone, _, each = found[0]["seconds"]
    return {"rows": rows, "ok": each is not None and each < MOST * alone, "found": found}


def _said(seconds: float | None) -> str:
    return f"over {PATIENCE_S} s" if seconds is None else f"{seconds:.1f} s"


def _trained(spins: str) -> float | None:
    """Seconds; None if it took longer than anybody would wait."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    here = others | {"GOMP_SPINCOUNT": spins}
    command = [sys.executable, "-c", TRAINING]
    try:
        done = subprocess.run(
            command, env=here, timeout=PATIENCE_S, check=True, capture_output=True, text=True
        )
    except subprocess.TimeoutExpired:
        return None
    return float(done.stdout.split()[-1])


@contextmanager
def _beside(others: int) -> Iterator[None]:
    """While so many other processes compute."""
    restless = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(restless) for _ in range(others)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
