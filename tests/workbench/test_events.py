"""The event log: append-only, filtered, exported, and complete."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DatabaseError

import workbench
from ui import up
from workbench import changes, config, events, findings, people
from workbench.errors import ConfigError
from workbench.jobs import IMPORT_LANE, Jobs
from workbench.project import STORE_URL, Project
from workbench.tables import Event, FindingRow, now
from workbench.worker import run_job
from workbench.workflows.export import export
from workbench.workflows.importing import import_file
from workbench.workflows.round import run_round

ANN = "ann@example.com"
SOURCES = [*Path(workbench.__file__).parent.rglob("*.py"), *Path(up.__file__).parent.rglob("*.py")]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "p", name="Events", labels=("bug", "praise"))
    yield made
    made.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(
        "text,label\n"
        + "".join(f"a text about thing {i},{'bug' if i < 20 else ''}\n" for i in range(30))
    )
    return path


def whats(project: Project, **fits: object) -> list[tuple[str, str]]:
    return [(one.who, one.what) for one in reversed(events.find(project, limit=None, **fits))]


@pytest.mark.parametrize(
    "statement",
    [
        update(Event).values(who="somebody else"),
        delete(Event),
        delete(Event).where(Event.id == 1),
        text("UPDATE event SET about = '{}'"),
        text(
            "REPLACE INTO event (id, at, who, what, about) VALUES (1, '2026-01-01', 'x', 'x', '{}')"
        ),
    ],
)
def test_nobody_changes_or_deletes_an_event(project: Project, statement: object) -> None:
    events.record(project, ANN, "export", rows=1)
    before = events.find(project, limit=None)
    with pytest.raises(DatabaseError, match="never changed"), project.store.session() as session:
        session.execute(statement)
    assert events.find(project, limit=None) == before


def test_an_event_is_kept_with_what_it_tells_of_or_not_at_all(project: Project) -> None:
    with pytest.raises(RuntimeError), project.store.session() as session:
        events.add(session, ANN, "export")
        raise RuntimeError
    assert events.find(project, what="export") == []


def test_filters(project: Project) -> None:
    for who, what in ((ANN, "export"), ("lee@example.com", "export"), (ANN, "audit")):
        events.record(project, who, what)
    assert whats(project, who=ANN) == [(ANN, "export"), (ANN, "audit")]
    assert whats(project, who=ANN, what="export") == [(ANN, "export")]
    later = now() + timedelta(seconds=1)
    assert whats(project, since=later) == [] and len(whats(project, until=later)) == 3
    assert whats(project, until=now() - timedelta(hours=1)) == []
    assert [one.what for one in events.find(project, limit=1)] == ["audit"]
    assert events.kinds(project) == ([ANN, "lee@example.com"], ["audit", "export"])


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_export_has_all_that_fit(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(events, "CHUNK", 7)
    for number in range(20):
        events.record(project, ANN, "export", rows=number, file='ä, "quoted"\n=1+1')
    path = tmp_path / "out" / f"log.{ending}"
    assert events.export(project, path, what="export", by=ANN) == 20
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file) if ending == "csv" else map(json.loads, file))
    abouts = [json.loads(row["about"]) if ending == "csv" else row["about"] for row in rows]
    assert [about["rows"] for about in abouts] == list(range(20))
    assert not any(str(value)[:1] in "=+-@" for row in rows for value in row.values())
    assert whats(project, what="export_events") == [(ANN, "export_events")]
    with pytest.raises(ConfigError, match=r"\.csv or \.jsonl"):
        events.export(project, tmp_path / "log.xlsx")


def test_jobs_carry_who_asked_and_the_work_is_recorded_under_that_name(
    project: Project, data: Path
) -> None:
    jobs = Jobs(project.store)
    number = jobs.submit("import", {"path": str(data)}, ANN)
    assert jobs.submit("import", {"path": str(data)}, "lee@example.com") == number
    job = jobs.take(IMPORT_LANE)
    assert job.who == ANN
    run_job(project, job)
    assert jobs.get(number).state == "done"
    other = jobs.submit("sync", {}, ANN)
    jobs.cancel(other, "lee@example.com")
    jobs.cancel(other, "lee@example.com")
    assert whats(project) == [
        (ANN, "job"),
        (ANN, "import"),
        (ANN, "job"),
        ("lee@example.com", "job_cancelled"),
    ]
    assert events.find(project, what="import")[0].about["added"] == 30


def test_workflows_are_recorded(project: Project, data: Path, tmp_path: Path) -> None:
    import_file(project, data, by=ANN)
    run_round(project, strategy="random", batch=5, by=ANN)
    export(project, "csv", tmp_path / "out.csv", by=ANN)
    assert whats(project) == [
        (ANN, what) for what in ("import", "round_started", "round_ended", "export")
    ]
    about = events.find(project, what="export")[0].about
    assert about["format"] == "csv" and about["rows"] == 20


def test_each_decision_of_an_audit_is_recorded(project: Project) -> None:
    project.pool.append([("u1", "text", {}), ("u2", "other", {})])
    with project.store.session() as session:
        for number in (1, 2):
            row = FindingRow(id=number, uid=f"u{number}", kind="label", score=0.1, rank=number)
            row.given, row.suggestion, row.why = ["bug"], ["praise"], {}
            session.add(row)
    findings.decide(project, 1, "change", ANN)
    findings.decide(project, 2, "keep", ANN)
    findings.undo(project, ANN)
    assert whats(project) == [(ANN, f"audit_{one}") for one in ("change", "keep", "undo")]
    assert events.find(project, what="audit_change")[0].about["target"] == ["praise"]


def test_changed_settings_are_recorded_by_whom_or_by_hand_once(project: Project) -> None:
    changes.change(project, {"round": {"batch": 7}}, ANN)
    assert project.settings.round.batch == 7
    assert events.find(project, what="settings")[0].about == {"changed": {"round.batch": [50, 7]}}
    config.write(project.root, {"round": {"batch": 9}})
    for _ in range(2):
        Project.open(project.root).close()
    assert whats(project) == [(ANN, "settings"), (changes.BY_HAND, "settings_file")]
    with pytest.raises(ConfigError):
        changes.change(project, {"round": {"batch": "many"}}, ANN)
    assert config.load(project.root).round.batch == 9 and len(whats(project)) == 2


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2hunter2@host/name",
        "postgresql://host/name?password=hunter2hunter2",
    ],
)
def test_no_secret_is_recorded(project: Project, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE_URL, f"sqlite:///{project.state / 'store.sqlite3'}")
    secret = people.hash_password("a good password")
    config.write(project.root, {"users": {ANN: secret}, "store": {"url": url}})
    project.set_labelstudio("http://127.0.0.1:9", "t0ken" * 8, 3, by=ANN)
    log = str(events.find(project, limit=None)) + str(project.store.fact(changes.SEEN))
    assert "store.url" in log and f"users.{ANN}" in log and "project_id" in log
    assert not any(word in log for word in ("hunter2", "t0ken", "argon2", secret))
    assert whats(project, what="connect") == [(ANN, "connect")]


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hunter2@127.0.0.1:9/x", "postgresql://u:hunter2/3@[bad/x", "hunter2",
     "postgresql://u:1@hunter2:port/x"],
)  # fmt: skip
def test_a_database_password_is_in_no_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(STORE_URL, url)
    with pytest.raises(ConfigError) as found:
        Project.open(project.root)
    assert "hunter2" not in str(found.value) and found.value.__cause__ is None


def test_what_is_private_is_readable_by_its_owner_only(project: Project) -> None:
    project.set_labelstudio("http://127.0.0.1:9", "t" * 40, 3)
    (project.root / config.FILE).chmod(0o640)
    config.write(project.root, {"round": {"batch": 9}})
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (project.state, *project.state.iterdir(), project.root / config.FILE)
    }
    assert modes.pop(".workbench") == 0o700 and modes.pop(config.FILE) == 0o640
    assert {"token", "store.sqlite3"} <= modes.keys() and set(modes.values()) == {0o600}
    project.state.chmod(0o755)
    (project.state / "store.sqlite3").chmod(0o644)
    Project.open(project.root).close()
    assert stat.S_IMODE(project.state.stat().st_mode) == 0o700
    assert stat.S_IMODE((project.state / "store.sqlite3").stat().st_mode) == 0o600


def test_every_event_that_the_code_records_has_a_name_that_is_known() -> None:
    named = re.compile(r'events\.(?:add|record)\(\s*\w+,\s*[\w.()]+,\s*"(\w+)"')
    found = {name for path in SOURCES for name in named.findall(path.read_text("utf-8"))}
    assert found and found <= set(events.WHATS)
