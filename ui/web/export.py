"""The Export page: a format, a file, a download."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import gradio as gr

from ui.i18n import text
from ui.web.frame import T, both, next_step
from ui.web.site import Site, guarded, language
from workbench.status import status as status_of
from workbench.workflows.export import FORMATS
from workbench.workflows.export import export as run_export

ENDINGS = {"jsonl": "jsonl", "csv": "csv", "labelstudio": "json", "datasets": "zip"}


class ExportPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> str:
        """What to do next."""
        return next_step(self.site, "export", status_of(self.site.project), language(request))

    @guarded
    def make(self, fmt: str, everything: bool, request: gr.Request) -> tuple[str, dict]:
        """Writes the file (a folder as a zip) where only this download finds it."""
        project = self.site.project
        stem = re.sub(r"[^\w-]+", "-", project.settings.project.name).strip("-").lower() or "labels"
        folder = Path(tempfile.mkdtemp(prefix="workbench-export-"))
        if fmt == "datasets":
            count = run_export(project, fmt, folder / stem, everything=everything)
            path = shutil.make_archive(str(folder / stem), "zip", folder / stem)
        else:
            path = str(folder / f"{stem}.{ENDINGS[fmt]}")
            count = run_export(project, fmt, path, everything=everything)
        ready = text(language(request), "export.made", n=f"{count:,}")
        return f'<p class="wb-ready">{ready}</p>', gr.update(value=path, visible=True)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = ExportPage(site)
    step = gr.HTML(elem_classes="wb-step")
    with gr.Column(elem_classes="wb-panel wb-narrow"):
        fmt = gr.Radio([(T(f"export.{name}"), name) for name in FORMATS], value=FORMATS[0],
                       label=T("export.format"))  # fmt: skip
        everything = gr.Checkbox(label=T("export.all"))
        gr.HTML(f'<p class="wb-quiet">{both("export.columns")}</p>')
        make = gr.Button(T("export.make"), variant="primary")
        made = gr.HTML()
        download = gr.DownloadButton(T("export.download"), visible=False, elem_id="wb-download")
    demo.load(page.overview, None, step, show_progress="hidden")
    make.click(page.make, [fmt, everything], [made, download])
