"""How long the queue takes to be ordered anew after a label, with 10,000 items left in it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.active_learning.large_pool import short_text
from benchmarks.report import Options

ITEMS, LABELLED, TURNS = 10_000, 1_000, 5
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
    from workbench.vectors import PoolVectors

    rng = np.random.default_rng(options.seed)
    said = dict(map(short_text, rng.permutation(ITEMS + LABELLED).tolist()))
    texts, names = list(said), tuple(sorted(set(said.values())))
    uids = [f"u{number}" for number in range(len(texts))]
    with tempfile.TemporaryDirectory(prefix="bench-rerank-") as temporary:
        root = Path(temporary) / "project"
        Project.create(root, name="Order", labels=names).close()
        project = Project.open(root)
        project.pool.append([(uid, text, {}) for uid, text in zip(uids, texts, strict=True)])
        rows = np.arange(len(uids))
        PoolVectors(project.encoder, project.pool, rows).read()
        told = np.full((len(uids), len(names)), 1 / len(names), dtype=np.float32)
        Scores.write(
            project.round_folder(1) / FOLDER, rows, ITEMS,
            project.encoder.version, lambda part: told[part], names,
        )  # fmt: skip
        with project.store.session() as session:
            session.add(Round(number=1, state="done", step="publish", strategy=DEFAULT))
            session.add_all(
                Queued(round=1, uid=uid, rank=rank, suggestion=[names[0]], confidence=0.5)
                for rank, uid in enumerate(uids[:ITEMS], start=1)
            )
            session.add_all(
                Annotation(unique_id=f"known {uid}", uid=uid, annotator="before",
                           source="import", target=[said[text]])
                for uid, text in zip(uids[ITEMS:], texts[ITEMS:], strict=True)
            )  # fmt: skip
        took, moved = [], []
        for _ in range(TURNS):
            at_work = Annotator(project, "ann@example.com")
            one = at_work.queue(1)[0]
            at_work.submit(one.uid, said[one.text])
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
