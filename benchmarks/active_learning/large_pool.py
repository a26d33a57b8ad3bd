"""A round on a pool of a million short texts: the memory it takes, and the time of each step."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Options, say

TEXTS, LABELLED, BATCH, PIECE = 1_000_000, 1_000, 500, 20_000
THINGS = ("card", "order", "refund", "transfer", "limit", "pin", "fee", "rate", "account",
          "address", "wallet")  # fmt: skip
WANTS = ("pending", "failed", "lost", "wrong", "changed", "late", "missing")
LEARNERS = ("head", "head", "finetune")
"""Of the rounds: the second of the head is compared with the first, the last has its own reader."""

MOST_GB, MOST_S = 3.0, 2.0


def large_pool(options: Options) -> dict:
    """Rounds on short texts of 77 classes from their import on, every text read by the real encoder
    and by the fine-tuned one, and a queue that is ordered anew after a label. Half an hour and
    more; what is mapped from files counts as memory.
    """
    with tempfile.TemporaryDirectory(prefix="bench-large-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, folder],
            stdout=subprocess.PIPE,
            text=True,
        )
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the large pool ended {os.waitstatus_to_exitcode(status)}")
    found = json.loads(said.splitlines()[-1])
    peak = usage.ru_maxrss / 2**20
    rows = [
        {"texts": f"{TEXTS:,}", "learner": one["learner"], "peak": f"{one['peak_gb']:.2f} GB"}
        | {f"{step}, s": f"{one['seconds'][step]:.0f}" for step in ("train", "score", "choose")}
        | {"order the queue anew, s": ""}
        for one in found["rounds"]
    ]
    rows[-1]["order the queue anew, s"] = f"{max(found['reranking']):.2f}"
    ok = peak < MOST_GB and max(found["reranking"]) < MOST_S
    return {"rows": rows, "ok": ok, "peak_gb": peak, **found}


def short_text(number: int) -> tuple[str, str]:
    """A short text that no other number has, and its class."""
    thing, want = THINGS[number % len(THINGS)], WANTS[number % len(WANTS)]
    return f"my {thing} is {want}, this is case {number}", f"{thing} {want}"


def _rounds(folder: Path) -> dict:
    from workbench import reranking
    from workbench.annotate import Annotator
    from workbench.project import Project
    from workbench.tables import Annotation
    from workbench.workflows.round import run_round

    labels = tuple(f"{thing} {want}" for thing in THINGS for want in WANTS)
    project = Project.create(folder / "project", name="Large", labels=labels)
    for start in range(0, TEXTS, PIECE):
        some = [(f"uid-{n:012d}", *short_text(n)) for n in range(start, start + PIECE)]
        known = some[: max(0, LABELLED - start)]
        project.pool.append(
            [(uid, text, {}) for uid, text, _ in some],
            [
                Annotation(unique_id=f"known {uid}", uid=uid, annotator="before", source="import",
                           target=[label])
                for uid, _, label in known
            ],
        )  # fmt: skip
    rounds = []
    for learner in LEARNERS:
        report = run_round(
            project, learner=learner, batch=BATCH,
            progress=lambda done, message: say(f"{done:.0%} {message}"),
        )  # fmt: skip
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rounds.append({"learner": learner, "seconds": report.seconds, "peak_gb": peak})
    took = []
    ann = Annotator(project, "ann@example.com")
    for one in ann.queue(3):
        ann.submit(one.uid, short_text(int(one.uid.removeprefix("uid-")))[1])
        started = time.perf_counter()
        reranking.rerank(project)
        took.append(time.perf_counter() - started)
    project.close()
    return {"rounds": rounds, "reranking": took}


if __name__ == "__main__":
    print(json.dumps(_rounds(Path(sys.argv[1]))))
