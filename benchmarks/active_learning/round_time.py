"""How long a round takes on a pool of 10,000 texts with 500 labels, step by step."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

from benchmarks.report import Options, Skipped, say

POOL, LABELLED = 10_000, 500
LEARNERS = ("auto", "finetune")
MOST_S = 240.0


def round_time(options: Options) -> dict:
    """A project with BANKING77 texts, of which 500 have a label, imported as a user does; a first
    round, in which every text is read, with each learner in a project of its own.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/train.csv in it")
    with open(options.data / "banking77" / "train.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:POOL]
    found = {}
    for learner in LEARNERS:
        say(learner)
        with tempfile.TemporaryDirectory(prefix="bench-round-") as temporary:
            found[learner] = _round(Path(temporary), rows, learner, options.seed)
    table = [
        {"learner": name, "used": one["learner"], "labels": one["labels"],
         **{step: f"{took:.0f} s" for step, took in one["steps"].items()},
         "whole round": f"{one['seconds']:.0f} s"}
        for name, one in found.items()
    ]  # fmt: skip
    ok = all(one["seconds"] < MOST_S and one["labels"] > 0.9 * LABELLED for one in found.values())
    return {"rows": table, "ok": ok, "found": found}


def _round(root: Path, rows: list[dict], learner: str, seed: int) -> dict:
    import numpy as np

    from workbench.project import Project
    from workbench.workflows.importing import import_file
    from workbench.workflows.round import run_round

    labelled = set(np.random.default_rng(seed).permutation(len(rows))[:LABELLED].tolist())
    data = root / "pool.csv"
    with open(data, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for place, row in enumerate(rows):
            writer.writerow([row["text"], row["label"] if place in labelled else ""])
    project = Project.create(
        root / "project", name="Round", labels=tuple(sorted({row["label"] for row in rows}))
    )
    import_file(project, data)
    started = time.monotonic()
    report = run_round(
        project, learner=learner,
        progress=lambda done, message: say(f"{done:.0%} {message}"),
    )  # fmt: skip
    seconds = time.monotonic() - started
    project.close()
    return {"learner": report.learner, "reason": report.reason, "labels": report.labels,
            "accuracy": report.accuracy, "steps": report.seconds, "seconds": seconds}  # fmt: skip
