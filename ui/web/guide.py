"""The line on every page that says what to do next."""

from __future__ import annotations

from html import escape

from ui.i18n import text
from ui.web.site import Site
from workbench.jobs import ACTIVE, Job

PAGES = (
    "project", "annotate", "rounds", "replay", "audit", "augment", "team", "export", "people",
)  # fmt: skip
ANNOTATOR_PAGES = ("annotate", "team")
"""The pages that annotators may open; lead and engineer may open all."""

PAGE_OF = {
    "round": "rounds", "tune": "rounds", "simulate": "replay", "audit": "audit", "trial": "augment",
    "import": "project",
}  # fmt: skip
FEWEST_FOR_AUDIT, FEWEST_FOR_TRIAL, FEWEST_FOR_REPLAY = 20, 40, 50


def address(page: str) -> str:
    """The page's path."""
    return "/" if page == "project" else f"/{page}"


def next_step(site: Site, page: str, status: dict, spoken: str) -> str:
    """What to do next, as HTML; ``status`` as `workbench.status.status` has it."""
    job = next((one for one in site.jobs.recent(5) if one.state in ACTIVE), None)
    if job is not None and job.kind in PAGE_OF:
        key, values, target = _running(job, page, spoken)
    else:
        key, values, target = _idle(page, status)
    words = escape(text(spoken, key, **values))
    if target and target != page:
        words = f'<a href="{address(target)}">{words}</a>'
    return line(words, spoken)


def line(words: str, spoken: str) -> str:
    """``words`` (HTML) as the line on what to do next."""
    return f'<p class="wb-next"><b>{text(spoken, "next")}</b> <span>{words}</span></p>'


def _running(job: Job, page: str, spoken: str) -> tuple[str, dict, str | None]:
    kind = text(spoken, f"job.{job.kind}")
    if page == "annotate":
        return "do.wait_queue", {"kind": kind, "percent": f"{job.progress:.0%}"}, None
    return "do.wait", {"kind": kind}, PAGE_OF[job.kind]


def _idle(page: str, status: dict) -> tuple[str, dict, str | None]:
    labelled, rounds = status["labelled"], status["rounds"]
    if page == "replay":
        few = labelled < FEWEST_FOR_REPLAY
        return ("do.replay_file" if few else "do.replay"), {"n": labelled}, None
    if not status["items"]:
        return "do.import", {}, "project"
    if not status["labels"]:
        return "do.labels", {}, "project"
    if page == "audit":
        if found := status["findings"].get("open", 0):
            return "do.findings", {"n": found}, None
        few = labelled < FEWEST_FOR_AUDIT
        return ("do.audit_more", {"n": labelled}, "annotate") if few else ("do.audit", {}, None)
    if page == "augment":
        few = labelled < FEWEST_FOR_TRIAL
        return ("do.augment_more", {"n": labelled}, "annotate") if few else ("do.trial", {}, None)
    if page == "export":
        ready = ("do.export", {"n": labelled}, None)
        return ready if labelled else ("do.export_none", {}, "annotate")
    if rounds and rounds[-1]["state"] != "done":
        return "do.open_round", {"n": rounds[-1]["number"]}, "rounds"
    if status["queue_left"]:
        return "do.annotate", {"n": status["queue_left"]}, "annotate"
    return ("do.next_round" if rounds else "do.round"), {}, "rounds"
