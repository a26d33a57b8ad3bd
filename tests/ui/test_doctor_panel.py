"""The doctor's panel in a real browser: check, fix, in both languages and at both widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from workbench.project import Project
from workbench.tables import Round

TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
WORDS = {
    "en-US": (
        "the view Round 1 was deleted",
        "the views and the order of round 1 were put back",
        "Everything is",
    ),
    "zh-CN": ("视图 Round 1 已被删除", "第 1 轮的视图和顺序已恢复", "一切正常"),
}


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 390)])
def test_check_and_fix_in_the_browser(
    project: Project, web, visit, locale: str, width: int
) -> None:
    gone, again, well = WORDS[locale]
    with project.store.session() as session:
        url = session.get(Round, 1).view_url
    view = url.partition("tab=")[2].partition("&")[0]
    project.client()._connection.call("DELETE", f"api/dm/views/{view}/")
    lead = visit(web, locale=locale, width=width)
    lead.page.wait_for_selector(".wb-next")
    expect(lead.page.locator("#wb-doctor-fix:visible")).to_have_count(0)
    lead.page.click("#wb-doctor-check")
    lead.page.wait_for_selector("#wb-doctor-fix:visible")
    expect(lead.page.locator("#wb-doctor li.wb-wrong")).to_contain_text(gone)
    expect(lead.page.locator("#wb-doctor li.wb-wrong")).to_have_count(1)
    lead.page.click("#wb-doctor details:nth-of-type(1) summary")
    assert not lead.page.evaluate(TOO_WIDE)
    lead.page.click("#wb-doctor-fix")
    lead.page.wait_for_selector(f"#wb-doctor :text('{again}')", timeout=180_000)
    expect(lead.page.locator("#wb-doctor .wb-ready")).to_contain_text(well)
    expect(lead.page.locator("#wb-doctor-fix:visible")).to_have_count(0)
    assert lead.complaints == []
