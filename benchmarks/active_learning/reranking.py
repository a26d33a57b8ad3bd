"""How long the queue takes to be ordered anew after a label, with 10,000 items left in it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.report import Options

ITEMS, LABELLED, LABELS, WIDTH, TURNS = 10_000, 1_000, 77, 384, 5
MOST_S = 2.0


def reranking(options: Options) -> dict:
    """A project with a batch of 10,000 items and 1,000 labels of 77 kinds; one more label, five
    times."""
    import numpy as np
    from sqlalchemy import func, select

    from activelearn.strategies import DEFAULT
    from workbench import reranking
    from workbench.annotate import Annotator
    from workbench.project import Project
    from workbench.scores import FOLDER, Scores
    from workbench.tables import Annotation, Queued, Round
    from workbench.vectors import Vectors

    rng = np.random.default_rng(options.seed)
    names = tuple(f"label {number}" for number in range(LABELS))
    uids = [f"u{number}" for number in range(ITEMS + LABELLED)]
    kinds = rng.integers(LABELS, size=len(uids))
    vectors = rng.normal(size=(LABELS, WIDTH))[kinds] + 2 * rng.normal(size=(len(uids), WIDTH))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="bench-rerank-") as temporary:
        root = Path(temporary) / "project"
        Project.create(root, name="Order", labels=names).close()
        project = Project.open(root)
        project.pool.append([(uid, f"text {uid}", {}) for uid in uids])
        file = root / "vectors" / project.encoder.version / f"vectors-{WIDTH}.f32"
        file.parent.mkdir(parents=True)
        vectors.tofile(file)
        told = np.full((len(uids), LABELS), 1 / LABELS, dtype=np.float32)
        Scores.write(
            project.round_folder(1) / FOLDER, np.arange(len(uids)), ITEMS,
            Vectors(file, np.arange(len(uids))), lambda part: told[part], names,
        )  # fmt: skip
        with project.store.session() as session:
            session.add(Round(number=1, state="done", step="publish", strategy=DEFAULT))
            session.add_all(
                Queued(round=1, uid=uid, rank=rank, suggestion=[names[0]], confidence=0.5)
                for rank, uid in enumerate(uids[:ITEMS], start=1)
            )
            session.add_all(
                Annotation(unique_id=f"known {uid}", uid=uid, annotator="before",
                           source="import", target=[names[kinds[place]]])
                for place, uid in enumerate(uids[ITEMS:], start=ITEMS)
            )  # fmt: skip
        took, moved = [], []
        for _ in range(TURNS):
            at_work = Annotator(project, "ann@example.com")
            one = at_work.queue(1)[0]
            at_work.submit(one.uid, names[kinds[uids.index(one.uid)]])
            started = time.perf_counter()
            moved.append(reranking.rerank(project))
            took.append(time.perf_counter() - started)
        with project.store.session() as session:
            left = session.scalar(select(func.count()).select_from(Queued))
        project.close()
    return {
        "rows": [{"items": left, "labels": LABELLED, "moved": median(moved),
                  "seconds, median": f"{median(took):.2f}", "most": f"{max(took):.2f}"}],
        "ok": max(took) < MOST_S and min(moved) > 0,
        "seconds": took,
        "moved": moved,
    }  # fmt: skip
