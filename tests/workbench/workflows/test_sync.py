"""Sync against what people do in Label Studio meanwhile: delete, edit, rename, switch it off."""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import uuid4

import pytest

from workbench import config, items
from workbench.annotate import Annotator
from workbench.errors import LabelStudioUnreachable
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.results import to_result
from workbench.project import Project
from workbench.status import status
from workbench.workflows.round import run_round
from workbench.workflows.sync import sync

EMAIL = "ann@example.com"


@pytest.fixture
def queued(bound: Project) -> Project:
    """The bound project after one round of ten items."""
    run_round(bound, batch=10)
    return bound


def in_label_studio(project: Project) -> dict[str, list]:
    """uid → annotations of every task; fails on two tasks of one uid."""
    tasks = project.client().pull(project.settings.labelstudio.project_id, None).tasks
    found = {task.data["uid"]: task.annotations for task in tasks}
    assert len(found) == len(tasks)
    return found


def delete_task(project: Project, uid: str) -> None:
    number = project.settings.labelstudio.project_id
    task = project.client().find_tasks(number, [uid])[uid]
    project.client()._connection.call("DELETE", f"api/tasks/{task}/")


def test_a_task_deleted_there_comes_back_with_the_answer_given_here(queued: Project) -> None:
    ann = Annotator(queued, EMAIL)
    first, second = ann.queue(2)
    delete_task(queued, first.uid)
    ann.submit(first.uid, "refund")
    ann.submit(second.uid, "login")
    report = sync(queued)
    assert (report.sent, report.waiting) == (1, 1)
    assert first.uid in report.problem
    assert status(queued)["sync_error"] == report.problem
    report = sync(queued)
    assert (report.sent, report.waiting, report.problem) == (1, 0, "")
    there = in_label_studio(queued)
    assert len(there[first.uid]) == len(there[second.uid]) == 1


def test_an_answer_that_no_longer_fits_holds_up_no_other(queued: Project) -> None:
    ann = Annotator(queued, EMAIL)
    first, second = ann.queue(2)
    ann.submit(first.uid, "refund")
    ann.submit(second.uid, "login")
    number = queued.settings.labelstudio.project_id
    xml = queued.config.xml.replace('"refund"', '"money back"')
    assert xml != queued.config.xml
    queued.client()._connection.call("PATCH", f"api/projects/{number}/", json={"label_config": xml})
    report = sync(queued)
    assert (report.sent, report.waiting) == (1, 1)
    assert "refund" in report.problem and report.labels_changed
    assert "refund" in items.labelled(queued, holdout=False).targets
    assert run_round(queued, batch=5).chosen == 5


def test_an_answer_changed_and_deleted_there_arrives_here(queued: Project) -> None:
    uid = Annotator(queued, EMAIL).queue(1)[0].uid
    client, number = queued.client(), queued.settings.labelstudio.project_id
    task = client.find_tasks(number, [uid])[uid]
    made = client.submit_annotation(
        task, to_result("refund", queued.config), unique_id=str(uuid4())
    )
    assert sync(queued).pulled == 1
    assert items.labels(queued)[uid] == ["refund"]
    client._connection.call(
        "PATCH", f"api/annotations/{made}/", json={"result": to_result("login", queued.config)}
    )
    assert sync(queued).pulled == 1
    assert items.labels(queued)[uid] == ["login"]
    client.delete_annotation(made)
    assert sync(queued).pulled == 1
    assert uid not in items.labels(queued)


def test_two_syncs_at_once_send_each_answer_once(queued: Project) -> None:
    ann = Annotator(queued, EMAIL)
    mine = [one.uid for one in ann.queue(10)]
    for uid in mine:
        ann.submit(uid, "delivery")
    others = [Project.open(queued.root) for _ in range(3)]
    threads = [threading.Thread(target=sync, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = in_label_studio(queued)
    assert [len(there[uid]) for uid in mine] == [1] * 10


def test_an_existing_project_is_taken_over_once(ls_client: LabelStudioClient, bound: Project,
                                                tmp_path: Path) -> None:  # fmt: skip
    xml = bound.config.xml
    number = ls_client.create_project("Theirs", xml)
    key = bound.config.data_key
    rows = [{key: f"their text {i}", "uid": f"theirs-{i}"} for i in range(12)]
    tasks = ls_client.import_tasks(number, rows)
    result = to_result("refund", bound.config)
    for uid in list(tasks)[:5]:
        ls_client.submit_annotation(tasks[uid], result, unique_id=str(uuid4()))
    Project.create(tmp_path / "mine", name="Mine").close()
    config.write(tmp_path / "mine", {"labelstudio": {"managed": False}})
    mine = Project.open(tmp_path / "mine")
    mine.set_labelstudio(bound.settings.labelstudio.url, bound.token, number)
    assert sync(mine).pulled == 5
    assert (status(mine)["items"], status(mine)["labelled"]) == (12, 5)
    assert sync(mine).pulled == 0
    run_round(mine, batch=4)
    assert len(in_label_studio(mine)) == 12


def test_without_a_server_nothing_is_lost(queued: Project) -> None:
    ann = Annotator(queued, EMAIL)
    uid = ann.queue(1)[0].uid
    address, number = queued.settings.labelstudio.url, queued.settings.labelstudio.project_id
    queued.set_labelstudio("http://127.0.0.1:9", queued.token, number)
    ann.submit(uid, "refund")
    with pytest.raises(LabelStudioUnreachable):
        sync(queued)
    assert status(queued)["waiting_to_send"] == 1
    queued.set_labelstudio(address, queued.token, number)
    assert sync(queued).waiting == 0
    assert len(in_label_studio(queued)[uid]) == 1
