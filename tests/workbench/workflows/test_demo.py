"""The whole loop on the sample data, against the real Label Studio, as ``make run`` sets it up."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import sample_data
from ui.replay import left_out as said_of_rows
from ui.replay import lines as said_of_replay
from ui.words.reported import reported
from workbench import bootstrap, config, findings, items, people, replays
from workbench.annotate import Annotator
from workbench.errors import ConfigError, ImportRefused
from workbench.labelstudio.server import ServerInfo
from workbench.project import Project
from workbench.status import status
from workbench.takeover import HANDFUL
from workbench.worker import _Syncs
from workbench.workflows.audit import run_audit
from workbench.workflows.export import export
from workbench.workflows.labelled import files_of
from workbench.workflows.round import STEPS, run_round
from workbench.workflows.simulate import replay_data, simulate_file
from workbench.workflows.sync import sync
from workbench.workflows.trial import run_trial, use_recipe

SAMPLES = Path(sample_data.__file__).parent
BETTER_THAN_CHANCE = 3


def rows(folder: str, name: str) -> list[dict[str, str]]:
    with (SAMPLES / folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def demo(tmp_path: Path, label_studio: ServerInfo, request: pytest.FixtureRequest) -> Project:
    """The demo of one language, on the session's Label Studio."""
    made, password = bootstrap.create_demo(tmp_path / "demo", request.param)
    assert people.verify(made, bootstrap.DEMO_USER, password).role == "engineer"
    config.write(made.root, {"round": {"learner": "head"}})
    made = Project.open(made.root)
    made.set_labelstudio(label_studio.url, label_studio.token)
    config.write(made.root, {"project": {"name": f"Demo {tmp_path.name}"[:50]}})
    made = Project.open(made.root)
    bootstrap.bind(made)
    return made


@pytest.mark.parametrize("demo", ["en", "zh"], indirect=True)
def test_the_loop_on_the_sample_data(demo: Project, tmp_path: Path) -> None:
    folder, _ = bootstrap.DEMOS[demo.settings.project.language]
    planted = {row["uid"]: row["true_label"] for row in rows(folder, "planted_errors.csv")}
    true = {row["uid"]: row["label"] for row in rows(folder, "messages.csv")} | planted
    before = status(demo)
    assert before["items"] == len(true) and 0 < before["labelled"] < len(true) / 3

    first = run_round(demo, batch=20)
    ann = Annotator(demo, bootstrap.DEMO_USER)
    for one in ann.queue(20):
        ann.submit(one.uid, true[one.uid])
    second = run_round(demo, batch=20)
    assert second.labels == first.labels + 20 - round(20 * 0.2)
    assert tuple(second.seconds) == STEPS and second.seconds["train"] > 0
    chance = 1 / len(demo.schema.labels)
    assert chance < second.low <= second.accuracy <= second.high <= 1
    number = demo.settings.labelstudio.project_id
    tasks = demo.client().pull(number, None).tasks
    served = {task.data["uid"] for task in tasks}
    assert len(served) == len(tasks), "no task twice"
    # a text that was handed out behind the first batch may be chosen into the second
    assert 40 < len(served) <= 40 + HANDFUL, "nobody waits"
    assert sum(len(task.annotations) for task in tasks) == 20

    assert run_audit(demo).label_issues > 0
    labelled = set(items.labels(demo))
    wrong = labelled & set(planted)
    found = findings.ranked(demo, limit=round(1.5 * len(wrong)))
    caught = [one for one in found if one.uid in planted]
    by_chance = len(found) * len(wrong) / len(labelled)
    assert len(caught) > BETTER_THAN_CHANCE * by_chance
    findings.decide(demo, caught[0].id, "change", bootstrap.DEMO_USER, true[caught[0].uid])
    assert sync(demo).waiting == 0
    assert items.labels(demo)[caught[0].uid] == [true[caught[0].uid]]

    trial = run_trial(demo, "random_swap", seeds=2)
    assert trial["difference"][1] <= trial["with_"] - trial["without"] <= trial["difference"][2]
    if trial["use"]:
        use_recipe(demo, "random_swap")
    else:
        with pytest.raises(ConfigError, match="has not won"):
            use_recipe(demo, "random_swap")

    assert export(demo, "jsonl", tmp_path / "out.jsonl") == status(demo)["labelled"]
    kept = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    mine = [row for row in kept if bootstrap.DEMO_USER in row["annotators"]]
    assert {row["round"] for row in mine} >= {1}
    assert any(row["holdout"] for row in kept) and not all(row["holdout"] for row in kept)


def test_a_replay_of_labelled_data(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        chosen = {"refund_status", "login_problem", "product_question"}
        kept = [r for r in rows("customer_service_en", "messages.csv") if r["label"] in chosen]
        writer.writerows([row["text"], row["label"]] for row in kept[:160])
    result = simulate_file(None, path, batch=8, rounds=2, folder=tmp_path / "replays")
    assert [row["strategy"] for row in result["curves"]] == ["margin_diverse", "random"]
    assert all([p["labels"] for p in curve["points"]] == [8, 16] for curve in result["curves"])
    assert result["columns"] == {"text": "text", "label": "label"}
    assert "Texts are in column text, labels in column label" in said_of_replay(result, "en")
    kept = replays.read(tmp_path / "replays", 1)
    assert kept["result"]["curves"] == json.loads(json.dumps(result["curves"]))
    assert (kept["source"], kept["test"], kept["rounds"]) == (f"{tmp_path.name}/few.csv", "", 2)
    assert [one.name for one in (tmp_path / "replays").iterdir()] == ["0001.json"]


def test_a_few_rows_that_cannot_be_told_are_left_out_and_said(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    shown = [f"text about {n},{('a', 'A', 'b')[n % 3]}" for n in range(90)]
    again = [f"text about {n},b" for n in range(0, 30, 3)]
    train.write_text("\n".join(["review,stars", *shown, *again]), encoding="utf-8")
    others = [f"words of {n},{'b' if n else 'c'}" for n in range(60)]
    test.write_text("\n".join(["review,stars", *others, "words,a"]), encoding="utf-8")
    found = simulate_file(None, tmp_path, batch=9, rounds=1, learners=["head"])
    assert found["columns"] == {"text": "review", "label": "stars"}
    assert found["left_out"] == {
        "the same text again, with another label": 10,
        "nothing that is learned from has its label": 1,
    }
    assert found["alike"] == [["A", "a"]]
    assert any("case or spaces only count as different: A, a" in one
               for one in said_of_replay(found, "en"))  # fmt: skip


def test_another_replay_between_does_not_undo_one_that_was_cut_off(tmp_path: Path) -> None:
    def file(name: str) -> Path:
        path = tmp_path / f"{name}.csv"
        lines = [f"{name} text about {n},{'ab'[n % 2]}" for n in range(80)]
        path.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
        return path

    asked = {"rounds": 3, "batch": 5, "learners": ["head"], "folder": tmp_path / "replays"}
    said: list[str] = []

    def cut(_fraction: float, message: str) -> None:
        if "15 labels" in message:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_file(None, file("one"), **asked, progress=cut)
    assert simulate_file(None, file("two"), **asked)["replay"] == 1
    assert simulate_file(None, file("one"), **asked, strategies=["entropy"])["replay"] == 2
    simulate_file(None, file("one"), **asked, progress=lambda _, message: said.append(message))
    assert not any("seed 0: 5 labels" in one for one in said if one.startswith("margin_diverse"))
    assert [one["number"] for one in replays.listed(tmp_path / "replays")] == [3, 2, 1]
    assert not list((tmp_path / "replays").glob("unfinished*"))


def test_a_text_is_not_replayed_and_measured_on_at_once(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    lines = [f"{turn}-{n},text about {n},{'ab'[n % 2]}" for turn in (1, 2) for n in range(80)]
    path.write_text("\n".join(["uid,text,label", *lines]), encoding="utf-8")
    train, held, left_out, _ = replay_data(None, path)
    assert len(train) + len(held) == 80 and left_out == {"the same text again": 80}
    assert not set(train.texts) & set(held.texts)


@pytest.mark.parametrize(
    ("label", "test_label", "said"),
    [
        (lambda n: "ab"[n % 2], "good", "no row of .* has the label 'good'"),
        (lambda n: f"title {n}", "title 1", "has 600 different values, which is no label column"),
        (lambda n: "a", "a", "has 600 of 1: label more"),
    ],
)
def test_what_cannot_be_replayed_is_named(tmp_path: Path, label, test_label, said) -> None:
    path, test = tmp_path / "some.csv", tmp_path / "test.csv"
    for file, rows_ in (
        (path, [f"text about {n},{label(n)}" for n in range(600)]),
        (test, [f"words of {n},{test_label if n else label(0)}" for n in range(80)]),
    ):
        file.write_text("\n".join(["text,label", *rows_]), encoding="utf-8")
    with pytest.raises(ImportRefused, match=said) as refused:
        replay_data(None, path, test)
    assert reported("zh", str(refused.value)) != str(refused.value)


def test_rows_that_cannot_be_replayed_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    usable = [{"text": f"text about {n}", "labels": ["ab"[n % 2]]} for n in range(60)]
    others = [
        {"text": " ", "labels": ["a"]},
        {"text": "nobody looked at it", "labels": []},
        {"text": "nor at this", "labels": None},
        {"text": "both", "labels": ["a", "b"]},
    ]
    path.write_text("\n".join(map(json.dumps, usable + others)), encoding="utf-8")
    train, held, left_out, _ = replay_data(None, path)
    assert len(train) + len(held) == 60 and train.schema.labels == ("a", "b")
    assert left_out == {"no text": 1, "no label": 2, "2 labels where one is expected": 1}
    told = said_of_rows({"left_out": dict(left_out.most_common())}, "zh")
    assert told.startswith("未使用的行共 4 行：2 行（没有标签）、1 行（没有文本）")
    one = said_of_rows({"left_out": {"no label": 2}}, "en")
    assert one == "Rows that are not used: 2 (no label)"

    path.write_text("\n".join(map(json.dumps, others)), encoding="utf-8")
    with pytest.raises(
        ImportRefused, match=r"0 of 0, others .* \(line 1: no text\): label"
    ) as refused:
        replay_data(None, path)
    assert "其余的行不能用（第 1 行：没有文本）" in reported("zh", str(refused.value))


def texts_about(path: Path, labels: dict[int, str]) -> Path:
    """A file with a text about each number, and its label."""
    lines = [f"text about {n},{label}" for n, label in labels.items()]
    path.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    return path


def test_many_classes_may_be_measured_on_a_text_each(tmp_path: Path) -> None:
    path = texts_about(tmp_path / "some.csv", {n: f"class {n % 60}" for n in range(180)})
    test = texts_about(tmp_path / "test.csv", {n: f"class {n % 60}" for n in range(200, 260)})
    _, held, left_out, _ = replay_data(None, path, test)
    assert len(held) == 60 and not left_out


def test_what_is_measured_on_is_not_learned_from(tmp_path: Path) -> None:
    path = texts_about(tmp_path / "some.csv", {n: "ab"[n % 2] for n in range(80)})
    test = texts_about(tmp_path / "test.csv", {n: "ab"[n % 2] for n in range(40, 100)})
    train, held, left_out, _ = replay_data(None, path, test)
    assert left_out == {"the text is in what is measured on": 40}
    assert (len(train), len(held)) == (40, 60) and not set(train.texts) & set(held.texts)
    with pytest.raises(ImportRefused, match="every text"):
        replay_data(None, path, path)


def test_a_label_that_only_texts_to_measure_on_had_is_not_measured(tmp_path: Path) -> None:
    label = {n: "ab"[n % 2] for n in range(180)} | {90: "c"}
    path = texts_about(tmp_path / "some.csv", {n: label[n] for n in range(100)})
    test = texts_about(tmp_path / "test.csv", {n: label[n] for n in range(90, 180)})
    train, held, left_out, _ = replay_data(None, path, test)
    assert train.schema.labels == ("a", "b") and (len(train), len(held)) == (90, 89)
    assert left_out["nothing that is learned from has its label"] == 1


def test_of_very_many_texts_a_part_is_replayed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("workbench.workflows.simulate.MOST", 60)
    path, test = tmp_path / "many.csv", tmp_path / "test.csv"
    rare = {150: "rare", 160: "rare", 1_060: "rare"}
    for file, numbers in ((path, range(2_000)), (test, range(3_000, 3_070))):
        lines = [f"{n},text about {n},{rare.get(n, 'ab'[n % 2])}" for n in numbers]
        file.write_text("\n".join(["number,text,label", *lines]), encoding="utf-8")
    alone, measured = replay_data(None, path), replay_data(None, path, test)
    for one in (alone, measured):
        assert (len(one.train), len(one.test)) == (60, 60)
    (reason,) = alone.left_out
    assert alone.left_out[reason] == 1_880
    assert measured.left_out[reason] == 1_950 and "60 条" in reported("zh", reason)
    assert measured.train.targets.count("rare") == 2, "no label is lost"
    numbers = [int(text.split()[-1]) for text in measured.train.texts]
    assert max(numbers) > 1_000 and numbers == sorted(numbers), "not the first ones"


def test_two_replays_at_once_get_two_numbers(tmp_path: Path) -> None:
    result = {"summary": [{}]}
    with ThreadPoolExecutor(8) as several:
        given = list(several.map(lambda _: replays.keep(tmp_path, {}, result), range(40)))
    assert sorted(given) == list(range(1, 41))
    assert [one["number"] for one in replays.listed(tmp_path)] == sorted(given, reverse=True)


def test_a_folder_is_its_train_and_test_file(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "Test.tsv"
    for file in (train, test, tmp_path / "valid.csv"):
        file.write_text("text,label\n", encoding="utf-8")
    assert files_of(tmp_path) == (train, test)
    assert files_of(tmp_path, "other.csv") == (train, Path("other.csv"))
    test.unlink()
    assert files_of(tmp_path) == (train, None)
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(
        ImportRefused, match=r"several train files \(train.csv, train.jsonl\)"
    ) as no:
        files_of(tmp_path)
    assert "多个 train 文件" in reported("zh", str(no.value))


def test_too_few_texts_by_conflicting_labels_are_told(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    lines = [f"text about {n % 40},{'ab'[n // 40]}" for n in range(80)]
    path.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    with pytest.raises(ImportRefused, match=r"has 40 of 1, .* with another label: 40: ") as refused:
        replay_data(None, path)
    assert "另有 40 行文本相同而标签不同" in reported("zh", str(refused.value))


def test_several_columns_that_may_hold_labels_are_named(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    lines = [f"text about {n},{n % 2},{n % 3}" for n in range(80)]
    path.write_text("\n".join(["text,stars,toxic", *lines]), encoding="utf-8")
    with pytest.raises(ImportRefused, match="name one of stars, toxic with --label") as refused:
        replay_data(None, path)
    assert "请指定一列（stars, toxic）" in reported("zh", str(refused.value))


def test_a_file_to_measure_on_is_read_by_the_same_columns(tmp_path: Path) -> None:
    path, test = tmp_path / "some.csv", tmp_path / "test.csv"
    lines = [f"t{n},text about {n},{'ab'[n % 2]}" for n in range(80)]
    path.write_text("\n".join(["uid,body,topic", *lines]), encoding="utf-8")
    lines = [f"{'xyz'[n % 3]},text about {n},{'ab'[n % 2]}" for n in range(100, 200)]
    test.write_text("\n".join(["label,body,topic", *lines]), encoding="utf-8")
    _, held, _, columns = replay_data(None, path, test)
    assert (columns.uid, columns.label) == ("uid", "topic") and held.schema.labels == ("a", "b")


def test_a_demo_that_was_cut_off_is_made_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    root = tmp_path / "demo"
    assert not bootstrap.demo_made(root)
    with monkeypatch.context() as cut:
        cut.setattr("workbench.workflows.importing.import_file", killed)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.create_demo(root, "en")
    assert not bootstrap.demo_made(root)
    made, password = bootstrap.create_demo(root, "en")
    assert bootstrap.demo_made(root) and len(made.pool) > 1500
    assert people.verify(made, bootstrap.DEMO_USER, password).role == "engineer"


def test_a_project_that_gets_its_labels_later_is_bound_in_the_background(
    tmp_path: Path, label_studio: ServerInfo
) -> None:
    Project.create(tmp_path / "p", name=f"Later {tmp_path.name}"[:50]).close()
    made = Project.open(tmp_path / "p")
    made.set_labelstudio(label_studio.url, label_studio.token)
    made = Project.open(tmp_path / "p")
    syncs = _Syncs()
    syncs.turn(made)
    assert not made.connected()
    made.set_labels(("a", "b"))
    syncs.turn(made)
    assert made.connected()
