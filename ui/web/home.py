"""The Project page: where the project stands, import with a preview, Label Studio."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

import gradio as gr

from ui.i18n import text
from ui.web.frame import T, next_step
from ui.web.jobs_panel import JobPanel
from ui.web.site import Site, guarded, language
from workbench.status import status as status_of

PREVIEW_ROWS = 8
CELL = 160


class ProjectPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple[str, str, str]:
        """Next step, the numbers, and the way to Label Studio."""
        spoken, found = language(request), status_of(self.site.project)
        step = next_step(self.site, "project", found, spoken)
        return step, numbers(found, spoken), labelstudio(found, spoken)

    @guarded
    def sync(self, request: gr.Request) -> None:
        """Binds a Label Studio project where none is bound yet, then queues a sync."""
        from workbench.bootstrap import bind

        project = self.site.project
        if not project.connected() and project.settings.labelstudio.managed:
            bind(project)
        self.site.jobs.submit("sync", {})
        gr.Info(text(language(request), "project.sync_started"))

    @guarded
    def preview(self, path: str | None, request: gr.Request) -> tuple:
        """Guessed columns and the first rows of an uploaded file; stores nothing."""
        from workbench import intake

        if not path:
            return gr.update(visible=False), *[gr.skip()] * 4
        guessed = intake.guess_columns(Path(path))
        found = intake.preview(Path(path), guessed, PREVIEW_ROWS)
        spoken = language(request)
        none = (text(spoken, "import.none"), "")
        named = [(name, name) for name in found.all_columns]
        chosen = found.columns
        return (
            gr.update(visible=True),
            gr.update(choices=named, value=chosen.text),
            gr.update(choices=[none, *named], value=chosen.label or ""),
            gr.update(choices=[none, *named], value=chosen.uid or ""),
            table(found, spoken),
        )

    @guarded
    def repreview(
        self, path: str | None, text_column: str, label: str, uid: str, request: gr.Request
    ) -> str:
        """The first rows as they would be read with these columns."""
        from workbench import intake

        if not path or not text_column:
            return gr.skip()
        chosen = intake.Columns(text=text_column, label=label or None, uid=uid or None)
        return table(intake.preview(Path(path), chosen, PREVIEW_ROWS), language(request))

    @guarded
    def start_import(
        self, path: str | None, text_column: str, label: str, uid: str, request: gr.Request
    ) -> tuple:
        """Copies the file into the project and queues the import."""
        spoken = language(request)
        if not path:
            gr.Warning(text(spoken, "import.no_file"))
            return gr.skip(), gr.skip()
        if text_column == label:
            gr.Warning(text(spoken, "import.same_column", name=label))
            return gr.skip(), gr.skip()
        folder = self.site.project.root / "imports"
        folder.mkdir(exist_ok=True)
        kept = folder / Path(path).name
        shutil.copyfile(path, kept)
        columns = {"text": text_column, "label": label, "uid": uid}
        self.site.jobs.submit("import", {"path": str(kept), "columns": columns})
        gr.Info(text(spoken, "import.queued"))
        return gr.update(value=None), gr.update(visible=False)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = ProjectPage(site)
    step = gr.HTML(elem_classes="wb-step")
    cards = gr.HTML(elem_classes="wb-cards-slot")
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            gr.HTML(html_template="<h2>${value}</h2>", value=T("import.title"))
            file = gr.File(label=T("import.file"), type="filepath", height=130,
                           file_types=[".csv", ".tsv", ".jsonl", ".json", ".parquet"])  # fmt: skip
            with gr.Column(visible=False) as chooser:
                with gr.Row():
                    text_column = gr.Dropdown([], label=T("import.text"), min_width=130)
                    label_column = gr.Dropdown([], label=T("import.label"), min_width=130)
                    uid_column = gr.Dropdown([], label=T("import.uid"), min_width=130)
                rows = gr.HTML()
                with gr.Row():
                    go = gr.Button(T("import.go"), variant="primary", min_width=120)
                    discard = gr.Button(T("import.discard"), min_width=120)
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            studio = gr.HTML()
            sync = gr.Button(T("project.sync"))
            panel = JobPanel(site, ("import", "sync"))
    columns = [text_column, label_column, uid_column]
    shown = [step, cards, studio]
    demo.load(page.overview, None, shown, show_progress="hidden")
    panel.on_end(page.overview, [], shown)
    file.change(page.preview, file, [chooser, *columns, rows], show_progress="minimal")
    for column in columns:
        column.input(page.repreview, [file, *columns], rows, show_progress="hidden")
    go.click(page.start_import, [file, *columns], [file, chooser])
    discard.click(lambda: (gr.update(value=None), gr.update(visible=False)), None, [file, chooser])
    sync.click(page.sync, None, None)


def numbers(found: dict, spoken: str) -> str:
    """The counts as cards."""
    accuracy = next((r for r in reversed(found["rounds"]) if r["accuracy"] is not None), None)
    measured = (
        f"{accuracy['accuracy']:.1%}<small class='wb-under'>"
        f"{accuracy['low']:.1%} – {accuracy['high']:.1%}</small>"
        if accuracy
        else f"–<small class='wb-under'>{text(spoken, 'stat.unmeasured')}</small>"
    )
    cards = [
        ("items", f"{found['items']:,}"),
        ("labelled", f"{found['labelled']:,}"),
        ("holdout", f"{found['holdout_labelled']:,}<small>/ {found['holdout']:,}</small>"),
        ("accuracy", measured),
        ("queue", f"{found['queue_left']:,}"),
        ("round", str(found["round"])),
    ]
    if found["waiting_to_send"]:
        cards.append(("waiting", f"{found['waiting_to_send']:,}"))
    return "".join(
        [
            f'<h2 class="wb-name">{escape(found["name"])}</h2><div class="wb-cards">',
            *(f"<div><b>{v}</b><span>{text(spoken, f'stat.{k}')}</span></div>" for k, v in cards),
            "</div>",
        ]
    )


def labelstudio(found: dict, spoken: str) -> str:
    """Link, last exchange, and what is wrong where something is."""
    parts = ["<h2>Label Studio</h2>"]
    if found["project_url"]:
        parts.append(
            f'<p><a href="{escape(found["project_url"])}" target="_blank" rel="noopener">'
            f"{text(spoken, 'project.labelstudio')} ↗</a></p>"
        )
    else:
        parts.append(f"<p>{text(spoken, 'project.unbound')}</p>")
    if found["synced_at"]:
        when = str(found["synced_at"])[:16].replace("T", " ")
        parts.append(f'<p class="wb-quiet">{text(spoken, "project.synced", when=when)}</p>')
    if found["sync_error"]:
        parts.append(f'<p class="wb-problem">{escape(str(found["sync_error"]))}</p>')
    return "".join(parts)


def table(found, spoken: str) -> str:
    """The preview's rows; ``found`` is an `intake.Preview`."""
    names = [name for name in found.all_columns if any(name in row for row in found.rows)]
    names = names or list(found.rows[0]) if found.rows else names
    marks = {found.columns.text: "import.text", found.columns.label: "import.label"}
    marks[found.columns.uid] = "import.uid"
    said = {name: text(spoken, key) for name, key in marks.items() if name}
    head = "".join(f"<th>{escape(name)}<small>{said.get(name, '')}</small></th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in names) + "</tr>"
        for row in found.rows
    )
    count = text(spoken, "import.rows", n=f"{found.row_count:,}") if found.row_count else ""
    return (
        f'<p class="wb-quiet">{text(spoken, "import.preview")} {count}</p>'
        f'<div class="wb-table"><table><tr>{head}</tr>{body}</table></div>'
    )


def _cell(value: object) -> str:
    shown = "" if value is None else str(value)
    return escape(shown if len(shown) <= CELL else shown[:CELL] + "…")
