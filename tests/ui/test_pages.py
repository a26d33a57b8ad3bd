"""The pages in a real browser: each fits a phone in both languages; the audit by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from workbench.jobs import Jobs
from workbench.project import Project
from workbench.tables import FindingRow, Item
from workbench.workflows.sync import sync

PAGES = (
    "project", "annotate", "rounds", "replay", "audit", "augment", "team", "export", "people",
)  # fmt: skip
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
SETTLING_MS = 2000
PURPOSE = {"en-US": "Take the labelled items with you.", "zh-CN": "把标注好的条目导出带走。"}


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_page_fits_a_phone_without_complaints(web, visit, locale: str) -> None:
    ann = visit(web, locale=locale, width=390)
    for name in PAGES:
        page = ann.page.context.new_page()
        guest = type(ann)(page, web.url)
        guest.open(name)
        page.wait_for_timeout(SETTLING_MS)
        assert not page.evaluate(TOO_WIDE), name
        assert guest.complaints == [], name
        page.close()
    ann.open("export")
    expect(ann.page.locator("h1:visible")).to_have_text(PURPOSE[locale], use_inner_text=True)


def test_log_in_refuses_a_wrong_password_and_fits_a_phone(web, chromium, visit) -> None:
    ann = visit(web, width=390)
    ann.page.context.clear_cookies()
    ann.log_in("wrong")
    ann.page.wait_for_selector("text=/is not right/")
    expect(ann.page.locator(".wb-header")).to_have_count(0)
    assert not ann.page.evaluate(TOO_WIDE)


def test_the_language_switch_persists(web, visit) -> None:
    ann = visit(web)
    ann.open("export")
    ann.page.click(".wb-switch [data-wb-language=zh]")
    ann.page.wait_for_selector(f"h1:has-text('{PURPOSE['zh-CN']}') .wb-zh:visible")
    ann.open("rounds")
    expect(ann.page.locator("html[data-wb-language=zh]")).to_have_count(1)
    expect(ann.page.locator("button.primary")).to_contain_text("开始一轮", use_inner_text=True)


def test_audit_by_keyboard(project: Project, web, visit) -> None:
    uids = [f"t{number}" for number in range(4)]
    with project.store.session() as session:
        for rank, uid in enumerate(uids, start=1):
            session.add(FindingRow(uid=uid, kind="label", given=["login"], suggestion=["refund"],
                                   score=0.1, rank=rank, why={}))  # fmt: skip
    lead = visit(web)
    lead.open("audit")
    lead.page.wait_for_selector("[data-finding]")
    shown = lead.page.locator("[data-finding]")
    keys = {"k": "keep", "c": "change", "u": "unsure", "1": "change"}
    for key in keys:
        before = shown.get_attribute("data-finding")
        lead.page.keyboard.press(key)
        lead.page.wait_for_selector(f"#wb-finding:not(:has([data-finding='{before}']))")
    lead.page.keyboard.press("z")
    lead.page.wait_for_selector("[data-finding]")
    lead.page.keyboard.press("1")
    lead.page.wait_for_selector("#wb-finding .wb-empty")
    with project.store.session() as session:
        rows = session.query(FindingRow).order_by(FindingRow.rank)
        assert [row.state for row in rows] == list(keys.values())


def test_import_from_the_browser(project: Project, web, visit, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("message,intent\nplease send my money back now,refund\n,refund\n")
    ann = visit(web)
    ann.open("project")
    ann.page.set_input_files("input[type=file]", path)
    ann.page.wait_for_selector("td:has-text('please send my money back now')")
    assert Jobs(project.store).recent() == []
    ann.page.click("button.primary")
    ann.page.wait_for_selector(".wb-job-card")
    job = Jobs(project.store).recent()[0]
    assert (job.kind, job.state) == ("import", "queued")
    assert job.params["columns"] == {"text": "message", "label": "intent", "uid": ""}
    ann.page.reload()
    ann.page.wait_for_selector(".wb-job-card")
    ann.page.click("#wb-cancel")
    ann.page.wait_for_selector(".wb-job-cancelled")
    assert Jobs(project.store).get(job.id).state == "cancelled"


def test_a_job_that_ends_is_seen_without_a_reload(project: Project, web, visit) -> None:
    lead = visit(web)
    lead.open("project")
    before = Jobs(project.store).submit("sync", {"seen": 1})
    lead.page.wait_for_selector(".wb-job-card:has-text('waiting')")
    with project.store.session() as session:
        session.add(Item(uid="late", row=10_000))
    shown = lead.page.locator(".wb-cards b").first
    items = int(shown.inner_text().replace(",", ""))
    Jobs(project.store).cancel(before)
    lead.page.wait_for_function(
        f"document.querySelector('.wb-cards b').innerText.replace(',', '') == '{items + 1}'"
    )
    with project.store.session() as session:
        session.delete(session.get(Item, "late"))


def test_a_renamed_label_is_settled_on_the_project_page(
    make_project, label_studio, serve, visit, tmp_path: Path
) -> None:
    made = make_project(tmp_path / "renamed", label_studio, batch=5)
    xml = made.config.xml.replace('"refund"', '"money back"')
    number = made.settings.labelstudio.project_id
    made.client()._connection.call("PATCH", f"api/projects/{number}", json={"label_config": xml})
    ann = visit(serve(made.root), locale="zh-CN", width=390)
    ann.open("project")
    assert sync(made).labels_changed
    question = ann.page.locator("#wb-labels")
    question.wait_for()
    expect(question).to_contain_text("“refund”怎么处理？")
    assert not ann.page.evaluate(TOO_WIDE)
    assert question.locator("input:checked").evaluate("one => one.value") is not None
    ann.page.click("#wb-apply-labels")
    question.wait_for(state="detached")
    assert made.schema.labels == ("delivery", "login", "money back")
    assert ann.complaints == []
    made.close()
