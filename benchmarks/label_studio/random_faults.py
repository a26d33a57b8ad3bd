"""Faults at random moments while people label and rounds are published: what is lost?"""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.label_studio.crowd import Person, StudioPerson, WebPerson
from benchmarks.label_studio.ledger import compare
from benchmarks.label_studio.proxy import CUT, Proxy, Reply
from benchmarks.label_studio.world import World, world
from benchmarks.report import Options, say
from workbench import config
from workbench.jobs import Jobs

ITEMS = 5_400
PEOPLE = 4
DISK_MB = 900
SETTINGS = {"round": {"batch": 200, "learner": "head", "holdout": 60}}
BETWEEN_S = (0.3, 2.0)
LASTS_S = (0.5, 4.0)
READY_S = 600.0


@dataclass
class Trouble:
    """What the way to Label Studio does to requests just now."""

    mode: str = ""
    seconds: float = 0.0

    def before(self, method: str, path: str) -> Reply | None:
        if self.mode == "500":
            return Reply(500, (("Content-Type", "application/json"),), b'{"detail": "broken"}')
        if self.mode == "hang":
            time.sleep(self.seconds)
            return CUT
        return None

    def after(self, reply: Reply) -> Reply:
        """The server has done it, and nobody hears so."""
        return CUT if self.mode == "cut" else reply


@dataclass
class Faults:
    """Makes faults, each put right again after a while; ``made`` is the list of what happened."""

    here: World
    trouble: Trouble
    disk: Path | None
    draw: random.Random
    made: list[dict] = field(default_factory=list)

    def kinds(self) -> dict[str, Callable[[float], None]]:
        known = {
            "web UI killed": self._kill_web,
            "worker killed": self._kill_worker,
            "Label Studio killed": self._kill_studio,
            "Label Studio answers 500": lambda lasts: self._way("500", lasts),
            "Label Studio hangs": lambda lasts: self._way("hang", lasts),
            "cut off after Label Studio did it": lambda lasts: self._way("cut", lasts),
            "token revoked and renewed": self._token,
        }
        return known | ({"disk full": self._full} if self.disk is not None else {})

    def make(self, name: str) -> None:
        lasts = self.draw.uniform(*LASTS_S)
        started = time.monotonic()
        self.kinds()[name](lasts)
        self.made.append({"fault": name, "seconds": round(time.monotonic() - started, 2)})

    def _kill_web(self, lasts: float) -> None:
        self.here.web.kill()
        time.sleep(lasts)
        self.here.web.start()

    def _kill_worker(self, lasts: float) -> None:
        process = self.here.worker.process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(lasts)

    def _kill_studio(self, lasts: float) -> None:
        process = self.here.server._process
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(lasts)
        self.here.server.start()

    def _way(self, mode: str, lasts: float) -> None:
        self.trouble.seconds = lasts
        self.trouble.mode = mode
        time.sleep(lasts)
        self.trouble.mode = ""

    def _token(self, lasts: float) -> None:
        project = self.here.project
        headers = {"Authorization": f"Token {project.token}"}
        direct = self.here.studio
        answer = httpx.post(f"{direct}/api/current-user/reset-token", headers=headers, timeout=60)
        fresh = answer.raise_for_status().json()["token"]
        time.sleep(lasts)
        project.set_labelstudio(project.settings.labelstudio.url, fresh)

    def _full(self, lasts: float) -> None:
        filler = self.disk / "filler"
        with open(filler, "wb") as file:
            try:
                while True:
                    file.write(b"\0" * (1 << 20))
                    file.flush()
            except OSError:
                pass
        time.sleep(lasts)
        filler.unlink()


def random_faults(options: Options) -> dict:
    """Faults one after the other while people label by the web UI and in Label Studio.

    All traffic between the workbench and Label Studio passes a proxy that can spoil it. The disk is
    a small file system of its own where this may be mounted (as root). In the end the store and
    Label Studio are compared, item by item, with what the people saw as saved.
    """
    emails = [f"person{number}@example.com" for number in range(PEOPLE)]
    studio = "studio@example.com"
    draw = random.Random(options.seed)
    with _disk() as (folder, disk):
        root = folder / "project"
        with world(root, [*emails, studio], ITEMS, SETTINGS) as here:
            trouble = Trouble()
            here.studio = here.project.settings.labelstudio.url
            with Proxy(here.studio, before=trouble.before, after=trouble.after) as proxy:
                _point_at(here, proxy.url)
                people = _people(here, emails, studio, options.seed)
                faults = Faults(here, trouble, disk, draw)
                stop = threading.Event()
                rounds = threading.Thread(target=_rounds, args=(here, stop), daemon=True)
                rounds.start()
                for person in people:
                    person.start()
                _until_somebody_works(people)
                names = sorted(faults.kinds())
                plan = [names[place % len(names)] for place in range(options.faults)]
                draw.shuffle(plan)
                for number, name in enumerate(plan, start=1):
                    faults.make(name)
                    if number % 10 == 0:
                        saved = sum(len(person.diary.saved) for person in people)
                        say(f"{number} faults, {saved} labels saved")
                    time.sleep(draw.uniform(*BETWEEN_S))
                stop.set()
                for person in people:
                    person.stop()
                for person in people[:PEOPLE]:
                    person.finish()
                rounds.join()
                ledger = compare(here.project, [person.diary for person in people])
    kinds = Counter(one["fault"] for one in faults.made)
    rows = [("faults", len(faults.made)), *sorted(kinds.items()), *ledger.rows()]
    return {
        "rows": [{"what": what, "count": count} for what, count in rows],
        "ok": ledger.ok and len(faults.made) >= options.faults,
        "faults": faults.made,
        "wrong": ledger.faults,
        "ledger": dataclasses.asdict(ledger),
        "problems": Counter(
            problem.split(":")[0] for person in people for problem in person.diary.problems
        ),
    }


@contextmanager
def _disk() -> Iterator[tuple[Path, Path | None]]:
    """A folder on a small disk of its own, and that disk; without one where it is not allowed."""
    with tempfile.TemporaryDirectory(prefix="bench-faults-") as temporary:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", temporary]
        mounted = os.geteuid() == 0 and not subprocess.run(mount, capture_output=True).returncode
        try:
            yield Path(temporary), Path(temporary) if mounted else None
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", temporary], check=False)


def _point_at(here: World, url: str) -> None:
    """The project talks to Label Studio at ``url`` from now on."""
    config.write(here.project.root, {"labelstudio": {"managed": False}})
    here.project.set_labelstudio(url, here.project.token)


def _people(here: World, emails: list[str], studio: str, seed: int) -> list[Person]:
    pauses = (0.3, 1.2)
    return [
        *(WebPerson(here.web.url, one, here.truth, seed, pauses) for one in emails),
        StudioPerson(here.project, here.studio, studio, here.truth, seed, pauses),
    ]


def _rounds(here: World, stop: threading.Event) -> None:
    """A round after the other; one that failed is started again and goes on."""
    jobs = Jobs(here.project.store)
    while not stop.is_set():
        try:
            number = jobs.submit("round", {})
            while jobs.get(number).state in ("queued", "running") and not stop.wait(1.0):
                pass
        except Exception as error:
            say(f"rounds: {type(error).__name__}")
        stop.wait(3.0)
    for job in jobs.active():
        jobs.cancel(job.id)
    while jobs.active():
        time.sleep(0.5)


def _until_somebody_works(people: list[Person]) -> None:
    deadline = time.monotonic() + READY_S
    while not any(person.diary.saved for person in people):
        if time.monotonic() > deadline:
            problems = [person.diary.problems[-1:] for person in people]
            raise TimeoutError(f"nobody got anything to label: {problems}")
        time.sleep(0.5)
