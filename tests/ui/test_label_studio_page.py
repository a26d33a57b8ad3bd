"""Label Studio's own page in a real browser: the deep link serves a share in the round's order."""

from __future__ import annotations

from pathlib import Path

from workbench import items, people
from workbench.annotate import Annotator
from workbench.deal import link_of
from workbench.labelstudio.server import ServerInfo
from workbench.workflows.round import run_round
from workbench.workflows.sync import sync


def test_the_deep_link_serves_the_share_in_order_and_what_is_submitted_arrives(
    make_project, label_studio: ServerInfo, chromium, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", label_studio, batch=6)
    people.add(project, label_studio.email, role="annotator", password="a password of the tests")
    run_round(project, batch=12)
    queue = Annotator(project, label_studio.email).queue(12)
    assert len(queue) == 12 and [one.rank for one in queue] == list(range(1, 13))

    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{label_studio.url}/user/login/")
    page.fill("input[name=email]", label_studio.email)
    page.fill("input[name=password]", label_studio.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    page.goto(link_of(project, label_studio.email))
    seen = []
    for one in queue[:3]:
        page.wait_for_selector(f"[class*=richtext__container] >> text={one.text}")
        # a click on the label that the prediction has set would take it away
        label = next(name for name in project.schema.labels if name != one.suggestion)
        page.click(f"label:has-text('{label}')")
        with page.expect_response(lambda answer: "/annotations" in answer.url) as submitted:
            page.click("button:has-text('Submit')")
        assert submitted.value.status == 201
        seen.append(one.uid)
    page.wait_for_selector(f"[class*=richtext__container] >> text={queue[3].text}")
    context.close()

    sync(project)
    said = items.annotations_by_uid(project, seen)
    assert [[one.annotator for one in said[uid]] for uid in seen] == [[label_studio.email]] * 3
    left = Annotator(project, label_studio.email).queue(12)
    assert [one.uid for one in left] == [one.uid for one in queue[3:]]
    project.close()
