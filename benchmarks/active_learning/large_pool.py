"""A round on a pool of a million short texts: the memory it takes, and the time of each step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Options

TEXTS, LABELLED, LABELS, WIDTH, BATCH, PIECE = 1_000_000, 1_000, 77, 384, 500, 20_000
MOST_GB, MOST_S = 3.0, 2.0


def large_pool(options: Options) -> dict:
    """Two rounds with the head, so that the second is compared with the first, and a queue that is
    ordered anew after a label. The vectors are made up, so that a million of them take seconds and
    not an hour; the rest is what a project does. Peak memory counts what is mapped from files.
    """
    with tempfile.TemporaryDirectory(prefix="bench-large-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, folder, str(options.seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        said = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the large pool ended {os.waitstatus_to_exitcode(status)}")
    found = json.loads(said.splitlines()[-1])
    peak = usage.ru_maxrss / 2**20
    row = {"texts": f"{TEXTS:,}", "peak": f"{peak:.2f} GB"}
    row |= {f"{step}, s": f"{found['seconds'][step]:.0f}" for step in ("train", "score", "choose")}
    row["order the queue anew, s"] = f"{max(found['reranking']):.2f}"
    ok = peak < MOST_GB and max(found["reranking"]) < MOST_S
    return {"rows": [row], "ok": ok, "peak_gb": peak, **found}


def _rounds(folder: Path, seed: int) -> dict:
    import numpy as np

    from workbench import reranking
    from workbench.annotate import Annotator
    from workbench.project import Project
    from workbench.tables import Annotation
    from workbench.vectors import StoredEncoder
    from workbench.workflows.round import run_round

    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(LABELS, WIDTH))

    class MadeUp:
        """Vectors in clusters: which one, the number in the text says."""

        model, max_length, version, tokens = "made up", 16, "made-up", None

        def embed(self, texts: Sequence[str], progress=None) -> np.ndarray:
            kinds = [int(text.rsplit(" ", 1)[1]) % LABELS if "thing" in text else 0
                     for text in texts]  # fmt: skip
            rows = centres[kinds] + 2 * rng.normal(size=(len(texts), WIDTH))
            return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

        def unknown(self, texts: Sequence[str]) -> np.ndarray:
            return np.zeros(len(texts), dtype=np.float32)

    names = [f"L{number}" for number in range(LABELS)]
    Project.create(folder / "project", name="Large", labels=tuple(names)).close()
    project = Project.open(folder / "project")
    project.encoder = StoredEncoder(MadeUp(), folder / "vectors")
    for start in range(0, TEXTS, PIECE):
        numbers = range(start, start + PIECE)
        project.pool.append(
            [(f"uid-{n:012d}", f"a short text about the thing {n}", {}) for n in numbers],
            [
                Annotation(unique_id=f"known {n}", uid=f"uid-{n:012d}", annotator="before",
                           source="import", target=[names[n % LABELS]])
                for n in numbers if n < LABELLED
            ],
        )  # fmt: skip
    for _ in range(2):
        done = run_round(project, learner="head", batch=BATCH)
    took = []
    for one in Annotator(project, "ann@example.com").queue(3):
        number = int(one.uid.removeprefix("uid-"))
        Annotator(project, "ann@example.com").submit(one.uid, names[number % LABELS])
        started = time.perf_counter()
        reranking.rerank(project)
        took.append(time.perf_counter() - started)
    project.close()
    return {"seconds": done.seconds, "reranking": took}


if __name__ == "__main__":
    print(json.dumps(_rounds(Path(sys.argv[1]), int(sys.argv[2]))))
