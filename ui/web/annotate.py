"""The Annotate page: answers go to the store, the browser side draws and listens to the keys."""

from __future__ import annotations

import string
from pathlib import Path

import gradio as gr

from activelearn.data import Target
from ui.i18n import STRINGS, text
from ui.web.frame import next_step
from ui.web.site import Site, guarded, language, person
from workbench.annotate import Annotator
from workbench.errors import SchemaError, WorkbenchError
from workbench.status import status as status_of
from workbench.workflows.sync import waiting

AHEAD = 8
COMMAND_KEYS = "snz"
SKIPS = ("unclear", "no_label", "several", "broken")


class AnnotatePage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def open(self, request: gr.Request) -> tuple[dict, str]:
        """What the page shows first."""
        return self.answer([], request)

    def commands(self, event: gr.EventData, request: gr.Request) -> tuple[dict, str]:
        """The answers a browser sends, each one in the store when this returns."""
        return self.answer(event._data.get("commands", []), request)

    def answer(self, commands: list[dict], request: gr.Request) -> tuple[dict, str]:
        """Does the commands in order; returns the browser's new state and the next step.

        A command is ``{id, do: submit|skip|undo, uid, target, reason, note, seconds}``. What could
        not be done comes back under ``failed`` as id → message.
        """
        annotator = Annotator(self.site.project, person(request))
        spoken = language(request)
        failed: dict[str, str] = {}
        undone = None
        for command in commands:
            try:
                if command["do"] == "undo":
                    undone = annotator.undo()
                else:
                    self._keep(annotator, command)
            except WorkbenchError as error:
                failed[str(command["id"])] = str(error)
        state = self._state(annotator, spoken)
        state |= {"done": [str(c["id"]) for c in commands], "failed": failed}
        if any(command["do"] == "undo" for command in commands):
            state["undone"] = undone or ""
        found = status_of(self.site.project)
        return state, next_step(self.site, "annotate", found, spoken)

    def _keep(self, annotator: Annotator, command: dict) -> None:
        seconds = float(command.get("seconds") or 0.0)
        if command["do"] == "skip":
            annotator.skip(command["uid"], str(command.get("reason", "")), seconds)
            return
        annotator.submit(
            command["uid"],
            as_answer(command.get("target") or [], self.site.project.schema.kind),
            lead_time=seconds,
            note=str(command.get("note", "")),
        )

    def _state(self, annotator: Annotator, spoken: str) -> dict:
        project = self.site.project
        words = {
            key.removeprefix("annotate."): text(spoken, key)
            for key in STRINGS
            if key.startswith("annotate.")
        }
        if not project.has_labels():
            return {"words": words, "labels": [], "kind": "single", "items": [], "progress": {}}
        unsent = waiting(project)
        problem = project.store.fact("sync_error", "")
        return {
            "words": words,
            "kind": project.schema.kind,
            "labels": [list(pair) for pair in hot_keys(project.schema.labels)],
            "skips": list(SKIPS),
            "items": [
                {
                    "uid": item.uid,
                    "text": item.text,
                    "suggestion": _names(item.suggestion),
                    "confidence": item.confidence,
                    "blind": item.suggestion is None and self._trained(item.round),
                }
                for item in annotator.queue(AHEAD)
            ],
            "progress": annotator.progress(),
            "waiting": text(spoken, "annotate.waiting", n=unsent) if unsent and problem else "",
        }

    def _trained(self, number: int) -> bool:
        from workbench.store import Round

        with self.site.project.store.session() as session:
            return bool(session.get(Round, number).model_version)


def hot_keys(labels: tuple[str, ...]) -> list[tuple[str, str]]:
    """(label, key): 1–9, then the letters that are no command; labels beyond those have none."""
    keys = [*"123456789", *(one for one in string.ascii_lowercase if one not in COMMAND_KEYS)]
    return [(label, keys[i] if i < len(keys) else "") for i, label in enumerate(labels)]


def as_answer(names: list[str], kind: str) -> Target:
    """The label names that a browser sends, as the project's task kind has targets."""
    if kind == "single":
        return names[0] if names else ""
    if kind == "multi":
        return tuple(names)
    raise SchemaError("spans are labelled in Label Studio, not on this page")


def _names(target: Target | None) -> list[str]:
    if target is None:
        return []
    return [target] if isinstance(target, str) else [str(part) for part in target]


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out: one place that the browser side draws in, one bridge to the server."""
    page = AnnotatePage(site)
    step = gr.HTML(elem_classes="wb-step")
    gr.HTML('<div id="wb-annotate" aria-live="polite"></div>', elem_classes="wb-frame")
    bridge = gr.HTML(
        value=None,
        html_template="",
        js_on_load=(Path(__file__).parent / "annotate.js").read_text("utf-8"),
        elem_id="wb-bridge",
    )
    demo.load(page.open, None, [bridge, step], show_progress="hidden")
    bridge.commands(
        page.commands, None, [bridge, step], show_progress="hidden", trigger_mode="multiple"
    )
