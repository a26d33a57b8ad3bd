"""How long pulling and publishing take on a real Label Studio, beside the server's own time."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median

from benchmarks.report import Options

TASKS, ANNOTATED, CHANGES, CHOSEN, ONE_BY_ONE = 50_000, 10_000, 100, 1_000, 40
IMPORT_CHUNK, ANNOTATED_CHUNK = 10_000, 1_000
MOST_OVERHEAD_S, LEAST_RATIO = 1.0, 20.0
PULLS = 3
LABELS = ("billing", "delivery", "login", "praise", "question")


def pull_push(options: Options) -> dict:
    """Makes a Label Studio project of 50,000 tasks, 10,000 annotated, and works with it.

    The first pull runs in a process of its own, so that its peak memory is its own. A pull after
    100 changes is timed beside the same requests sent again by plain httpx: their time is what the
    server itself takes. Publishing 1,000 items (tasks, predictions, view) is timed beside 40 items
    sent with one call each for the task and one for the prediction, times 25.
    """
    from workbench.labelstudio.server import ManagedServer

    with tempfile.TemporaryDirectory(prefix="bench-pull-") as temporary:
        folder = Path(temporary)
        with ManagedServer(folder / "label-studio") as server:
            info = server.start()
            made = _fill(info.url, info.token, options.seed)
            root = _project(folder / "project", info.url, info.token, made["number"])
            first = _child("first", root)
            # the changes of the import are settled: nothing of it is looked at again
            time.sleep(31)
            _child("again", root)
            changes = [_after_changes(root, options.seed + turn) for turn in range(PULLS)]
            publish = _publish(root)
    overhead = median(one["seconds"] - one["server_seconds"] for one in changes)
    ok = (
        first["items"] == TASKS
        and first["labelled"] == ANNOTATED
        and all(one["pulled"] == CHANGES for one in changes)
        and overhead < MOST_OVERHEAD_S
        and publish["ratio"] >= LEAST_RATIO
        and publish["predictions"] == CHOSEN
    )
    return {
        "rows": _rows(first, changes, publish, overhead),
        "ok": ok,
        "made": made,
        "first_pull": first,
        "after_changes": changes,
        "overhead_seconds": overhead,
        "publish": publish,
    }


def _rows(first: dict, changes: list[dict], publish: dict, overhead: float) -> list[dict]:
    usual = sorted(changes, key=lambda one: one["seconds"] - one["server_seconds"])[PULLS // 2]
    return [
        {
            "what": f"first pull, {TASKS:,} tasks, {ANNOTATED:,} annotated",
            "seconds": f"{first['seconds']:.1f}",
            "of it the server's": f"{first['server_seconds']:.1f}",
            "a second": f"{TASKS / first['seconds']:,.0f} tasks",
            "peak memory (GiB)": f"{first['peak_gib']:.2f}",
            "promised": "",
        },
        {
            "what": f"pull after {CHANGES} changes (median of {PULLS})",
            "seconds": f"{usual['seconds']:.2f}",
            "of it the server's": f"{usual['server_seconds']:.2f}",
            "a second": f"{CHANGES / usual['seconds']:,.0f} changes",
            "peak memory (GiB)": "",
            "promised": f"< {MOST_OVERHEAD_S:.0f} s more than the server (here {overhead:.2f} s)",
        },
        {
            "what": f"publish {CHOSEN:,} chosen items with predictions",
            "seconds": f"{publish['seconds']:.1f}",
            "of it the server's": "",
            "a second": f"{CHOSEN / publish['seconds']:,.0f} items",
            "peak memory (GiB)": "",
            "promised": f"≥ {LEAST_RATIO:.0f} × one call each (here {publish['ratio']:.0f} ×)",
        },
        {
            "what": f"the same with one call each ({ONE_BY_ONE} items, extrapolated)",
            "seconds": f"{publish['one_by_one_seconds']:.1f}",
            "of it the server's": "",
            "a second": f"{CHOSEN / publish['one_by_one_seconds']:,.0f} items",
            "peak memory (GiB)": "",
            "promised": "",
        },
    ]


def _fill(url: str, token: str, seed: int) -> dict:
    """The project; tasks with annotations are imported while nobody else writes, and counted."""
    from activelearn.data import LabelSchema
    from workbench.labelstudio.client import LabelStudioClient
    from workbench.labelstudio.connection import BULK, Connection
    from workbench.labelstudio.labelconfig import build, parse
    from workbench.labelstudio.results import to_result

    xml = build(LabelSchema("single", LABELS))
    config, draw = parse(xml), random.Random(seed)
    number = LabelStudioClient(url, token).create_project("Pull and push", xml)
    raw = Connection(url, token)
    started = time.perf_counter()
    texts = _texts(TASKS, seed)
    for start, stop, step, said in (
        (0, ANNOTATED, ANNOTATED_CHUNK, True),
        (ANNOTATED, TASKS, IMPORT_CHUNK, False),
    ):
        for low in range(start, stop, step):
            rows = []
            for place in range(low, min(low + step, stop)):
                row: dict = {"data": {"uid": f"item-{place}", "text": texts[place]}}
                if said:
                    result = to_result(draw.choice(LABELS), config)
                    row["annotations"] = [{"result": result, "ground_truth": False}]
                rows.append(row)
            raw.call("POST", f"api/projects/{number}/import", json=rows, timeout=BULK)
    info = LabelStudioClient(url, token).project(number)
    if (info.task_count, info.annotation_count) != (TASKS, ANNOTATED):
        raise RuntimeError(f"the server kept {info.task_count} and {info.annotation_count}")
    return {"number": number, "seconds": time.perf_counter() - started}


def _texts(count: int, seed: int) -> list[str]:
    from sample_data.generate import SETS

    sample, draw = SETS[0], random.Random(f"pull-{seed}")
    labels = sorted(sample.cores)
    composed = []
    for _ in range(count):
        label = draw.choice(labels)
        composed.append(sample.compose(draw, label, draw.choice(sample.cores[label])))
    return composed


def _project(root: Path, url: str, token: str, number: int) -> Path:
    from workbench import config
    from workbench.project import Project

    Project.create(root, name="Pull and push").close()
    config.write(root, {"labelstudio": {"managed": False}})
    project = Project.open(root)
    project.set_labelstudio(url, token, number)
    project.close()
    return root


def _child(what: str, root: Path) -> dict:
    """Runs a sync in a process of its own; what it measured, with its peak memory."""
    code = "import sys; from benchmarks.label_studio.pull_push import measured_sync as run; run()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the {what} sync ended {process.returncode}")
    return json.loads(said) | {"peak_gib": usage.ru_maxrss / 2**20}


def measured_sync() -> None:
    """What the child does: one sync, timed, with the requests that it made sent again after it."""
    from workbench.project import Project
    from workbench.status import status

    project = Project.open(Path(sys.argv[1]))
    result = _timed(project)
    found = status(project)
    print(json.dumps(result | {"items": found["items"], "labelled": found["labelled"]}))


def _timed(project) -> dict:
    """One sync, and the same requests by plain httpx."""
    import httpx

    from workbench.labelstudio.connection import Connection
    from workbench.workflows.sync import sync

    made: list[tuple[str, str, dict]] = []
    call = Connection.call

    def noted(self, method: str, path: str, **request):
        made.append((method, path, {key: request.get(key) for key in ("params", "json")}))
        return call(self, method, path, **request)

    Connection.call = noted
    try:
        started = time.perf_counter()
        report = sync(project)
        seconds = time.perf_counter() - started
    finally:
        Connection.call = call
    headers = {"Authorization": f"Token {project.token}", "Connection": "close"}
    url = project.settings.labelstudio.url + "/"
    if any(method != "GET" for method, _, _ in made):
        raise RuntimeError("a pull wrote to Label Studio")
    with httpx.Client(base_url=url, headers=headers, timeout=600, trust_env=False) as plain:
        started = time.perf_counter()
        for method, path, request in made:
            plain.request(method, path, **request).raise_for_status()
        server_seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "server_seconds": server_seconds,
        "requests": len(made),
        "pulled": report.pulled,
    }


def _after_changes(root: Path, seed: int) -> dict:
    from workbench.labelstudio.results import to_result
    from workbench.project import Project

    project = Project.open(root)
    client, draw = project.client(), random.Random(f"changes-{seed}")
    known = client.find_tasks(
        project.settings.labelstudio.project_id,
        [f"item-{place}" for place in draw.sample(range(ANNOTATED, TASKS), CHANGES)],
    )
    client.project(project.settings.labelstudio.project_id)
    for task in known.values():
        result = to_result(draw.choice(LABELS), project.config)
        client.submit_annotation(task, result, unique_id=str(uuid.UUID(int=draw.getrandbits(128))))
    result = _timed(project)
    project.close()
    return result


def _publish(root: Path) -> dict:
    """Publishes a made-up round of new items, then as many as are affordable one call each."""
    from workbench.labelstudio.connection import Connection
    from workbench.labelstudio.results import to_result
    from workbench.project import Project
    from workbench.tables import Queued, Round
    from workbench.workflows.publish import publish

    project = Project.open(root)
    new = [(f"new-{n}", f"a new text about {n}", {}) for n in range(CHOSEN + ONE_BY_ONE)]
    project.pool.append(new)
    version = "round-1-benchmark"
    with project.store.session() as session:
        session.add(Round(number=1, state="done", model_version=version))
        for rank, (uid, _, _) in enumerate(new[:CHOSEN]):
            said = [LABELS[rank % len(LABELS)]]
            session.add(Queued(round=1, uid=uid, rank=rank, suggestion=said, confidence=0.5))
    with project.store.session() as session:
        row = session.get(Round, 1)
    started = time.perf_counter()
    with project.exchange():
        publish(project, row, lambda _fraction, _message: None)
    seconds = time.perf_counter() - started

    number = project.settings.labelstudio.project_id
    raw = Connection(project.settings.labelstudio.url, project.token)
    predictions = raw.read("api/predictions/", params={"project": number}, timeout=600)
    started = time.perf_counter()
    for rank, (uid, text, _) in enumerate(new[CHOSEN:]):
        data = {"uid": uid, "text": text, "round": 1, "rank": rank}
        task = raw.call("POST", "api/tasks", json={"project": number, "data": data})
        result = to_result(LABELS[rank % len(LABELS)], project.config)
        content = {"task": task["id"], "result": result, "score": 0.5, "model_version": version}
        raw.call("POST", "api/predictions/", json=content)
    sample = time.perf_counter() - started
    project.close()
    each = sample / ONE_BY_ONE * CHOSEN
    return {
        "seconds": seconds,
        "predictions": len([one for one in predictions if one["model_version"] == version]),
        "sample_seconds": sample,
        "one_by_one_seconds": each,
        "ratio": each / seconds,
    }
