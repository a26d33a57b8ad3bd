"""The callbacks of the pages as plain functions, on a real store, without a browser."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from starlette.requests import Request

from ui.web import audit, exchange_panel, home, intake_panel, rounds
from ui.web.annotate import AHEAD, AnnotatePage
from ui.web.augment import AugmentPage, verdicts
from ui.web.export import ExportPage
from ui.web.guide import next_step
from ui.web.jobs_panel import JobPanel, duration
from ui.web.lookups import Lookups
from ui.web.site import MEMBER, NOBODY, Site
from workbench import config, findings, items
from workbench.exchange import labels
from workbench.hotkeys import hot_keys
from workbench.jobs import IMPORT_LANE, MODEL_LANE
from workbench.people import Member
from workbench.project import Project
from workbench.status import status
from workbench.tables import (
    Annotation,
    Conflict,
    FindingRow,
    Lease,
    Queued,
    Round,
    Share,
    Unread,
    now,
)

LABELS = ("bug", "praise", "question")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """30 items: 12 queued in round 1, two of these open findings."""
    project = Project.create(tmp_path / "p", name="Pages", labels=LABELS)
    project.pool.append([(f"u{i}", f"text <number> {i}", {}) for i in range(30)])
    with project.store.session() as session:
        session.add(Round(number=1, state="done", model_version="m1", learner="head", labels=9))
        for i in range(12):
            said = ["bug"] if i else None
            session.add(Queued(round=1, uid=f"u{i}", rank=i, suggestion=said, confidence=0.5))
        why = {"given": 0.1, "suggested": 0.8}
        for rank, uid in enumerate(("u20", "u21"), start=1):
            session.add(FindingRow(uid=uid, kind="label", given=["bug"], suggestion=["praise"],
                                   score=0.1, rank=rank, why=why))  # fmt: skip
    project.close()
    made = Site(tmp_path / "p")
    yield made
    made.close()


def command(do: str, **values: object) -> dict:
    return {"id": str(uuid.uuid4()), "do": do, **values}


def answer(page: AnnotatePage, *commands: dict, **more: object) -> dict:
    return page.answer({"commands": list(commands), "have": {}, **more}, None)


def test_annotate_keeps_each_command_once(site: Site) -> None:
    page = AnnotatePage(site)
    state = answer(page)
    assert [one["uid"] for one in state["items"]] == [f"u{i}" for i in range(12)]
    assert state["queue"] == [one["uid"] for one in state["items"]] and len(state["queue"]) <= AHEAD
    assert state["items"][0]["blind"] and state["items"][1]["suggestion"] == ["bug"]
    assert state["page"]["labels"] == [("bug", "1"), ("praise", "2"), ("question", "3")]

    said = command("submit", uid="u0", target=["praise"], seconds=2.5, note="n", unclear=True)
    skipped = command("skip", uid="u1", reason="unclear", seconds=1)
    for _ in range(2):
        state = answer(page, said, skipped)
        assert state["done"] == [said["id"], skipped["id"]] and not state["failed"]
    assert state["progress"] == {"batch_done": 2, "batch_total": 12, "today": 2}
    assert [one["key"] for one in state["recent"]] == [skipped["id"], said["id"]]
    assert state["recent"][1]["text"] == "text <number> 0" and state["recent"][1]["unclear"]
    assert items.labels(site.project) == {"u0": ["praise"]}

    back = command("undo", of=said["id"])
    assert [one["uid"] for one in answer(page, back)["undone"]] == ["u0"]
    state = answer(page, said, back)
    assert state["undone"] == [] and state["queue"][0] == "u0"
    assert items.labels(site.project) == {}


def test_annotate_sends_what_the_browser_lacks(site: Site) -> None:
    page = AnnotatePage(site)
    first = answer(page)
    rounds = {one["uid"]: one["round"] for one in first["items"]}
    version = first["page"]["version"]

    def have(start: int) -> dict[str, int]:
        return {uid: rounds[uid] for uid in first["queue"][start:]}

    said = command("submit", uid="u0", target=["bug"])
    state = answer(page, said, have=have(1), version=version, refresh=False)
    assert set(state) == {"scope", "done", "failed", "undone"}
    state = answer(page, have=have(3), version=version, refresh=True)
    assert [one["uid"] for one in state["items"]] == ["u1", "u2"] and "page" not in state
    older = have(1) | {"u3": rounds["u3"] - 1}
    assert [one["uid"] for one in answer(page, have=older, refresh=True)["items"]] == ["u3"]
    config.write(site.project.root, {"annotate": {"hot_keys": {"question": "q"}}})
    assert answer(page, version=version)["page"]["labels"][2] == ("question", "q")
    config.write(site.project.root, {"annotate": {"hot_keys": {"spam": "q"}}})
    page_now = answer(page, version=version)["page"]
    assert "annotate.hot_keys: 'spam'" in page_now["problem"] and len(page_now["labels"]) == 3


def test_annotate_says_what_it_refuses_and_keeps_the_rest(site: Site) -> None:
    wrong = command("submit", uid="u0", target=["spam"])
    strange = command("submit", uid="nobody", target=["bug"])
    broken = command("submit", target=["bug"])
    right = command("submit", uid="u2", target=["bug"])
    state = answer(AnnotatePage(site), wrong, strange, broken, right)
    assert set(state["failed"]) == {wrong["id"], strange["id"], broken["id"]}
    assert "spam" in state["failed"][wrong["id"]] and "nobody" in state["failed"][strange["id"]]
    assert items.labels(site.project) == {"u2": ["bug"]}


def test_a_time_without_an_end_and_a_name_of_before_hold_nothing_up(site: Site) -> None:
    site.project.store.set_fact(labels.DECIDED, {"renamed": {"defect": "bug"}, "retired": []})
    endless = [command("submit", uid="u0", target=["bug"], seconds=said)
               for said in ("Infinity", "NaN", 1e999)]  # fmt: skip
    waited = command("submit", uid="u1", target=["defect"])
    state = answer(AnnotatePage(site), *endless, waited)
    assert set(state["failed"]) == {one["id"] for one in endless}
    assert items.labels(site.project) == {"u1": ["bug"]}


def test_only_staff_are_led_to_the_tab_of_everybody(site: Site) -> None:
    everything = "http://ls/projects/1/data?tab=7"
    with site.project.store.session() as session:
        session.get(Round, 1).view_url = everything
    assert answer(AnnotatePage(site))["studio"] == everything
    with site.project.store.session() as session:
        session.add(Share(round=1, uid="u3", annotator="bob@example.com"))
    one = Request({"type": "http", "headers": [], MEMBER: Member("ann@example.com", "annotator")})
    assert AnnotatePage(site).answer({}, one)["studio"] == ""
    lead = Request({"type": "http", "headers": [], MEMBER: Member("lea@example.com", "lead")})
    assert AnnotatePage(site).answer({}, lead)["studio"] == everything


def test_answers_of_somebody_else_are_left_alone(site: Site) -> None:
    said = command("submit", uid="u0", target=["bug"])
    assert answer(AnnotatePage(site), said, scope="another person's") == {"stranger": True}
    assert items.labels(site.project) == {}


def test_audit_decides_and_takes_back(site: Site) -> None:
    page = audit.AuditPage(site)
    _, card = page.first(None)
    first = findings.ranked(site.project)[0]
    assert "text &lt;number&gt; 20" in card and "10%" in card and "80%" in card
    assert 'data-label="question"' in card
    _, card = page.decide("change", first.id, "question", None)
    assert "text &lt;number&gt; 21" in card and "1 open · 1 settled" in card
    assert items.labels(site.project) == {"u20": ["question"]}
    _, card = page.decide("undo", None, None, None)
    assert "text &lt;number&gt; 20" in card
    assert items.labels(site.project) == {}
    for finding in findings.ranked(site.project):
        _, card = page.decide("keep", finding.id, None, None)
    assert "All findings are settled" in card
    assert findings.counts(site.project) == {"keep": 2}


def test_a_wrong_label_is_a_toast_not_a_traceback(site: Site) -> None:
    finding = findings.ranked(site.project)[0]
    with pytest.warns(UserWarning, match="spam"):
        audit.AuditPage(site).decide("change", finding.id, "spam", None)
    assert findings.counts(site.project) == {"open": 2}


def test_why_of_each_kind_of_finding(site: Site) -> None:
    finding = findings.ranked(site.project)[0]
    twin = {"other_text": "a <b> text", "other_label": "praise"}
    conflict = findings.Finding(1, "u", "t", "conflict", "bug", "praise", 0.1, twin, "open")
    assert "a &lt;b&gt; text" in audit.why(conflict, "en")
    far = {"distance": 1.234, "usual": 0.5}
    outlier = findings.Finding(1, "u", "t", "outlier", "bug", None, 0.1, far, "open")
    assert "1.23" in audit.why(outlier, "en")
    keys = hot_keys(LABELS, {})
    assert 'data-do="change" data-key="c"' not in audit.card(outlier, {}, keys, "en")
    assert 'data-key="c"' in audit.card(finding, {}, keys, "zh")


def test_a_preview_stores_nothing_and_follows_the_columns(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("body,category,note\nhello there,bug,one\n,bug,two\nhow are you,praise,three\n")
    with gr.Blocks():
        panel = intake_panel.IntakePanel(site)
    shown, text_column, label, uid, table = panel.preview(str(path), None)
    assert shown["visible"] and (text_column["value"], label["value"]) == ("body", "category")
    assert uid["value"] == "" and "how are you" in table
    assert "line 3" in table
    assert "three" in panel.repreview(str(path), "note", "category", "", None)
    assert "<td><div>how are you</div></td><td><div>praise</div></td>" in table
    assert site.project.store.fact("imports") is None and status(site.project)["items"] == 30
    with pytest.warns(UserWarning, match="same column"):
        panel.start(str(path), "body", "body", "", None)
    assert site.jobs.recent() == []
    panel.start(str(path), "body", "category", "", None)
    job = site.jobs.recent()[0]
    assert job.kind == "import" and job.params["columns"]["text"] == "body"


def test_a_file_without_the_columns_of_the_settings_can_be_imported(
    site: Site, tmp_path: Path
) -> None:
    config.write(site.project.root, {"project": {"text_column": "message"}})
    site.project.reload()
    path = tmp_path / "other.csv"
    path.write_text("body,category\nhello there,bug\nhow are you,praise\n")
    with gr.Blocks():
        panel = intake_panel.IntakePanel(site)
    shown, text_column, *_ = panel.preview(str(path), None)
    assert shown["visible"] and text_column["value"] == "body"


def test_anothers_old_page_frees_nothing(site: Site) -> None:
    lookups = Lookups(site)
    answer(AnnotatePage(site))
    for scope, left in (("another's", True), (answer(AnnotatePage(site))["scope"], False)):
        lookups.release(scope, None)
        with site.project.store.session() as session:
            assert bool(session.query(Lease).count()) == left


def test_a_file_that_is_no_table_is_refused_in_one_line(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{not json")
    with gr.Blocks():
        panel = intake_panel.IntakePanel(site)
    with pytest.warns(UserWarning, match="broken.json"):
        panel.preview(str(path), None)


def test_rejects_and_duplicates_of_an_import_are_listed(site: Site, tmp_path: Path) -> None:
    from workbench.worker import run_job

    path = tmp_path / "some <rows>.csv"
    twin = "the parcel that I ordered last week has not come yet, where is it"
    path.write_text(f'text,label\na,bug\n,bug\nb,spam\n"{twin}",\n"{twin}!",\n')
    number = site.jobs.submit("import", {"path": str(path), "columns": {}})
    run_job(site.project, site.jobs.take(IMPORT_LANE))
    assert site.jobs.get(number).state == "done", site.jobs.get(number).error
    shown = intake_panel.reports(site.jobs, "en")
    assert "2 rejected rows of some &lt;rows&gt;.csv" in shown
    assert "1 duplicates in" in shown and "last week" in shown
    assert "/gradio_api/file=" in shown
    with gr.Blocks():
        assert "2 rejected" in JobPanel(site, ("import",)).poll(None)[0]


def test_a_running_job_shows_progress_and_can_be_cancelled(site: Site) -> None:
    with gr.Blocks():
        panel = JobPanel(site, ("round",))
    assert panel.poll(None)[0] == ""
    rounds.RoundsPage(site).start("random", 5, "head", None)
    job = site.jobs.take(MODEL_LANE)
    assert job.params == {"strategy": "random", "batch": 5, "learner": "head"}
    site.jobs.progress(job.id)(0.4, "round 1: train")
    shown, cancel, moved = panel.poll(None)
    assert "40%" in shown and "round 1: train" in shown and cancel["visible"]
    assert "Round is running" in next_step(site, "audit", status(site.project), "en")
    assert "(40%)" in next_step(site, "annotate", status(site.project), "en")
    panel.stop(None)
    site.jobs.finish(job.id, "cancelled")
    shown, cancel, again = panel.poll(None)
    assert "cancelled" in shown and not cancel["visible"] and moved != again


def test_overviews_say_what_to_do_next(site: Site) -> None:
    step, cards, studio, reports = home.ProjectPage(site).overview(None)
    assert "12 texts" in step and "not measured yet" in cards and reports == ""
    assert "No Label Studio project is bound" in studio
    step, history, *_ = rounds.RoundsPage(site).overview(None)
    assert "12 texts" in step and "head" in history
    assert rounds.RoundsPage(site).defaults() == ("margin_diverse", 50, "auto")
    step, ready = ExportPage(site).overview(None)
    assert "Nothing is labelled yet" in step and ready["interactive"]
    step, trials, run, use, stop = AugmentPage(site).overview("typos", None)
    assert "40 labelled" in step and "No trial" in trials
    assert not run["interactive"] and not use["interactive"] and not stop["visible"]


def test_the_exchange_is_told_and_conflicts_with_their_rule(site: Site) -> None:
    project = site.project
    with gr.Blocks():
        panel = exchange_panel.ExchangePanel(site)
    assert "agree" not in panel.refresh("", None)[0]
    project.store.set_fact("synced_at", now().isoformat())
    assert "Both sides agree." in panel.refresh("", None)[0]
    with project.store.session() as session:
        session.add(Conflict(uid="u3", annotator="<ann>", kept=["bug"], dropped=["praise"],
                             rule="latest"))  # fmt: skip
        session.add(Annotation(unique_id="w", uid="u4", annotator=NOBODY.email, source="workbench",
                               target=["bug"], to_send=True))  # fmt: skip
        session.add(Unread(ls_id=1, uid="u5", annotation={}, reason="unknown label"))
    project.store.set_fact("sync_error", "Label Studio is <away>")
    shown = panel.refresh("", None)[0]
    for said in ("1 answers wait", "1 answers in Label Studio cannot be read", "&lt;away&gt;",
                 "&lt;ann&gt;", "<s>praise</s>", "the latest answer counts",
                 "text &lt;number&gt; 3"):  # fmt: skip
        assert said in shown, said


def test_changed_labels_are_asked_about_and_applied(site: Site) -> None:
    project = site.project
    xml = str(project.store.fact("label_config")).replace('"bug"', '"defect"')
    change = labels.compare(project.config, xml)
    project.store.set_fact(labels.PENDING, dataclasses.asdict(change))
    with gr.Blocks() as demo:
        panel = exchange_panel.ExchangePanel(site)
        panel.build_question(demo)
    _, asked, box, words, button, first, *others = panel.refresh("", None)
    assert asked == xml
    assert box["visible"] and button["visible"] and "New: defect" in words["value"]
    assert first["value"] == "defect" and "“bug”" in first["label"]
    assert not any(one["visible"] for one in others)
    assert "visible" not in panel.refresh(xml, None)[2], "what somebody chose meanwhile stays"
    assert "New: defect" in exchange_panel.question(change, "en")
    offered = exchange_panel.answers(change, "en")
    assert offered[0] == ("renamed to defect", "defect") and offered[-1][1] == ""
    with pytest.warns(UserWarning, match="changed again"):
        panel.apply(None, "another", "defect")
    answer(AnnotatePage(site), command("submit", uid="u3", target=["bug"]))
    panel.apply(None, xml, "defect")
    _, asked, box, *_ = panel.refresh(xml, None)
    assert project.schema.labels[0] == "defect" and asked == "" and not box["visible"]
    assert items.labels(project) == {"u3": ["defect"]}
    assert findings.ranked(project)[0].given == "defect"
    assert site.jobs.recent()[0].kind == "sync"


def test_an_empty_project_is_guided(tmp_path: Path) -> None:
    Project.create(tmp_path / "empty", name="Empty").close()
    site = Site(tmp_path / "empty")
    found = status(site.project)
    for page in ("project", "annotate", "rounds", "audit", "augment", "export"):
        assert "Import a file" in next_step(site, page, found, "en")
    state = answer(AnnotatePage(site))
    assert state["items"] == [] and "Import a file" in state["next"]
    assert AugmentPage(site).preview("typos", 0, None).startswith("<p")
    rounds.RoundsPage(site).overview(None)
    audit.AuditPage(site).first(None)
    site.close()


def test_preview_of_a_recipe_and_a_trial_that_was_not_won(site: Site) -> None:
    with site.project.store.session() as session:
        for i in range(6):
            session.add(Annotation(unique_id=f"k{i}", uid=f"u{i}", annotator=NOBODY.email,
                                   source="workbench", target=["bug"]))  # fmt: skip
    page = AugmentPage(site)
    assert page.preview("typos", 1, None) == page.preview("typos", 1, None)
    assert "<ins>" in page.preview("typos", 1, None)
    with pytest.warns(UserWarning, match="has not won a trial"):
        page.use("typos", None)
    trial = {"without": 0.7, "with_": 0.75, "difference": [0.05, 0.01, 0.09], "use": True}
    site.project.store.set_fact("trials", {"typos": trial})
    assert "+5.0 points" in verdicts({"typos": trial}, "", "en")
    page.use("typos", None)
    assert site.project.settings.augment.recipe == "typos"
    page.stop("typos", None)
    assert site.project.settings.augment.recipe == ""


@pytest.mark.parametrize("fmt", ["jsonl", "csv", "labelstudio", "datasets"])
def test_export_makes_a_file(site: Site, fmt: str) -> None:
    answer(AnnotatePage(site), command("submit", uid="u3", target=["bug"]))
    ready, download = ExportPage(site).make(fmt, False, None)
    assert "1 rows are ready" in ready
    assert Path(download["value"]).stat().st_size > 0


def test_durations_are_rough() -> None:
    assert [duration(s, "en") for s in (0.2, 45, 200, 9000)] == ["1 s", "45 s", "3 min", "2.5 h"]
