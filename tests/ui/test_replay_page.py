"""The Replay page: what is kept, what is compared, and what is queued."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gradio as gr
import pytest
from pytest import approx
from typer.testing import CliRunner

from ui import cli
from ui.plots import simulation_figure
from ui.replay import about, lines, recommendation
from ui.web.replay import ReplayPage
from ui.web.site import Site
from ui.web.tune_panel import TunePanel
from ui.words.reported import reported
from workbench import config, replays
from workbench.annotate import Annotator
from workbench.errors import ConfigError, ProjectError
from workbench.project import Project
from workbench.workflows import simulate, tune

LABELS = ("bug", "praise", "question")
WORDS = {
    "bug": "the app crashes when the file is opened number",
    "praise": "what a lovely tool thank you so much number",
    "question": "how do I change the colour of the page number",
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """90 labelled texts of three kinds."""
    project = Project.create(tmp_path / "p", name="Replays", labels=LABELS)
    config.write(project.root, {"round": {"holdout": 0, "batch": 9}})
    rows = [(f"u{i}", f"{WORDS[LABELS[i % 3]]} {i}", {}) for i in range(90)]
    project.pool.append(rows)
    for i, (uid, _, _) in enumerate(rows):
        Annotator(project, "ann@example.com").submit(uid, LABELS[i % 3])
    project.close()
    made = Site(tmp_path / "p")
    yield made
    made.close()


def replayed(site: Site, **asked) -> dict:
    wanted = {"batch": 6, "rounds": 3, "learners": ["head"], **asked}
    return simulate.run_replay(site.project, by="eng@example.com", **wanted)


def test_own_labels_are_replayed_kept_and_compared(site: Site) -> None:
    page = ReplayPage(site)
    step, chosen, curve, found = page.overview([], None)
    assert "Replay your 90 labels" in step and not curve["visible"] and "No replay yet" in found
    assert not chosen["visible"]

    first = replayed(site)
    second = replayed(site, strategies=["margin", "entropy"])
    assert (first["replay"], second["replay"]) == (1, 2)
    _, chosen, curve, found = page.overview([], None)
    assert [number for _, number in chosen["choices"]] == [2, 1] and chosen["value"] == [2]
    assert curve["visible"] and "entropy" in found and "margin and diversity" not in found
    curve, found = page.compare([1, 2], None)
    assert "margin and diversity" in found and "entropy" in found
    (legend,) = curve["value"].legends
    names = [one.get_text() for one in legend.get_texts()]
    assert len(names) == 7 and {"1 · all labels", "2 · all labels"} < set(names)

    kept = replays.read(replays.folder_of(site.project), 2)
    assert (kept["by"], kept["source"], kept["rounds"]) == ("eng@example.com", "", 3)
    assert [row["needs"] for row in kept["result"]["summary"]]
    with pytest.raises(ProjectError, match="no replay 3"):
        replays.read(replays.folder_of(site.project), 3)


def test_a_curve_is_drawn_with_its_interval_and_where_all_labels_end(site: Site) -> None:
    replayed(site, seeds=2)
    result = replays.read(replays.folder_of(site.project), 1)["result"]
    (axes,) = simulation_figure(result).axes
    (band,) = axes.collections[0].get_paths()
    own = [one["points"][0] for one in result["curves"] if one["strategy"] == "margin_diverse"]
    ends = {y for x, y in band.vertices if x == own[0]["labels"]}
    assert len(own) == 2
    assert (min(ends), max(ends)) == (min(p["low"] for p in own), max(p["high"] for p in own))
    assert axes.lines[-1].get_ydata() == approx([result["full"]["head"]] * 2)


def test_what_asks_several_people_is_not_replayed(site: Site) -> None:
    with pytest.raises(ConfigError, match="activelab asks several people") as refused:
        replayed(site, strategies=["activelab"])
    assert "多人作答" in reported("zh", str(refused.value))


def test_the_project_says_how_a_replay_begins(site: Site) -> None:
    begun = []
    for way in ("random", "kmeans_start"):
        config.write(site.project.root, {"round": {"cold_start": way}})
        project = Project.open(site.project.root)
        found = simulate.run_replay(project, by="x", batch=6, rounds=1, learners=["head"])
        kept = replays.read(replays.folder_of(project), found["replay"])["result"]["curves"]
        begun.append({one["strategy"]: one["right"] for one in kept})
        project.close()
    assert begun[0]["margin_diverse"] == begun[0]["random"] == begun[1]["random"]
    assert begun[1]["margin_diverse"] != begun[1]["random"]


def test_a_torn_result_is_left_out(site: Site) -> None:
    replayed(site)
    (site.project.root / "replays" / "0002.json").write_text('{"numb')
    assert [one["number"] for one in replays.listed(replays.folder_of(site.project))] == [1]
    assert replayed(site)["replay"] == 3


def test_start_queues_the_job(site: Site, tmp_path: Path) -> None:
    file, test = tmp_path / "labelled.csv", tmp_path / "test.csv"
    for path in (file, test):
        path.write_text("utterance,klass\nhow do I pay,billing\nit is broken,defect\n")
    page = ReplayPage(site)
    more, words, label, _ = page.columns(str(file), None)
    assert more["visible"] and words["value"] == "utterance"
    assert ("klass", "klass") in label["choices"]
    page.start(str(file), "utterance", "utterance", None, [], [], 10, 4, 2, None)
    assert not site.jobs.active()
    given = (str(file), "utterance", "klass", str(test))
    page.start(*given, ["margin"], ["head", "auto"], 10, None, None, None)
    (job,) = site.jobs.active()
    assert job.kind == "simulate" and job.params["strategies"] == ["margin"]
    assert {Path(job.params[name]).parent.name for name in ("path", "test")} == {"imports"}
    assert job.params["columns"] == {"text": "utterance", "label": "klass"}
    assert (job.params["rounds"], job.params["seeds"]) == (10, 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "takes 120 labels, random ones 200"),
        ({"random": None}, "random ones do not get there"),
        ({"share": None, "labels": None, "random": None}, "Replay more rounds"),
        ({"saves": False, "strategy": "random"}, "label at random"),
        ({"seeds": 1}, "random ones 200. Seeds that this rests on: 1"),
    ],
)
def test_the_recommendation_says_what_was_found(changed: dict, said: str) -> None:
    found = {
        "strategy": "margin", "learner": "head", "saves": True, "seeds": 3,
        "share": 0.9, "labels": 120, "random": 200,
    }  # fmt: skip
    assert said in recommendation(found | changed, "en")
    assert ("rests on" in recommendation(found | changed, "en")) == ("seeds" in changed)
    assert recommendation(found | changed, "zh")


def test_a_round_of_a_replay_is_as_large_as_the_projects(site: Site) -> None:
    def sizes(project: Project) -> set[tuple[int, ...]]:
        result = simulate.simulate_file(project, rounds=3, learners=["head"])
        return {tuple(p["labels"] for p in curve["points"]) for curve in result["curves"]}

    assert sizes(site.project) == {(9, 18, 27)}
    config.write(site.project.root, {"round": {"batch": 50}})
    with closing(Project.open(site.project.root)) as again:
        assert sizes(again) == {(13, 26, 39)}, "68 to learn from: a replay has some rounds"


def test_in_a_shell(site: Site) -> None:
    result = simulate.simulate_file(site.project, batch=6, rounds=2, learners=["head"])
    said = lines(result, "en")
    sizes = result["data"]
    assert said[0] == (
        f"{sizes['train']} texts to choose from, {sizes['test']} to measure on, 3 classes"
    )
    assert said[1].startswith(("margin_diverse: mean of the curve", "random"))
    assert any("95%: " in line for line in said)


def test_in_a_project_the_shell_runs_a_replay_as_a_job(site: Site, tmp_path: Path) -> None:
    out, shell = tmp_path / "result.json", CliRunner()
    asked = ["--learner", "head", "--batch", "6", "--rounds", "2", "-p", str(site.project.root)]
    said = shell.invoke(cli.app, ["simulate", *asked, "--out", str(out)]).output
    (job,) = site.jobs.recent()
    assert (job.kind, job.state, job.result["replay"]) == ("simulate", "done", 1)
    assert f"replay 1: `workbench replays -p {site.project.root}` lists and compares" in said
    random = next(line for line in said.splitlines() if line.startswith("random: mean"))
    assert "over random" not in random and " to " in random
    told = json.loads(out.read_text())
    assert (told["number"], told["source"], told["seeds"]) == (1, "", 1) and told["version"]
    refused = shell.invoke(cli.app, ["simulate", *asked, "--test", "t.csv", "--out", str(out)])
    assert "t.csv: name the labelled file" in str(refused.exception)
    assert [job.state for job in site.jobs.recent()] == ["failed", "done"]


def test_a_label_column_by_another_name_is_offered(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    rows = [f"words of review {n},{n % 5}" for n in range(20)]
    file.write_text("\n".join(["review,stars", *rows]))
    _, words, label, _ = ReplayPage(site).columns(str(file), None)
    assert (words["value"], label["value"]) == ("review", "stars")


def test_kept_replays_are_told_apart() -> None:
    kept = {
        "number": 3, "at": "2026-11-30T22:48:05.1", "source": "data/a.csv", "test": "data/b.csv",
        "strategies": ["margin"], "learners": ["head", "finetune"], "batch": 25, "rounds": 10,
        "seeds": 2,
    }  # fmt: skip
    assert about(kept, "en") == (
        "3 · data/a.csv, measured on data/b.csv · margin · head, fine-tune · 10 × 25 · seeds: 2"
        " · 2026-11-30 22:48"
    )
    assert "边际 · 分类头、微调 · " in about(kept, "zh")
    del kept["test"]
    assert "data/a.csv · 边际 · " in about(kept | {"learners": ["auto"]}, "zh")


def test_the_last_search_is_shown(site: Site) -> None:
    with gr.Blocks():
        panel = TunePanel(site)
    assert panel.last(None)[0] == "" and not panel.last(None)[1]["visible"]
    found = {
        "settings": {"encoder_lr": 3e-4, "epochs": 12}, "accuracy": 0.91, "before": 0.88,
        "difference": [0.03, 0.01, 0.05], "use": True, "trials": 20, "items": 90,
    }  # fmt: skip
    site.project.store.set_fact(tune.FACT, found)
    said, use = panel.last(None)
    assert "encoder_lr 0.0003" in said and "+3.0 points" in said and use["visible"]
    panel.write(None)
    assert Project.open(site.project.root).settings.finetune.epochs == 12
    panel.start(4, None)
    assert [job.params for job in site.jobs.active()] == [{"trials": 4}]
