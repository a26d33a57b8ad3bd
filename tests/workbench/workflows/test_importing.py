"""What an import tells of texts that are there twice, and what becomes of their labels."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from workbench.errors import ImportRefused
from workbench.project import Project
from workbench.tables import FindingRow
from workbench.workflows.audit import run_audit
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
