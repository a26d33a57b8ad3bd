"""Twelve people label for ten minutes while rounds train: what they were served, saved, waited."""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from benchmarks.label_studio.crowd import Diary, Person, StudioPerson, WebPerson
from benchmarks.label_studio.ledger import compare
from benchmarks.label_studio.world import World, world
from benchmarks.report import Options, say
from workbench.jobs import Jobs
from workbench.tables import Queued, Share

WEB, STUDIO = 6, 6
ITEMS = 5_400
SETTINGS = {
    "round": {"batch": 900, "learner": "finetune", "holdout": 100},
    "team": {"overlap": 2, "overlap_share": 0.1},
}
PROMISED_P95_S = 0.15
LEAST_TRAINING = 0.5


def team_work(options: Options) -> dict:
    """Half of the people work through the workbench's endpoints, half in Label Studio's stream.

    A tenth of each batch is asked of two people. A fine-tune trains and publishes rounds all the
    time. In the end everything that was confirmed is looked up in the store and in Label Studio.
    """
    seconds = options.seconds
    web = [f"web{number}@example.com" for number in range(WEB)]
    studio = [f"studio{number}@example.com" for number in range(STUDIO)]
    with tempfile.TemporaryDirectory(prefix="bench-team-") as temporary:
        root = Path(temporary) / "team"
        with world(root, web + studio, ITEMS, SETTINGS) as here:
            people = _people(here, web, studio, options.seed)
            _round(here, learner="head", wait=True)
            say("the first batch is dealt")
            for person in people:
                person.start()
            asked: dict[str, int] = {}
            rounds, training = _rounds_until(here, time.monotonic() + seconds, asked)
            for person in people:
                person.stop()
            for person in people[:WEB]:
                person.finish()
            diaries = [person.diary for person in people]
            ledger = compare(here.project, diaries)
            served = _served(here, diaries, asked)
    waits = [took for diary in diaries[:WEB] for took in diary.took]
    p50, p95 = (float(np.quantile(waits, share)) for share in (0.5, 0.95))
    in_studio = [took for diary in diaries[WEB:] for took in diary.took]
    rows = [
        ("seconds", seconds),
        ("people in the workbench, in Label Studio", f"{WEB}, {STUDIO}"),
        (
            "rounds done beside them, share of the time that one trained",
            f"{rounds}, {training:.0%}",
        ),
        *ledger.rows(),
        ("items served to more people than wanted", served["too_often"]),
        ("items of a share served out of order", served["out_of_order"]),
        ("save-and-next in the workbench, p50 / p95", f"{1000 * p50:.0f} / {1000 * p95:.0f} ms"),
        ("save in Label Studio, p50", f"{1000 * float(np.median(in_studio)):.0f} ms"),
    ]
    return {
        "rows": [{"what": what, "value": value} for what, value in rows],
        "ok": ledger.ok
        and not served["too_often"]
        and not served["out_of_order"]
        and p95 < PROMISED_P95_S
        and training > LEAST_TRAINING,
        "people": [
            {"email": one.email, "saved": len(one.saved), "served": len(one.served),
             "problems": one.problems[:20]}
            for one in diaries
        ],
        "faults": ledger.faults,
        "served": served,
        "save_and_next_s": {"p50": p50, "p95": p95, "n": len(waits)},
    }  # fmt: skip


def _people(here: World, web: list[str], studio: list[str], seed: int) -> list[Person]:
    url = here.project.settings.labelstudio.url
    return [
        *(WebPerson(here.web.url, email, here.truth, seed) for email in web),
        *(StudioPerson(here.project, url, email, here.truth, seed) for email in studio),
    ]


def _round(here: World, learner: str, wait: bool = False) -> int:
    jobs = Jobs(here.project.store)
    number = jobs.submit("round", {"learner": learner})
    while wait and jobs.get(number).state in ("queued", "running"):
        time.sleep(0.5)
    if wait and jobs.get(number).state != "done":
        raise RuntimeError(jobs.get(number).error)
    return number


def _rounds_until(here: World, deadline: float, asked: dict[str, int]) -> tuple[int, float]:
    """Starts one round after the other until then; how many were done, and which share of the time
    one was training. Notes in ``asked`` of how many people each item was wanted at most: what
    nobody had answered is forgotten with its batch."""
    jobs = Jobs(here.project.store)
    done = 0
    training: list[bool] = []
    number = _round(here, "finetune")
    while time.monotonic() < deadline:
        job = jobs.get(number)
        training.append(job.state == "running" and "step" in job.message)
        _note(here, asked)
        if job.state not in ("queued", "running"):
            done += job.state == "done"
            say(f"round job {number} {job.state} {job.error}")
            number = _round(here, "finetune")
        time.sleep(1.0)
    jobs.cancel(number)
    while jobs.get(number).state == "running":
        time.sleep(0.5)
    return done, sum(training) / len(training)


def _note(here: World, asked: dict[str, int]) -> None:
    most = select(Queued.uid, func.max(Queued.wanted)).group_by(Queued.uid)
    with here.project.store.session() as session:
        for uid, wanted in session.execute(most):
            asked[uid] = max(asked.get(uid, 1), wanted)


def _served(here: World, diaries: list[Diary], asked: dict[str, int]) -> dict:
    """What was served more often than wanted, in which rounds to whom, and what out of a person's
    own order."""
    _note(here, asked)
    with here.project.store.session() as session:
        taken = {
            (share.round, share.uid, share.annotator)
            for share in session.scalars(select(Share).where(Share.taken_from != ""))
        }
    counts = Counter(uid for diary in diaries for uid in {uid for _, _, uid in diary.served})
    too_often = {
        uid: sorted(
            (number, diary.email)
            for diary in diaries
            for number, _, one in diary.served
            if one == uid
        )
        for uid, n in counts.items()
        if n > asked.get(uid, 1)
    }
    out_of_order = []
    for diary in diaries:
        last: dict[int, int] = defaultdict(int)
        for number, rank, uid in diary.served:
            if (number, uid, diary.email) in taken:
                continue
            if rank < last[number]:
                out_of_order.append((diary.email, number, uid, rank, last[number]))
            last[number] = max(last[number], rank)
    return {
        "too_often": len(too_often),
        "out_of_order": len(out_of_order),
        "examples": [*too_often.items(), *out_of_order][:20],
    }
