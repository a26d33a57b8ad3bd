"""The Export page: a format, a file, a download."""

from __future__ import annotations

import re
import shutil

import gradio as gr

from ui.i18n import text
from ui.web.frame import T, both
from ui.web.guide import next_step
from ui.web.site import Site, guarded, language, person
from workbench.status import status as status_of
from workbench.workflows.export import FORMATS
from workbench.workflows.export import export as run_export

ENDINGS = {"jsonl": "jsonl", "csv": "csv", "labelstudio": "json", "datasets": "zip"}


class ExportPage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple[str, dict]:
        """What to do next, and whether there is anything to export."""
        spoken, found = language(request), status_of(self.site.project)
        ready = bool(found["items"] and found["labels"])
        return next_step(self.site, "export", found, spoken), gr.update(interactive=ready)

    @guarded
    def make(self, fmt: str, everything: bool, request: gr.Request) -> tuple[str, dict]:
        """Writes the file (a folder as a zip) into the project's exports and offers it."""
        project = self.site.project
        stem = re.sub(r"[^\w-]+", "-", project.settings.project.name).strip("-").lower() or "labels"
        folder = project.root / "exports"
        path = folder / f"{stem}.{ENDINGS[fmt]}"
        chosen = {"everything": everything, "by": person(request)}
        if fmt == "datasets":
            count = run_export(project, fmt, folder / stem, **chosen)
            shutil.make_archive(str(folder / stem), "zip", folder / stem)
        else:
            count = run_export(project, fmt, path, **chosen)
        ready = text(language(request), "export.made", n=f"{count:,}")
        return f'<p class="wb-ready">{ready}</p>', gr.update(value=str(path), visible=True)

    def chosen(self, fmt: str, request: gr.Request) -> tuple[str, str, dict]:
        """What the format is good for; the file made before is no longer offered."""
        said = text(language(request), f"export.hint.{fmt}")
        return f'<p class="wb-quiet">{said}</p>', "", gr.update(visible=False)


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = ExportPage(site)
    step = gr.HTML(elem_classes="wb-step")
    with gr.Column(elem_classes="wb-panel wb-narrow"):
        fmt = gr.Radio([(T(f"export.{name}"), name) for name in FORMATS], value=FORMATS[0],
                       label=T("export.format"))  # fmt: skip
        hint = gr.HTML()
        everything = gr.Checkbox(label=T("export.all"))
        gr.HTML(f'<p class="wb-quiet">{both("export.columns")}</p>')
        make = gr.Button(T("export.make"), variant="primary")
        made = gr.HTML()
        download = gr.DownloadButton(T("export.download"), visible=False, elem_id="wb-download")
    demo.load(page.overview, None, [step, make], show_progress="hidden")
    for changed in (demo.load, fmt.change, everything.change):
        changed(page.chosen, fmt, [hint, made, download], show_progress="hidden")
    make.click(page.make, [fmt, everything], [made, download])
