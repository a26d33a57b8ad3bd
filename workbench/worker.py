"""The job worker: ``python -m workbench.worker PROJECT [PARENT]`` takes jobs until stopped."""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from workbench.errors import Cancelled, WorkbenchError
from workbench.jobs import DATA_LANE, MODEL_LANE, Job, Jobs, Progress, lane_of
from workbench.labelstudio.child import end_with_parent
from workbench.project import Project

IDLE_S = 0.5
SYNC_EVERY_S = 10.0
NICE = 10
"""Training stands back behind the web UI: on two busy cores a save takes a third of the time."""


def run_job(project: Project, job: Job) -> None:
    """Runs one job and keeps what came of it."""
    from activelearn.encoder import NoEncoder

    jobs = Jobs(project.store)
    progress = jobs.progress(job.id)
    try:
        progress(0.0, "started")
        report = _work(job.kind)(project, progress, **job.params)
        result = report if isinstance(report, dict) else dataclasses.asdict(report)
        jobs.finish(job.id, "done", result)
    except Cancelled:
        jobs.finish(job.id, "cancelled")
    except WorkbenchError as error:
        jobs.finish(job.id, "failed", error=str(error))
    except NoEncoder as error:
        jobs.finish(job.id, "failed", error=f"workbench.toml: model.name: {error}")
    except Exception as error:
        traceback.print_exc()
        jobs.finish(job.id, "failed", error=f"{type(error).__name__}: {error}")


def _work(kind: str) -> Callable:
    from workbench.workflows import audit, importing, round, simulate, sync, trial

    def of(function: Callable) -> Callable:
        return lambda project, progress, **params: function(project, progress=progress, **params)

    return {
        "round": of(round.run_round),
        "audit": of(audit.run_audit),
        "trial": of(trial.run_trial),
        "sync": of(sync.sync),
        "import": of(importing.import_file),
        "simulate": of(simulate.simulate_file),
    }[kind]


def serve(root: Path, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Takes jobs for ever; beside them it syncs every few seconds when Label Studio is bound."""
    data = threading.Thread(target=_serve_data, args=(root, stop), daemon=True)
    data.start()
    while not stop():
        if not _next_job(root, MODEL_LANE):
            time.sleep(IDLE_S)
    data.join()


def _serve_data(root: Path, stop: Callable[[], bool]) -> None:
    last_sync = 0.0
    while not stop():
        try:
            if _next_job(root, DATA_LANE):
                continue
            if time.monotonic() - last_sync > SYNC_EVERY_S:
                _background_sync(root)
                last_sync = time.monotonic()
        except Exception:
            traceback.print_exc()
        time.sleep(IDLE_S)


def _next_job(root: Path, lane: tuple[str, ...]) -> bool:
    project = Project.open(root)
    try:
        job = Jobs(project.store).take(lane)
        if job is not None:
            run_job(project, job)
        return job is not None
    finally:
        project.close()


def _background_sync(root: Path) -> None:
    from workbench.workflows.sync import sync

    project = Project.open(root)
    try:
        if project.connected():
            sync(project)
    except WorkbenchError as error:
        project.store.set_fact("sync_error", str(error))
    finally:
        project.close()


def follow(project: Project, job_id: int, show: Progress) -> Job:
    """Waits for a job, running it here when no worker does, and returns its end state."""
    jobs = Jobs(project.store)
    while True:
        job = jobs.get(job_id)
        if job.state not in ("queued", "running"):
            return job
        taken = jobs.take(lane_of(job.kind)) if job.state == "queued" else None
        if taken is not None:
            _shown(project, taken, show)
        else:
            show(job.progress, job.message or f"waiting for {_ahead(jobs, job)}")
            time.sleep(IDLE_S)


def _ahead(jobs: Jobs, job: Job) -> str:
    others = [
        f"job {other.id} ({other.kind})"
        for other in jobs.recent(100)
        if other.state == "running" and other.kind in lane_of(job.kind)
    ]
    return ", ".join(others) or "the worker"


def _shown(project: Project, job: Job, show: Progress) -> None:
    done = threading.Event()

    def watch() -> None:
        while not done.wait(IDLE_S):
            current = Jobs(project.store).get(job.id)
            show(current.progress, current.message)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        run_job(project, job)
    finally:
        done.set()
        watcher.join()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        end_with_parent(int(sys.argv[2]))
    os.nice(NICE)
    serve(Path(sys.argv[1]))
