"""What holds for every check, whatever is broken; and the doctor's own ways."""

from __future__ import annotations

import ast
import os
import string
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

import workbench.doctor
from benchmarks.label_studio.faults import FAULTS
from benchmarks.label_studio.lab import Lab
from benchmarks.label_studio.proxy import Proxy, Reply
from ui.words.doctor import SENTENCES
from workbench import config
from workbench.doctor import CHECKS, Case, Limits, Result, examine, healthy, mend
from workbench.doctor.registry import Check
from workbench.doctor.result import ABSENT, FINE, UNKNOWN, WRONG, fine
from workbench.doctor.scratch import TASKS, TITLE, TRIES, attempt
from workbench.errors import ConfigError, ProjectError
from workbench.labelstudio.probe import Probe
from workbench.project import Project

SAYING = {"fine", "wrong", "absent", "unknown", "_refused", "Said"}
LIMITS = Limits(answer=2.0, lock=0.5)


def nothing_bound(root: Path) -> None:
    """As `workbench init` leaves it."""


def broken_store(root: Path) -> None:
    (root / ".workbench" / "store.sqlite3").write_bytes(b"this is no database" * 100)
    for more in (root / ".workbench").glob("store.sqlite3-*"):
        more.unlink()


def everything_wrong(root: Path) -> None:
    broken_store(root)
    settings = {
        "labelstudio": {"url": "http://127.0.0.1:9/x", "project_id": 7, "port": 1},
        "model": {"name": "../../nowhere"},
        "web": {"host": "0.0.0.0"},
    }
    config.write(root, settings)
    (root / ".workbench" / "token").write_text("\x00\udcff", "utf-8", errors="surrogateescape")
    (root / "label-studio").mkdir()
    (root / "label-studio" / "server.json").write_text("{}")
    (root / "label-studio" / "credentials.json").write_text("[]")


@pytest.mark.parametrize("spoil", [nothing_bound, broken_store, everything_wrong])
def test_every_check_gives_a_result_in_time_whatever_is_broken(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    Project.create(tmp_path / "p", name="Broken", labels=("a", "b")).close()
    spoil(tmp_path / "p")
    with Case(tmp_path / "p", LIMITS) as case:
        contract(list(examine(case)))
        for check in CHECKS.values():
            started = time.monotonic()
            try:
                contract([replace(check.look(case), name=check.name)], alone=True)
            except Exception:
                # what a check needs was not fine: `examine` would not have asked it
                assert check.needs, check.name
            assert time.monotonic() - started < check.seconds


def contract(results: list[Result], alone: bool = False) -> None:
    assert alone or [one.name for one in results] == [*CHECKS]
    for one in results:
        assert one.state in (FINE, WRONG, UNKNOWN, ABSENT)
        assert str(one.saw), one
        assert one.seconds < CHECKS[one.name].seconds
        if one.state == WRONG:
            assert str(one.do), one
        if one.fixable:
            assert one.state == WRONG and CHECKS[one.name].mend is not None
        assert set(one.to_json()) == {"name", "state", "saw", "do", "fixable", "seconds"}


def test_every_check_has_a_fault_that_it_finds_or_is_about_this_machine() -> None:
    of_the_machine = {"gpu", "wordnet", "peft", "psycopg", "jieba", "fonts", "version"}
    assert {fault.check for fault in FAULTS.values()} == set(CHECKS) - of_the_machine
    mended = {fault.check for fault in FAULTS.values() if fault.fixed}
    assert mended == {check.name for check in CHECKS.values() if check.mend}


def test_a_check_that_hangs_or_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Project.create(tmp_path / "p", name="Hanging", labels=("a", "b")).close()

    def hangs(case: Case) -> Result:
        time.sleep(30)
        return fine("late")

    def fails(case: Case) -> Result:
        raise KeyError("surprise")

    monkeypatch.setitem(CHECKS, "hangs", Check("hangs", hangs, (), 0.3, None, False))
    monkeypatch.setitem(CHECKS, "fails", Check("fails", fails, (), 5.0, None, True))
    monkeypatch.setitem(CHECKS, "after", Check("after", hangs, ("fails",), 5.0, None, False))
    with Case(tmp_path / "p", LIMITS) as case:
        found = {one.name: one for one in examine(case)}
    assert (found["hangs"].state, found["fails"].state) == (WRONG, UNKNOWN)
    assert "0.3 s" in str(found["hangs"].saw) and "surprise" in str(found["fails"].saw)
    assert found["after"].state == UNKNOWN
    assert not healthy([*found.values()])


def test_a_project_without_label_studio_is_well(tmp_path: Path) -> None:
    Project.create(tmp_path / "p", name="Alone", labels=("a", "b")).close()
    with Case(tmp_path / "p", LIMITS) as case:
        found = list(examine(case))
    assert healthy(found)
    assert sum(one.state == ABSENT for one in found) > 15
    mended, _ = mend(tmp_path / "p", "nobody", LIMITS)
    assert mended == []


def test_no_project_or_a_broken_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no project"):
        Case(tmp_path)
    (tmp_path / config.FILE).write_text("[model\nname = ")
    with pytest.raises(ConfigError, match="not valid TOML"):
        Case(tmp_path)


def test_the_scratch_project_leaves_nothing(lab: Lab) -> None:
    probe = Probe(lab.server.url, 15.0, f"Token {lab.server.token}")
    before = {one.id for one in lab.client.projects()}
    tried = attempt(probe)
    assert (tried.failed, tried.error) == ("", None) and tried.write > 0
    assert {one.id for one in lab.client.projects()} == before

    refused = Reply(403, (("Content-Type", "application/json"),), b'{"detail": "no"}')

    def no_predictions(method: str, path: str) -> Reply | None:
        return refused if path.startswith("/api/predictions") else None

    with Proxy(lab.server.url, before=no_predictions) as proxy:
        tried = attempt(Probe(proxy.url, 15.0, f"Token {lab.server.token}"))
    assert tried.failed == "write a prediction" and tried.error.status == 403
    assert not any(one.title.startswith(TITLE) for one in lab.client.projects())


def test_the_cost_of_an_import_is_measured(lab: Lab) -> None:
    """Imports that take two seconds longer once every task has a prediction."""
    imports = 0

    def slower(method: str, path: str) -> None:
        nonlocal imports
        imports += path.endswith("/import/predictions")
        if imports > TRIES + 1:
            time.sleep(2.0)

    with Proxy(lab.server.url, before=slower) as proxy:
        tried = attempt(Probe(proxy.url, 30.0, f"Token {lab.server.token}"))
    assert not tried.failed
    assert tried.recount > 1.0 / TASKS


def test_a_password_in_the_settings_is_guarded_also_when_the_store_is_away(tmp_path: Path) -> None:
    Project.create(tmp_path / "p", name="Guarded", labels=("a", "b")).close()
    config.write(tmp_path / "p", {"store": {"url": "postgresql://ann:secret@127.0.0.1:9/none"}})
    (tmp_path / "p" / config.FILE).chmod(0o644)
    mended, found = mend(tmp_path / "p", "the tests", LIMITS)
    states = {one.name: one.state for one in found}
    assert [(one.name, one.done) for one in mended] == [("secrets", True)]
    assert (states["store"], states["secrets"]) == (WRONG, FINE)
    assert "secret@" not in "".join(str(one.saw) for one in found)
    config.write(tmp_path / "p", {"model": {"max_length": 64}})
    assert (tmp_path / "p" / config.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "remark"), [("the parcel is late", ""), ("包裹还没有送到", "multilingual encoder")]
)
def test_an_encoder_that_cannot_read_the_pool_is_a_remark(
    text: str, remark: str, tmp_path: Path
) -> None:
    project = Project.create(tmp_path / "p", name="Read", labels=("a", "b"))
    project.pool.append((f"u{place}", f"{text} {place}", {}) for place in range(3))
    project.close()
    with Case(tmp_path / "p") as case:
        found = CHECKS["model"].look(case)
    assert found.state == FINE
    assert remark in str(found.do) and bool(remark) == bool(str(found.do))
    for shard in (tmp_path / "p" / "pool").glob("*"):
        shard.unlink()
    with Case(tmp_path / "p") as case:
        found = CHECKS["model"].look(case)
    assert found.state == FINE and not str(found.do), "the encoder is as good as before"


def test_an_untested_version_is_a_remark(lab: Lab) -> None:
    def older(reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b'"release": "1.23', b'"release": "1.9'))

    with ExitStack() as stack:
        stack.enter_context(lab.broken(lambda _lab, _stack: None, there=False))
        proxy = stack.enter_context(Proxy(lab.server.url, after=older))
        lab.set("labelstudio", url=proxy.url)
        with Case(lab.root, Limits(answer=15.0)) as case:
            found = next(one for one in examine(case) if one.name == "version")
    assert found.state == FINE and "not tested" in str(found.saw) and "1.23" in str(found.do)


def test_the_doctor_changes_nothing_and_is_quick(lab: Lab) -> None:
    def state() -> tuple:
        info = lab.ask("GET", f"api/projects/{lab.number}/")
        kept = {path: path.read_bytes() for path in lab.root.glob("*.toml")}
        return info, lab.ask("GET", lab.view), kept, lab.tasks()

    before = state()
    started = time.monotonic()
    with Case(lab.root) as case:
        list(examine(case))
    assert time.monotonic() - started < 30, "the limit is for a busy machine; 10 s on a quiet one"
    assert state() == before


def command(root: Path, *more: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", "doctor", "-p", str(root), *more],
        capture_output=True, text=True, env={**os.environ, **environment},
    )  # fmt: skip


def test_the_command_line_reports_mends_and_ends_with_a_status(lab: Lab) -> None:
    import json

    with lab.broken(FAULTS["view_deleted"].make, there=True):
        found = command(lab.root, "--json")
        told = json.loads(found.stdout)
        assert (found.returncode, told["ok"]) == (1, False)
        assert [one["name"] for one in told["checks"] if one["state"] == WRONG] == ["view"]
        fixed = command(lab.root, "--fix")
        assert fixed.returncode == 0, fixed.stdout + fixed.stderr
        assert fixed.stdout.startswith(
            "mended  view: the views and the order of round 1 were put back\n"
        )
        well = command(lab.root)
        assert well.returncode == 0 and "wrong" not in well.stdout, well.stdout
        assert "fine    view           the views of round 1" in well.stdout
    (lab.root / config.FILE).write_text(f"{lab.settings}\n[model]\nnoise = 1\n")
    broken = command(lab.root)
    (lab.root / config.FILE).write_text(lab.settings)
    assert (broken.returncode, broken.stdout) == (2, "")
    assert broken.stderr.count("\n") == 1 and "model.noise" in broken.stderr
    assert command(lab.root, "--nonsense").returncode == 2


def test_a_token_of_the_environment_is_not_replaced(managed_lab: Lab) -> None:
    found = command(managed_lab.root, "--fix", WORKBENCH_LABEL_STUDIO_TOKEN="0123456789" * 4)
    assert found.returncode == 1
    assert "wrong   login" in found.stdout and "mended" not in found.stdout
    assert managed_lab.project.token == managed_lab.server.token


def test_every_sentence_has_its_chinese_with_the_same_places() -> None:
    said = sentences()
    assert said - SENTENCES.keys() == set()
    assert SENTENCES.keys() - said == set()
    for english, chinese in SENTENCES.items():
        assert places(english) == places(chinese), english


def sentences() -> set[str]:
    """What the checks can say: the texts given to the functions that make results."""
    found: set[str] = set()
    for path in Path(workbench.doctor.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        named = {
            one.targets[0].id: one.value.value
            for one in tree.body
            if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAYING:
                for given in call.args:
                    if isinstance(given, ast.Constant):
                        found.add(given.value)
                    elif isinstance(given, ast.Name):
                        found.add(named.get(given.id, ""))
    texts = {one for one in found if isinstance(one, str)}
    return {one for one in texts if any(part.strip() for part, *_ in string.Formatter().parse(one))}


def places(words: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(words)} - {None}
