"""Simulate: replay the loop on labelled data, the known labels standing in for the annotator."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from activelearn.data import Dataset, LabelSchema
from workbench import events, intake, items, replays
from workbench.errors import ConfigError, ImportRefused, ProjectError
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.training import check_kind, finetune_settings, known_learner
from workbench.workflows.importing import MOST_LABELS, columns_of, no_labels

FEWEST, MOST = 50, 20_000
"""How many texts are chosen from, or measured on: with more, each round would read them all for a
curve that so many show as well."""

TEST_SHARE, MOST_TEST = 0.25, 2_000
FEWEST_ROUNDS = 5
AGAIN = "the same text again"
MEASURED_ON = "the text is in what is measured on"
VALUES = re.compile(r"'.*'|\".*\"|\d+")


class Replayed(NamedTuple):
    """What is replayed and what it is measured on, under one label schema, how many rows are left
    out by their reasons, and the columns of the file, if it is one."""

    train: Dataset
    test: Dataset
    left_out: Counter[str]
    columns: intake.Columns | None


def simulate_file(
    project: Project | None,
    path: Path | str | None = None,
    *,
    test: Path | str | None = None,
    columns: dict | None = None,
    strategies: Sequence[str] = ("margin_diverse",),
    start: int | None = None,
    batch: int | None = None,
    rounds: int = 10,
    seeds: int = 1,
    learners: Sequence[str] = ("auto",),
    out: Path | str | None = None,
    progress: Progress = quiet,
    by: str = events.SYSTEM,
) -> dict:
    """Replays ``rounds`` rounds on a labelled file, random beside the strategies.

    ``batch`` None: as many a round as the project has, without one 25, or one for each label; fewer
    where labels are few.
    ``test`` is a file to measure on; without it a random quarter of ``path`` is set aside. To
    choose from and to measure on, 20,000 texts each are drawn where there are more. Without
    ``path`` the project's own labels are replayed, and its holdout is what is measured on. The
    result (`activelearn.curves.Simulation.to_json`, as ``data`` how many texts, as ``columns``
    where in the file they are, and as ``left_out`` how many rows are not used and why) is kept in
    the project, if there is one, as ``replay``; it also goes to ``out`` (JSON) when given. Cut off,
    and asked for again with the same data and sizes, it goes on after the rounds that were done.
    """
    from activelearn.cold_start import AUTO
    from activelearn.encoder import NoEncoder
    from activelearn.simulate import simulate
    from activelearn.strategies import STRATEGIES

    for name in strategies:
        if name not in STRATEGIES:
            raise ConfigError(f"no query strategy is called {name!r}: {', '.join(STRATEGIES)}")
        if "answers" in STRATEGIES[name].needs:
            raise ConfigError(
                f"the strategy {name} asks several people about a text, a replay knows one answer:"
                " choose another"
            )
    for name in learners:
        known_learner(name)
    if out is not None and not Path(out).absolute().parent.is_dir():
        raise ConfigError(f"{out}: the folder is not there: make it, or name another --out")
    progress(0.0, "reading")
    train, held, left_out, taken = replay_data(project, path, test, columns)
    if taken is not None:
        progress(0.0, f"texts are in column {taken.text}, labels in column {taken.label}")
    if not batch:
        usual = project.settings.round.batch if project else max(25, len(train.schema.labels))
        batch = max(1, min(usual, len(train) // FEWEST_ROUNDS))
    if project is not None:
        unfinished = replays.unfinished(project)
    else:
        unfinished = Path(f"{out}.unfinished") if out is not None else None
    try:
        simulation = simulate(
            train,
            held,
            strategies=list(strategies),
            start=start or batch,
            batch=batch,
            rounds=rounds,
            seeds=list(range(seeds)),
            learners=list(learners),
            encoder=project.encoder if project else None,
            settings=finetune_settings(project) if project else None,
            cold_start=project.settings.round.cold_start if project else AUTO,
            progress=progress,
            unfinished=unfinished,
        )
    except NoEncoder as error:
        raise ConfigError(f"workbench.toml: model.name: {error}") from None
    result = simulation.to_json()
    sizes = {"train": len(train), "test": len(held), "classes": len(train.schema.labels)}
    result |= {"data": sizes, "left_out": dict(left_out.most_common())}
    if taken is not None:
        result["columns"] = {"text": taken.text, "label": taken.label}
    if out is not None:
        Path(out).write_text(json.dumps(result, indent=1, ensure_ascii=False), "utf-8")
    if project is not None:
        asked = {"strategies": list(strategies), "learners": list(learners), "batch": batch}
        asked |= {"rounds": rounds, "seeds": seeds, "source": Path(path).name if path else ""}
        result["replay"] = replays.keep(project, {"by": by, **asked}, result)
        events.record(project, by, "simulate", replay=result["replay"], **asked)
    if unfinished is not None:
        unfinished.unlink(missing_ok=True)
    return result


def run_replay(project: Project, *, progress: Progress = quiet, by: str, **asked) -> dict:
    """`simulate_file` as a job: what it found is kept, and the job says where and what it means."""
    result = simulate_file(project, progress=progress, by=by, **asked)
    return {"replay": result["replay"], "recommendation": result["recommendation"]}


def replay_data(
    project: Project | None,
    path: Path | str | None,
    test: Path | str | None = None,
    columns: dict | None = None,
) -> Replayed:
    """The project's own labels, or those of a file, and what a replay of them is measured on."""
    left_out: Counter[str] = Counter()
    taken = None
    if path is None:
        if project is None:
            raise ConfigError("name a labelled file, or run this in a project with labels")
        check_kind(project)
        train, held = _own_labels(project)
    else:
        guess = partial(columns_of, project) if project else intake.guess_columns
        taken = guess(Path(path), columns)
        train, held = read_labelled(Path(path), taken, left_out), None
        if test:
            its = guess(Path(test), columns)
            if {taken.text, taken.label} <= set(intake.open_source(test).columns):
                its = replace(its, text=taken.text, label=taken.label)
            held = read_labelled(Path(test), its, left_out)
        if held and (strange := sorted(set(held.targets) - set(train.targets))):
            raise ImportRefused(
                f"{test}: no row of {path} has the label {strange[0]!r}: measure on a file with the"
                " same labels"
            )
    before, train = len(train), _once(train)
    left_out[AGAIN] += before - len(train)
    if held is not None:
        measured = set(held.texts)
        before = len(train)
        train = train.take([row for row, text in enumerate(train.texts) if text not in measured])
        left_out[MEASURED_ON] += before - len(train)
        if not len(train):
            raise ImportRefused(f"{test}: it holds every text that is replayed: measure on others")
    else:
        order = np.random.default_rng(0).permutation(len(train)).tolist()
        size = min(MOST_TEST, int(len(train) * TEST_SHARE))
        train, held = train.take(order[size:]), train.take(order[:size])
    train, held = (_drawn(one, left_out) for one in (train, held))
    names = tuple(sorted(set(train.targets) | set(held.targets)))
    schema = LabelSchema("single", names)
    return Replayed(
        Dataset(train.uids, train.texts, train.targets, schema),
        Dataset(held.uids, held.texts, held.targets, schema),
        +left_out,
        taken,
    )


def _once(dataset: Dataset) -> Dataset:
    """Each text once, with its last label: in training and test it would be told from itself."""
    last = {text: row for row, text in enumerate(dataset.texts)}
    return dataset.take(sorted(last.values()))


def _drawn(dataset: Dataset, left_out: Counter[str]) -> Dataset:
    """All of it, or a random part where it is more than a replay takes, with two texts of each
    label at least that has them."""
    if len(dataset) <= MOST:
        return dataset
    first, others, turns = [], [], Counter()
    for row in np.random.default_rng(0).permutation(len(dataset)).tolist():
        turns[dataset.targets[row]] += 1
        (first if turns[dataset.targets[row]] <= 2 else others).append(row)
    left_out[f"a replay takes {MOST:,} texts"] += len(dataset) - MOST
    return dataset.take(sorted([*first, *others][:MOST]))


def _own_labels(project: Project) -> tuple[Dataset, Dataset | None]:
    train, held = (items.labelled(project, holdout=side) for side in (False, True))
    if len(train) < FEWEST or len(set(train.targets)) < 2:
        raise ProjectError(
            f"a replay needs at least {FEWEST} labelled items of two classes, there are"
            f" {len(train)}: name a labelled file to replay"
        )
    return (train, held) if len(held) >= FEWEST else (train.concat(held), None)


def read_labelled(path: Path, chosen: intake.Columns, left_out: Counter[str]) -> Dataset:
    """The labelled rows of a file as a dataset; raises ImportRefused when there are too few.

    The other rows are counted in ``left_out``, by why the first of their like cannot be used.
    """
    rows: dict[str, intake.Row] = {}
    alike: dict[str, str] = {}
    first = ""
    for row in map(_with_one_label, intake.read_rows(path, chosen, None)):
        if isinstance(row, intake.Reject):
            left_out[alike.setdefault(VALUES.sub("", row.reason), row.reason)] += 1
            first = first or f", others cannot be used (line {row.line}: {row.reason})"
            continue
        uid = row.uid or intake.content_uid(row.text)
        left_out[AGAIN] += uid in rows
        rows[uid] = row
    labels = tuple(sorted({row.target for row in rows.values()}))
    if len(rows) < FEWEST or len(labels) < 2:
        column = chosen.label
        found = f"column {column!r} has {len(rows)} of {len(labels)}{first}: label more, or name"
        found += " another"
        raise ImportRefused(
            f"{path}: a replay needs at least {FEWEST} labelled rows of two classes, "
            f"{found if column else 'no column has labels: name the'} column with --label-column"
        )
    if len(labels) > MOST_LABELS:
        raise ImportRefused(no_labels(path, chosen.label, len(labels)))
    return Dataset(
        list(rows),
        [row.text for row in rows.values()],
        [row.target for row in rows.values()],
        LabelSchema("single", labels),
    )


def _with_one_label(row: intake.Row | intake.Reject) -> intake.Row | intake.Reject:
    """The row with its only label as its target, or why it has none."""
    if isinstance(row, intake.Reject):
        return row
    labels = (row.target,) if isinstance(row.target, str) else row.target or ()
    if len(labels) == 1 and isinstance(labels[0], str):
        return replace(row, target=labels[0])
    if labels and isinstance(labels[0], str):
        reason = f"{len(labels)} labels where one is expected"
    else:
        reason = "the label is spans, not a name" if labels else "no label"
    return intake.Reject(row.line, reason, intake.excerpt(row.text))
