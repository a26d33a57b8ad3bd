"""Simulate: replay the loop on labelled data, the known labels standing in for the annotator."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from activelearn.data import Dataset, LabelSchema
from workbench import events, intake, replays
from workbench.errors import ConfigError, ImportRefused
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.training import check_kind, finetune_settings, known_learner
from workbench.workflows.labelled import (
    check_labels,
    columns_for,
    files_of,
    own_labels,
    read_labelled,
)

MOST = 20_000
"""How many texts are chosen from, or measured on: with more, each round would read them all for a
curve that so many show as well."""

TEST_SHARE, MOST_TEST = 0.25, 2_000
FEWEST_ROUNDS = 5
MEASURED_ON = "the text is in what is measured on"
UNKNOWN = "nothing that is learned from has its label"


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
    folder: Path | None = None,
    progress: Progress = quiet,
    by: str = events.SYSTEM,
) -> dict:
    """Replays ``rounds`` rounds on a labelled file, random beside the strategies.

    ``batch`` None: as many a round as the project has, without one 25, or one for each label; fewer
    where labels are few.
    ``path`` is a file, or a folder that has a train file and maybe a test file. ``test`` is a file
    to measure on; without it a random quarter of ``path`` is set aside. To choose from and to
    measure on, 20,000 texts each are drawn where there are more. Without ``path`` the project's own
    labels are replayed, and its holdout is what is measured on. The result
    (`activelearn.curves.Simulation.to_json`, as ``data`` how many texts, as ``columns`` where in
    the file they are, as ``alike`` labels that differ in case or spaces only, and as ``left_out``
    how many rows are not used and why) is kept in the project, else in ``folder``, under the number
    ``replay``. Cut off, and asked for again, it goes on after the rounds that were done.
    """
    from activelearn.cold_start import AUTO
    from activelearn.encoder import NoEncoder
    from activelearn.finetune import FineTuneSettings, fingerprint
    from activelearn.simulate import simulate

    _check(strategies, learners)
    progress(0.0, "reading")
    path, test = files_of(path, test)
    train, held, left_out, taken = replay_data(project, path, test, columns)
    if taken is not None:
        progress(0.0, f"texts are in column {taken.text}, labels in column {taken.label}")
    if not batch:
        usual = project.settings.round.batch if project else max(25, len(train.schema.labels))
        batch = max(1, min(usual, len(train) // FEWEST_ROUNDS))
    settings = finetune_settings(project) if project else FineTuneSettings()
    unfinished, folder = None, replays.folder_of(project) if project else folder
    asked = {"strategies": list(strategies), "learners": list(learners), "batch": batch}
    asked |= {"rounds": rounds, "seeds": seeds}
    if folder is not None:
        request = f"{start} {asked}"
        names = (fingerprint(side, settings, 0, request)[:6] for side in (train, held))
        unfinished = replays.unfinished(folder, "".join(names))
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
            settings=settings,
            cold_start=project.settings.round.cold_start if project else AUTO,
            progress=progress,
            unfinished=unfinished,
        )
    except NoEncoder as error:
        raise ConfigError(f"workbench.toml: model.name: {error}") from None
    result = simulation.to_json()
    sizes = {"train": len(train), "test": len(held), "classes": len(train.schema.labels)}
    result |= {"data": sizes, "left_out": dict(left_out.most_common())}
    result["alike"] = _alike(train.schema.labels)
    if taken is not None:
        result["columns"] = {"text": taken.text, "label": taken.label}
    if folder is not None:
        asked = {"source": _named(project, path), "test": _named(project, test), **asked}
        result["replay"] = replays.keep(folder, {"by": by, **asked}, result)
        if project is not None:
            events.record(project, by, "simulate", replay=result["replay"], **asked)
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
        if test is not None:
            raise ConfigError(f"{test}: name the labelled file that is to be measured on it, too")
        check_kind(project)
        train, held = own_labels(project, left_out)
    else:
        taken = columns_for(project, Path(path), columns)
        train, held = read_labelled(Path(path), taken, left_out), None
        check_labels(Path(path), taken.label, train)
        if test:
            held = _measured_on(project, Path(test), columns, taken, train, left_out)
    if held is not None:
        measured = set(held.texts)
        before = len(train)
        train = train.take([row for row, text in enumerate(train.texts) if text not in measured])
        left_out[MEASURED_ON] += before - len(train)
        if not len(train):
            raise ImportRefused(f"{test}: it holds every text that is replayed: measure on others")
        held = _learnable(held, train, left_out)
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


def _check(strategies: Sequence[str], learners: Sequence[str]) -> None:
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


def _measured_on(
    project: Project | None,
    path: Path,
    columns: dict | None,
    taken: intake.Columns,
    train: Dataset,
    left_out: Counter[str],
) -> Dataset:
    """The rows of a file whose labels can be learned, those of another label counted; refused
    where these are most."""
    its = columns_for(project, path, columns)
    if {taken.text, taken.label} <= set(intake.open_source(path).columns):
        its = replace(its, text=taken.text, label=taken.label)
    held = read_labelled(path, its, left_out)
    told = _learnable(held, train, left_out)
    if 2 * len(told) < len(held):
        strange = next(label for label in held.targets if label not in train.targets)
        raise ImportRefused(
            f"{path}: no row of what is replayed has the label {strange!r}: measure on a file with"
            " the same labels"
        )
    return told


def _learnable(held: Dataset, train: Dataset, left_out: Counter[str]) -> Dataset:
    """The rows to measure on whose labels can be learned, the others counted."""
    labels = set(train.targets)
    rows = [row for row, label in enumerate(held.targets) if label in labels]
    left_out[UNKNOWN] += len(held) - len(rows)
    return held.take(rows)


def _alike(labels: Sequence[str]) -> list[list[str]]:
    """Labels that differ from each other in case or spaces only."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        groups[" ".join(label.casefold().split())].append(label)
    return [several for several in groups.values() if len(several) > 1]


def _named(project: Project | None, path: Path | None) -> str:
    """A file by its folder and name, as a list of replays has it; an upload by its name."""
    if path is None:
        return ""
    path = path.absolute()
    uploaded = project is not None and path.parent == (project.root / "imports").absolute()
    return path.name if uploaded else "/".join(path.parts[-2:])


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
