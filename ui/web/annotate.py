"""The Annotate page: answers go to the store, the browser side draws and listens to the keys."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

import gradio as gr
from fastapi import Request
from sqlalchemy import select

from activelearn.data import LabelSchema, Target
from ui.i18n import STRINGS, text
from ui.web.guide import line, next_step
from ui.web.site import Site, language, member, person
from ui.words.reported import reported
from workbench import guideline
from workbench.annotate import Annotator, Answer
from workbench.deal import is_dealt, link_of
from workbench.errors import ConfigError, SchemaError, StoreError, WorkbenchError
from workbench.exchange.labels import decided
from workbench.exchange.outgoing import waiting
from workbench.hotkeys import shown_keys
from workbench.people import STAFF
from workbench.showing import QueueItem
from workbench.status import outline
from workbench.tables import Round

HERE = Path(__file__).parent
SCRIPTS = ("outbox.js", "stock.js", "draw.js", "panels.js", "annotate.js")
AHEAD = 20
MOST_AHEAD_CHARACTERS = 200_000
START = 160
SKIPS = ("unclear", "no_label", "several", "broken")
SKELETON = """
<div class="wb-step"></div>
<div class="wb-bar" hidden><div class="wb-progress"><i></i></div><span class="wb-count"></span>
  <span class="wb-mark" role="status"></span></div>
<div class="wb-alert" role="alert" hidden><span></span> <a>-</a></div>
<div class="wb-desk"><div class="wb-main">
<article class="wb-item"><p class="wb-text" dir="auto" aria-live="polite"></p></article>
<div class="wb-near" hidden></div>
<div class="wb-dock">
<div class="wb-suggest"></div>
<input id="wb-filter" type="search" autocomplete="off" hidden>
<div class="wb-labels"></div>
<div class="wb-skips" hidden></div>
<textarea id="wb-note" rows="2" dir="auto" hidden></textarea>
<div class="wb-actions"></div>
</div>
<p class="wb-help"></p>
</div><aside class="wb-side" hidden></aside></div>
"""


class AnnotatePage:
    """What the page's browser side asks for while somebody answers."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def answer(self, sent: dict, request: Request | gr.Request | None) -> dict:
        """Does the commands in order, each one in the store when this returns.

        ``sent`` is ``{commands, have, version, scope, refresh}``. A command is ``{id, do:
        submit|skip|undo, uid, target, reason, note, unclear, seconds, along, of}``; ``of`` is the
        id of the answer that an undo takes back. A command that was done before is not done again;
        what can never be done comes back under ``failed`` as id → message. ``scope`` names whose
        answers they are: where somebody else has logged in since, nothing is done.

        Only what the browser lacks comes back: with ``refresh`` the queue, with the texts that are
        not among those it has (``have``: uid → round); the page's constants when ``version`` is not
        theirs.
        """
        annotator, spoken = Annotator(self.site.project, person(request)), language(request)
        scope = scope_of(self.site.project.root, annotator.email)
        if sent.get("scope", scope) not in ("", scope):
            return {"stranger": True}
        state: dict = {"scope": scope, "done": [], "failed": {}, "undone": []}
        for command in sent.get("commands", []):
            name = str(command.get("id"))
            try:
                self._do(annotator, command, state["undone"])
            except StoreError:
                raise
            except WorkbenchError as error:
                state["failed"][name] = reported(spoken, str(error))
            except (KeyError, TypeError, ValueError) as error:
                said = f"the answer {name} is not understood: {error!r}"
                state["failed"][name] = reported(spoken, said)
            state["done"].append(name)
        page = self._page(spoken)
        if page["version"] != sent.get("version"):
            state["page"] = page
        if sent.get("refresh", True):
            have = sent.get("have")
            known = have if isinstance(have, dict) else {}
            state |= self._refreshed(annotator, known, request)
        return state

    def _do(self, annotator: Annotator, command: dict, undone: list[dict]) -> None:
        if command["do"] == "undo":
            uid = annotator.undo(str(command["of"]))
            if uid is not None:
                undone.append(shown_item(annotator.again(uid), None))
            return
        sent = {
            "lead_time": float(command.get("seconds") or 0.0),
            "note": str(command.get("note", "")),
            "unclear": bool(command.get("unclear")),
            "key": str(command["id"]),
        }
        uid = str(command["uid"])
        if command["do"] == "skip":
            annotator.skip(uid, str(command.get("reason", "")), **sent)
            return
        target = self._target([str(name) for name in command.get("target") or []])
        along = [str(other) for other in command.get("along") or []]
        annotator.submit(uid, target, along=along, **sent)

    def _target(self, said: list[str]) -> Target:
        """What was answered, also under a name that a label had while the answer waited."""
        schema = self.site.project.schema
        if not set(said) <= set(schema.labels):
            renamed = decided(self.site.project).renamed
            said = [name if name in schema.labels else renamed.get(name, name) for name in said]
        return as_answer(said, schema.kind)

    def _page(self, spoken: str) -> dict:
        """What stays the same from answer to answer, and a version that tells when it does not."""
        project = self.site.project
        schema = project.schema if project.has_labels() else LabelSchema("single", ())
        labels, problem = shown_keys(project)
        problem = reported(spoken, problem)
        return _constants(spoken, schema.kind, tuple(labels), problem, guideline_stamp(self.site))

    def _refreshed(
        self, annotator: Annotator, have: dict[str, int], request: Request | None
    ) -> dict:
        project, spoken = self.site.project, language(request)
        ready = project.has_labels()
        queue = annotator.queue(AHEAD) if ready else []
        unsent = waiting(project) if project.store.fact("sync_error", "") else 0
        about = select(Round.number, Round.model_version, Round.view_url)
        with project.store.session() as session:
            done = about.where(Round.state == "done").order_by(Round.number)
            rounds = session.execute(done).all()
        trained = {one.number for one in rounds if one.model_version}
        lacking = [one for one in queue if have.get(one.uid) != one.round]
        return {
            "queue": [one.uid for one in queue],
            "items": _within([shown_item(one, trained) for one in lacking]),
            "progress": annotator.progress(),
            "recent": [_answer(one) for one in annotator.recent()] if ready else [],
            "next": self._next(bool(queue), request),
            "waiting": text(spoken, "annotate.waiting", n=unsent) if unsent else "",
            "studio": self._studio(request, rounds[-1].view_url if rounds else ""),
        }

    def _studio(self, request: Request | None, everything: str) -> str:
        """This person's own tab in Label Studio; the round's own is for those who see all of it."""
        if own := link_of(self.site.project, person(request)):
            return own
        theirs = member(request).role in STAFF or not is_dealt(self.site.project)
        return everything if theirs else ""

    def _next(self, there_is_work: bool, request: Request | None) -> str:
        spoken = language(request)
        if there_is_work:
            return line(text(spoken, "do.keys"), spoken)
        if member(request).role not in STAFF:
            return line(text(spoken, "do.rest"), spoken)
        return next_step(self.site, "annotate", outline(self.site.project), spoken)


def guideline_stamp(site: Site) -> str:
    """Changes with the guideline; empty where there is none, or none that may be read."""
    try:
        return guideline.stamp(site.project)
    except ConfigError:
        return ""


def as_answer(names: list[str], kind: str) -> Target:
    """The label names that a browser sends, as the project's task kind has targets."""
    if kind == "single":
        return names[0] if names else ""
    if kind == "multi":
        return tuple(names)
    raise SchemaError("spans are labelled in Label Studio, not on this page")


def shown_item(item: QueueItem, trained: set[int] | None) -> dict:
    """An item as the browser gets it; ``blind`` where a model of ``trained`` rounds is silent."""
    return {
        "uid": item.uid,
        "text": item.text,
        "suggestion": names(item.suggestion),
        "confidence": item.confidence,
        "blind": item.suggestion is None and (trained is None or item.round in trained),
        "round": item.round,
        "rank": item.rank,
    }


def names(target: Target | None) -> list[str]:
    """The label names of a target."""
    if target is None:
        return []
    return [target] if isinstance(target, str) else [str(part) for part in target]


def _answer(one: Answer) -> dict:
    start = " ".join(one.text[: 2 * START].split())[:START]
    return {**vars(one), "text": start, "target": names(one.target)}


def _within(items: list[dict]) -> list[dict]:
    """The first items, as many as fit what is sent ahead; the first of all in any case."""
    characters, kept = 0, []
    for item in items:
        characters += len(item["text"])
        if kept and characters > MOST_AHEAD_CHARACTERS:
            break
        kept.append(item)
    return kept


@lru_cache(maxsize=16)
def _constants(
    spoken: str, kind: str, labels: tuple[tuple[str, str], ...], problem: str, guideline: str
) -> dict:
    page = {
        "words": _words(spoken),
        "kind": kind,
        "labels": list(labels),
        "skips": list(SKIPS),
        "problem": problem,
        "guideline": guideline,
    }
    content = json.dumps(page, sort_keys=True).encode()
    return page | {"version": hashlib.sha256(content).hexdigest()[:16]}


@lru_cache
def _words(spoken: str) -> dict[str, str]:
    start = "annotate."
    return {key[len(start) :]: text(spoken, key) for key in STRINGS if key.startswith(start)}


def scope_of(root: Path, email: str) -> str:
    """Names whose answers a browser holds."""
    return hashlib.sha256(f"{root}\n{email}".encode()).hexdigest()[:16]


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out: one place that the browser side draws in; it asks ``/api/annotate``."""
    gr.HTML(
        html_template=SKELETON,
        js_on_load="\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS),
        elem_id="wb-annotate",
        elem_classes="wb-frame",
    )
