from __future__ import annotations

import csv
import json
import random

import pytest

from activelearn.data import LabelSchema, Span
from workbench.errors import ConfigError
from workbench.intake import Row, read_rows
from workbench.labelstudio.connection import Connection
from workbench.labelstudio.labelconfig import build, parse
from workbench.labelstudio.results import from_result
from workbench.outputs import write_rows

SUFFIX = {"jsonl": ".jsonl", "csv": ".csv", "labelstudio": ".json", "datasets": ""}
SCHEMAS = {
    "single": LabelSchema("single", ("a|b", "c, d", "=e", "退款")),
    "multi": LabelSchema("multi", ("a|b", "c, d", "e", "退款")),
    "spans": LabelSchema("spans", ("PER", "地点")),
}
ALPHABET = "ab \"',;|=+-@\\\t\r\n[]{}退款é\u2028😀"


def rows_for(kind: str, count: int, seed: int) -> list[dict]:
    rng = random.Random(seed)
    labels = SCHEMAS[kind].labels
    rows = []
    for number in range(count):
        text = "".join(rng.choices(ALPHABET, k=rng.randint(1, 40))) + "."
        label = {
            "single": lambda: rng.choice(labels),
            "multi": lambda: tuple(one for one in labels if rng.random() < 0.4),
            "spans": lambda n=len(text): tuple(
                sorted({Span(i, i + 1, rng.choice(labels)) for i in rng.sample(range(n), 1)})
            ),
        }[kind]()
        if number % 5 == 0:
            label = None
        said = [{"annotator": "ann@x.org", "target": label, "created_at": "2026-01-02T03:04:05"}]
        rows.append(
            {
                "uid": f"u{number}",
                "text": text,
                "label": label,
                "annotators": ["ann@x.org", "bo@x.org"] if label is not None else [],
                "labelled_at": "2026-01-02T03:04:05" if label is not None else None,
                "round": 3 if label is not None else None,
                "model_version": "head-12" if label is not None else None,
                "holdout": number % 3 == 0,
                "notes": ["odd, one"] if number == 1 else [],
                "skipped": [],
                "annotations": said if label is not None else [],
            }
        )
    return rows


def config(kind: str):
    return parse(build(SCHEMAS[kind]))


@pytest.mark.parametrize("fmt", SUFFIX)
@pytest.mark.parametrize("kind", SCHEMAS)
def test_what_is_written_is_read_again(tmp_path, fmt, kind):
    path = tmp_path / f"out{SUFFIX[fmt]}"
    given = rows_for(kind, 120, seed=len(fmt))
    assert write_rows(iter(given), fmt, path, config(kind)) == 120
    found = list(read_rows(path, schema=SCHEMAS[kind]))
    assert all(isinstance(one, Row) for one in found)
    assert [one.uid for one in found] == [one["uid"] for one in given]
    assert [one.text for one in found] == [one["text"] for one in given]
    assert [one.target for one in found] == [one["label"] for one in given]
    holdout = [str(one.meta["holdout"]).lower() for one in found]
    assert holdout == [str(one["holdout"]).lower() for one in given]
    assert [str(one.meta.get("round") or "") for one in found] == [
        str(one["round"] or "") for one in given
    ]


def test_jsonl_has_every_field(tmp_path):
    given = rows_for("spans", 6, seed=1)
    write_rows(given, "jsonl", tmp_path / "out.jsonl", config("spans"))
    first = json.loads((tmp_path / "out.jsonl").read_text("utf-8").split("\n")[1])
    assert set(first) == set(given[1])
    start, end, label = given[1]["label"][0]
    assert first["label"] == [{"start": start, "end": end, "label": label}]
    assert first["annotations"][0]["target"] == first["label"]
    assert first["annotators"] == ["ann@x.org", "bo@x.org"] and first["model_version"] == "head-12"


def test_csv_opens_with_the_standard_library_and_pandas(tmp_path):
    import pandas

    given = rows_for("single", 60, seed=2)
    write_rows(given, "csv", tmp_path / "out.csv", config("single"))
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [row["text"] for row in given]
    assert rows[1]["annotators"] == "ann@x.org|bo@x.org" and rows[0]["holdout"] == "true"
    assert len(pandas.read_csv(tmp_path / "out.csv")) == 60


def test_label_studio_tasks_carry_the_consensus(tmp_path):
    given = rows_for("multi", 10, seed=3)
    chosen = config("multi")
    write_rows(given, "labelstudio", tmp_path / "out.json", chosen)
    tasks = json.loads((tmp_path / "out.json").read_text("utf-8"))
    for task, row in zip(tasks, given, strict=True):
        assert task["data"][chosen.data_key] == row["text"] and task["data"]["uid"] == row["uid"]
        assert task["data"]["holdout"] == row["holdout"]
        said = [from_result(one["result"], chosen) for one in task["annotations"]]
        assert said == ([] if row["label"] is None else [row["label"]])
        assert all(one["ground_truth"] is False for one in task["annotations"])


def test_datasets_folder_has_plain_columns(tmp_path):
    import datasets

    given = rows_for("single", 2_500, seed=4)
    write_rows(given, "datasets", tmp_path / "out", config("single"))
    held = datasets.load_from_disk(str(tmp_path / "out"))
    kinds = {name: held.features[name].dtype for name in ("uid", "text", "label", "holdout")}
    assert kinds == {"uid": "string", "text": "string", "label": "string", "holdout": "bool"}
    assert held["text"][:] == [row["text"] for row in given]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("fmt", SUFFIX)
def test_nothing_to_export_is_still_a_whole_file(tmp_path, fmt):
    path = tmp_path / "deep" / f"out{SUFFIX[fmt]}"
    assert write_rows([], fmt, path, config("single")) == 0
    if fmt == "labelstudio":
        assert json.loads(path.read_text("utf-8")) == []
    if fmt == "datasets":
        import datasets

        assert len(datasets.load_from_disk(str(path))) == 0
    assert path.exists()


@pytest.mark.parametrize("fmt", SUFFIX)
def test_a_failure_leaves_the_old_export_alone(tmp_path, fmt):
    def broken():
        yield from rows_for("single", 10, seed=5)
        raise RuntimeError("cancelled")

    path = tmp_path / f"out{SUFFIX[fmt]}"
    write_rows(rows_for("single", 3, seed=6), fmt, path, config("single"))
    with pytest.raises(RuntimeError, match="cancelled"):
        write_rows(broken(), fmt, path, config("single"))
    assert len(list(read_rows(path))) == 3
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert write_rows(rows_for("single", 4, seed=6), fmt, path, config("single")) == 4
    assert len(list(read_rows(path))) == 4
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_other_peoples_folders_and_files_are_not_replaced(tmp_path):
    import datasets

    datasets.Dataset.from_dict({"text": ["mine"]}).save_to_disk(str(tmp_path / "mine"))
    (tmp_path / "file").write_text("mine")
    for name, message in {"mine": "not empty and no export", "file": "it is a file"}.items():
        with pytest.raises(ConfigError, match=message):
            write_rows([], "datasets", tmp_path / name, config("single"))
    with pytest.raises(ConfigError, match="it is a folder"):
        write_rows([], "csv", tmp_path / "mine", config("single"))
    with pytest.raises(ConfigError, match="cannot be written"):
        write_rows([], "csv", tmp_path / "file" / "out.csv", config("single"))
    with pytest.raises(ConfigError, match=r"'xml'.*jsonl"):
        write_rows([], "xml", tmp_path / "out.xml", config("single"))
    assert datasets.load_from_disk(str(tmp_path / "mine"))["text"][:] == ["mine"]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_label_studio_imports_the_file_and_its_own_export_is_read(
    tmp_path, kind, ls_client, label_studio
):
    chosen = config(kind)
    given = rows_for(kind, 12, seed=7)
    write_rows(given, "labelstudio", tmp_path / "out.json", chosen)
    project = ls_client.create_project(f"Export of {kind}", chosen.xml)
    connection = Connection(label_studio.url, label_studio.token)
    tasks = json.loads((tmp_path / "out.json").read_text("utf-8"))
    connection.call("POST", f"api/projects/{project}/import", json=tasks)

    there = {task.data["uid"]: task for task in ls_client.pull(project, None).tasks}
    for row in given:
        said = [from_result(one.result, chosen) for one in there[row["uid"]].annotations]
        assert said == ([] if row["label"] is None else [row["label"]])

    params = {"exportType": "JSON", "download_all_tasks": "true"}
    exported = connection.read(f"api/projects/{project}/export", params=params)
    (tmp_path / "theirs.json").write_text(json.dumps(exported), "utf-8")
    found = {one.uid: one for one in read_rows(tmp_path / "theirs.json", schema=chosen.schema)}
    assert {uid: (one.text, one.target) for uid, one in found.items()} == {
        row["uid"]: (row["text"], row["label"]) for row in given
    }
