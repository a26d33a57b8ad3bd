"""The parts of the benchmarks that decide what a figure means."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch

from benchmarks import report
from benchmarks.active_learning import device
from benchmarks.import_100k import write_rows
from benchmarks.kills import plan
from benchmarks.report import Options, Skipped, markdown, measure, saved
from benchmarks.run import NAMES, function, main
from workbench.workflows.round import STEPS


@pytest.mark.parametrize("name", NAMES)
def test_each_benchmark_is_a_function_of_its_name(name: str) -> None:
    assert callable(function(name))


def test_what_cannot_be_shortened_is_not_run_as_quick(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["--quick", "--only", "active_learning.few_shot"])
    assert "--quick shortens only active_learning.curves" in capsys.readouterr().err


def test_the_rows_to_import_are_distinct_and_the_same_again(tmp_path: Path) -> None:
    write_rows(tmp_path / "one.csv", 500, seed=1)
    write_rows(tmp_path / "two.csv", 500, seed=1)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    with open(tmp_path / "one.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len({row["text"] for row in rows}) == len({row["uid"] for row in rows})
    assert 0 < sum(bool(row["label"]) for row in rows) < len(rows)


def test_kills_are_aimed_at_every_step_and_at_the_annotator() -> None:
    aims = Counter(plan(20, seed=0))
    assert sum(aims.values()) == 20
    assert set(aims) == {*STEPS, "answer", "send"}
    assert min(aims.values()) >= 2
    assert plan(20, seed=1) == plan(20, seed=1) != plan(20, seed=2)


def test_parts_are_measured_that_are_named_or_missing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    done: list[str] = []

    def absent() -> dict:
        raise Skipped("no rival here")

    parts = {
        name: lambda name=name: {"found": [done.append(name)]}
        for name in ("trec.0", "trec.1", "sst2.0")
    }
    measure("bench", {**parts, "rival": absent}, Options(parts=("trec",)))
    assert done == ["trec.0", "trec.1"]
    measure("bench", {**parts, "rival": absent}, Options())
    assert done == ["trec.0", "trec.1", "sst2.0"], "only what was missing"
    assert saved("bench.sst2.0")["found"] == [None] and saved("bench.rival") is None
    measure("bench", parts, Options(parts=("trec.1",)))
    assert done[3:] == ["trec.1"], "what is named is measured again"


def test_a_result_names_the_commit_that_was_there_when_it_began(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    commits = iter(["before", "after"])
    monkeypatch.setattr(report, "source", lambda: {"commit": next(commits)})

    def measured() -> dict:
        report.source()
        return {}

    measure("bench", {"part": measured}, Options())
    assert saved("bench.part")["source"] == {"commit": "before"}


def test_what_depends_on_last_digits_computes_in_one_thread(monkeypatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    asked = "import torch; print(torch.get_num_threads())"
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with report.one_thread():
        assert torch.get_num_threads() == 1 and report.machine()["threads"] == "1"
        started = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert started.stdout.strip() == b"1"
    assert torch.get_num_threads() == 2 and report.machine()["threads"] == "default"
    torch.set_num_threads(before)


@pytest.mark.parametrize(("status", "gpu"), [(0, "A GPU, 1.0"), (9, "")])
def test_a_gpu_that_does_not_answer_is_none(
    status: int, gpu: str, tmp_path: Path, monkeypatch
) -> None:
    asked = tmp_path / "nvidia-smi"
    asked.write_text(f"#!/bin/sh\necho A GPU, 1.0\nexit {status}\n")
    asked.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert report.machine()["gpu"] == gpu


def test_each_device_that_was_measured_has_its_rows(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(device, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    reading = [{"tokens": 16, "texts_s": 2000.0, "share": 0.5, "first_texts_s": 900.0}]
    for kind in ("cpu", "xpu"):
        found = {"device": kind, "matrix_tflops": 0.4, "reading": reading, "finetune": 90.0}
        measure(device.NAME, {kind: lambda found=found: found}, Options())
    rows = device.summary(device.kept_parts())["rows"]
    assert [(row["device"], row["a second"]) for row in rows] == [
        ("cpu, 0.4 TFLOP/s", "2,000 texts"),
        ("cpu, 0.4 TFLOP/s", "90 texts"),
        ("xpu, 0.4 TFLOP/s", "2,000 texts"),
        ("xpu, 0.4 TFLOP/s", "90 texts"),
    ]
    assert rows[0]["of the matrix rate"] == "50%"


def test_a_table_is_markdown() -> None:
    table = markdown([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
    assert table.splitlines() == ["| a | b |", "| --- | --- |", "| 1 | x |", "| 2 | y |"]
