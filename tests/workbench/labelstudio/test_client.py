from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from activelearn.data import LabelSchema
from workbench.errors import LabelStudioError, LabelStudioUnreachable, SchemaError
from workbench.labelstudio.client import LabelStudioClient, Prediction
from workbench.labelstudio.connection import Connection
from workbench.labelstudio.labelconfig import build, parse
from workbench.labelstudio.results import to_result
from workbench.labelstudio.server import ServerInfo

XML = build(LabelSchema("single", ("good", "bad & ugly")))
CONFIG = parse(XML)
GOOD = to_result("good", CONFIG)
BAD = to_result("bad & ugly", CONFIG)


@pytest.fixture
def raw(label_studio: ServerInfo) -> Connection:
    """Requests past the client, as other people's programs make them."""
    return Connection(label_studio.url, label_studio.token)


@pytest.fixture
def number(ls_client: LabelStudioClient) -> int:
    """A Label Studio project of the test's own."""
    return ls_client.create_project("client test", XML, "made by a test")


def rows(count: int, start: int = 0) -> list[dict]:
    return [
        {"uid": f"u{n}", "text": f"text {n}", "round": 1, "rank": n}
        for n in range(start, start + count)
    ]


def key() -> str:
    return str(uuid.uuid4())


def test_who_what_and_which_projects(
    ls_client: LabelStudioClient, label_studio: ServerInfo, number: int
) -> None:
    assert ls_client.whoami().email == label_studio.email
    assert ls_client.version().startswith("1.")
    info = ls_client.project(number)
    assert (info.title, info.task_count, info.annotation_count) == ("client test", 0, 0)
    assert parse(info.xml).schema == CONFIG.schema
    assert number in {project.id for project in ls_client.projects()}


def test_a_personal_access_token_works_too(
    label_studio: ServerInfo, raw: Connection, number: int
) -> None:
    token = raw.call("POST", "api/token/")["token"]
    client = LabelStudioClient(label_studio.url, token)
    assert client.whoami().email == label_studio.email
    assert client.project(number).title == "client test"
    forged = token[:-4] + "AAAA"
    with pytest.raises(LabelStudioError, match="Account & Settings") as error:
        LabelStudioClient(label_studio.url, forged).whoami()
    assert error.value.status == 401


def test_a_task_is_imported_once(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    raw.call("POST", f"api/projects/{number}/import", json=[{"data": row} for row in rows(5, 3)])
    ids = ls_client.import_tasks(number, rows(1203))
    assert len(ids) == 1203
    assert ls_client.import_tasks(number, rows(1203)) == ids
    assert ls_client.task_ids(number) == set(ids.values())
    assert ls_client.find_tasks(number, ["u7", "nowhere"]) == {"u7": ids["u7"]}
    many = [f"u{n}" for n in range(5000)]
    assert ls_client.find_tasks(number, many) == ids


def test_copies_left_by_a_killed_sender_are_removed(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    twice = [{"data": row} for row in rows(4)]
    raw.call("POST", f"api/projects/{number}/import", json=twice)
    raw.call("POST", f"api/projects/{number}/import", json=twice)
    answered = max(ls_client.task_ids(number))
    ls_client.submit_annotation(answered, GOOD, unique_id=key())
    ids = ls_client.import_tasks(number, rows(4))
    assert ids["u3"] == answered
    assert ls_client.task_ids(number) == set(ids.values())


def test_answers_count_that_label_studio_has_not_counted(
    ls_client: LabelStudioClient, raw: Connection, number: int, label_studio_folder: Path
) -> None:
    """Killed, or on a full disk, after it stored an answer and before it counted it."""
    twice = [{"data": row} for row in rows(2)]
    raw.call("POST", f"api/projects/{number}/import", json=twice)
    raw.call("POST", f"api/projects/{number}/import", json=twice)
    answered, name = max(ls_client.task_ids(number)), key()
    ls_client.submit_annotation(answered, GOOD, unique_id=name)
    with closing(sqlite3.connect(label_studio_folder / "label_studio.sqlite3")) as database:
        database.execute("update task set total_annotations = 0 where id = ?", [answered])
        database.commit()
    assert ls_client.import_tasks(number, rows(2))["u1"] == answered
    said = {task.id: task.annotations for task in ls_client.pull(number, None).tasks}
    assert [one.unique_id for one in said[answered]] == [name]


def test_tasks_that_only_share_a_uid_are_left_alone(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    others = [{"data": {"uid": "u0", "text": text}} for text in ("one", "two")]
    raw.call("POST", f"api/projects/{number}/import", json=others)
    ls_client.import_tasks(number, [{"uid": "u0", "text": "one"}])
    assert len(ls_client.task_ids(number)) == 2


def test_odd_uids_find_their_tasks(ls_client: LabelStudioClient, number: int) -> None:
    uids = ["12", "1.5", "true", "null", '"q"', "a,b", "100%25", "单 元", "[1]", "a&b=c", "'"]
    ids = ls_client.import_tasks(number, [{"uid": uid, "text": "t"} for uid in uids])
    assert len(set(ids.values())) == len(uids)
    assert ls_client.find_tasks(number, uids) == ids


def test_uids_must_be_there_and_differ(ls_client: LabelStudioClient, number: int) -> None:
    for bad in ([*rows(1), *rows(1)], [{"uid": "", "text": "t"}], [{"uid": 5, "text": "t"}]):
        with pytest.raises(LabelStudioError, match="uid"):
            ls_client.import_tasks(number, bad)
    assert ls_client.task_ids(number) == set()


def test_a_task_changes_its_place_and_the_rest_of_its_data_stays(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    task, other = ls_client.import_tasks(number, rows(2)).values()
    ls_client.submit_annotation(task, GOOD, unique_id=key())
    place = {"round": 2, "rank": 9, "assignee": "|a@x|b@x|"}
    assert ls_client.place(
        number, {task: (place, 2), other: ({"rank": 3}, 1), 999_999: ({}, 1)}
    ) == {
        task,
        other,
    }
    there = raw.read(f"api/tasks/{task}/")
    assert there["data"] == {"uid": "u0", "text": "text 0", **place}
    assert (there["overlap"], there["is_labeled"]) == (2, False)
    before = there["updated_at"]
    ls_client.place(number, {task: (place, 2)})
    assert raw.read(f"api/tasks/{task}/")["updated_at"] == before


def test_predictions_are_there_once_and_gaps_are_mended(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    ids = list(ls_client.import_tasks(number, rows(6)).values())
    first = [{"task": ids[0], "result": GOOD, "score": 0.1, "model_version": "r1"}]
    raw.call("POST", f"api/projects/{number}/import/predictions", json=first * 2)
    mine = [Prediction(task, GOOD, 0.5, "r1") for task in ids]
    assert ls_client.import_predictions(number, mine) == 5
    assert ls_client.import_predictions(number, mine) == 0
    later = [Prediction(task, BAD, 0.5, "r10") for task in ids]
    assert ls_client.import_predictions(number, later) == 6
    stored = raw.read("api/predictions/", params={"project": number})
    assert sorted((one["task"], one["model_version"]) for one in stored) == sorted(
        (task, version) for task in ids for version in ("r1", "r10")
    )


@pytest.mark.parametrize(
    ("result", "score", "version"),
    [
        ([GOOD[0] | {"value": {"choices": ["other"]}}], 0.5, "r1"),
        ([GOOD[0] | {"from_name": "other"}], 0.5, "r1"),
        ([], 0.5, "r1"),
        (GOOD, 5, "r1"),
        (GOOD, float("nan"), "r1"),
        (GOOD, 0.5, ""),
    ],
)
def test_a_prediction_that_does_not_fit_is_refused_here(
    ls_client: LabelStudioClient, number: int, result: list, score: float, version: str
) -> None:
    task = ls_client.import_tasks(number, rows(1))["u0"]
    with pytest.raises(SchemaError):
        ls_client.import_predictions(number, [Prediction(task, result, score, version)])


def test_the_view_serves_the_round_by_rank(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    data = rows(12)
    for row, rank in zip(data, [3, 11, 1, 10, 2, 0, 4, 5, 6, 7, 8, 9], strict=True):
        row["rank"] = rank
    data[6]["round"] = 2
    ids = ls_client.import_tasks(number, data)
    ls_client.import_predictions(number, [Prediction(i, GOOD, 0.5, "r1") for i in ids.values()])
    view = ls_client.publish_view(number, "Round 1", round=1, model_version="r1")
    assert ls_client.publish_view(number, "Round 1", round=1, model_version="r1") == view
    assert len(raw.read("api/dm/views", params={"project": number})) == 1
    assert view.url == f"{ls_client.url}/projects/{number}/data?tab={view.id}&labeling=1"
    ls_client.submit_annotation(ids["u2"], GOOD, unique_id=key())
    ls_client.submit_annotation(ids["u4"], [], unique_id=key(), was_cancelled=True)

    served = raw.read("api/tasks", params={"view": view.id, "project": number})["tasks"]
    assert [task["data"]["rank"] for task in served] == [0, 3, 5, 6, 7, 8, 9, 10, 11]
    project = raw.read(f"api/projects/{number}")
    assert (project["model_version"], project["sampling"]) == ("r1", "Uncertainty sampling")


def test_a_view_needs_no_model(ls_client: LabelStudioClient, raw: Connection, number: int) -> None:
    ls_client.import_tasks(number, rows(3))
    view = ls_client.publish_view(number, "Round 1", round=1, model_version="")
    assert len(raw.read("api/tasks", params={"view": view.id, "project": number})["tasks"]) == 3


def test_an_answer_is_stored_once(
    ls_client: LabelStudioClient, label_studio: ServerInfo, raw: Connection, number: int
) -> None:
    task = ls_client.import_tasks(number, rows(1))["u0"]
    name = key()
    first = ls_client.submit_annotation(task, GOOD, unique_id=name, lead_time=2.5)
    again = LabelStudioClient(label_studio.url, label_studio.token)
    assert again.submit_annotation(task, GOOD, unique_id=name) == first
    (stored,) = raw.read(f"api/tasks/{task}/annotations/")
    assert (stored["lead_time"], stored["ground_truth"]) == (2.5, False)
    ls_client.delete_annotation(first)
    ls_client.delete_annotation(first)
    assert raw.read(f"api/tasks/{task}/annotations/") == []


def test_an_answer_that_does_not_fit_is_refused_here(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    task = ls_client.import_tasks(number, rows(1))["u0"]
    with pytest.raises(SchemaError, match="other"):
        wrong = [GOOD[0] | {"value": {"choices": ["other"]}}]
        ls_client.submit_annotation(task, wrong, unique_id=key())
    with pytest.raises(SchemaError, match="skip"):
        ls_client.submit_annotation(task, [], unique_id=key())
    assert raw.read(f"api/tasks/{task}/annotations/") == []


def test_a_label_added_in_label_studio_is_known_at_once(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    task = ls_client.import_tasks(number, rows(1))["u0"]
    ls_client.submit_annotation(task, GOOD, unique_id=key())
    wider = build(LabelSchema("single", ("good", "bad & ugly", "new")))
    raw.call("PATCH", f"api/projects/{number}", json={"label_config": wider})
    new = to_result("new", parse(wider))
    assert ls_client.submit_annotation(task, new, unique_id=key()) > 0


def test_an_answer_for_a_second_project_is_checked_against_its_own_labels(
    ls_client: LabelStudioClient, label_studio: ServerInfo, number: int
) -> None:
    xml = build(LabelSchema("multi", ("x", "y")))
    second = ls_client.create_project("client test, second", xml)
    task = ls_client.import_tasks(second, rows(1))["u0"]
    fresh = LabelStudioClient(label_studio.url, label_studio.token)
    fresh.project(number)
    assert fresh.submit_annotation(task, to_result(("x", "y"), parse(xml)), unique_id=key()) > 0
    assert fresh.submit_annotation(task, [], unique_id=key()) > 0


def test_each_change_is_pulled_once(
    ls_client: LabelStudioClient, label_studio: ServerInfo, number: int
) -> None:
    ids = ls_client.import_tasks(number, rows(5))
    name = key()
    made = ls_client.submit_annotation(ids["u1"], BAD, unique_id=name, lead_time=1.5)
    ls_client.submit_annotation(ids["u2"], [], unique_id=key(), was_cancelled=True)
    pull = ls_client.pull(number, None)
    found = {task.data["uid"]: task for task in pull.tasks}
    assert sorted(found) == ["u0", "u1", "u2", "u3", "u4"]
    (annotation,) = found["u1"].annotations
    assert (annotation.id, annotation.unique_id) == (made, name)
    assert (annotation.email, annotation.result) == (label_studio.email, BAD)
    assert (annotation.lead_time, annotation.was_cancelled) == (1.5, False)
    assert found["u2"].annotations[0].was_cancelled
    assert found["u0"].annotations == []

    nothing = ls_client.pull(number, pull.cursor)
    assert nothing.tasks == []
    ls_client.delete_annotation(made)
    ls_client.submit_annotation(ids["u4"], GOOD, unique_id=key())
    changed = ls_client.pull(number, nothing.cursor)
    assert {task.data["uid"]: len(task.annotations) for task in changed.tasks} == {"u1": 0, "u4": 1}
    assert ls_client.pull(number, changed.cursor).tasks == []


def test_a_cursor_that_has_settled_still_sees_what_comes(
    ls_client: LabelStudioClient, number: int
) -> None:
    ids = ls_client.import_tasks(number, rows(20))
    cursor = json.loads(ls_client.pull(number, None).cursor or "")
    assert len(cursor["seen"]) == 20
    long_ago = json.dumps(cursor | {"since": cursor["since"] - 3600})
    settled = ls_client.pull(number, long_ago)
    assert settled.tasks == []
    assert len(json.loads(settled.cursor or "")["seen"]) == 1
    ls_client.submit_annotation(ids["u3"], GOOD, unique_id=key())
    assert [task.id for task in ls_client.pull(number, settled.cursor).tasks] == [ids["u3"]]


def test_an_empty_project_can_be_pulled(ls_client: LabelStudioClient, number: int) -> None:
    pull = ls_client.pull(number, None)
    assert pull.tasks == []
    ls_client.import_tasks(number, rows(2))
    assert len(ls_client.pull(number, pull.cursor).tasks) == 2


def test_a_pull_of_several_pages_misses_nothing(ls_client: LabelStudioClient, number: int) -> None:
    ids = ls_client.import_tasks(number, rows(2050))
    for n in range(0, 2050, 500):
        ls_client.submit_annotation(ids[f"u{n}"], GOOD, unique_id=key())
    pull = ls_client.pull(number, None)
    assert {task.id for task in pull.tasks} == set(ids.values())
    assert sum(len(task.annotations) for task in pull.tasks) == 5
    assert ls_client.pull(number, pull.cursor).tasks == []


def test_deleted_tasks_are_found(
    ls_client: LabelStudioClient, raw: Connection, number: int
) -> None:
    known = set(ls_client.import_tasks(number, rows(4)).values())
    assert ls_client.deleted(number, 4, lambda: known) == set()
    gone = min(known)
    raw.call("DELETE", f"api/tasks/{gone}/")
    assert ls_client.task_count(number) == 3
    assert ls_client.deleted(number, 4, lambda: known) == {gone}


def test_refusals_say_what_to_do(
    ls_client: LabelStudioClient, label_studio: ServerInfo, number: int
) -> None:
    with pytest.raises(LabelStudioError, match="copy it again"):
        LabelStudioClient(label_studio.url, "f" * 40).whoami()
    with pytest.raises(LabelStudioError, match="check the address"):
        LabelStudioClient(f"{label_studio.url}/elsewhere", label_studio.token).whoami()
    with pytest.raises(LabelStudioError, match="has it not") as error:
        ls_client.project(10**6)
    assert error.value.status == 404
    with pytest.raises(LabelStudioError, match="has it not"):
        ls_client.submit_annotation(10**6, GOOD, unique_id=key())
    with pytest.raises(LabelStudioError, match="title"):
        ls_client.create_project("x", XML)
    with pytest.raises(LabelStudioError, match="model version"):
        ls_client.publish_view(number, "Round 1", round=1, model_version="never imported")


def test_legacy_tokens_switched_off_are_named(
    ls_client: LabelStudioClient, label_studio: ServerInfo, raw: Connection
) -> None:
    import httpx

    browser = httpx.Client(base_url=label_studio.url, follow_redirects=True, trust_env=False)
    browser.get("/user/login/")
    form = {
        "email": label_studio.email,
        "password": label_studio.password,
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
    }
    browser.post("/user/login/", data=form, headers={"Referer": label_studio.url})
    settings = {"legacy_api_tokens_enabled": False, "api_tokens_enabled": True}
    headers = {"X-CSRFToken": browser.cookies["csrftoken"], "Referer": label_studio.url}
    assert browser.post("/api/jwt/settings", json=settings, headers=headers).status_code < 300
    try:
        with pytest.raises(LabelStudioError, match="switched off") as error:
            ls_client.whoami()
        assert error.value.status == 401
    finally:
        settings["legacy_api_tokens_enabled"] = True
        browser.post("/api/jwt/settings", json=settings, headers=headers)
    assert ls_client.whoami().email == label_studio.email


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(LabelStudioError, match="http://host:port"):
        LabelStudioClient(url, "f" * 40)


@pytest.mark.parametrize("token", ["", "  ", "two words", "ключ"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LabelStudioError, match="token"):
        LabelStudioClient("http://127.0.0.1:9", token)


def test_a_server_that_is_away_is_unreachable() -> None:
    with pytest.raises(LabelStudioUnreachable, match="is it running"):
        LabelStudioClient("http://127.0.0.1:9", "f" * 40).whoami()
