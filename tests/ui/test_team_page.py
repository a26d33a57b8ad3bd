"""The Team page and its commands: who sees what, the filters, and how it looks."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from starlette.requests import Request
from typer.testing import CliRunner

from ui.cli import app
from ui.web.site import MEMBER, Site
from ui.web.team import TeamPage
from workbench import events, people
from workbench.deal import deal
from workbench.people import Member
from workbench.project import Project
from workbench.tables import Annotation, Person, Queued, Round, now

ANN, BOB, LEAD = "ann@example.com", "bob@example.com", "lead@example.com"
PASSWORD = "a password for the tests"
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Two annotators, a lead, a round that is dealt, and some answers with remarks."""
    made = Project.create(tmp_path / "p", name="Team page", labels=("bug", "praise"))
    made.pool.append([(f"u{i}", f"text <number> {i}", {}) for i in range(40)])
    people.add(made, LEAD, role="lead", password=PASSWORD)
    people.add(made, ANN, role="annotator", password=PASSWORD)
    with made.store.session() as session:
        session.add(Person(email=BOB, role="annotator", password=""))
        session.flush()
        session.add(Round(number=1, state="done", model_version="m1"))
        rows = [
            Queued(round=1, uid=f"u{i}", rank=i + 1, suggestion=["bug"], confidence=0.5)
            for i in range(30)
        ]
        shares = deal(session, made.settings, rows, "0:1")
        session.add_all([*rows, *shares])
        for i, who in enumerate((ANN, BOB) * 6):
            session.add(
                Annotation(unique_id=str(uuid.uuid4()), uid=f"u{i // 2}", annotator=who, round=1,
                           source="workbench", target=["bug" if i % 5 else "praise"],
                           lead_time=3.0 + i, note=f"said <by> {who}" if i < 2 else "",
                           unclear=i == 0, suggestion=["bug"], suggestion_shown=True)
            )  # fmt: skip
        session.add(
            Annotation(unique_id=str(uuid.uuid4()), uid="u20", annotator=ANN, source="workbench",
                       target=None, skipped=True, reason="broken", lead_time=500.0)
        )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def page(project: Project) -> Iterator[TeamPage]:
    site = Site(project.root)
    yield TeamPage(site)
    site.close()


def asked_by(email: str, role: str, spoken: str = "en") -> Request:
    headers = [(b"accept-language", spoken.encode())]
    return Request({"type": "http", "headers": headers, MEMBER: Member(email, role)})


def test_staff_see_everybody_and_annotators_only_themselves(page: TeamPage) -> None:
    rounds, step, table, notes = page.opened(asked_by(LEAD, "lead"))
    assert [value for _, value in rounds["choices"]] == [0, 1]
    assert ANN in table and BOB in table and "Everybody" in table and "kappa" in table
    assert f"said &lt;by&gt; {BOB}" in notes and "the guideline is unclear" in notes
    assert "skipped: Wrong language or broken text" in notes
    assert "text &lt;number&gt; 0" in notes and "Low agreement" in step
    for role_of in ("annotator", "something new"):
        for shown in (page.opened, lambda request: page.filtered("", "", 1, request)):
            said = " ".join(str(part) for part in shown(asked_by(ANN, role_of)))
            assert ANN in said and BOB not in said and "Everybody" not in said
        sent = page.table("", "", 1, asked_by(ANN, role_of))
        assert [one["annotator"] for one in csv.DictReader(io.StringIO(sent))] == [ANN]
        (event, *_) = events.find(page.site.project, what="export")
        assert event.who == ANN and event.about["table"] == "team"


def test_filters_and_a_day_that_is_none(page: TeamPage) -> None:
    lead = asked_by(LEAD, "lead")
    today = f"{now():%Y-%m-%d}"
    assert ANN in page.filtered(today, today, 1, lead)[1]
    assert page.found("", "", 2, lead).team.labels == 0
    assert page.found("2020-01-01", "2020-01-02 00:00:00", 0, lead).team.labels == 0
    with pytest.warns(UserWarning, match="yesterday is no day"):
        page.filtered("yesterday", "", 0, lead)


def test_without_answers_the_page_says_what_to_do(tmp_path: Path) -> None:
    Project.create(tmp_path / "empty", name="Empty").close()
    site = Site(tmp_path / "empty")
    _, step, table, notes = TeamPage(site).opened(asked_by(LEAD, "lead", "zh"))
    assert "/annotate" in step and "没有符合条件的答案" in table and "没有备注" in notes
    site.close()


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 390)])
def test_the_page_fits_its_window_and_an_annotator_sees_one_row(
    project: Project, serve: Callable, chromium, locale: str, width: int, tmp_path: Path
) -> None:
    server = serve(project.root)
    for email, rows in ((LEAD, 3), (ANN, 1)):
        context = chromium.new_context(locale=locale, viewport={"width": width, "height": 900})
        tab = context.new_page()
        tab.goto(f"{server.url}/login?next=/team")
        tab.fill("input[name=email]", email)
        tab.fill("input[name=password]", PASSWORD)
        tab.keyboard.press("Enter")
        tab.wait_for_selector(".wb-people tr >> nth=1")
        expect(tab.locator(".wb-people tr:has(td)")).to_have_count(rows)
        assert not tab.evaluate(TOO_WIDE)
        with tab.expect_download() as download:
            tab.click(".wb-panel a[download]")
        assert ANN in Path(download.value.path()).read_text("utf-8")
        tab.screenshot(path=tmp_path / f"team-{email}-{width}.png", full_page=True)
        assert (BOB in tab.content()) == (email == LEAD)
        context.close()


def run(project: Project, *words: str):
    return CliRunner().invoke(app, [*words, "-p", str(project.root)], catch_exceptions=False)


def test_the_commands(project: Project, tmp_path: Path) -> None:
    printed = run(project, "team").output
    assert ANN in printed and "everybody" in printed and "[unclear] ann@example.com u0" in printed
    run(project, "team", "--csv", str(tmp_path / "team.csv"), "--round", "1")
    assert (tmp_path / "team.csv").read_text("utf-8").count("\n") == 4
    assert f"{ANN}  " in run(project, "deal").output
    assert "went to somebody else" in run(project, "deal", "--again").output
    assert "u3 is gold: praise" in run(project, "gold", "add", "u3", "--label", "praise").output
    assert "u3  praise" in run(project, "gold").output
    assert "gold no more" in run(project, "gold", "remove", "u3").output
    assert run(project, "gold").output == ""
