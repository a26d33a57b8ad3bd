"""Import: a file's rows into the pool, its labels into the store, bad rows into a rejects file."""

from __future__ import annotations

import csv
import uuid
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from activelearn.data import LabelSchema
from workbench import events, intake
from workbench.duplicates import exact_duplicates, near_duplicates
from workbench.errors import ImportRefused
from workbench.items import draw_holdout, texts
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.tables import Annotation
from workbench.targets import to_json

CHUNK = 20_000
MOST_LABELS = 500
IMPORTER = "import"
_NAMESPACE = uuid.UUID("6f1c5c3e-3d0b-5a55-9a7e-2f5b8f0f9a10")


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: counts, and where the rejects and the near-duplicates are listed."""

    added: int
    already: int
    rejected: int
    labelled: int
    exact_duplicates: int
    near_duplicates: int
    rejects_file: str
    duplicates_file: str
    columns: dict = field(default_factory=dict)


def import_file(
    project: Project,
    path: Path | str,
    columns: dict | None = None,
    progress: Progress = quiet,
    *,
    by: str = events.SYSTEM,
) -> ImportReport:
    """Adds the usable rows of ``path``; running it again adds nothing.

    ``columns`` names the ``text``, ``label`` and ``uid`` columns where the guess is not wanted.
    Raises ImportRefused when nothing of the file can be used.
    """
    path = Path(path)
    chosen = _columns(project, path, columns)
    if not project.has_labels() and chosen.label:
        project.set_labels(_labels(path, chosen))
    schema = project.schema if project.has_labels() else None

    progress(0.02, "reading")
    rejects: list[tuple[int, str, str]] = []
    kept: list[str] = []
    uids: list[str] = []
    added = labelled = usable = 0
    rows = intake.read_rows(path, chosen, schema)
    while chunk := list(islice(rows, CHUNK)):
        good = []
        for row in chunk:
            if isinstance(row, intake.Reject):
                rejects.append((row.line, row.reason, row.excerpt))
            else:
                good.append(row)
        items, answers = _new(project, good, rejects)
        added += project.pool.append(items, answers)
        labelled += len(answers)
        usable += len(items)
        kept += [text for _, text, _ in items]
        uids += [uid for uid, _, _ in items]
        progress(min(0.7, 0.02 + usable / 200_000), f"{usable} rows read, {added} new")
    if not usable and not rejects:
        raise ImportRefused(f"{path}: there is no row in it")

    progress(0.75, "looking for duplicates")
    exact = sum(len(group) - 1 for group in exact_duplicates(kept))
    near = [pair for pair in near_duplicates(kept) if kept[pair[0]] != kept[pair[1]]]
    folder = project.root / "reports"
    rejects_file = _write(
        folder / f"{path.stem}-rejects.csv", ("line", "reason", "excerpt"), rejects
    )
    duplicates_file = _write(
        folder / f"{path.stem}-near-duplicates.csv",
        ("uid", "other_uid", "similarity", "text", "other_text"),
        [(uids[i], uids[j], round(how, 3), kept[i], kept[j]) for i, j, how in near],
    )
    draw_holdout(project)
    report = ImportReport(
        added,
        usable - added,
        len(rejects),
        labelled,
        exact,
        len(near),
        rejects_file,
        duplicates_file,
        {"text": chosen.text, "label": chosen.label, "uid": chosen.uid},
    )
    events.record(project, by, "import", file=str(path), **asdict(report))
    return report


def _columns(project: Project, path: Path, columns: dict | None) -> intake.Columns:
    chosen = project.settings.project
    wanted = {"text": chosen.text_column or None, "label": chosen.label_column or None}
    given = {name: value for name, value in (columns or {}).items() if value is not None}
    return intake.guess_columns(path, wanted | given)


def _labels(path: Path, columns: intake.Columns) -> tuple[str, ...]:
    seen = {
        row.target: None
        for row in intake.read_rows(path, columns, None)
        if isinstance(row, intake.Row) and isinstance(row.target, str)
    }
    if not seen:
        raise ImportRefused(
            f"{path}: column {columns.label!r} has no labels: name another one with --label-column,"
            " or the labels with `workbench init --labels a,b`"
        )
    if len(seen) > MOST_LABELS:
        raise ImportRefused(
            f"{path}: column {columns.label!r} has {len(seen)} different values, which is no label"
            " column: name the right one with --label-column"
        )
    return LabelSchema("single", tuple(sorted(seen))).labels


def _new(project: Project, rows: list, rejects: list) -> tuple[list, list[Annotation]]:
    items: dict[str, tuple[str, str, dict]] = {}
    answers: dict[str, Annotation] = {}
    for row in rows:
        uid = row.uid or intake.content_uid(row.text)
        items.setdefault(uid, (uid, row.text, row.meta))
        if row.target is not None:
            key = str(uuid.uuid5(_NAMESPACE, f"{uid}:{to_json(row.target)}"))
            answers[key] = Annotation(
                unique_id=key,
                uid=uid,
                annotator=IMPORTER,
                source=IMPORTER,
                target=to_json(row.target),
            )
    lines = {row.uid or intake.content_uid(row.text): row.line for row in rows}
    for uid, kept in _texts(project, list(items)).items():
        if kept != items[uid][1]:
            rejects.append((lines[uid], f"uid {uid!r} is in the pool with another text", kept[:80]))
            items.pop(uid)
    with project.store.session() as session:
        keys = list(answers)
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            there = select(Annotation.unique_id).where(Annotation.unique_id.in_(part))
            for key in session.scalars(there):
                answers.pop(key)
    return list(items.values()), [one for one in answers.values() if one.uid in items]


def _texts(project: Project, uids: list[str]) -> dict[str, str]:
    known = project.pool.known(uids)
    return texts(project, [uid for uid in uids if uid in known])


def _write(path: Path, header: tuple[str, ...], rows: list[tuple]) -> str:
    if not rows:
        path.unlink(missing_ok=True)
        return ""
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return str(path)
