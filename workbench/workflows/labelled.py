"""Labelled data as a replay takes it: which files and columns, each text once, under one label."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from activelearn.data import Dataset, LabelSchema
from workbench import intake, items
from workbench.errors import ImportRefused, ProjectError
from workbench.intake.reading import READERS
from workbench.project import Project
from workbench.workflows.importing import MOST_LABELS, columns_of, no_labels

FEWEST = 50
"""With fewer texts a curve shows nothing."""

AGAIN = "the same text again"
CONFLICT = "the same text again, with another label"
VALUES = re.compile(r"'.*'|\".*\"|\d+")
FEW = f"a replay needs at least {FEWEST} different texts with labels of two classes"


def files_of(
    path: Path | str | None, test: Path | str | None = None
) -> tuple[Path | None, Path | None]:
    """The file that is replayed and the one that is measured on; of a folder its train.* and
    test.* (``test`` comes before that). Raises ImportRefused where it has several of a name."""
    path, test = (Path(one) if one is not None else None for one in (path, test))
    if path is None or not path.is_dir() or not (train := _only(path, "train")):
        return path, test
    return train, test or _only(path, "test")


def _only(folder: Path, name: str) -> Path | None:
    found = [
        one
        for one in sorted(folder.iterdir())
        if one.stem.lower() == name and one.suffix.lower() in READERS and one.is_file()
    ]
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise ImportRefused(f"{folder}: it has several {name} files ({names}): name one of them")
    return found[0] if found else None


def columns_for(project: Project | None, path: Path, wanted: dict | None = None) -> intake.Columns:
    """The columns of a labelled file: those named, those of the settings, or a guess."""
    guess = partial(columns_of, project) if project else intake.guess_columns
    found = guess(path, wanted)
    if (wanted or {}).get("label") is None:
        return replace(found, label=likely_label(path, found))
    return found


def likely_label(path: Path, found: intake.Columns) -> str | None:
    """The label column by its name, else the only one whose values come again and again."""
    others = [found.label] if found.label else intake.repeated_columns(path, found)
    return others[0] if len(others) == 1 else None


def own_labels(project: Project, left_out: Counter[str]) -> tuple[Dataset, Dataset | None]:
    """The project's labels, and its holdout to measure on where that is large enough."""
    train, held = (items.labelled(project, holdout=side) for side in (False, True))
    if (few := len(set(train.texts))) < FEWEST or len(set(train.targets)) < 2:
        raise ProjectError(f"{FEW}, there are {few}: name a labelled file to replay")
    if len(held) >= FEWEST:
        return once(train, left_out), once(held, left_out)
    return once(train.concat(held), left_out), None


def once(dataset: Dataset, left_out: Counter[str]) -> Dataset:
    """Each text once, with its last label: in training and test it would be told from itself."""
    last = {text: row for row, text in enumerate(dataset.texts)}
    for row, text in enumerate(dataset.texts):
        if row != last[text]:
            same = dataset.targets[row] == dataset.targets[last[text]]
            left_out[AGAIN if same else CONFLICT] += 1
    return dataset.take(sorted(last.values()))


def read_labelled(path: Path, chosen: intake.Columns, left_out: Counter[str]) -> Dataset:
    """The labelled texts of a file; raises ImportRefused when there are too few.

    The other rows are counted in ``left_out``, by why the first of their like cannot be used.
    """
    if not chosen.label:
        names = [name for name in intake.open_source(path).columns if name != chosen.text]
        raise ImportRefused(
            f"{path}: {FEW}, no column has labels: name one of {', '.join(names) or 'another file'}"
            " with --label-column"
        )
    rows: list[intake.Row] = []
    alike: dict[str, str] = {}
    first = ""
    for row in map(_with_one_label, intake.read_rows(path, chosen, None)):
        if isinstance(row, intake.Reject):
            left_out[alike.setdefault(VALUES.sub("", row.reason), row.reason)] += 1
            first = first or f", others cannot be used (line {row.line}: {row.reason})"
            continue
        rows.append(row)
    labels = tuple(sorted({row.target for row in rows}))
    every = Dataset(
        [row.uid or intake.content_uid(row.text) for row in rows],
        [row.text for row in rows],
        [row.target for row in rows],
        LabelSchema("single", labels),
    )
    repeated: Counter[str] = Counter()
    found = once(every, repeated)
    left = len(set(found.targets))
    if len(found) < FEWEST or left < 2:
        conflicts = repeated[CONFLICT]
        if conflicts and len(found) + conflicts >= FEWEST and len(labels) >= 2:
            first = f", rows that have a text again with another label: {conflicts:,}"
        raise ImportRefused(
            f"{path}: {FEW}, column {chosen.label!r} has {len(found)} of {left}{first}: label more,"
            " or name another column with --label-column"
        )
    left_out.update(repeated)
    return found


def check_labels(path: Path, column: str | None, train: Dataset) -> None:
    """Refuses to learn from a column nearly all of whose values differ, or that has too many."""
    labels = len(set(train.targets))
    if labels > MOST_LABELS or 2 * labels > len(train):
        raise ImportRefused(no_labels(path, column, labels))


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
