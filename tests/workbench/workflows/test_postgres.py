"""The state on a real PostgreSQL: the whole loop, two machines, and a server that dies."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from tests.postgres import Cluster
from tests.workbench.workflows.conftest import texts
from workbench import config, events, findings, items, sessions
from workbench.annotate import Annotator
from workbench.errors import ConfigError, SchemaError, StoreError
from workbench.exchange import labels
from workbench.jobs import MODEL_LANE, SILENT, Jobs
from workbench.labelstudio.client import LabelStudioClient
from workbench.project import EXCHANGE, STORE_URL, Project
from workbench.status import status
from workbench.tables import Event, JobRow, now
from workbench.workflows.audit import run_audit
from workbench.workflows.export import export
from workbench.workflows.importing import import_file
from workbench.workflows.sync import sync

ANN = "ann@example.com"


@pytest.fixture
def url(postgres: Cluster) -> str:
    return postgres.database()


@pytest.fixture
def project(tmp_path: Path, url: str) -> Iterator[Project]:
    """240 texts, the first 80 labelled; its state in a database of its own."""
    Project.create(tmp_path / "project", name="On PostgreSQL").close()
    config.write(tmp_path / "project", {"round": {"learner": "head"}, "store": {"url": url}})
    made = Project.open(tmp_path / "project")
    lines = ["uid,text,label"]
    lines += [f"{u},{t},{y if i < 80 else ''}" for i, (u, t, y) in enumerate(texts(240))]
    (tmp_path / "data.csv").write_text("\n".join(lines))
    import_file(made, tmp_path / "data.csv")
    yield made
    made.close()


def test_the_loop_with_a_worker(project: Project, label_studio, tmp_path: Path) -> None:
    assert project.store.engine.dialect.name == "postgresql"
    client = LabelStudioClient(label_studio.url, label_studio.token)
    number = client.create_project("On PostgreSQL", str(project.store.fact("label_config")))
    project.set_labelstudio(label_studio.url, label_studio.token, number)
    jobs = Jobs(project.store)
    job = jobs.submit("round", {"batch": 20, "learner": "head"})
    worker = subprocess.Popen([sys.executable, "-m", "workbench.worker", str(project.root)])
    try:
        wait_for(lambda: jobs.get(job).state not in ("queued", "running"))
        assert jobs.get(job).state == "done", jobs.get(job).error
        ann = Annotator(project, ANN)
        first, second = ann.queue(2)
        ann.submit(first.uid, "refund")
        ann.skip(second.uid, "unclear")
        assert ann.undo() == second.uid
        wait_for(lambda: status(project)["waiting_to_send"] == 0)
    finally:
        worker.kill()
        worker.wait()
    (sent,) = (t.annotations for t in client.pull(number, None).tasks if t.annotations)
    assert len(sent) == 1
    for one in ann.queue(30):
        ann.submit(one.uid, "delivery")
    assert run_audit(project).findings > 0
    found = findings.ranked(project)[0]
    findings.decide(project, found.id, "change", ANN, "login")
    assert sync(project).waiting == 0 and items.labels(project)[found.uid] == ["login"]
    xml = project.config.xml.replace('"refund"', '"money back"')
    client._connection.call("PATCH", f"api/projects/{number}", json={"label_config": xml})
    assert sync(project).labels_changed
    labels.apply(project, {}, by=ANN)
    said = [one for one in items.labels(project).values()]
    assert ["money back"] in said and ["refund"] not in said
    assert export(project, "jsonl", tmp_path / "out.jsonl") == len(items.labels(project))
    assert status(project)["labelled"] == len(items.labels(project))


def test_the_exchange_is_held_across_machines(project: Project) -> None:
    other = Project.open(project.root)
    inside = threading.Event()

    def enter() -> None:
        with other.exchange():
            inside.set()

    with project.exchange():
        thread = threading.Thread(target=enter)
        thread.start()
        assert not inside.wait(1)
        assert not list(project.state.glob("exchange.lock")), "no file: machines share none"
        assert not other.store.is_free(EXCHANGE)
    assert inside.wait(10)
    thread.join()
    assert other.store.is_free(EXCHANGE)
    with project.exchange():
        pass
    other.close()


def test_one_job_of_a_lane_at_a_time_on_all_machines(project: Project) -> None:
    jobs = Jobs(project.store)
    for batch in range(8):
        jobs.submit("trial", {"recipe": f"recipe {batch}"})
    taken: list = []
    barrier = threading.Barrier(6)

    def take() -> None:
        barrier.wait()
        taken.append(jobs.take(MODEL_LANE))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([job for job in taken if job is not None]) == 1


def test_events_are_never_changed(project: Project) -> None:
    events.record(project, ANN, "tested")
    for change in ("update event set who = 'x'", "delete from event"):
        with pytest.raises(DBAPIError, match="never changed"), project.store.session() as session:
            session.connection().exec_driver_sql(change)
    with project.store.session() as session:
        assert session.query(Event).count() >= 1


def test_the_url_of_the_environment_stands_over_the_file(
    project: Project, postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_URL, postgres.database())
    empty = Project.open(project.root)
    assert status(empty)["items"] == 0 < status(project)["items"]
    empty.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("postgresql://workbench@127.0.0.1:1/none", "refused"),
        ("postgresql://workbench@no-such-host.invalid/none", "resolve|known"),
        ("postgressql://host/none", "must start with postgresql://"),
        ("mysql://host/none", "must start with postgresql://"),
        ("no url at all", "parse|URL"),
        ("/none", "parse|URL"),
    ],
)
def test_a_mistyped_url_is_one_clear_line(tmp_path: Path, wrong: str, said: str) -> None:
    Project.create(tmp_path / "p", name="Mistyped").close()
    config.write(tmp_path / "p", {"store": {"url": wrong}})
    with pytest.raises(ConfigError, match=f"store.url.*({said})") as error:
        Project.open(tmp_path / "p")
    assert "\n" not in str(error.value)


def test_a_database_that_is_not_there_is_named(tmp_path: Path, postgres: Cluster) -> None:
    Project.create(tmp_path / "p", name="Mistyped").close()
    place = postgres.database().rpartition("/")[0] + "/nowhere"
    config.write(tmp_path / "p", {"store": {"url": place}})
    with pytest.raises(ConfigError, match='"nowhere" does not exist'):
        Project.open(tmp_path / "p")


def test_a_server_that_goes_down_is_one_line_and_work_goes_on_after(
    project: Project, postgres: Cluster
) -> None:
    before = status(project)["items"]
    worker = subprocess.Popen(
        [sys.executable, "-m", "workbench.worker", str(project.root)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        time.sleep(3)
        postgres.stop()
        try:
            with pytest.raises(StoreError, match="database does not work"):
                status(project)
            time.sleep(3)
        finally:
            postgres.start()
        assert status(project)["items"] == before
        job = Jobs(project.store).submit("audit")
        wait_for(lambda: Jobs(project.store).get(job).state == "done")
        assert worker.poll() is None
    finally:
        worker.kill()
        said = worker.communicate()[0]
    assert "database does not work" in said or "cannot be opened" in said
    assert "Traceback" not in said


def test_a_job_of_another_machine_is_left_alone_while_it_gives_signs(project: Project) -> None:
    jobs = Jobs(project.store)
    number = jobs.submit("round")
    assert jobs.take(MODEL_LANE).id == number
    with project.store.session() as session:
        row = session.get(JobRow, number)
        assert row.pid == os.getpid() and row.host.startswith(socket.gethostname())
        row.host, row.pid = "elsewhere/1", 10**7
    assert jobs.take(MODEL_LANE) is None
    assert jobs.get(number).state == "running"
    with project.store.session() as session:
        session.get(JobRow, number).beat_at = now() - 2 * SILENT
    assert jobs.take(MODEL_LANE).id == number
    with project.store.session() as session:
        assert session.get(JobRow, number).attempts == 2
        session.get(JobRow, number).beat_at = now() - timedelta(hours=1)
    assert jobs.take(MODEL_LANE) is None, "it is this process's own"
    jobs.beat(number)
    with project.store.session() as session:
        assert now() - session.get(JobRow, number).beat_at < SILENT


def wait_for(done, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.5)


def test_what_postgresql_cannot_keep_is_refused_and_holds_nothing_up(project: Project) -> None:
    ann = Annotator(project, ANN)
    with pytest.raises(SchemaError, match="cannot keep that"):
        ann.submit("t100", "refund", note="a\0b")
    ann.submit("t100", "refund", note="ab")
    assert items.labels(project)["t100"] == ["refund"]
    assert sessions.log_in(project, "\0", "a password", "127.0.0.1") is None
