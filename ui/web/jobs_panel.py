"""The panel that shows a job: progress, time left, cancel; after a reload it shows it again."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import gradio as gr

from ui.i18n import STRINGS, named, text
from ui.web.frame import T
from ui.web.site import Site, guarded, language, person
from ui.words.reported import reported
from workbench.jobs import ACTIVE, Job, lane_of

POLL_S = 1.5


class JobPanel:
    """Draws the newest job of some kinds; ``moved`` changes when any job starts or ends."""

    def __init__(self, site: Site, kinds: tuple[str, ...]) -> None:
        self.site = site
        self.kinds = kinds
        self.html = gr.HTML(elem_classes="wb-job")
        self.cancel = gr.Button(T("job.cancel"), size="sm", visible=False, elem_id="wb-cancel")
        self.moved = gr.State("")
        self._timer = gr.Timer(POLL_S)
        self._outputs = [self.html, self.cancel, self.moved]
        self._timer.tick(self.poll, None, self._outputs, show_progress="hidden")
        self.cancel.click(self.stop, None, None)

    def on_load(
        self, demo: gr.Blocks, function: Callable, outputs: list, inputs: list | None = None
    ) -> None:
        """Runs ``function`` when the page opens and whenever a job has started or ended."""
        demo.load(self.poll, None, self._outputs, show_progress="hidden")
        self.moved.change(function, inputs, outputs, show_progress="hidden")

    def on_start(
        self,
        button: gr.Button,
        function: Callable,
        inputs: list | None = None,
        outputs: list | None = None,
    ) -> None:
        """Runs ``function`` on a click and shows at once what it queued."""
        button.click(function, inputs, outputs).then(
            self.poll, None, self._outputs, show_progress="hidden"
        )

    def newest(self) -> Job | None:
        """The job the panel shows: the one at work, or the last one."""
        jobs = [job for job in self.site.jobs.recent(30) if job.kind in self.kinds]
        return next(
            (job for job in reversed(jobs) if job.state in ACTIVE), jobs[0] if jobs else None
        )

    def poll(self, request: gr.Request) -> tuple[str, dict, str]:
        moved = " ".join(["jobs", *(f"{job.id}:{job.state}" for job in self.site.jobs.recent(3))])
        job, spoken = self.newest(), language(request)
        if job is None:
            return "", gr.update(visible=False), moved
        shown = job_html(job, spoken) + waiting_html(self.site.jobs.active(), job, spoken)
        return shown, gr.update(visible=job.state in ACTIVE), moved

    @guarded
    def stop(self, request: gr.Request) -> None:
        job = self.newest()
        if job is not None and job.state in ACTIVE:
            self.site.jobs.cancel(job.id, person(request))
            gr.Info(text(language(request), "job.stopping"))


def queue_job(site: Site, kind: str, params: dict, request: gr.Request) -> None:
    """Queues a job and says so, also when another one goes first."""
    spoken = language(request)
    ahead = [job for job in site.jobs.active() if job.kind in lane_of(kind)]
    number = site.jobs.submit(kind, params, person(request))
    said = "job.waits" if ahead and ahead[0].id != number else "job.started"
    gr.Info(text(spoken, said, kind=text(spoken, f"job.{kind}")))


def job_html(job: Job, spoken: str) -> str:
    """The job as a card."""
    name = text(spoken, f"job.{job.kind}")
    state = text(spoken, f"job.{job.state}")
    if job.state in ACTIVE:
        left = (
            f" · {text(spoken, 'job.left', time=duration(job.eta_s, spoken))}" if job.eta_s else ""
        )
        percent = f"{job.progress:.0%}"
        doing = escape(reported(spoken, job.message))
        return (
            f'<div class="wb-job-card"><p><b>{name}</b> {state} · {percent}{left}</p>'
            f'<div class="wb-progress" role="progressbar" aria-valuenow="{job.progress * 100:.0f}">'
            f'<i style="width:{percent}"></i></div>'
            f"<p class=wb-quiet>{doing}<br>{text(spoken, 'job.survives')}</p></div>"
        )
    path = str(job.params.get("path") or "")
    problem = job.error.replace(path, Path(path).name) if path else job.error
    detail = escape(reported(spoken, problem) or result_line(job, spoken))
    return (
        f'<div class="wb-job-card wb-job-{job.state}"><p><b>{name}</b> {state}</p>'
        f'<p class="wb-quiet">{detail}</p></div>'
    )


def waiting_html(active: list[Job], shown: Job, spoken: str) -> str:
    """The jobs that wait behind or before the one that is shown."""
    others = [job for job in active if job.id != shown.id]
    names = ", ".join(
        f"{text(spoken, f'job.{job.kind}')} ({text(spoken, f'job.{job.state}')})" for job in others
    )
    return f'<p class="wb-quiet">{text(spoken, "job.others")}: {names}</p>' if others else ""


def result_line(job: Job, spoken: str) -> str:
    """What a finished job reports, in one sentence."""
    result = job.result or {}
    key = f"result.{job.kind}"
    if not result or key not in STRINGS:
        return ""
    if job.kind == "trial":
        verdict = "augment.helps" if result["use"] else "augment.unproved"
        recipe = named(spoken, "recipe", result["recipe"])
        return text(spoken, key, recipe=recipe, verdict=text(spoken, verdict))
    return text(spoken, key, **result)


def duration(seconds: float, spoken: str) -> str:
    """A time, roughly: people read no seconds of an hour."""
    if seconds < 90:
        return text(spoken, "time.s", n=max(1, round(seconds)))
    if seconds < 5400:
        return text(spoken, "time.m", n=round(seconds / 60))
    return text(spoken, "time.h", n=round(seconds / 3600, 1))
