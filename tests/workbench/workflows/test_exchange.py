"""What comes in from the real Label Studio: every answer kept, whatever people do there."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from workbench import config, events, gold, items, people
from workbench.annotate import Annotator
from workbench.exchange import conflicts, outgoing, reading, tasks
from workbench.exchange.binding import bind
from workbench.exchange.incoming import unread
from workbench.labelstudio.client import LabelStudioClient, PulledTask
from workbench.labelstudio.connection import Connection
from workbench.labelstudio.results import to_result
from workbench.labelstudio.server import ServerInfo
from workbench.project import Project
from workbench.status import status
from workbench.tables import Annotation, Event, Item, Person, Unread, now
from workbench.workflows.export import export
from workbench.workflows.round import run_round
from workbench.workflows.sync import sync

ANN = "ann@example.com"


class There:
    """What somebody does in Label Studio, past the workbench."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.number = project.settings.labelstudio.project_id
        self.client: LabelStudioClient = project.client()
        self.raw = Connection(project.settings.labelstudio.url, project.token)

    def task(self, uid: str) -> int:
        return self.client.find_tasks(self.number, [uid])[uid]

    def say(self, uid: str, label: str | None, by: int | None = None, **more: object) -> int:
        result = to_result(label, self.project.config) if label else []
        body = {"result": result, "was_cancelled": label is None, "unique_id": str(uuid4()), **more}
        if by is not None:
            body["completed_by"] = by
        return self.raw.call("POST", f"api/tasks/{self.task(uid)}/annotations/", json=body)["id"]

    def edit(self, annotation: int, **values: object) -> None:
        self.raw.call("PATCH", f"api/annotations/{annotation}/", json=values)

    def answers(self, uid: str) -> list[dict]:
        return self.raw.read(f"api/tasks/{self.task(uid)}/")["annotations"]

    def delete_task(self, uid: str) -> None:
        self.raw.call("DELETE", f"api/tasks/{self.task(uid)}/")


@pytest.fixture
def queued(bound: Project) -> Project:
    """The bound project after one round of ten items."""
    run_round(bound, batch=10)
    sync(bound)
    return bound


@pytest.fixture
def there(queued: Project) -> There:
    return There(queued)


@pytest.fixture
def uids(queued: Project) -> list[str]:
    return [one.uid for one in Annotator(queued, ANN).queue(10)]


@pytest.fixture(scope="session")
def colleague(label_studio: ServerInfo) -> tuple[int, str]:
    """A second user of the Label Studio, with its number and email."""
    email = f"bob-{uuid4().hex[:6]}@example.com"
    raw = Connection(label_studio.url, label_studio.token)
    invitation = raw.read("api/invite")["invite_url"]
    with httpx.Client(base_url=label_studio.url, follow_redirects=True, trust_env=False) as browser:
        browser.get(invitation)
        form = {"email": email, "password": "a long password", "allow_newsletters": "false",
                "csrfmiddlewaretoken": browser.cookies["csrftoken"]}  # fmt: skip
        browser.post(invitation, data=form, headers={"Referer": label_studio.url})
    client = LabelStudioClient(label_studio.url, label_studio.token)
    return next((user.id, user.email) for user in client.users() if user.email == email)


def kept(project: Project, uid: str) -> list[Annotation]:
    with project.store.session() as session:
        rows = select(Annotation).where(Annotation.uid == uid).order_by(Annotation.id)
        return list(session.scalars(rows))


def live(project: Project, uid: str) -> list[Annotation]:
    return [one for one in kept(project, uid) if not one.deleted]


def test_answers_skips_and_gold_of_several_people_are_all_kept(
    queued: Project, there: There, uids: list[str], colleague: tuple[int, str]
) -> None:
    number, email = colleague
    uid = uids[0]
    first = there.say(uid, "refund")
    there.say(uid, "login", by=number)
    there.say(uid, None)
    there.say(uids[1], "login", by=number, ground_truth=True)
    assert sync(queued).pulled == 4
    mine = queued.client().whoami().email
    assert {(one.annotator, (one.target or [None])[0], one.skipped) for one in live(queued, uid)} \
        == {(mine, "refund", False), (email, "login", False), (mine, None, True)}  # fmt: skip
    assert live(queued, uids[1])[0].ground_truth
    there.edit(first, ground_truth=True)
    assert sync(queued).pulled == 1
    assert [one.ground_truth for one in live(queued, uid)].count(True) == 1
    there.edit(first, ground_truth=False)
    assert sync(queued).pulled == 1
    assert not any(one.ground_truth for one in live(queued, uid))
    assert sync(queued).pulled == 0


def test_a_deleted_task_takes_its_answers_along_but_none_of_ours(
    queued: Project, there: There, uids: list[str]
) -> None:
    theirs, ours, waits = uids[:3]
    there.say(theirs, "refund")
    Annotator(queued, ANN).submit(ours, "login")
    sync(queued)
    assert {theirs, ours} <= set(items.labels(queued))
    Annotator(queued, ANN).submit(waits, "delivery")
    for uid in (theirs, ours, waits):
        there.delete_task(uid)
    sync(queued)
    report = sync(queued)
    assert (report.waiting, report.problem) == (0, "")
    found = items.labels(queued)
    assert theirs not in found and found[ours] == ["login"] and found[waits] == ["delivery"]
    with queued.store.session() as session:
        assert session.get(Item, theirs).task_id is None
        assert session.get(Item, ours).task_id is None
        assert session.get(Item, waits).task_id is not None
    assert len(there.answers(waits)) == 1
    with queued.store.session() as session:
        (event,) = session.scalars(select(Event).where(Event.what == "tasks_gone"))
    assert event.about == {"tasks": 2, "answers": 1}
    assert sync(queued).deleted == 0
    # the row is still there, and counts again when the answer comes back (a restored backup)
    (row,) = kept(queued, theirs)
    again = there.client.import_tasks(there.number, [{"uid": theirs, "text": "x"}])[theirs]
    there.client.submit_annotation(
        again, to_result("refund", queued.config), unique_id=row.unique_id
    )
    sync(queued)
    assert items.labels(queued)[theirs] == ["refund"] and len(kept(queued, theirs)) == 1
    assert len(there.answers(theirs)) == 1


def test_two_tasks_of_one_uid_do_not_cost_an_answer(
    queued: Project, there: There, uids: list[str]
) -> None:
    uid = uids[0]
    there.say(uid, "refund")
    copy = [{"data": {"uid": uid, "text": items.texts(queued, [uid])[uid]}}]
    there.raw.call("POST", f"api/projects/{there.number}/import", json=copy)
    second = max(there.client.task_ids(there.number))
    sync(queued)
    body = {"result": to_result("login", queued.config), "unique_id": str(uuid4())}
    there.raw.call("POST", f"api/tasks/{second}/annotations/", json=body)
    sync(queued)
    assert {one.target[0] for one in live(queued, uid)} == {"refund", "login"}
    there.raw.call("DELETE", f"api/tasks/{second}/")
    assert sync(queued).deleted == 1
    assert [one.target for one in live(queued, uid)] == [["refund"]]
    with queued.store.session() as session:
        assert session.get(Item, uid).task_id == there.task(uid)


def test_another_text_under_a_uid_that_is_taken_is_an_item_of_its_own(
    queued: Project, there: There, uids: list[str]
) -> None:
    rows = [{"data": {"uid": uid, "text": text}} for uid, text in (
        (uids[0], "not what it was"), ("user-1", "a great thing"), ("user-1", "an awful thing"),
    )]  # fmt: skip
    there.raw.call("POST", f"api/projects/{there.number}/import", json=rows)
    for task in sorted(there.client.task_ids(there.number))[-3:]:
        body = {"result": to_result("login", queued.config), "unique_id": str(uuid4())}
        there.raw.call("POST", f"api/tasks/{task}/annotations/", json=body)
    before = status(queued)["items"]
    for _ in range(2):
        sync(queued)
        assert status(queued)["items"] == before + 3
    assert live(queued, uids[0]) == []
    assert [one.target for one in live(queued, "user-1")] == [["login"]]


def test_a_task_number_of_another_label_studio_is_another_text(queued: Project) -> None:
    def pulled(text: str) -> PulledTask:
        return PulledTask(id=987_654, data={"text": text}, updated_at="", annotations=[])

    reader = reading.reader(queued)
    (first,) = tasks.keep_items(queued, [pulled("one text")], reader).values()
    with queued.store.session() as session:
        session.get(Item, first).task_id = None
    (again,) = tasks.keep_items(queued, [pulled("one text")], reader).values()
    with queued.store.session() as session:
        session.get(Item, first).task_id = None
    (other,) = tasks.keep_items(queued, [pulled("another text")], reader).values()
    assert first == again != other
    assert items.texts(queued, [first, other]) == {first: "one text", other: "another text"}


def test_an_answer_given_there_is_exported_with_its_round_and_model(
    queued: Project, there: There, uids: list[str], tmp_path: Path
) -> None:
    there.say(uids[0], "refund")
    sync(queued)
    export(queued, "jsonl", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    (row,) = [row for row in rows if row["uid"] == uids[0]]
    assert row["round"] == 1 and row["model_version"].startswith("round-1-")


def test_two_answers_of_one_person_are_a_conflict_once_and_the_later_counts_everywhere(
    queued: Project, there: There, uids: list[str], tmp_path: Path
) -> None:
    me = queued.client().whoami().email
    one, two, edited, skipped = uids[:4]
    for label in ("refund", "login"):
        there.say(one, label)
    there.say(two, "refund")
    number = there.say(edited, "refund")
    sync(queued)
    there.edit(number, result=to_result("delivery", queued.config))
    there.say(skipped, None)
    there.say(skipped, "login")
    Annotator(queued, me).submit(two, "delivery")
    for _ in range(3):
        sync(queued)
    found = conflicts.newest(queued, 10)
    assert {(c.uid, c.annotator, c.kept, c.dropped, c.rule) for c in found} == {
        (one, me, "login", "refund", "latest"),
        (two, me, "delivery", "refund", "latest"),
    }
    assert len(found) == 2 == status(queued)["conflicts"] and all(c.text for c in found)
    labels = items.labels(queued)
    assert (labels[one], labels[two]) == (["login"], ["delivery"])
    assert (labels[edited], labels[skipped]) == (["delivery"], ["login"])
    export(queued, "jsonl", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {row["label"] for row in rows if row["uid"] in (two, edited)} == {"delivery"}
    assert next(len(row["annotations"]) for row in rows if row["uid"] == one) == 1


def test_an_edit_in_label_studio_after_an_answer_here_counts(
    queued: Project, there: There, uids: list[str]
) -> None:
    me, uid = queued.client().whoami().email, uids[0]
    number = there.say(uid, "refund")
    sync(queued)
    Annotator(queued, me).submit(uid, "login")
    sync(queued)
    assert items.labels(queued)[uid] == ["login"]
    there.edit(number, ground_truth=True)
    sync(queued)
    assert items.labels(queued)[uid] == ["refund"], "who flags an answer says that it is right"
    there.edit(number, result=to_result("delivery", queued.config), ground_truth=False)
    sync(queued)
    assert items.labels(queued)[uid] == ["delivery"]


def test_an_unreadable_answer_is_kept_until_it_can_be_read(
    queued: Project, there: There, uids: list[str]
) -> None:
    strange = [to_result("refund", queued.config)[0] | {"value": {"choices": ["never heard of"]}}]
    body = {"result": strange, "unique_id": str(uuid4())}
    path = f"api/tasks/{there.task(uids[0])}/annotations/"
    number = there.raw.call("POST", path, json=body)["id"]
    empty = there.raw.call("POST", path, json={"result": [], "unique_id": str(uuid4())})["id"]
    for _ in range(2):
        assert sync(queued).unread == 2 == unread(queued)
    with queued.store.session() as session:
        row = session.get(Unread, number)
        assert row.annotation["result"] == strange and "never heard of" in row.reason
    assert uids[0] not in items.labels(queued)
    there.edit(number, result=to_result("login", queued.config))
    there.client.delete_annotation(empty)
    assert sync(queued).unread == 0
    assert items.labels(queued)[uids[0]] == ["login"]


def test_who_said_it_survives_the_way_there_and_back(
    queued: Project, there: There, uids: list[str], colleague: tuple[int, str]
) -> None:
    number, email = colleague
    written = email.replace("bob", "Bob")
    people.add(queued, ANN, role="engineer", password="a long password")
    people.add(queued, written, password="a long password")
    Annotator(queued, written).submit(uids[0], "refund")
    Annotator(queued, ANN).submit(uids[1], "login")
    sync(queued)
    with queued.store.session() as session:
        assert session.get(Person, written).labelstudio_id == number
        assert session.get(Person, ANN).labelstudio_id is None
    assert [one["completed_by"]["id"] for one in there.answers(uids[0])] == [number]
    assert [one["completed_by"]["id"] for one in there.answers(uids[1])] == [
        there.client.whoami().id
    ]
    there.say(uids[2], "login", by=number)
    there.raw.call("PATCH", f"api/tasks/{there.task(uids[1])}/", json={"data": {"uid": uids[1],
                   "text": "touched"}})  # fmt: skip
    sync(queued)
    assert [one.annotator for uid in uids[:3] for one in live(queued, uid)] \
        == [written, ANN, written]  # fmt: skip


def test_what_is_done_in_label_studio_is_in_the_event_log(
    queued: Project, there: There, uids: list[str], colleague: tuple[int, str]
) -> None:
    number, email = colleague
    edited = there.say(uids[0], "refund", by=number)
    there.say(uids[1], None, by=number)
    sync(queued)
    there.edit(edited, result=to_result("login", queued.config))
    sync(queued)
    queued.client().delete_annotation(edited)
    sync(queued)
    sync(queued)
    about = {"where": "labelstudio"}
    assert [(one.who, one.what, one.about) for one in reversed(events.find(queued))
            if one.about.get("where")] == [
        (email, "label", about | {"uid": uids[0], "label": ["refund"]}),
        (email, "skip", about | {"uid": uids[1]}),
        (email, "label", about | {"uid": uids[0], "label": ["login"]}),
        (events.SYSTEM, "answer_gone", about | {"uid": uids[0], "by": email}),
    ]  # fmt: skip


def test_what_is_gold_no_more_is_so_in_label_studio_too(
    queued: Project, there: There, uids: list[str]
) -> None:
    there.say(uids[0], "refund", ground_truth=True, lead_time=7.0)
    sync(queued)
    gold.remove(queued, uids[0], by=ANN)
    assert sync(queued).waiting == 0
    (said,) = there.answers(uids[0])
    assert (said["ground_truth"], said["lead_time"]) == (False, 7.0)
    there.say(uids[0], "login")
    sync(queued)
    assert gold.gold(queued) == []
    assert [one.target for one in live(queued, uids[0])] == [["refund"], ["login"]]


def test_a_correction_that_is_taken_back_leaves_the_answer_before_it_in_label_studio(
    queued: Project, there: There, uids: list[str]
) -> None:
    ann = Annotator(queued, ANN)
    ann.submit(uids[0], "refund")
    sync(queued)
    ann.submit(uids[0], "login")
    sync(queued)
    ann.undo()
    sync(queued)
    sync(queued)
    (said,) = there.answers(uids[0])
    assert said["result"] == to_result("refund", queued.config)
    assert [one.target for one in live(queued, uids[0])] == [["refund"]]
    ann.undo()
    sync(queued)
    assert there.answers(uids[0]) == []


def test_what_is_taken_back_while_it_is_withdrawn_stays(
    queued: Project, there: There, uids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = Annotator(queued, ANN)
    ann.submit(uids[0], "refund")
    sync(queued)
    ann.submit(uids[0], "login")
    withdraw = outgoing._withdraw

    def late(*args) -> None:
        ann.undo()
        withdraw(*args)

    with monkeypatch.context() as fault:
        fault.setattr(outgoing, "_withdraw", late)
        sync(queued)
    sync(queued)
    (said,) = there.answers(uids[0])
    assert said["result"] == to_result("refund", queued.config)
    assert [one.target for one in live(queued, uids[0])] == [["refund"]]


def test_gold_taken_back_of_an_answer_that_is_gone_or_given_here(
    queued: Project, there: There, uids: list[str]
) -> None:
    number = there.say(uids[0], "refund", ground_truth=True)
    Annotator(queued, ANN).submit(uids[1], "login")
    sync(queued)
    there.edit(there.answers(uids[1])[0]["id"], ground_truth=True)
    sync(queued)
    assert {one.uid for one in gold.gold(queued)} == set(uids[:2])
    there.client.delete_annotation(number)
    for uid in uids[:2]:
        gold.remove(queued, uid, by=ANN)
    task = there.task(uids[0])
    said = sync(queued)
    assert (said.waiting, said.problem) == (0, "") and live(queued, uids[0]) == []
    assert there.task(uids[0]) == task
    assert [one["ground_truth"] for one in there.answers(uids[1])] == [False]
    sync(queued)
    assert gold.gold(queued) == []


def test_the_same_label_studio_under_another_address_gets_no_task_twice(
    queued: Project, ls_client: LabelStudioClient
) -> None:
    url, key = queued.settings.labelstudio.url, queued.config.data_key
    number = ls_client.create_project("No uids", queued.config.xml)
    raw = Connection(url, queued.token)
    rows = [{"data": {key: f"a text without a uid, {place}"}} for place in range(3)]
    raw.call("POST", f"api/projects/{number}/import", json=rows)
    bind(queued, url, queued.token, number)
    sync(queued)
    with queued.store.session() as session:
        (uid, *_) = session.scalars(select(Item.uid).where(Item.task_id.is_not(None)))
    Annotator(queued, ANN).submit(uid, "refund")
    sync(queued)
    bind(queued, url.replace("127.0.0.1", "localhost"), queued.token, number)
    said = sync(queued)
    assert (said.waiting, said.problem) == (0, "")
    assert ls_client.project(number).task_count == 3
    assert len(live(queued, uid)) == 1


def test_another_project_set_by_hand_takes_nothing_from_the_one_before(
    queued: Project, there: There, uids: list[str], ls_client: LabelStudioClient
) -> None:
    there.say(uids[0], "login")
    Annotator(queued, ANN).submit(uids[1], "refund")
    sync(queued)
    other = ls_client.create_project("Set by hand", queued.config.xml)
    config.write(queued.root, {"labelstudio": {"project_id": other, "managed": False}})
    queued.reload()
    sync(queued)
    assert {uid: items.labels(queued)[uid] for uid in uids[:2]} == {
        uids[0]: ["login"], uids[1]: ["refund"]
    }  # fmt: skip
    with queued.store.session() as session:
        assert session.scalar(select(Item.task_id).where(Item.uid == uids[0])) is None


def test_an_exchange_begins_with_the_settings_of_that_moment(
    queued: Project, there: There, uids: list[str], ls_client: LabelStudioClient
) -> None:
    other = ls_client.create_project("Bound meanwhile", queued.config.xml)
    beside = Project.open(queued.root)
    bind(beside, queued.settings.labelstudio.url, queued.token, other)
    Annotator(queued, ANN).submit(uids[0], "refund")
    sync(queued)
    assert queued.settings.labelstudio.project_id == other
    assert there.answers(uids[0]) == [] and len(There(beside).answers(uids[0])) == 1
    beside.close()


def test_another_label_studio_project_is_another_one(
    queued: Project, there: There, uids: list[str], ls_client: LabelStudioClient
) -> None:
    ann = Annotator(queued, ANN)
    ann.submit(uids[0], "refund")
    there.say(uids[1], "login")
    sync(queued)
    url, number = queued.settings.labelstudio.url, there.number
    other = ls_client.create_project("Another one", queued.config.xml)
    theirs = {queued.config.data_key: "not a text of ours", "uid": "theirs"}
    (task,) = ls_client.import_tasks(other, [theirs]).values()
    bind(queued, url, queued.token, other)
    sync(queued)
    assert len(Connection(url, queued.token).read(f"api/tasks/{task}/")["annotations"]) == 0
    ann.submit(uids[2], "login")
    sync(queued)
    assert len(There(queued).answers(uids[2])) == 1
    assert items.labels(queued)[uids[1]] == ["login"]
    for address in (f"{url}/", url.replace("127.0.0.1", "localhost")):
        bind(queued, address, queued.token, number)
        sync(queued)
        sync(queued)
        assert [len(there.answers(uid)) for uid in uids[:2]] == [1, 1]
        assert [len(live(queued, uid)) for uid in uids[:2]] == [1, 1]


def test_times_of_a_clock_that_is_ahead_are_set_right(
    queued: Project, there: There, uids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta(minutes=10)

    def noted(self: Connection, response: httpx.Response) -> None:
        self._last_status, self.ahead = response.status_code, ahead

    there.say(uids[0], "refund")
    monkeypatch.setattr(Connection, "_note_status", noted)
    sync(queued)
    (said,) = live(queued, uids[0])
    assert abs(now() - ahead - said.created_at) < timedelta(minutes=1)


def test_a_user_who_is_gone_does_not_hold_up_the_answer(
    queued: Project, there: There, uids: list[str]
) -> None:
    people.add(queued, ANN, role="engineer", password="a long password")
    with queued.store.session() as session:
        session.get(Person, ANN).labelstudio_id = 10**6
    Annotator(queued, ANN).submit(uids[0], "refund")
    assert sync(queued).waiting == 0
    assert [one["completed_by"]["id"] for one in there.answers(uids[0])] == [
        there.client.whoami().id
    ]
    assert [one.annotator for one in live(queued, uids[0])] == [ANN]
