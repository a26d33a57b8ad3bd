"""Simulate: replay the loop on labelled data, the known labels standing in for the annotator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from activelearn.data import Dataset, LabelSchema
from workbench import events, intake
from workbench.errors import ConfigError, ImportRefused
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.training import known_learner

TEST_SHARE = 0.25
MOST_TEST = 2_000


def simulate_file(
    project: Project | None,
    path: Path | str,
    *,
    test: Path | str | None = None,
    columns: dict | None = None,
    strategies: Sequence[str] = ("margin_diverse",),
    start: int | None = None,
    batch: int | None = None,
    rounds: int = 10,
    seeds: int = 1,
    learner: str = "auto",
    out: Path | str | None = None,
    progress: Progress = quiet,
    by: str = events.SYSTEM,
) -> dict:
    """Replays ``rounds`` rounds on a labelled file, random beside the strategies.

    ``test`` is a file to measure on; without it a random quarter of ``path`` is set aside. The
    result goes to ``out`` (JSON) with the learning curve beside it (PNG) when given.
    """
    from activelearn.encoder import Encoder
    from activelearn.simulate import simulate
    from activelearn.strategies import STRATEGIES

    for name in strategies:
        if name not in STRATEGIES:
            raise ConfigError(f"no query strategy is called {name!r}: {', '.join(STRATEGIES)}")
    known_learner(learner)
    progress(0.0, "reading")
    train = read_labelled(Path(path), columns)
    if test is not None:
        held = read_labelled(Path(test), columns)
    else:
        order = np.random.default_rng(0).permutation(len(train)).tolist()
        size = min(MOST_TEST, int(len(train) * TEST_SHARE))
        train, held = train.take(order[size:]), train.take(order[:size])
    names = tuple(sorted(set(train.targets) | set(held.targets)))
    schema = LabelSchema("single", names)
    train = Dataset(train.uids, train.texts, train.targets, schema)
    held = Dataset(held.uids, held.texts, held.targets, schema)
    batch = batch or max(25, len(names))
    simulation = simulate(
        train,
        held,
        strategies=list(strategies),
        start=start or batch,
        batch=batch,
        rounds=rounds,
        seeds=list(range(seeds)),
        learner=learner,
        encoder=project.encoder if project else Encoder(),
        progress=progress,
    )
    result = simulation.to_json()
    if out is not None:
        Path(out).write_text(json.dumps(result, indent=1, ensure_ascii=False), "utf-8")
    if project is not None:
        events.record(
            project, by, "simulate", file=str(path), strategies=list(strategies), rounds=rounds
        )
    return result


def read_labelled(path: Path, columns: dict | None = None) -> Dataset:
    """The labelled rows of a file as a dataset; raises ImportRefused when there are too few."""
    chosen = intake.guess_columns(path, columns)
    rows = {
        row.uid or intake.content_uid(row.text): row
        for row in intake.read_rows(path, chosen, None)
        if isinstance(row, intake.Row) and isinstance(row.target, str)
    }
    if len(rows) < 50 or len({row.target for row in rows.values()}) < 2:
        column = chosen.label
        found = f"column {column!r} has {len(rows)}" if column else "no column has labels"
        raise ImportRefused(
            f"{path}: a replay needs at least 50 labelled rows of two classes, {found}: name the"
            " right column with --label-column"
        )
    labels = tuple(sorted({row.target for row in rows.values()}))
    return Dataset(
        list(rows),
        [row.text for row in rows.values()],
        [row.target for row in rows.values()],
        LabelSchema("single", labels),
    )
