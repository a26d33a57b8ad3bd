"""What an import tells of texts that are there twice, and what becomes of their labels."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from activelearn.data import LabelSchema
from workbench import config
from workbench.errors import Cancelled, ConfigError, ImportRefused, ProjectError
from workbench.labelstudio.labelconfig import build
from workbench.project import Project
from workbench.tables import FindingRow, Item
from workbench.workflows.audit import run_audit
from workbench.workflows.export import export
from workbench.workflows.importing import import_file
from workbench.workflows.round import run_round


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "p", name="Import test")


def listed(path: str) -> list[dict]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_exact_and_near_duplicates_of_file_and_pool_are_listed(empty: Project, tmp_path: Path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    twin = "the parcel that I ordered last week has not come yet where is it"
    first.write_text(f"text,label\nsame text,a\nsame text,a\nother text,b\n{twin},b\n")
    found = import_file(empty, first)
    assert (found.added, found.labelled, found.exact_duplicates) == (3, 3, 1)
    assert [(row["line"], row["text"]) for row in listed(found.duplicates_file)] == [
        ("3", "same text")
    ]
    second.write_text(f"uid,text\nu1,same text\nu2,{twin} please\nu3,new\n")
    found = import_file(empty, second)
    assert (found.added, found.exact_duplicates, found.near_duplicates) == (3, 1, 1)
    assert {row["uid"] for row in listed(found.duplicates_file)} == {"u1", "u2"}
    again = import_file(empty, second)
    assert (again.added, again.already) == (0, 3)


def test_two_labels_of_one_text_are_a_finding(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("text,label\nstrange thing,refund\nstrange thing,login\n")
    import_file(project, path)
    run_audit(project)
    with project.store.session() as session:
        rows = session.query(FindingRow).where(FindingRow.kind == "conflict").all()
    assert [(row.given, row.suggestion) for row in rows] == [(["login"], ["refund"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,label\n", "no row in it"),
        ("text,label\nx,a\ny,a\n", "one label only"),
    ],
)
def test_files_that_give_no_labels(empty: Project, tmp_path: Path, content: str, said: str):
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(ImportRefused, match=said):
        import_file(empty, tmp_path / "x.csv")


def test_lists_of_labels_say_what_to_do(empty: Project, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"text": "x", "label": ["a", "b"]}\n')
    with pytest.raises(ImportRefused, match=r"line 1 .*workbench connect"):
        import_file(empty, tmp_path / "x.jsonl")


def test_a_column_of_known_labels_is_the_label_column(project: Project, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Kategorie,Nachricht\nrefund,money please\nlogin,let me in\n")
    assert import_file(project, tmp_path / "x.csv").labelled == 2


def test_a_round_where_all_is_labelled_trains_and_ends(project: Project, tmp_path: Path) -> None:
    lines = [
        "uid,text,label",
        *(f"w{i},text {i} of {'ab'[i % 2]},{'ab'[i % 2]}" for i in range(40)),
    ]
    (tmp_path / "full.csv").write_text("\n".join(lines))
    full = Project.create(tmp_path / "full", name="All labelled")
    import_file(full, tmp_path / "full.csv")
    found = run_round(full, learner="head")
    assert (found.chosen, found.learner) == (0, "head")
    assert "nothing left to choose" in found.note and found.accuracy is not None
    assert run_round(full, learner="head").number == found.number + 1


def test_a_row_with_several_labels_is_rejected_and_a_list_of_one_is_a_label(
    empty: Project, tmp_path: Path
) -> None:
    rows = [{"text": f"text {i}", "label": label} for i, label in
            enumerate(("a", "b", ["a"], ["a", "b"], "b"))]  # fmt: skip
    path = tmp_path / "lists.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    found = import_file(empty, path)
    assert (found.added, found.labelled, found.rejected) == (4, 4, 1)
    assert [row["line"] for row in listed(found.rejects_file)] == ["4"]


def test_a_file_of_bad_rows_only_is_refused_and_lists_them(empty: Project, tmp_path: Path) -> None:
    empty.set_labels(("a", "b"))
    (tmp_path / "bad.csv").write_text("text,label\none,x\ntwo,y\n")
    with pytest.raises(
        ImportRefused, match=r"none of its 2 rows .*line 2: label 'x'.*in (.+)"
    ) as no:
        import_file(empty, tmp_path / "bad.csv")
    assert [row["line"] for row in listed(str(no.value).rsplit(" in ", 1)[1])] == ["2", "3"]


def test_reports_of_two_files_of_one_name_lie_beside_each_other(
    empty: Project, tmp_path: Path
) -> None:
    empty.set_labels(("a", "b"))
    for folder, label in (("one", "x"), ("two", "y"), ("three", "a")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.csv").write_text(f"text,label\n{folder},{label}\nfine,a\n")
    first, second, _, again = (
        import_file(empty, tmp_path / folder / "s.csv").rejects_file
        for folder in ("one", "two", "three", "one")
    )
    assert first == again != second
    assert (
        "'x' is not" in listed(first)[0]["reason"] and "'y' is not" in listed(second)[0]["reason"]
    )


def test_labels_that_start_with_a_dollar_cost_their_rows(empty: Project, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("text,label\none,$\ntwo,$$\n")
    with pytest.raises(ImportRefused, match=r"labels that start with \$ \(\$, \$\$\)"):
        import_file(empty, path)
    path.write_text("text,label\none,cheap\ntwo,dear\nthree,$\n")
    assert (import_file(empty, path).added, empty.schema.labels) == (2, ("cheap", "dear"))


def held(project: Project) -> set[str]:
    with project.store.session() as session:
        return set(session.scalars(select(Item.uid).where(Item.holdout)))


def texts_file(folder: Path, first: int, count: int) -> Path:
    path = folder / f"texts{first}.csv"
    lines = (f"a{i},text number {i},{'ab'[i % 2]}" for i in range(first, first + count))
    path.write_text("\n".join(["uid,text,label", *lines]))
    return path


def test_the_holdout_keeps_its_share_however_the_texts_come(empty: Project, tmp_path: Path) -> None:
    config.write(empty.root, {"round": {"learner": "head"}})
    made = Project.open(empty.root)
    made.set_labels(("a", "b"))
    import_file(made, texts_file(tmp_path, 0, 1))
    import_file(made, texts_file(tmp_path, 1, 399))
    first = held(made)
    assert len(first) == 80
    run_round(made, batch=5)
    config.write(made.root, {"round": {"seed": 5}})
    again = Project.open(made.root)
    import_file(again, texts_file(tmp_path, 400, 1))
    assert first <= held(again) and len(held(again)) <= 81
    import_file(again, texts_file(tmp_path, 1000, 3000))
    assert first <= held(again) and len(held(again)) <= 400


def test_a_cancelled_import_leaves_no_round_without_a_holdout(
    empty: Project, tmp_path: Path
) -> None:
    config.write(empty.root, {"round": {"learner": "head"}})
    made = Project.open(empty.root)

    def cancel(done: float, _said: str) -> None:
        if done >= 0.75:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_file(made, texts_file(tmp_path, 0, 100), progress=cancel)
    assert held(made) == set()
    run_round(made, batch=5)
    assert len(held(made)) == 20


def test_two_imports_of_one_file_at_once_add_it_once(empty: Project, tmp_path: Path) -> None:
    path = texts_file(tmp_path, 0, 500)
    empty.set_labels(("a", "b"))
    with ThreadPoolExecutor(2) as both:
        found = list(both.map(lambda _: import_file(Project.open(empty.root), path), range(2)))
    assert sorted(one.added for one in found) == [0, 500]


def test_no_model_learns_from_several_labels_yet_and_that_is_said(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "multi", name="Multiple choice")
    made.set_config(build(LabelSchema("multi", ("a", "b"))))
    made.pool.append([("u1", "some text", {})])
    for work in (run_audit, run_round):
        with pytest.raises(ProjectError, match="models learn from in a later version"):
            work(made)


def test_an_export_goes_by_the_ending_and_spares_the_project(
    empty: Project, tmp_path: Path
) -> None:
    import_file(empty, texts_file(tmp_path, 0, 4))
    export(empty, "", tmp_path / "out.csv")
    assert [row["uid"] for row in listed(str(tmp_path / "out.csv"))] == ["a0", "a1", "a2", "a3"]
    with pytest.raises(ConfigError, match="belongs to the project"):
        export(empty, "", empty.root / "workbench.toml")
    for _ in range(2):
        assert export(empty, "", empty.root / "nightly.csv") == 4
    empty.set_labels(("a", "c"))
    export(empty, "", tmp_path / "out.json")
    tasks = json.loads((tmp_path / "out.json").read_text())
    assert [len(task["annotations"]) for task in tasks] == [1, 0, 1, 0]
