"""Kills at random moments of rounds and of annotating lose no label and double nothing."""

from __future__ import annotations

import dataclasses
import random
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

from benchmarks.kills.check import Batch
from benchmarks.report import Options, say

BATCH = 20
AT_ONCE = 3


def kills(options: Options) -> dict:
    """Works on a demo project with a real Label Studio while processes are killed (SIGKILL).

    Rounds run in the managed worker while a person, a process of its own, answers the queue of the
    round before. Each kill is aimed at a step and comes after a random part of it; the killed
    process is started again and the work goes on. In the end what was acknowledged is compared
    with the store and with Label Studio.
    """
    from benchmarks.kills import history
    from benchmarks.kills.drive import AnnotatorDriver, RoundDriver
    from workbench import bootstrap, config
    from workbench.project import Project

    sample = Path(str(files("sample_data") / "customer_service_en"))
    with tempfile.TemporaryDirectory(prefix="bench-kills-") as temporary:
        root = Path(temporary) / "demo"
        bootstrap.create_demo(root, "en")[0].close()
        config.write(root, {"round": {"batch": BATCH, "learner": "head"}})
        project = Project.open(root)
        server = worker = None
        try:
            say("starting Label Studio")
            server = bootstrap.start_server(project, lambda _done, _text: None)
            bootstrap.bind(project)
            worker = bootstrap.Worker(root).start()
            rounds = RoundDriver(project, worker, options.seed)
            person = AnnotatorDriver(root, sample, options.seed)
            batches = _work(project, rounds, person, options)
            worker.stop()
            worker = None
            history.settle(project)
            account = history.account(project, person.acknowledged, batches)
        finally:
            if worker is not None:
                worker.stop()
            if server is not None:
                server.stop()
            project.close()
    made = rounds.kills + person.kills
    return {
        "rows": _rows(made, account),
        "ok": account.ok and len(made) >= options.kills,
        "kills": [dataclasses.asdict(kill) for kill in made],
        "rounds": len(batches),
        "usual_step_seconds": {step: round(took, 2) for step, took in rounds.usual.items()},
        "failed_syncs": person.failures,
        "account": account.to_json(),
    }


def plan(count: int, seed: int) -> list[str]:
    """``count`` aims: every step of a round, publishing twice as often, and annotating."""
    from benchmarks.kills.drive import ANSWERING, SENDING
    from workbench.workflows.round import STEPS

    cycle = [*STEPS, "publish", ANSWERING, SENDING, ANSWERING, SENDING]
    aims = [cycle[place % len(cycle)] for place in range(count)]
    random.Random(seed).shuffle(aims)
    return aims


def _work(project, rounds, person, options: Options) -> dict[int, Batch]:
    """Rounds, each with the annotating of the one before beside it, until all kills are made."""
    from benchmarks.kills.drive import MOST_IN_A_ROUND
    from benchmarks.kills.history import batch_of
    from workbench.workflows.round import STEPS

    aims = plan(options.kills, options.seed)
    batches: dict[int, Batch] = {}
    with ThreadPoolExecutor(1) as beside:
        number, _ = rounds.run([])
        batches[number] = batch_of(project, number, BATCH)
        for _ in range(2 * options.kills + 2):
            made = len(rounds.kills) + len(person.kills)
            say(f"round {number} done, {made} kills, {len(person.acknowledged)} answers saved")
            if made >= options.kills:
                break
            for_worker = _take(aims, set(STEPS), min(AT_ONCE, MOST_IN_A_ROUND))
            for_person = _take(aims, set(aims) - set(STEPS), AT_ONCE)
            answering = beside.submit(person.run, for_person)
            number, missed = rounds.run(for_worker)
            aims += answering.result() + missed
            batches[number] = batch_of(project, number, BATCH)
        person.run([])
    return batches


def _take(aims: list[str], among: set[str], most: int) -> list[str]:
    taken = [aim for aim in aims if aim in among][:most]
    for aim in taken:
        aims.remove(aim)
    return taken


def _rows(made: list, account) -> list[dict]:
    landed = Counter(f"{kill.victim}: {kill.landed}" for kill in made)
    counts = [("kills", len(made))]
    counts += [(f"kills, {where}", count) for where, count in sorted(landed.items())]
    counts += [
        ("labels acknowledged", account.acknowledged),
        ("of them in the store and in Label Studio", account.in_label_studio),
        ("labels lost", account.lost),
        ("answers left waiting", account.waiting),
        ("annotations in Label Studio twice", account.duplicate_annotations),
        ("annotations nobody made", account.strange_annotations),
        ("tasks, of expected", f"{account.tasks} of {account.tasks_expected}"),
        ("tasks twice", account.duplicate_tasks),
        ("predictions, of expected", f"{account.predictions} of {account.predictions_expected}"),
        ("tasks with wrong predictions", account.wrong_predictions),
    ]
    return [{"what": what, "count": count} for what, count in counts]
