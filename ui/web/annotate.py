"""The Annotate page: answers go to the store, the browser side draws and listens to the keys."""

from __future__ import annotations

import hashlib
import string
from pathlib import Path

import gradio as gr
from fastapi import Request

from activelearn.data import Target
from ui.i18n import STRINGS, text
from ui.web.guide import line, next_step
from ui.web.site import Site, language, person
from workbench.annotate import Annotator, QueueItem
from workbench.errors import SchemaError, WorkbenchError
from workbench.exchange.outgoing import waiting
from workbench.status import status as status_of
from workbench.tables import Round

HERE = Path(__file__).parent
SCRIPTS = ("outbox.js", "annotate.js")
AHEAD = 20
MOST_AHEAD_CHARACTERS = 200_000
COMMAND_KEYS = "snz"
SKIPS = ("unclear", "no_label", "several", "broken")
SKELETON = """
<div class="wb-step"></div>
<div class="wb-bar" hidden><div class="wb-progress"><i></i></div><span class="wb-count"></span>
  <span class="wb-mark" role="status"></span></div>
<div class="wb-alert" role="alert" hidden><span></span> <a href="/login?next=/annotate">-</a></div>
<article class="wb-item"><p class="wb-text" aria-live="polite"></p></article>
<div class="wb-suggest"></div>
<input id="wb-filter" type="search" autocomplete="off" hidden>
<div class="wb-labels"></div>
<div class="wb-skips" hidden></div>
<textarea id="wb-note" rows="2" hidden></textarea>
<div class="wb-actions"></div>
<p class="wb-help"></p>
"""


class AnnotatePage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def answer(self, commands: list[dict], request: Request | gr.Request | None) -> dict:
        """Does the commands in order, each one in the store when this returns; the page's state.

        A command is ``{id, do: submit|skip|undo, uid, target, reason, note, seconds, of}``; ``of``
        is the id of the answer that an undo takes back. A command that was done before is not done
        again. What could not be done comes back under ``failed`` as id → message.
        """
        annotator = Annotator(self.site.project, person(request))
        failed: dict[str, str] = {}
        undone = None
        for command in commands:
            try:
                if command["do"] == "undo":
                    undone = annotator.undo(str(command["of"]))
                else:
                    self._keep(annotator, command)
            except WorkbenchError as error:
                failed[str(command["id"])] = str(error)
        done = {"done": [str(one["id"]) for one in commands], "failed": failed}
        return self._state(annotator, language(request), undone) | done

    def _keep(self, annotator: Annotator, command: dict) -> None:
        sent = {
            "lead_time": float(command.get("seconds") or 0.0),
            "note": str(command.get("note", "")),
            "key": str(command["id"]),
        }
        if command["do"] == "skip":
            annotator.skip(command["uid"], str(command.get("reason", "")), **sent)
            return
        target = as_answer(command.get("target") or [], self.site.project.schema.kind)
        annotator.submit(command["uid"], target, **sent)

    def _state(self, annotator: Annotator, spoken: str, undone: str | None) -> dict:
        project = self.site.project
        ready = project.has_labels()
        queue = annotator.queue(AHEAD, first=undone) if ready else []
        words = {
            key.removeprefix("annotate."): text(spoken, key)
            for key in STRINGS
            if key.startswith("annotate.")
        }
        unsent = waiting(project) if project.store.fact("sync_error", "") else 0
        return {
            "scope": _scope(project.root, annotator.email),
            "words": words,
            "kind": project.schema.kind if ready else "single",
            "labels": hot_keys(project.schema.labels) if ready else [],
            "skips": list(SKIPS),
            "items": self._shown(queue),
            "progress": annotator.progress(),
            "recent": annotator.recent(),
            "undone": undone or "",
            "next": self._next(bool(queue), spoken),
            "waiting": text(spoken, "annotate.waiting", n=unsent) if unsent else "",
        }

    def _shown(self, queue: list[QueueItem]) -> list[dict]:
        trained: dict[int, bool] = {}
        with self.site.project.store.session() as session:
            for number in {item.round for item in queue}:
                trained[number] = bool(session.get(Round, number).model_version)
        shown, characters = [], 0
        for item in queue:
            characters += len(item.text)
            if shown and characters > MOST_AHEAD_CHARACTERS:
                break
            shown.append(
                {
                    "uid": item.uid,
                    "text": item.text,
                    "suggestion": _names(item.suggestion),
                    "confidence": item.confidence,
                    "blind": item.suggestion is None and trained[item.round],
                }
            )
        return shown

    def _next(self, there_is_work: bool, spoken: str) -> str:
        if there_is_work:
            return line(text(spoken, "do.keys"), spoken)
        return next_step(self.site, "annotate", status_of(self.site.project), spoken)


def hot_keys(labels: tuple[str, ...], taken: str = COMMAND_KEYS) -> list[tuple[str, str]]:
    """(label, key): 1–9, then the letters that are no command; labels beyond those have none."""
    keys = [*"123456789", *(one for one in string.ascii_lowercase if one not in taken)]
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


def _scope(root: Path, email: str) -> str:
    return hashlib.sha256(f"{root}\n{email}".encode()).hexdigest()[:16]


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out: one place that the browser side draws in; it asks ``/api/annotate``."""
    gr.HTML(
        html_template=SKELETON,
        js_on_load="\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS),
        elem_id="wb-annotate",
        elem_classes="wb-frame",
    )
