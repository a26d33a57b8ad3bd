"""Who may do what: the whole list of attempts over HTTP, and each role in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from benchmarks.label_studio.attempts import allowed, tried
from benchmarks.label_studio.website import (
    ANN,
    EVE,
    LEE,
    PASSWORDS,
    SERVE,
    Site,
    make_project,
    served,
)
from ui.web import guide
from workbench import events, people
from workbench.project import Project
from workbench.tables import Queued, Round

STAFF_PAGES = [page for page in guide.PAGES if page not in guide.ANNOTATOR_PAGES]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A project of an engineer, a lead and an annotator, with a queue, on a real server."""
    root = tmp_path_factory.mktemp("access") / "project"
    make_project(root)
    project = Project.open(root)
    with project.store.session() as session:
        session.add(Round(number=1, state="done", model_version="m1", learner="head", labels=9))
        for rank in range(5):
            session.add(Queued(round=1, uid=f"u{rank}", rank=rank, suggestion=["bug"]))
    project.close()
    with served(root) as found:
        yield found


@pytest.fixture
def come(site: Site, chromium) -> Iterator:
    """Opens a browser for a person who logs in; everything it complains about is kept."""
    opened = []

    def log_in(email: str, width: int = 1280):
        context = chromium.new_context(viewport={"width": width, "height": 844})
        context.set_default_timeout(60_000)
        opened.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda one: one.type == "error" and page.complaints.append(one.text))
        page.goto(f"http://127.0.0.1:{site.port}")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", PASSWORDS[email])
        page.keyboard.press("Enter")
        page.wait_for_selector(".wb-header")
        return page

    yield log_in
    for context in opened:
        context.close()


def test_settings_that_cannot_be_read_are_said_on_every_page(site: Site) -> None:
    file = site.root / "workbench.toml"
    kept = file.read_text("utf-8")
    try:
        file.write_text("[project\n", "utf-8")
        for path in ("/", "/login", "/annotate"):
            answer = httpx.get(
                f"http://127.0.0.1:{site.port}{path}",
                headers={"accept": "text/html", "accept-language": "zh-CN"},
            )
            assert answer.status_code == 503 and "workbench.toml" in answer.text, path
            assert "数据没有丢失" in answer.text
        asked = httpx.get(f"http://127.0.0.1:{site.port}/api/annotate/answers")
        assert asked.status_code == 503 and "workbench.toml" in asked.json()["error"]
    finally:
        file.write_text(kept, "utf-8")
    assert httpx.get(f"http://127.0.0.1:{site.port}/login").status_code == 200


def shown(page) -> list[str]:
    """The pages that the header offers."""
    return [link.get_attribute("href") for link in page.locator(".wb-header nav a:visible").all()]


def test_an_annotator_sees_their_page_and_no_other(site: Site, come) -> None:
    page = come(ANN, width=390)
    page.wait_for_selector(".wb-item[data-uid^=u]")
    assert page.url.endswith("/annotate") and shown(page) == ["/annotate", "/team"]
    first = page.locator(".wb-item").get_attribute("data-uid")
    page.keyboard.press("1")
    page.wait_for_function(f"document.querySelector('.wb-item').dataset.uid !== '{first}'")
    page.wait_for_selector(".wb-mark[data-unsaved='0']")
    assert page.complaints == []
    for name in STAFF_PAGES:
        if name == "project":
            continue
        answer = page.goto(f"http://127.0.0.1:{site.port}/{name}")
        assert answer.status == 403, name
        expect(page.locator("h1")).to_contain_text("not for your role", use_inner_text=True)
        assert "gradio_config" not in page.content()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("main nav a >> nth=0")
    page.wait_for_selector(".wb-item[data-uid^=u]")


def test_an_annotator_changes_their_password(site: Site, come) -> None:
    page, other = come(ANN), come(ANN)
    page.click(".wb-switch a[href='/account']")
    expect(page.locator("main")).to_contain_text(ANN)
    new = PASSWORDS[ANN] + " anew"
    for old, again, said in (
        ("wrong password", new, "not right"),
        (PASSWORDS[ANN], new + "x", "differ"),
        (PASSWORDS[ANN], new, "is changed"),
    ):
        for name, value in (("old", old), ("new", new), ("again", again)):
            page.fill(f"input[name={name}]", value)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"main p:has-text('{said}')")
    other.goto(f"http://127.0.0.1:{site.port}/annotate")
    other.wait_for_selector("input[name=password]")
    project = Project.open(site.root)
    people.add(project, ANN, password=PASSWORDS[ANN])
    project.close()
    site.cookies[ANN] = site.log_in(ANN)


def test_a_lead_manages_annotators_but_no_engineers(site: Site, come) -> None:
    page = come(LEE)
    assert shown(page) == [guide.address(name) for name in guide.PAGES]
    page.goto(f"http://127.0.0.1:{site.port}/people")
    page.wait_for_selector("#wb-log td")
    page.complaints.clear()
    who = page.locator("input[role=combobox]").first

    def save(email: str, role: str) -> None:
        who.fill(email)
        who.press("Enter")
        page.click(f"input[type=radio][value={role}]")
        page.click("#wb-person-save")

    save("new@example.com", "annotator")
    made = page.locator(".wb-secret").inner_text()
    page.wait_for_selector("td:has-text('new@example.com')")
    save("boss@example.com", "engineer")
    page.wait_for_selector("text=engineers are managed by engineers")
    assert page.complaints == []
    project = Project.open(site.root)
    assert people.verify(project, "new@example.com", made).role == "annotator"
    assert people.find(project, "boss@example.com") is None
    assert events.find(project, what="person", limit=1)[0].who == LEE
    assert made not in str(events.find(project, limit=None))
    project.close()


def test_an_engineer_reaches_everything_and_exports_the_log(site: Site, come) -> None:
    page = come(EVE)
    for name in guide.PAGES:
        assert page.goto(f"http://127.0.0.1:{site.port}{guide.address(name)}").status == 200
        page.wait_for_selector(".wb-header")
    page.goto(f"http://127.0.0.1:{site.port}/people")
    page.wait_for_selector("#wb-log td")
    page.fill("[placeholder='2026-01-31']", "no day")
    page.keyboard.press("Tab")
    page.wait_for_selector("text=is no day")
    page.fill("[placeholder='2026-01-31']", "2000-01-01")
    page.click("button:has-text('Export as CSV')")
    with page.expect_download() as download:
        page.click("#wb-download")
    rows = Path(download.value.path()).read_text("utf-8").splitlines()
    assert rows[0] == "id,at,who,what,about" and len(rows) > 5


def test_every_attempt_is_refused(site: Site) -> None:
    assert set(allowed(site).values()) == {200}
    found = tried(site)
    assert len(found) > 250
    assert [one for one in found if not one["refused"]] == []


def test_nobody_from_elsewhere_where_there_is_no_log_in(tmp_path: Path) -> None:
    Project.create(tmp_path / "open", name="Open", labels=("a", "b")).close()
    with served(tmp_path / "open", people=()) as site:
        assert site.ask("/export").status == 200
        assert site.ask("/api/team.csv", host="evil.example", accept="text/html").status == 401
        assert site.ask("/export", host=f"localhost:{site.port}").status == 200
        for host in ("evil.example", "127.0.0.1.nip.io", "x@127.0.0.1.evil.example", "", "[", "::"):
            assert site.ask("/export", host=host, accept="*/*").status in (400, 401), host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "workbench.example.com"])
def test_other_addresses_are_refused_without_a_log_in(tmp_path: Path, host: str) -> None:
    Project.create(tmp_path / "open", name="Open").close()
    ran = subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", "up", "--host", host,
         "-p", str(tmp_path / "open")],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 2 and "nobody may log in yet" in ran.stderr
    serve = SERVE.replace("port=int(sys.argv[2])", f"host={host!r}")
    ran = subprocess.run(
        [sys.executable, "-c", serve, str(tmp_path / "open")],
        capture_output=True, text=True, timeout=120, env=dict(os.environ),
    )  # fmt: skip
    assert "ConfigError: nobody may log in yet" in ran.stderr
