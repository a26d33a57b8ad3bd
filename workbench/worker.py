"""The job worker: ``python -m workbench.worker PROJECT [PARENT]`` takes jobs until stopped.

What trains models stands back behind everything else on the machine. What exchanges data must not:
others wait for the locks that it holds. So each of the two has a process.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from workbench import reranking
from workbench.errors import Cancelled, StoreError, WorkbenchError
from workbench.exchange.pace import Pace
from workbench.jobs import (
    BEAT_S,
    IMPORT_LANE,
    MODEL_LANE,
    SYNC_LANE,
    Job,
    Jobs,
    Progress,
    lane_of,
)
from workbench.labelstudio.child import end_with_parent
from workbench.labelstudio.connection import back_off
from workbench.project import Project

IDLE_S = 0.5
MOST_TROUBLE_S = 30.0
RESTART_S = 1.0
NICE = 10
REST = 10.0
DATA = "data"


def run_job(project: Project, job: Job) -> None:
    """Runs one job and keeps what came of it."""
    from activelearn.encoder import NoEncoder

    jobs = Jobs(project.store)
    progress = jobs.progress(job.id)
    ended = threading.Event()
    threading.Thread(target=_beat, args=(jobs, job.id, ended), daemon=True).start()
    try:
        progress(0.0, "started")
        report = _work(job.kind)(project, progress, job.who, **job.params)
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
    finally:
        ended.set()


def _beat(jobs: Jobs, job_id: int, ended: threading.Event) -> None:
    while not ended.wait(BEAT_S):
        with contextlib.suppress(StoreError):
            jobs.beat(job_id)


def _work(kind: str) -> Callable:
    from workbench.workflows import audit, importing, round, simulate, sync, trial, tune

    def of(function: Callable) -> Callable:
        return lambda project, progress, by, **params: function(
            project, progress=progress, by=by, **params
        )

    return {
        "round": of(round.run_round),
        "audit": of(audit.run_audit),
        "trial": of(trial.run_trial),
        "sync": lambda project, progress, _by: sync.sync(project, progress),
        "import": of(importing.import_file),
        "simulate": of(simulate.run_replay),
        "tune": of(tune.run_tune),
    }[kind]


def serve(root: Path, *, stop: Callable[[], bool] = lambda: False, nice: int = 0) -> None:
    """Takes the jobs that train, ``nice`` to others; a process beside it takes those of data."""
    data = threading.Thread(target=_data_process, args=(root, stop), daemon=True)
    data.start()
    os.nice(nice)
    _lane(root, MODEL_LANE, stop)
    data.join()


def _data_process(root: Path, stop: Callable[[], bool]) -> None:
    """Keeps the data process going; it ends with this one."""
    while not stop():
        command = [sys.executable, "-m", "workbench.worker", str(root), str(os.getpid()), DATA]
        with contextlib.suppress(OSError):  # no room for a process just now
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            while process.poll() is None and not stop():
                time.sleep(IDLE_S)
            process.terminate()
            process.wait()
        time.sleep(0 if stop() else RESTART_S)


def serve_data(root: Path) -> None:
    """Takes the jobs of data; what is exchanged with Label Studio does not wait for an import."""

    def go_on() -> bool:
        return False

    threading.Thread(target=_lane, args=(root, IMPORT_LANE, go_on), daemon=True).start()
    _lane(root, SYNC_LANE, go_on, (_Syncs(), Reranks()))


def _lane(
    root: Path, lane: tuple[str, ...], stop: Callable[[], bool], turns: Sequence[_Turns] = ()
) -> None:
    trouble = 0
    while not stop():
        try:
            with closing(Project.open(root)) as project:
                while not stop() and project.current():
                    if not _next_job(root, project, lane):
                        for one in turns:
                            one.turn(project)
                        time.sleep(IDLE_S)
                    trouble = 0
        except Exception as error:
            # on a full disk the log cannot be written either, and the lane must go on
            with contextlib.suppress(OSError):
                said = error if isinstance(error, WorkbenchError) else traceback.format_exc()
                print(said, flush=True)
            time.sleep(back_off(trouble, IDLE_S, MOST_TROUBLE_S))
            trouble += 1


def _next_job(root: Path, watched: Project, lane: tuple[str, ...]) -> bool:
    job = Jobs(watched.store).take(lane)
    if job is None:
        return False
    with closing(Project.open(root)) as project:
        run_job(project, job)
    return True


class _Turns(Protocol):
    """What is done again and again while no job waits."""

    def turn(self, project: Project) -> None: ...


class Reranks:
    """Orders the queue anew after labels came in, and rests ten times as long as that took."""

    def __init__(self) -> None:
        self.seen: tuple = ()
        self.rested = 0.0

    def turn(self, project: Project) -> None:
        if time.monotonic() < self.rested or not project.settings.round.rerank:
            return
        if (stamp := reranking.stamp(project)) == self.seen:
            return
        started = time.monotonic()
        try:
            reranking.rerank(project)
        except Exception as error:  # the order is not worth a sync
            print(f"the queue keeps its order: {type(error).__name__}: {error}", flush=True)
        self.seen = stamp
        self.rested = time.monotonic() + REST * (time.monotonic() - started)


class _Syncs:
    """The background syncs while Label Studio is bound, at their `Pace`."""

    def __init__(self) -> None:
        self.pace: Pace | None = None

    def turn(self, project: Project) -> None:
        """Syncs if it is time; what goes wrong is kept for the pages, and tried again later."""
        from workbench.bootstrap import bind, bindable
        from workbench.workflows.sync import sync

        chosen = project.settings.labelstudio
        if not (project.connected() or bindable(project)):
            return
        seconds = chosen.sync_seconds
        if self.pace is None or self.pace.seconds != seconds:
            self.pace = Pace(seconds)
        if not self.pace.due(project):
            return
        self.pace.before(project)
        try:
            bind(project)
            if not project.connected():
                return
            report = sync(project)
        except WorkbenchError as error:
            self.pace.failed()
            project.store.set_fact("sync_error", str(error))
        except Exception as error:
            self.pace.failed()
            project.store.set_fact("sync_error", f"{type(error).__name__}: {error}")
            traceback.print_exc()
        else:
            self.pace.went_well(project, report.pulled + report.sent + report.deleted)


def follow(project: Project, job_id: int, show: Progress) -> Job:
    """Waits for a job, running it here when no worker does (it died, maybe), and returns its end
    state."""
    jobs = Jobs(project.store)
    while True:
        job = jobs.get(job_id)
        if job.state not in ("queued", "running"):
            return job
        taken = jobs.take(lane_of(job.kind))
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
    if sys.argv[3:] == [DATA]:
        serve_data(Path(sys.argv[1]))
    else:
        serve(Path(sys.argv[1]), nice=NICE)
