"""The worker and the annotator, killed at random moments, and the work that goes on after each."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from workbench.bootstrap import Worker
from workbench.jobs import ATTEMPTS, Jobs
from workbench.project import Project
from workbench.tables import JobRow, Round
from workbench.workflows.round import STEPS

ANSWERING, SENDING = "answer", "send"
POLL_S = 0.01
ROUND_S = 900.0
MOST_IN_A_ROUND = ATTEMPTS - 2
"""A job whose worker died ATTEMPTS times is given up, which is not what is measured here."""


@dataclass(frozen=True)
class Kill:
    """One SIGKILL: who was killed, in which step it was meant to land and in which it did."""

    victim: str
    aimed: str
    landed: str
    detail: str = ""


@dataclass
class RoundDriver:
    """Runs rounds as jobs of the managed worker, and kills it in them."""

    project: Project
    worker: Worker
    seed: int
    kills: list[Kill] = field(default_factory=list)
    rounds: int = 0
    usual: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))

    def run(self, aims: list[str]) -> tuple[int, list[str]]:
        """One round with a kill in each step of ``aims``; its number, and the aims it missed.

        A kill comes after a random part of the time that the step took when it last ran; a step
        that is over before that is missed.
        """
        draw = random.Random(f"{self.seed}-{self.rounds}")
        self.rounds += 1
        aims = list(aims)
        jobs = Jobs(self.project.store)
        number = jobs.submit("round")
        deadline = time.monotonic() + ROUND_S
        current, since, moment = "", 0.0, 0.0
        while (job := jobs.get(number)).state in ("queued", "running"):
            now = time.monotonic()
            if now > deadline:
                raise TimeoutError(f"the round's job did not end: {job.message}")
            step = self._step(number)
            if step != current:
                if current:
                    self.usual[current] = now - since
                current, since = step, now
                moment = now + draw.random() * self.usual.get(step, 0.0)
            if step in aims and now >= moment and self._kill(step, number):
                aims.remove(step)
                current = ""
            time.sleep(POLL_S)
        if current:
            self.usual[current] = time.monotonic() - since
        if job.state != "done":
            log = (self.project.state / "worker.log").read_text("utf-8", "replace")
            raise RuntimeError(f"the round's job is {job.state}: {job.error}\n{log[-4000:]}")
        return job.result["number"], aims

    def _kill(self, aim: str, number: int) -> bool:
        process = self.worker.process
        if process is None or process.poll() is not None:
            return False
        process.send_signal(signal.SIGKILL)
        process.wait()
        with self.project.store.session() as session:
            job = session.get(JobRow, number)
            landed = self._open_step() if job.state == "running" else "after the round"
            self.kills.append(Kill("worker", aim, landed, job.message))
        return True

    def _step(self, number: int) -> str:
        """The step that a live worker is in now, empty when it is not in the job."""
        process = self.worker.process
        with self.project.store.session() as session:
            job = session.get(JobRow, number)
            if process is None or job.state != "running" or job.pid != process.pid:
                return ""
        return self._open_step()

    def _open_step(self) -> str:
        with self.project.store.session() as session:
            done = session.scalars(select(Round.step).where(Round.state == "open")).first()
        if done is None:
            return ""
        return STEPS[min(STEPS.index(done) + 1, len(STEPS) - 1)] if done else STEPS[0]


@dataclass
class AnnotatorDriver:
    """Runs the annotating process until the queue is empty, and kills it on the way."""

    root: Path
    truth: Path
    seed: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    starts: int = 0

    def run(self, aims: list[str]) -> list[str]:
        """Answers what is queued, with a kill for each of ``aims``; the aims that were missed."""
        aims = list(aims)
        while True:
            aim = aims[0] if aims else ""
            last = self._once(aim)
            if last == "done":
                return aims
            if not aim:
                raise RuntimeError(f"the annotating process ended by itself after {last!r}")
            aims.pop(0)

    def _once(self, aim: str) -> str:
        """One life of the process; its last line."""
        draw = random.Random(f"{self.seed}-annotator-{self.starts}")
        self.starts += 1
        process = subprocess.Popen(
            [
                sys.executable, "-m", "benchmarks.kills.annotator", str(self.root),
                str(self.truth), str(self.seed + self.starts), str(os.getpid()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        word = {ANSWERING: "asks", SENDING: "syncs"}.get(aim, "")
        passed = draw.randint(1, 4)
        moment = draw.random() * {ANSWERING: 0.008, SENDING: 0.5}.get(aim, 0.0)
        last = ""
        try:
            for line in process.stdout or ():
                last = line.strip()
                self._heard(last)
                if word and last.partition(" ")[0] == word:
                    passed -= 1
                    if passed == 0:
                        time.sleep(moment)
                        process.kill()
        finally:
            process.kill()
            process.wait()
        if process.returncode == -signal.SIGKILL and last != "done":
            self.kills.append(Kill("annotator", aim, _phase(last), last))
        return last

    def _heard(self, line: str) -> None:
        what, _, rest = line.partition(" ")
        if what == "saved":
            _number, uid, label = rest.split()
            self.acknowledged[uid] = label
        elif what == "failed":
            self.failures.append(rest)


def _phase(last: str) -> str:
    """Where the annotating process was when it died, by the last line it wrote."""
    words: dict[str, str] = {"asks": ANSWERING, "saved": "between answers", "syncs": SENDING}
    return words.get(last.partition(" ")[0], "between answers")
