"""The panel that shows a job: progress, time left, cancel; after a reload it shows it again."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import gradio as gr

from ui.i18n import STRINGS, text
from ui.web.frame import T
from ui.web.site import Site, guarded, language
from workbench.jobs import Job

POLL_S = 1.5
ACTIVE = ("queued", "running")


class JobPanel:
    """Draws the newest job of some kinds; ``ended`` changes when one of them comes to its end."""

    def __init__(self, site: Site, kinds: tuple[str, ...]) -> None:
        self.site = site
        self.kinds = kinds
        self.html = gr.HTML(elem_classes="wb-job")
        self.cancel = gr.Button(T("job.cancel"), size="sm", visible=False, elem_id="wb-cancel")
        self.ended = gr.State("")
        self._timer = gr.Timer(POLL_S)
        outputs = [self.html, self.cancel, self.ended]
        self._timer.tick(self.poll, None, outputs, show_progress="hidden", queue=False)
        self.cancel.click(self.stop, None, None)

    def on_end(self, function: Callable, inputs: list, outputs: list) -> None:
        """Runs ``function`` when a job has ended, and once when the page opens."""
        self.ended.change(function, inputs, outputs, show_progress="hidden")

    def newest(self) -> Job | None:
        """The job the panel shows: the one at work, or the last one."""
        jobs = [job for job in self.site.jobs.recent(30) if job.kind in self.kinds]
        return next((job for job in jobs if job.state in ACTIVE), jobs[0] if jobs else None)

    def poll(self, request: gr.Request) -> tuple[str, dict, str]:
        job = self.newest()
        if job is None:
            return "", gr.update(visible=False), "none"
        active = job.state in ACTIVE
        mark = gr.skip() if active else f"{job.id} {job.state}"
        return job_html(job, language(request)), gr.update(visible=active), mark

    @guarded
    def stop(self, request: gr.Request) -> None:
        job = self.newest()
        if job is not None and job.state in ACTIVE:
            self.site.jobs.cancel(job.id)
            gr.Info(text(language(request), "job.stopping"))


def job_html(job: Job, spoken: str) -> str:
    """The job as a card."""
    name = text(spoken, f"job.{job.kind}")
    state = text(spoken, f"job.{job.state}")
    if job.state in ACTIVE:
        left = (
            f" · {text(spoken, 'job.left', time=duration(job.eta_s, spoken))}" if job.eta_s else ""
        )
        percent = f"{job.progress:.0%}"
        return (
            f'<div class="wb-job-card"><p><b>{name}</b> {state} · {percent}{left}</p>'
            f'<div class="wb-progress" role="progressbar" aria-valuenow="{job.progress * 100:.0f}">'
            f'<i style="width:{percent}"></i></div>'
            f"<p class=wb-quiet>{escape(job.message)}<br>{text(spoken, 'job.survives')}</p></div>"
        )
    detail = escape(job.error or result_line(job, spoken))
    return (
        f'<div class="wb-job-card wb-job-{job.state}"><p><b>{name}</b> {state}</p>'
        f'<p class="wb-quiet">{detail}</p></div>'
    )


def result_line(job: Job, spoken: str) -> str:
    """What a finished job reports, in one sentence."""
    result = job.result or {}
    if job.kind == "trial":
        return str(result.get("verdict", ""))
    key = f"result.{job.kind}"
    if key not in STRINGS or not result:
        return job.message if job.state == "done" else ""
    lines = [text(spoken, key, **result)]
    for name, words in (("rejects_file", "rejects"), ("duplicates_file", "duplicates")):
        if result.get(name):
            lines.append(text(spoken, f"result.{words}", path=result[name]) + ".")
    return " ".join(lines)


def duration(seconds: float, spoken: str) -> str:
    """Time left, roughly: people read no seconds of an hour."""
    if seconds < 90:
        return text(spoken, "time.s", n=max(1, round(seconds)))
    if seconds < 5400:
        return text(spoken, "time.m", n=round(seconds / 60))
    return text(spoken, "time.h", n=round(seconds / 3600, 1))
