"""A person who labels, as a process that can be killed: answers the queue, syncs now and then.

``python -m benchmarks.kills.annotator PROJECT TRUTH SEED PARENT`` writes one line for each event:
``asks UID`` before an answer is submitted, ``saved ID UID LABEL`` after ``submit`` has returned,
``syncs`` and ``synced`` around a sync, ``failed MESSAGE`` when Label Studio was away, ``done`` when
the queue is empty.
"""

from __future__ import annotations

import csv
import os
import random
import sys
from pathlib import Path

EMAIL = "annotator@example.com"
MOST_BETWEEN_SYNCS = 4


def answer_queue(root: Path, truth: dict[str, str], seed: int) -> None:
    """Answers every queued item with its true label, with a sync after every few answers."""
    from workbench.annotate import Annotator
    from workbench.project import Project

    draw = random.Random(seed)
    project = Project.open(root)
    annotator = Annotator(project, EMAIL)
    _tell("ready")
    while batch := annotator.queue(draw.randint(1, MOST_BETWEEN_SYNCS)):
        for item in batch:
            _tell(f"asks {item.uid}")
            number = annotator.submit(item.uid, truth[item.uid], lead_time=1.0)
            _tell(f"saved {number} {item.uid} {truth[item.uid]}")
        _sync(project)
    _sync(project)
    _tell("done")
    project.close()


def true_labels(sample: Path) -> dict[str, str]:
    """uid → true label of a sample data set, the planted errors put right."""
    with open(sample / "messages.csv", encoding="utf-8", newline="") as file:
        labels = {row["uid"]: row["label"] for row in csv.DictReader(file)}
    with open(sample / "planted_errors.csv", encoding="utf-8", newline="") as file:
        return labels | {row["uid"]: row["true_label"] for row in csv.DictReader(file)}


def _sync(project: object) -> None:
    from workbench.errors import WorkbenchError
    from workbench.workflows.sync import sync

    _tell("syncs")
    try:
        sync(project)
    except WorkbenchError as error:
        _tell(f"failed {error}")
    else:
        _tell("synced")


def _tell(line: str) -> None:
    os.write(1, (" ".join(line.split()) + "\n").encode())


if __name__ == "__main__":
    from workbench.labelstudio.child import end_with_parent

    end_with_parent(int(sys.argv[4]))
    answer_queue(Path(sys.argv[1]), true_labels(Path(sys.argv[2])), int(sys.argv[3]))
