"""The guideline on the Project page: a field to write it in, for staff."""

from __future__ import annotations

import gradio as gr

from ui.i18n import text
from ui.web.frame import T
from ui.web.site import Site, guarded, language, person
from workbench import guideline


class GuidelinePanel:
    """The field with its button; what it says is loaded with the page."""

    def __init__(self, site: Site, demo: gr.Blocks) -> None:
        self.site = site
        field = gr.Textbox(
            label=T("guideline.title"),
            info=T("guideline.hint"),
            lines=8,
            max_lines=24,
            max_length=guideline.LARGEST,
            elem_id="wb-guideline",
        )
        save = gr.Button(T("guideline.save"), elem_id="wb-guideline-save")
        demo.load(self.read, None, field, show_progress="hidden")
        save.click(self.save, field, None, show_progress="hidden")

    @guarded
    def read(self) -> str:
        """The guideline as it is now."""
        return guideline.read(self.site.project)

    @guarded
    def save(self, markdown: str, request: gr.Request) -> None:
        """Keeps what the field says, for everybody."""
        guideline.write(self.site.project, markdown, person(request))
        gr.Info(text(language(request), "guideline.saved"))
