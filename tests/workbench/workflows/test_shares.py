"""Everybody's own tab in the real Label Studio: order, overlap, gold, and what moves between."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from benchmarks.label_studio.crowd import StudioPerson
from workbench import config, gold, items, people
from workbench.annotate import Annotator
from workbench.deal import VIEWS, link_of
from workbench.doctor import Case, Limits, examine, healthy, mend
from workbench.doctor.result import WRONG
from workbench.errors import LabelStudioUnreachable
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.connection import Connection
from workbench.labelstudio.results import to_result
from workbench.labelstudio.server import ServerInfo
from workbench.project import Project
from workbench.tables import Item, Person, Placement, Queued, Round, Share
from workbench.workflows import publish
from workbench.workflows.round import run_round
from workbench.workflows.sync import sync

ANN, BOB, NAN = "ann@example.com", "bob@example.com", "nann@example.com"
CALM = Limits(write=20.0, recount=60.0, answer=15.0)


class Labeller:
    """Somebody in Label Studio's page: asks for the next task of their tab and answers it."""

    def __init__(self, project: Project, server: ServerInfo, email: str) -> None:
        self.project, self.email = project, email
        self.person = StudioPerson(project, server.url, email, truth=str, seed=0)
        self.connection = Connection(server.url, self.person.token)

    @property
    def view(self) -> int:
        return self.project.store.fact(VIEWS)["tabs"][self.email][0]

    def next(self) -> dict | None:
        return self.person.next_task()

    def tab(self) -> list[str]:
        number = self.project.settings.labelstudio.project_id
        found = self.connection.read(
            "api/tasks", params={"view": self.view, "project": number, "page_size": 500}
        )
        return [task["data"]["uid"] for task in found["tasks"]]

    def answer(self, task: int, label: str = "refund", **more: object) -> None:
        result = [] if more.get("was_cancelled") else to_result(label, self.project.config)
        content = {"result": result, "lead_time": 2.0, "ground_truth": False,
                   "unique_id": str(uuid.uuid4()), **more}  # fmt: skip
        self.connection.call("POST", f"api/tasks/{task}/annotations/", json=content)

    def label(self, count: int = 500) -> list[str]:
        """Answers what is served, up to ``count``; the uids in order."""
        served = []
        while len(served) < count and (task := self.next()) is not None:
            assert task["annotations"] == [], "nobody sees what another said"
            self.answer(task["id"])
            served.append(task["data"]["uid"])
        return served


@pytest.fixture
def team(bound: Project, label_studio: ServerInfo) -> Callable[..., list[Labeller]]:
    """Adds people to the project and to Label Studio, under these settings of the team."""

    def make(*emails: str, annotate: dict | None = None, **settings: object) -> list[Labeller]:
        config.write(bound.root, {"team": settings, "annotate": annotate or {}})
        bound.settings = config.load(bound.root)
        made = [Labeller(bound, label_studio, email) for email in emails]
        ids = {user["email"]: user["id"] for user in made[0].connection.read("api/users/")}
        with bound.store.session() as session:
            session.add_all(
                Person(email=email, role="annotator", password="", labelstudio_id=ids[email])
                for email in emails
            )
        return made

    return make


def dealt(project: Project) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    with project.store.session() as session:
        rows = session.execute(
            select(Share.annotator, Share.uid)
            .join(Queued, (Queued.uid == Share.uid) & (Queued.round == Share.round))
            .where(Share.round == select(func.max(Share.round)).scalar_subquery())
            .order_by(Queued.rank)
        )
        for email, uid in rows:
            found[email].append(uid)
    return found


def task_of(project: Project, uid: str) -> int:
    with project.store.session() as session:
        return session.get(Item, uid).task_id


def test_each_tab_serves_its_share_in_order_with_overlap_and_gold(bound: Project, team) -> None:
    for number in range(12):
        gold.add(bound, f"t{number}", by="lead@example.com")
    known = items.labels(bound)
    three = team(ANN, BOB, NAN, overlap=2, overlap_share=0.3, gold_share=0.2)
    run_round(bound, batch=15)
    shares = dealt(bound)
    with bound.store.session() as session:
        wanted = dict(session.execute(select(Queued.uid, Queued.wanted)).all())
        golden = set(session.scalars(select(Queued.uid).where(Queued.gold)))
    for one in three:
        assert one.tab() == shares[one.email]
        assert f"/data?tab={one.view}&labeling=1" in link_of(bound, one.email)
        assert golden & set(shares[one.email])
    ann, bob, nan = three
    assert ann.label(3) + bob.label(4) == shares[ANN][:3] + shares[BOB][:4]
    assert nan.label() == shares[NAN]
    assert ann.label() == shares[ANN][3:] and bob.label() == shares[BOB][4:]
    assert [one.tab() for one in three] == [[], [], []]
    sync(bound)
    said = items.annotations_by_uid(bound, sorted(wanted))
    for uid in {uid for own in shares.values() for uid in own}:
        asked = sorted(email for email, own in shares.items() if uid in own)
        arrived = [one for one in said[uid] if one.source == "labelstudio"]
        assert sorted(one.annotator for one in arrived) == asked
        assert uid in golden or len(asked) == wanted[uid]
    labels = items.labels(bound)
    assert {uid: labels[uid] for uid in golden} == {uid: known[uid] for uid in golden}


def test_what_is_done_in_one_place_is_gone_in_the_other(bound: Project, team) -> None:
    ann, _ = team(ANN, BOB, overlap=2, overlap_share=0.5)
    run_round(bound, batch=12)
    mine = dealt(bound)[ANN]
    here = Annotator(bound, ANN)
    assert [one.uid for one in here.queue(20)] == mine
    here.submit(mine[0], "refund")
    here.skip(mine[1], "unclear")
    sync(bound)
    assert ann.label(2) == mine[2:4]
    sync(bound)
    assert [one.uid for one in here.queue(20)] == mine[4:]
    assert not set(mine[:4]) & set(ann.tab())


def test_what_is_taken_over_or_dealt_again_moves_at_the_next_sync(bound: Project, team) -> None:
    ann, bob = team(ANN, BOB)
    run_round(bound, batch=12)
    shares = dealt(bound)
    assert bob.label() == shares[BOB]
    sync(bound)
    taken = [one.uid for one in Annotator(bound, BOB).queue(5)]
    assert sorted(taken) == sorted(shares[ANN][-5:])
    client = bound.client()
    with bound.exchange():
        assert publish.publish_shares(bound, client) == 2, "three went with the sync"
        assert publish.publish_shares(bound, client) == 0
    assert bob.tab() == taken and ann.tab() == shares[ANN][:1]
    people.leave(bound, ANN)
    sync(bound)
    assert bob.tab() == [shares[ANN][0], *taken] and ann.tab() == []
    assert bob.label() == [shares[ANN][0], *taken]
    sync(bound)

    more = [one.uid for one in Annotator(bound, BOB).queue(5)]
    assert len(more) == 5 and not set(more) & {uid for own in shares.values() for uid in own}
    sync(bound)
    assert bob.tab() == more
    assert bob.next()["predictions"], "what comes from the ranking has its prediction too"


def test_a_newcomer_gets_a_tab_and_the_tabs_of_the_round_before_go(bound: Project, team) -> None:
    ann, *_ = team(ANN)
    run_round(bound, batch=8)
    ann.label(3)
    with bound.store.session() as session:
        session.add(Person(email=BOB, role="annotator", password=""))
    Annotator(bound, BOB).queue(3)
    sync(bound)
    assert f"tab={bound.store.fact(VIEWS)['tabs'][BOB][0]}" in link_of(bound, BOB)
    run_round(bound, batch=8)
    number = bound.settings.labelstudio.project_id
    titles = [
        view["data"]["title"]
        for view in ann.connection.read("api/dm/views", params={"project": number})
    ]
    assert sorted(titles) == ["Round 1", "Round 2", f"Round 2 · {ANN}", f"Round 2 · {BOB}"]
    assert ann.tab() == dealt(bound)[ANN] and len(ann.tab()) == 4


def test_a_prediction_that_did_not_arrive_is_sent_at_the_next_sync(
    bound: Project, team, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ann,) = team(ANN)
    run_round(bound, batch=6)
    ann.label()

    def cut_off(*_: object) -> int:
        raise LabelStudioUnreachable("cut off")

    with monkeypatch.context() as fault:
        fault.setattr(LabelStudioClient, "import_predictions", cut_off)
        with pytest.raises(LabelStudioUnreachable):
            sync(bound)
    sync(bound)
    taken = [one.uid for one in Annotator(bound, ANN).queue(5) if one.suggestion]
    assert taken, "the ranking goes on"
    for uid in taken:
        assert len(ann.connection.read(f"api/tasks/{task_of(bound, uid)}/")["predictions"]) == 1


def test_a_deleted_task_that_all_have_answered_is_not_asked_again(bound: Project, team) -> None:
    (ann,) = team(ANN)
    run_round(bound, batch=6)
    one, *others = dealt(bound)[ANN]
    Annotator(bound, ANN).submit(one, "refund")
    sync(bound)
    ann.connection.call("DELETE", f"api/tasks/{task_of(bound, one)}/")
    ann.connection.call("DELETE", f"api/tasks/{task_of(bound, others[0])}/")
    sync(bound)
    sync(bound)
    assert set(ann.tab()) == set(others), "what nobody answered is back"
    assert items.labels(bound)[one] == ["refund"]


def test_who_labels_in_label_studio_alone_gets_more_when_their_tab_is_empty(
    bound: Project, team
) -> None:
    ann, bob = team(ANN, BOB)
    run_round(bound, batch=20)
    first = bob.label()
    sync(bound)
    more = bob.tab()
    assert len(first) == 10 and len(more) == 5
    assert not set(more) & set(ann.tab())


def test_a_tab_that_could_not_be_deleted_goes_at_the_next_sync(
    bound: Project, team, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ann,) = team(ANN)
    run_round(bound, batch=6)
    old = ann.view

    def fails(*_: object) -> None:
        raise LabelStudioUnreachable("failed by itself", 500)

    with monkeypatch.context() as fault:
        fault.setattr(LabelStudioClient, "delete_view", fails)
        with pytest.raises(LabelStudioUnreachable):
            run_round(bound, batch=6)
    run_round(bound, batch=6)
    sync(bound)
    views = ann.connection.read(
        "api/dm/views", params={"project": bound.settings.labelstudio.project_id}
    )
    assert ann.view != old and old not in {view["id"] for view in views}


def test_the_doctor_misses_a_tab_that_was_deleted_and_makes_it_again(bound: Project, team) -> None:
    ann, bob = team(ANN, BOB, annotate={"suggestions": "hidden"})
    run_round(bound, batch=8)
    assert well(bound) == set()
    before = bob.tab()
    bob.connection.delete(f"api/dm/views/{bob.view}/")
    assert well(bound) == {"view"}
    mended, found = mend(bound.root, "the tests", CALM)
    assert [one.name for one in mended] == ["view"] and healthy(found)
    assert bob.tab() == before and ann.tab()


def test_the_doctor_is_content_with_a_round_that_suggests_nothing(bound: Project, team) -> None:
    team(ANN)
    run_round(bound, batch=8)
    with bound.store.session() as session:
        session.execute(update(Queued).values(hidden=True))
        row = session.get(Round, 1)
    publish.publish_views(bound, row)
    assert row.model_version and not publish.suggested(bound, 1)
    assert well(bound) == set()


def well(project: Project) -> set[str]:
    """What the doctor finds wrong."""
    with Case(project.root, CALM) as case:
        return {one.name for one in examine(case) if one.state == WRONG}


@pytest.mark.parametrize("mode", ["hidden", "control"])
def test_hidden_suggestions_are_not_shown_and_the_order_holds(
    bound: Project, team, mode: str
) -> None:
    (ann,) = team(ANN, annotate={"suggestions": mode, "control_share": 0.4})
    run_round(bound, batch=10)
    own = dealt(bound)[ANN]
    with bound.store.session() as session:
        rows = session.execute(
            select(Queued.uid, Queued.hidden, Queued.suggestion, Item.holdout).join(
                Item, Item.uid == Queued.uid
            ).where(~Queued.reserve)
        ).all()  # fmt: skip
    told = {uid for uid, hidden, said, held in rows if said and not hidden and not held}
    assert bool(told) == (mode == "control") and len(told) < len(rows) - 2
    served = []
    while (task := ann.next()) is not None:
        assert bool(task["predictions"]) == (task["data"]["uid"] in told)
        served.append(task["data"]["uid"])
        ann.answer(task["id"])
    assert served == own


def test_a_kill_while_tasks_move_is_made_good(bound: Project, team) -> None:
    ann, bob = team(ANN, BOB, overlap=2, overlap_share=1.0)
    run_round(bound, batch=6)
    with bound.store.session() as session:
        session.query(Placement).delete()
        task = session.query(Item.task_id).join(Queued, Queued.uid == Item.uid).first()[0]
    bound.client().place(
        bound.settings.labelstudio.project_id, {task: ({"rank": 99, "assignee": ""}, 1)}
    )
    sync(bound)
    assert ann.tab() == dealt(bound)[ANN] and bob.tab() == dealt(bound)[BOB]


@pytest.mark.parametrize("step", ["choose", "publish"])
def test_a_worker_killed_in_a_round_deals_nothing_twice(bound: Project, team, step: str) -> None:
    ann, bob = team(ANN, BOB, overlap=2, overlap_share=0.3)
    code = (
        "import os, sys, workbench.workflows.round as r\n"
        "from workbench.project import Project\n"
        "record = r._record\n"
        "def killed(project, number, **values):\n"
        f"    if values.get('step') == {step!r}:\n"
        "        os.kill(os.getpid(), 9)\n"
        "    record(project, number, **values)\n"
        "r._record = killed\n"
        f"r.run_round(Project.open({str(bound.root)!r}), batch=10)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    before = dealt(bound)
    assert before and not Annotator(bound, ANN).queue(1), "a round that is not done is not served"
    run_round(bound, batch=10)
    assert dealt(bound) == before
    assert ann.tab() == before[ANN] and bob.tab() == before[BOB]
