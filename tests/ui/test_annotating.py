"""Labelling by keyboard in a real browser: nothing lost, nothing doubled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from workbench.errors import LabelStudioUnreachable
from workbench.labelstudio.results import from_result
from workbench.labelstudio.server import ManagedServer
from workbench.project import Project
from workbench.tables import Annotation
from workbench.workflows.sync import sync


def kept(project: Project, uids: list[str]) -> list[tuple[str, str | None]]:
    """(uid, label) of each live answer in the store, in the order of ``uids``."""
    with project.store.session() as session:
        rows = session.query(Annotation).where(Annotation.uid.in_(uids), ~Annotation.deleted)
        found = [(row.uid, row.target[0] if row.target else None) for row in rows]
    return sorted(found, key=lambda pair: uids.index(pair[0]))


def in_label_studio(project: Project, uids: list[str]) -> list[tuple[str, str]]:
    """(uid, label) of each annotation that Label Studio has, asked by its API."""
    tasks = project.client().pull(project.settings.labelstudio.project_id, None).tasks
    found = [
        (task.data["uid"], from_result(one.result, project.config))
        for task in tasks
        for one in task.annotations
        if task.data["uid"] in uids
    ]
    return sorted(found, key=lambda pair: uids.index(pair[0]))


def test_ten_items_by_keyboard_are_in_label_studio(project: Project, web, visit) -> None:
    ann = visit(web)
    ann.annotate()
    said = [ann.label(accept=True) for _ in range(10)]
    ann.wait_saved()
    expect(ann.page.locator(".wb-mark")).to_have_text("Saved")
    expect(ann.page.locator(".wb-count")).to_contain_text("Batch 10 / 60")
    uids = [uid for uid, _ in said]
    assert len(set(uids)) == 10
    assert kept(project, uids) == said
    sync(project)
    assert in_label_studio(project, uids) == said


def test_skip_note_and_undo_by_keyboard(project: Project, web, visit) -> None:
    ann = visit(web)
    ann.annotate()
    first = ann.uid
    ann.page.keyboard.press("n")
    ann.page.keyboard.type("odd one")
    ann.page.keyboard.press("Escape")
    ann.label()
    second = ann.uid
    ann.page.keyboard.press("s")
    ann.page.keyboard.press("2")
    ann.page.wait_for_selector(f".wb-item:not([data-uid={second}])")
    ann.wait_saved()
    with project.store.session() as session:
        live = session.query(Annotation).where(~Annotation.deleted)
        assert live.where(Annotation.uid == first).one().note == "odd one"
        skipped = live.where(Annotation.uid == second).one()
        assert (skipped.skipped, skipped.reason) == (True, "no_label")

    ann.page.reload()
    ann.page.wait_for_selector(".wb-item[data-uid^=t]")
    ann.page.keyboard.press("z")
    ann.page.wait_for_selector(f".wb-item[data-uid={second}]")
    ann.page.keyboard.press("z")
    ann.page.wait_for_selector(f".wb-item[data-uid={first}]")
    ann.wait_saved()
    assert kept(project, [first, second]) == []


def test_an_answer_whose_confirmation_is_lost_is_kept_once(project: Project, web, visit) -> None:
    ann = visit(web)
    ann.annotate()
    lost = []

    def lose(route) -> None:
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    ann.page.route("**/api/annotate/answers", lose)
    said = [ann.label() for _ in range(3)]
    ann.page.wait_for_selector(".wb-alert:not([hidden])")
    ann.page.wait_for_selector(".wb-mark:has-text('3 not saved yet')")
    assert lost
    ann.page.unroute("**/api/annotate/answers")
    ann.wait_saved()
    uids = [uid for uid, _ in said]
    assert kept(project, uids) == said
    sync(project)
    assert in_label_studio(project, uids) == said


def test_a_reload_and_a_killed_server_lose_and_double_nothing(
    project: Project, serve, visit
) -> None:
    web = serve(project.root)
    ann = visit(web)
    ann.annotate()
    said = [ann.label() for _ in range(3)]
    ann.page.reload()
    ann.page.wait_for_selector(".wb-item[data-uid^=t]")
    assert ann.uid not in dict(said)
    web.kill()
    said += [ann.label() for _ in range(4)]
    ann.page.wait_for_selector(".wb-alert:not([hidden])")
    web.start()
    ann.annotate()
    ann.wait_saved()
    said.append(ann.label())
    ann.wait_saved()
    uids = [uid for uid, _ in said]
    assert len(set(uids)) == 8
    assert kept(project, uids) == said
    sync(project)
    assert in_label_studio(project, uids) == said


@pytest.fixture
def own_server(label_studio_data: Path, tmp_path: Path):
    """A Label Studio that a test may stop and start."""
    shutil.copytree(label_studio_data, tmp_path / "own")
    server = ManagedServer(tmp_path / "own")
    yield server
    server.stop()


def test_label_studio_stopped_while_somebody_labels(
    own_server: ManagedServer, make_project, serve, visit, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", own_server.start(), batch=20)
    ann = visit(serve(project.root))
    ann.annotate()
    said = [ann.label() for _ in range(2)]
    ann.wait_saved()
    sync(project)
    own_server.stop()
    said += [ann.label() for _ in range(4)]
    ann.wait_saved()
    with pytest.raises(LabelStudioUnreachable):
        sync(project)
    said.append(ann.label())
    ann.wait_saved()
    uids = [uid for uid, _ in said]
    assert kept(project, uids) == said
    again = own_server.start()
    project.set_labelstudio(again.url, again.token)
    assert sync(project).waiting == 0
    assert sync(project).sent == 0
    assert in_label_studio(project, uids) == said
    project.close()
