"""Import: a file's rows into the pool, its labels into the store, bad rows into a rejects file."""

from __future__ import annotations

import csv
import io
import uuid
from dataclasses import asdict, dataclass, field
from itertools import count, islice
from pathlib import Path

from sqlalchemy import select

from workbench import events, intake
from workbench.chunks import chunks
from workbench.duplicates import near_duplicates
from workbench.errors import ImportRefused
from workbench.items import draw_holdout, texts
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.tables import Annotation, Item
from workbench.targets import to_json

CHUNK = 20_000
MOST_COMPARED = 150_000
MOST_LABELS = 500
LONGEST_LABEL = 200
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
    with project.store.alone("import"):
        return _imported(project, Path(path), columns, progress, by)


def _imported(
    project: Project, path: Path, columns: dict | None, progress: Progress, by: str
) -> ImportReport:
    chosen = columns_of(project, path, columns)
    if not project.has_labels() and chosen.label:
        project.set_labels(_labels(path, chosen))
    schema = project.schema if project.has_labels() else None

    progress(0.02, "reading")
    rejects: list[tuple[int, str, str]] = []
    usable_rows: list[tuple[int, str, str]] = []
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
        labelled += len({one.uid for one in answers})
        usable += len(items)
        kept = {uid for uid, _, _ in items}
        usable_rows += [(row.line, uid, row.text) for row in good if (uid := _uid(row)) in kept]
        progress(min(0.7, 0.02 + usable / 200_000), f"{usable} rows read, {added} new")
    if not usable and not rejects:
        raise ImportRefused(f"{path}: there is no row in it")

    reports = project.root / "reports" / path.name
    rejects_file = _write(f"{reports}-rejects", ("line", "reason", "excerpt"), rejects)
    if not usable:
        line, reason, _ = rejects[0]
        raise ImportRefused(
            f"{path}: none of its {len(rejects)} rows can be used"
            f" (line {line}: {reason}): all are listed in {rejects_file}"
        )
    progress(0.75, "looking for duplicates")
    doubles = _doubles(project, usable_rows)
    exact = sum(text == other for *_, text, other in doubles)
    duplicates_file = _write(
        f"{reports}-duplicates",
        ("line", "uid", "other_uid", "similarity", "text", "other_text"),
        doubles,
    )
    draw_holdout(project)
    report = ImportReport(
        added,
        usable - added,
        len(rejects),
        labelled,
        exact,
        len(doubles) - exact,
        rejects_file,
        duplicates_file,
        {"text": chosen.text, "label": chosen.label, "uid": chosen.uid},
    )
    events.record(project, by, "import", file=str(path), **asdict(report))
    return report


def columns_of(project: Project, path: Path, columns: dict | None = None) -> intake.Columns:
    """The columns of a file: those named, those of the settings, or a guess."""
    chosen = project.settings.project
    wanted = {"text": chosen.text_column or None, "label": chosen.label_column or None}
    given = {name: value for name, value in (columns or {}).items() if value is not None}
    labels = project.schema.labels if project.has_labels() else ()
    return intake.guess_columns(path, wanted | given, labels)


def _labels(path: Path, columns: intake.Columns) -> tuple[str, ...]:
    rows, several, seen = 0, [], set()
    for row in intake.read_rows(path, columns, None):
        if isinstance(row, intake.Reject):
            continue
        rows += 1
        if isinstance(row.target, str):
            seen.add(row.target)
        elif row.target and len(row.target) == 1 and isinstance(row.target[0], str):
            seen.add(row.target[0])
        elif row.target:
            several.append(row.line)
    seen.discard("")
    if 2 * len(several) > rows:
        raise ImportRefused(
            f"{path}: line {several[0]} of column {columns.label!r} has several labels or spans:"
            " connect a Label Studio project with such labels first (`workbench connect`)"
        )
    if not rows:
        raise ImportRefused(f"{path}: there is no row in it that can be used")
    if not seen:
        raise ImportRefused(
            f"{path}: column {columns.label!r} has no labels: name another one with --label-column,"
            " or the labels with `workbench init --labels a,b`"
        )
    if len(seen) > MOST_LABELS:
        raise ImportRefused(no_labels(path, columns.label, len(seen)))
    usable = {label for label in seen if label.isprintable() and len(label) <= LONGEST_LABEL}
    if dollars := {label for label in usable if label.startswith("$")}:
        usable -= dollars
        if len(usable) < 2:
            raise ImportRefused(
                f"{path}: column {columns.label!r} has labels that start with $"
                f" ({', '.join(sorted(dollars))}), which Label Studio takes for the name of a"
                " field: rename them"
            )
    if len(usable) < 2:
        raise ImportRefused(
            f"{path}: column {columns.label!r} has one label only ({', '.join(usable)}): name all"
            " labels of the project first, with `workbench init --labels a,b`"
        )
    return tuple(sorted(usable))


def _new(project: Project, rows: list, rejects: list) -> tuple[list, list[Annotation]]:
    items: dict[str, tuple[str, str, dict]] = {}
    answers: dict[str, Annotation] = {}
    for row in rows:
        uid = _uid(row)
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
    lines = {_uid(row): row.line for row in rows}
    for uid, kept in _texts(project, list(items)).items():
        if kept != items[uid][1]:
            rejects.append((lines[uid], f"uid {uid!r} is in the pool with another text", kept[:80]))
            items.pop(uid)
    with project.store.session() as session:
        for part in chunks(list(answers)):
            there = select(Annotation.unique_id).where(Annotation.unique_id.in_(part))
            for key in session.scalars(there):
                answers.pop(key)
    return list(items.values()), [one for one in answers.values() if one.uid in items]


def _uid(row: intake.Row) -> str:
    return row.uid or intake.content_uid(row.text)


def _doubles(project: Project, rows: list[tuple[int, str, str]]) -> list[tuple]:
    """The rows whose text is nearly that of another row, or of an item that was there before.

    A pool of more than ``MOST_COMPARED`` texts is left out: only the file is compared with itself.
    """
    uids = {uid for _, uid, _ in rows}
    others: list[tuple[int, str]] = []
    if len(project.pool) <= MOST_COMPARED:
        with project.store.session() as session:
            held = session.execute(select(Item.row, Item.uid).order_by(Item.row)).all()
        others = [(row, uid) for row, uid in held if uid not in uids]
    known = project.pool.texts([row for row, _ in others])
    every = [*rows, *((0, uid, text) for (_, uid), text in zip(others, known, strict=True))]
    found = []
    for one, other, similarity in near_duplicates([text for _, _, text in every]):
        if one >= len(rows):
            continue
        shown, match = (other, one) if other < len(rows) else (one, other)
        (line, uid, text), (_, other_uid, other_text) = every[shown], every[match]
        found.append((line, uid, other_uid, round(similarity, 3), text, other_text))
    return found


def _texts(project: Project, uids: list[str]) -> dict[str, str]:
    known = project.pool.known(uids)
    return texts(project, [uid for uid in uids if uid in known])


def _write(start: str, header: tuple[str, ...], rows: list[tuple]) -> str:
    """Writes a report whose name begins so, beside those of other files of the same name."""
    if not rows:
        return ""
    table = io.StringIO(newline="")
    csv.writer(table).writerows([header, *rows])
    content = table.getvalue().encode()
    for number in count(1):
        path = Path(f"{start}{'' if number == 1 else f'-{number}'}.csv")
        if not path.exists() or path.read_bytes() == content:
            break
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(path)


def no_labels(path: Path, column: str, count: int) -> str:
    """Why a column with so many different values is none of labels."""
    return (
        f"{path}: column {column!r} has {count} different values, which is no label column: name"
        " the right one with --label-column"
    )
