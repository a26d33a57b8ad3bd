"""The command line: the whole way of a stranger's file, and one clear line for each mistake."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from activelearn.data import LabelSchema
from ui import cli, terminal
from workbench import config, people
from workbench.labelstudio.labelconfig import build
from workbench.project import Project

TOPICS = {
    "refund": "please send my money back for the broken lamp",
    "delivery": "the parcel has not arrived and nobody knows where it is",
    "login": "my password is refused and the account stays locked",
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs ``workbench …`` in ``tmp_path``; its exit status and what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
        status = 0
        try:
            cli.main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """90 labelled rows of a stranger, one of them of no use."""
    rows = ["ticket;kind", ";refund"]
    for number in range(90):
        label = list(TOPICS)[number % 3]
        words = TOPICS[label].split()
        rows.append(f"{' '.join(words[number % 4 :])}, case {number};{label}")
    path = tmp_path / "theirs.csv"
    path.write_text("\n".join(rows))
    return path


def test_a_strangers_file_from_init_to_export(run, data: Path, tmp_path: Path) -> None:
    assert run("init", "p")[0] == 0
    status, said = run("import", str(data), "-p", "p")
    assert status == 0 and "added: 90" in said and "rejected: 1" in said
    assert "line,reason" in (tmp_path / "p/reports/theirs.csv-rejects.csv").read_text()
    status, said = run("import", str(data), "-p", "p", "--label-column", "kind")
    assert status == 0 and "added: 0" in said and "labelled: 90" in said
    assert "labelled: 0" in run("import", str(data), "-p", "p", "--label-column", "kind")[1]
    assert "labelled: 90" in run("status", "-p", "p")[1]

    status, said = run("audit", "-p", "p", "--show", "3")
    assert status == 0 and "items: 90" in said
    assert "random_swap (en, zh)" in run("augment", "-p", "p")[1]
    assert run("augment", "random_swap", "-n", "2", "-p", "p")[1].count("{+") >= 2
    status, said = run("augment", "random_swap", "--trial", "--learner", "head", "-p", "p")
    assert status == 0 and "95 % interval" in said
    assert run("augment", "random_swap", "--use", "-p", "p")[0] == (0 if "\nUse " in said else 2)

    for fmt in ("jsonl", "csv", "labelstudio", "datasets"):
        assert "90 rows" in run("export", f"out.{fmt}", "-f", fmt, "-p", "p")[1]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {row["label"] for row in rows} == set(TOPICS)

    status, said = run(
        "simulate",
        str(data),
        "--label-column",
        "kind",
        "--rounds",
        "2",
        "--batch",
        "9",
        "--out",
        "s.json",
    )
    assert status == 0 and "margin_diverse" in said and "random" in said
    asked = json.loads((tmp_path / "s.json").read_text())
    assert asked["source"].endswith(data.name) and (asked["batch"], asked["rounds"]) == (9, 2)
    assert (tmp_path / "s.png").stat().st_size > 10_000
    assert run("replays")[1].startswith(f"1 · {asked['source']} · margin and diversity")
    assert "labels to 80% of it" in run("replays", "1")[1]
    assert "there is no replay 7" in run("replays", "7")[1]


def test_a_round_and_its_jobs(run, data: Path) -> None:
    run("init", "p", "--labels", ",".join(TOPICS))
    run("import", str(data), "-p", "p", "--label-column", "")
    status, said = run("round", "--batch", "6", "--strategy", "random", "-p", "p")
    assert status == 0 and "chosen: 6" in said and "by clusters" in said
    assert "1 round done 100%" in run("jobs", "-p", "p")[1]
    assert "round 1 [done]" in run("status", "-p", "p")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("status -p nowhere", "is no project"),
        ("import nothing.csv -p p", "there is no such file"),
        ("round -p p", "the pool is empty"),
        ("round --learner best -p p", "no learner is called 'best'"),
        ("round --strategy best -p p", "no query strategy is called 'best'"),
        ("sync -p p", "no Label Studio project is bound"),
        ("connect http://127.0.0.1:9 --token t --id 1 -p p", "does not answer"),
        ("export out.x -f xml -p p", "no export format is called 'xml'"),
        ("augment typos --use -p p", "has not won a trial"),
        ("jobs --cancel 99 -p p", "there is no job 99"),
        ("init p", "is a project already"),
        ("init q --labels one", "two labels or more"),
        ("simulate nothing.csv", "there is no such file"),
        ("frobnicate", "No such command 'frobnicate'"),
        ("round --batch 0 -p p", "greater than or equal to 1"),
        ("round --bogus -p p", "No such option: --bogus"),
        ("import", "Missing argument"),
        ("init q --language fr", "no language is called 'fr'"),
        ("up --demo --language xx -p nowhere", "there is no demo in 'xx'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(run, arguments: str, said: str) -> None:
    run("init", "p", "--labels", "a,b")
    status, printed = run(*arguments.split())
    assert status == 2
    assert said in printed and "Traceback" not in printed
    lines = [line for line in printed.splitlines() if line.startswith("workbench: ")]
    assert len(lines) == 1 and printed.endswith(f"{lines[0]}\n")


def test_changed_labels_are_settled_by_command(run, data: Path, label_studio, ls_client) -> None:
    run("init", "p")
    run("import", str(data), "--label-column", "kind", "-p", "p")
    old, new = (build(LabelSchema("single", names)) for names in (
        ("delivery", "login", "refund"), ("delivery", "sign-in", "other")))  # fmt: skip
    number = ls_client.create_project("Labels by command", old)
    place = ("--token", label_studio.token, "--id", str(number), "-p", "p")
    assert run("connect", label_studio.url, *place)[0] == 0
    assert "as Label Studio has them" in run("labels", "-p", "p")[1]
    ls_client._connection.call("PATCH", f"api/projects/{number}", json={"label_config": new})
    assert "see `workbench labels`" in run("sync", "-p", "p")[1]
    assert "label change: removed login, removed refund" in run("status", "-p", "p")[1]
    status, said = run("labels", "-p", "p", "--rename", "login=sign-in", "--retire", "refund")
    assert status == 0 and "login → sign-in" in said and "refund is no longer used" in said
    assert "delivery 30, login 30, refund 30" in run("status", "-p", "p")[1]
    assert run("labels", "-p", "p", "--rename", "login", "--apply")[0] == 2
    assert run("labels", "-p", "p", "--retire", "spam", "--apply")[0] == 2
    said = run("labels", "-p", "p", "--rename", "login=sign-in", "--retire", "refund", "--apply")[1]
    assert "applied" in said
    assert "delivery 30, sign-in 30" in run("status", "-p", "p")[1]
    assert run("labels", "-p", "p", "--apply")[0] == 2


def test_connect_takes_both_kinds_of_mistake(run, label_studio) -> None:
    run("init", "p")
    status, said = run("connect", label_studio.url, "--token", "f" * 40, "--id", "1", "-p", "p")
    assert status == 2 and "token" in said.lower()
    status, said = run("connect", label_studio.url, "--token", label_studio.token, "-p", "p")
    assert status == 2 and "--id" in said


def test_people_and_what_they_did(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run("init", "p", "--labels", "a,b")
    monkeypatch.setattr(sys, "stdin", io.StringIO("typed out of sight\n"))
    status, said = run("user", "eve@example.com", "--password", "-", "-p", "p")
    assert status == 0 and said.strip() == "eve@example.com may log in as engineer"
    said = run("user", "ann@example.com", "-p", "p")[1]
    first = said.split()[-1]
    assert "ann@example.com may log in as annotator with the password" in said
    second = run("user", "ann@example.com", "--new-password", "-p", "p")[1].split()[-1]
    project = Project.open(tmp_path / "p")
    assert people.verify(project, "eve@example.com", "typed out of sight")
    assert people.verify(project, "ann@example.com", second) and first != second
    project.close()
    assert "last engineer" in run("user", "eve@example.com", "--role", "lead", "-p", "p")[1]

    said = run("events", "-p", "p", "--what", "person")[1]
    assert said.count(" person email=") == 2 and "(shell)" in said
    assert not any(word in said for word in (first, second, "typed"))
    assert run("events", "-p", "p", "--until", "2020-01-01")[1] == ""
    assert "3 events in log.jsonl" in run("events", "-p", "p", "--out", "log.jsonl")[1]
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 3
    assert "written as .csv or .jsonl" in run("events", "-p", "p", "--out", "log.xlsx")[1]


def test_connect_asks_for_the_token(run, monkeypatch: pytest.MonkeyPatch, label_studio) -> None:
    run("init", "p")
    for given in ((), ("--token", "-")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(label_studio.token + "\n"))
        status, said = run("connect", label_studio.url, *given, "-p", "p")
        assert status == 2 and "--id" in said and label_studio.token not in said
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    status, said = run("connect", label_studio.url, "-p", "p")
    assert status == 2 and "token is empty" in said


def test_help_is_fast_and_has_an_example_for_every_command() -> None:
    code = (
        "import sys; sys.argv = ['workbench', '--help']\n"
        "from ui.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'torch', 'transformers', 'gradio', 'cleanlab', 'pandas', 'sqlalchemy', 'numpy'}\n"
        "print('loaded:', sorted(slow & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "Usage" in said and said.strip().endswith("loaded: []")
    commands = typer.main.get_command(cli.app).commands
    assert len(commands) >= 19
    for name, command in commands.items():
        assert f"Example: workbench {name}" in command.help


def test_labels_can_be_named_when_the_project_is_there_already(run, tmp_path: Path) -> None:
    assert run("init", "p", "--labels", "a,$b")[0] == 2
    assert not (tmp_path / "p").exists()
    assert run("init", "p")[0] == 0
    assert run("init", "p", "--labels", "a,a")[0] == 2
    assert run("init", "p", "--labels", "a,b") == (0, f"the labels of {tmp_path / 'p'}: a, b\n")
    assert "is a project already" in run("init", "p", "--labels", "a,c")[1]
    assert Project.open(tmp_path / "p").schema.labels == ("a", "b")


def test_a_wrong_place_or_model_is_one_line(run, data: Path, tmp_path: Path) -> None:
    assert run("init", "p")[0] == 0
    for arguments, said in (
        (("team", "--csv", "nowhere/x.csv", "-p", "p"), "workbench: nowhere/x.csv: No such file"),
        (("simulate", str(data), "--out", "nowhere/x.json"), "nowhere/x.json: the folder is not"),
        (("simulate", str(data), "--out", str(data)), "the replay reads this file"),
        (("simulate", str(data), "--out", "p"), "p: it is a folder: name a file"),
        (("simulate", str(data), "--out", "x.png"), "the curve would take its place"),
    ):
        status, printed = run(*arguments)
        assert status == 2 and said in printed and len(printed.splitlines()) == 1
    config.write(tmp_path / "p", {"model": {"name": str(tmp_path / "no-model")}})
    status, printed = run("simulate", str(data), "-p", "p", "--rounds", "1",
                          "--text-column", "ticket", "--label-column", "kind")  # fmt: skip
    assert status == 2 and "workbench.toml: model.name: " in printed.splitlines()[-1]


def test_a_long_step_is_told_of_where_there_is_no_terminal(capsys, monkeypatch) -> None:
    moment = 0.0
    monkeypatch.setattr(terminal, "monotonic", lambda: moment)
    with terminal.Bar() as bar:
        for moment in range(0, 70, 10):
            bar(moment / 1000, f"Read {moment} of 1,000 texts")
        bar(0.9, "Choosing")
    assert capsys.readouterr().err.splitlines() == [
        "  0% Read 0 of 1,000 texts",
        "  3% 0:16:10 left: Read 30 of 1,000 texts",
        "  6% 0:15:40 left: Read 60 of 1,000 texts",
        " 90% Choosing",
    ]
