"""How long a round takes on a pool of 10,000 texts with 140 to 500 labels, step by step."""

from __future__ import annotations

import csv
import tempfile
import time
from pathlib import Path

from activelearn.learners import FEW_LABELS
from activelearn.validation import ENOUGH
from benchmarks.report import Options, Skipped, say

POOL = 10_000
CASES = (
    ("banking77", 500, "auto"),
    ("banking77", 500, "finetune"),
    ("sst2", FEW_LABELS, "auto"),
    ("sst2", 2 * ENOUGH, "auto"),
    ("imdb_label_errors", 500, "auto"),
)
"""Data set, labels, learner. With SST-2 a round does the most: up to FEW_LABELS the fine-tune
learns from guessed texts too, and below twice ENOUGH it is trained twice to be judged. The texts of
the IMDB reviews are fifteen times as long."""

MOST_S = 240.0


def round_time(options: Options) -> dict:
    """A project with texts of a data set, of which some have a label, imported as a user does; a
    first round, in which every text is read, for each case in a project of its own. ``--quick``:
    the first case only.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/, sst2/ and imdb_label_errors/ in it")
    found = []
    for data, labelled, learner in CASES[:1] if options.quick else CASES:
        say(f"{data}, {labelled} labels, {learner}")
        rows = _rows(options.data / data)
        with tempfile.TemporaryDirectory(prefix="bench-round-") as temporary:
            one = _round(Path(temporary), rows, labelled, learner, options.seed)
        found.append({"data": data, "asked": learner, **one})
    table = [
        {"data": one["data"], "texts": one["texts"], "labels": one["labels"],
         "learner": one["asked"], "used": one["learner"],
         **{step: f"{took:.0f} s" for step, took in one["steps"].items()},
         "whole round": f"{one['seconds']:.0f} s"}
        for one in found
    ]  # fmt: skip
    ok = all(one["seconds"] < MOST_S for one in found)
    return {"rows": table, "ok": ok, "found": found}


def _rows(folder: Path) -> list[dict]:
    """The first POOL rows of a data set, ``text`` and ``label``; of the reviews, which are sorted,
    some at random."""
    import pandas

    if (file := folder / "test.parquet").exists():
        rows = pandas.read_parquet(file).sample(POOL, random_state=0)
    else:
        rows = pandas.read_csv(folder / "train.csv", nrows=POOL, keep_default_na=False)
    return rows.to_dict("records")


def _round(root: Path, rows: list[dict], labelled: int, learner: str, seed: int) -> dict:
    import numpy as np

    from workbench.project import Project
    from workbench.workflows.importing import import_file
    from workbench.workflows.round import run_round

    known = set(np.random.default_rng(seed).permutation(len(rows))[:labelled].tolist())
    data = root / "pool.csv"
    with open(data, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for place, row in enumerate(rows):
            writer.writerow([row["text"], row["label"] if place in known else ""])
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
    return {"texts": len(rows), "labels": report.labels, "learner": report.learner,
            "reason": report.reason, "accuracy": report.accuracy, "steps": report.seconds,
            "seconds": seconds}  # fmt: skip
