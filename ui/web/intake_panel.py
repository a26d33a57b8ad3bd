"""Import on the Project page: a preview before anything is stored, then what was left out."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from filecmp import cmp
from html import escape
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import gradio as gr

from activelearn.data import LabelSchema
from ui.i18n import text
from ui.web.frame import T, both
from ui.web.jobs_panel import JobPanel, queue_job
from ui.web.site import Site, guarded, language
from ui.words.reported import reported
from workbench.errors import ImportRefused, WorkbenchError
from workbench.intake import Preview
from workbench.jobs import Jobs
from workbench.project import Project

PREVIEW_ROWS = 6
REPORT_ROWS = 50
CELL = 160
ENDINGS = [".csv", ".tsv", ".jsonl", ".json", ".parquet"]
LISTS = {
    "rejects": ("rejected", ("line", "reason", "excerpt")),
    "duplicates": ("duplicates", ("line", "similarity", "text", "other_text")),
}


class IntakePanel:
    """The file, its columns and the preview; ``wire`` connects it to the panel of the job."""

    def __init__(self, site: Site) -> None:
        self.site = site
        gr.HTML(f'<h2>{both("import.title")}</h2><p class="wb-quiet">{both("import.hint")}</p>')
        self.file = gr.File(label=T("import.file"), type="filepath", height=176, file_types=ENDINGS)
        with gr.Column(visible=False) as self.chooser:
            with gr.Row():
                self.columns = [
                    gr.Dropdown([], label=T(f"import.{name}"), min_width=130)
                    for name in ("text", "label", "uid")
                ]
            self.rows = gr.HTML()
            with gr.Row():
                self.go = gr.Button(T("import.go"), variant="primary", min_width=120)
                self.discard = gr.Button(T("import.discard"), min_width=120)

    def wire(self, panel: JobPanel) -> None:
        file, chooser, columns = self.file, self.chooser, self.columns
        file.change(self.preview, file, [chooser, *columns, self.rows], show_progress="minimal")
        for column in columns:
            column.input(self.repreview, [file, *columns], self.rows, show_progress="hidden")
        panel.on_start(self.go, self.start, [file, *columns], [file, chooser])
        self.discard.click(_cleared, None, [file, chooser])

    @guarded
    def preview(self, path: str | None, request: gr.Request) -> tuple:
        """Guessed columns and the first rows of an uploaded file; stores nothing."""
        if not path:
            return gr.update(visible=False), *[gr.skip()] * 4
        spoken = language(request)
        found = looked_into(self.site.project, path)
        return gr.update(visible=True), *column_choices(found, spoken), preview_html(found, spoken)

    @guarded
    def repreview(
        self, path: str | None, text_column: str, label: str, uid: str, request: gr.Request
    ) -> str:
        """The first rows as they would be read with these columns."""
        from workbench import intake

        if not path or not text_column:
            return gr.skip()
        chosen = intake.Columns(text=text_column, label=label or None, uid=uid or None)
        with named_as_uploaded(path):
            found = intake.preview(Path(path), chosen, PREVIEW_ROWS, _schema(self.site.project))
        return preview_html(found, language(request))

    @guarded
    def start(
        self, path: str | None, text_column: str, label: str, uid: str, request: gr.Request
    ) -> tuple:
        """Copies the file into the project and queues the import."""
        spoken = language(request)
        if not path:
            gr.Warning(text(spoken, "import.no_file"))
            return gr.skip(), gr.skip()
        if same_column(text_column, label, spoken):
            return gr.skip(), gr.skip()
        kept = kept_upload(self.site.project, Path(path))
        columns = {"text": text_column, "label": label, "uid": uid}
        queue_job(self.site, "import", {"path": str(kept), "columns": columns}, request)
        return _cleared()


def looked_into(project: Project, path: str) -> Preview:
    """The first rows of an uploaded file by the columns that are guessed."""
    from workbench import intake
    from workbench.workflows.importing import columns_of

    schema = _schema(project)
    with named_as_uploaded(path):
        try:
            guessed = columns_of(project, Path(path))
            return intake.preview(Path(path), guessed, PREVIEW_ROWS, schema)
        except ImportRefused:  # perhaps the columns of the settings are not in this file
            guessed = intake.guess_columns(path, None, schema.labels if schema else ())
            return intake.preview(Path(path), guessed, PREVIEW_ROWS, schema)


def column_choices(found: Preview, spoken: str) -> list[dict]:
    """The lists of a file's columns for the text, the label and the uid, with what is guessed."""
    none = (text(spoken, "import.none"), "")
    named = [(name, name) for name in found.all_columns]
    chosen = found.columns
    return [
        gr.update(choices=named, value=chosen.text),
        gr.update(choices=[none, *named], value=chosen.label or ""),
        gr.update(choices=[none, *named], value=chosen.uid or ""),
    ]


def same_column(text_column: str | None, label: str | None, spoken: str) -> bool:
    """Whether one column was chosen for both, which is said."""
    same = bool(label) and text_column == label
    if same:
        gr.Warning(text(spoken, "import.same_column", name=label))
    return same


def _schema(project: Project) -> LabelSchema | None:
    return project.schema if project.has_labels() else None


def kept_upload(project: Project, path: Path) -> Path:
    """The project's own copy of an uploaded file, beside those of other files of that name."""
    folder = project.root / "imports"
    folder.mkdir(exist_ok=True)
    kept, number = folder / path.name, 1
    while kept.exists() and not cmp(path, kept, shallow=False):
        number += 1
        kept = folder / f"{path.stem}-{number}{path.suffix}"
    shutil.copyfile(path, kept)
    return kept


@contextmanager
def named_as_uploaded(path: str) -> Iterator[None]:
    """Errors name the file as its owner knows it, not where the server put it."""
    try:
        yield
    except WorkbenchError as error:
        raise type(error)(str(error).replace(str(path), Path(path).name)) from None


def preview_html(found, spoken: str) -> str:
    """The first rows and what would be left out of them; ``found`` is an `intake.Preview`."""
    names = [name for name in found.all_columns if any(name in row for row in found.rows)]
    used = {
        column: text(spoken, f"import.{part}_used")
        for column, part in (
            (found.columns.uid, "uid"),
            (found.columns.label, "label"),
            (found.columns.text, "text"),
        )
        if column
    }
    head = [
        f'{escape(name)}<small class="wb-tag">{used[name]}</small>'
        if name in used
        else escape(name)
        for name in names
    ]
    count = text(spoken, "import.rows", n=f"{found.row_count:,}") if found.row_count else ""
    shown = [
        f'<p class="wb-quiet">{text(spoken, "import.preview")} {count}</p>',
        table(head, [[_cell(row.get(name)) for name in names] for row in found.rows]),
    ]
    if found.rejects:
        rows = (
            text(spoken, "import.rejected_row", line=one.line, reason=reported(spoken, one.reason))
            for one in found.rejects
        )
        shown.append(f'<p class="wb-problem">{text(spoken, "import.will_reject")}</p><ul>')
        shown += [f"<li>{escape(row)}</li>" for row in rows] + ["</ul>"]
    return "".join(shown)


def reports(jobs: Jobs, spoken: str) -> str:
    """What the last import left out or found twice, with the whole lists to download."""
    done = (job for job in jobs.recent(30) if job.kind == "import" and job.state == "done")
    job = next(done, None)
    if job is None or not job.result:
        return ""
    name = Path(job.params["path"]).name
    found = job.result
    doubles = found["exact_duplicates"] + found["near_duplicates"]
    counts = {"rejected": found["rejected"], "duplicates": doubles}
    return "".join(
        _report(kind, Path(job.result[f"{kind}_file"]), counts[count], name, columns, spoken)
        for kind, (count, columns) in LISTS.items()
        if job.result[f"{kind}_file"]
    )


def _report(
    kind: str, path: Path, count: int, name: str, columns: tuple[str, ...], spoken: str
) -> str:
    if not path.exists():
        return ""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [
            [_cell(reported(spoken, row[one])) for one in columns]
            for row in islice(csv.DictReader(file), REPORT_ROWS)
        ]
    title = escape(text(spoken, f"reports.{kind}", n=f"{count:,}", file=name))
    first = text(spoken, "reports.first", n=REPORT_ROWS) if count > REPORT_ROWS else ""
    return (
        f"<details><summary>{title}</summary>"
        f'<p class="wb-quiet"><a href="/gradio_api/file={quote(str(path))}" download>'
        f"{text(spoken, 'reports.download')}</a> {first}</p>"
        f"{table([text(spoken, f'reports.{one}') for one in columns], rows)}</details>"
    )


def table(head: list[str], rows: list[list[str]], narrow: str = "") -> str:
    """A table of HTML cells. ``narrow`` "wb-stacked": on a narrow screen a row is a list of its
    cells, each behind its name, which then is without mark-up."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    cells = [f'<td data-name="{name}">' if narrow else "<td>" for name in head]
    body = "".join(
        "<tr>"
        + "".join(f"{cell}<div>{one}</div></td>" for cell, one in zip(cells, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="wb-table {narrow}"><table><tr>{top}</tr>{body}</table></div>'


def _cleared() -> tuple[dict, dict]:
    return gr.update(value=None), gr.update(visible=False)


def _cell(value: object) -> str:
    shown = "" if value is None else str(value)
    return escape(shown if len(shown) <= CELL else shown[:CELL] + "…")
