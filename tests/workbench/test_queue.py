"""The queue of a team: leases, taking over, and that nobody gets what somebody else has."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from workbench import people
from workbench.annotate import Annotator
from workbench.deal import loads, top_up
from workbench.errors import ProjectError
from workbench.project import Project
from workbench.status import outline, status
from workbench.tables import Annotation, Lease, Placement, Queued, Round, Share, now

TEAM = tuple(f"{name}@example.com" for name in ("ann", "bob", "cem", "dan"))
ANN, BOB = TEAM[:2]


def served(project: Project, email: str, n: int = 20) -> list[str]:
    return [one.uid for one in Annotator(project, email).queue(n)]


def finish(project: Project, email: str) -> list[str]:
    """Answers what is in the person's share, and nothing more."""
    mine = share_of(project, email)
    for uid in mine:
        Annotator(project, email).submit(uid, "bug")
    return mine


@contextmanager
def instructions(project: Project) -> Iterator[Callable[[], int]]:
    """Counts the instructions that SQLite carries out, by thousands: the same on any machine."""
    passed = [0]

    def count() -> None:
        passed[0] += 1

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(count, 1000)

    event.listen(project.store.engine, "checkout", watch)
    yield lambda: passed[0]
    event.remove(project.store.engine, "checkout", watch)


def age(project: Project, minutes: float) -> None:
    """Lets that much time pass for the leases."""
    with project.store.session() as session:
        for lease in session.scalars(select(Lease)):
            lease.until -= timedelta(minutes=minutes)


def age_answers(project: Project) -> None:
    with project.store.session() as session:
        for one in session.scalars(select(Annotation)):
            one.created_at -= timedelta(hours=3)


def test_what_is_on_a_screen_is_served_to_nobody_else_until_it_is_freed(
    make_team, publish_batch
) -> None:
    project = make_team(people=())
    publish_batch(project, 12)
    first, second = served(project, ANN, 5), served(project, BOB, 5)
    assert (first, second) == ([f"u{i}" for i in range(5)], [f"u{i}" for i in range(5, 10)])
    assert served(project, ANN, 5) == first, "asking again serves the same"
    Annotator(project, ANN).release()
    Annotator(project, BOB).submit("u5", "bug")
    assert served(project, BOB, 5) == ["u0", "u1", "u2", "u3", "u4"]


def test_what_somebody_looked_up_is_theirs_while_it_is_before_them(
    make_team, publish_batch
) -> None:
    project = make_team(people=())
    publish_batch(project, 12)
    assert Annotator(project, ANN).open("u1").uid == "u1"
    assert served(project, BOB, 3) == ["u0", "u2", "u3"]
    with pytest.raises(ProjectError, match="somebody else has this text"):
        Annotator(project, ANN).open("u0")
    with pytest.raises(ProjectError, match="somebody else has this text"):
        Annotator(project, BOB).open("u1")
    assert Annotator(project, ANN).open("u3").uid == "u3", "it was further on in their queue"
    assert served(project, BOB, 3) == ["u0", "u2", "u4"]
    Annotator(project, BOB).submit("u0", "bug")
    assert Annotator(project, BOB).open("u0").uid == "u0", "one's own answer can be changed"
    Annotator(project, ANN).open("u11")
    age(project, 60)
    assert Annotator(project, BOB).open("u11").uid == "u11"


def test_a_lease_ends_and_is_renewed_by_asking(make_team, publish_batch) -> None:
    project = make_team(people=(), lease_minutes=4)
    publish_batch(project, 3)
    assert served(project, ANN) == ["u0", "u1", "u2"]
    age(project, 3)
    assert served(project, ANN) == ["u0", "u1", "u2"]
    age(project, 3)
    assert served(project, BOB) == [], "asked for again, so still on lease"
    age(project, 2)
    assert served(project, BOB) == ["u0", "u1", "u2"]


def test_an_answer_frees_its_lease_and_a_skip_counts_as_one(make_team, publish_batch) -> None:
    project = make_team(people=())
    publish_batch(project, 2)
    ann = Annotator(project, ANN)
    ann.queue(2)
    ann.skip("u0", "unclear")
    ann.submit("u1", "bug")
    with project.store.session() as session:
        assert session.query(Lease).count() == 0
    assert served(project, BOB) == []
    assert ann.undo() == "u1"
    assert [one.uid for one in ann.queue(5, first="u1")] == ["u1"]
    assert served(project, BOB) == []


def test_what_enough_people_answered_anywhere_is_gone_for_everybody(
    make_team, publish_batch
) -> None:
    project = make_team(people=TEAM[:3], overlap=2, overlap_share=1.0)
    publish_batch(project, 12)
    before = served(project, ANN)
    with project.store.session() as session:
        for who in ("user-7", "user-8"):
            session.add(
                Annotation(unique_id=who, uid=before[0], annotator=who, source="labelstudio",
                           target=["bug"])
            )  # fmt: skip
        session.add(
            Annotation(unique_id="x", uid=before[1], annotator="user-7", source="labelstudio",
                       target=["bug"])
        )  # fmt: skip
    assert served(project, ANN) == before[1:]
    Annotator(project, ANN).submit(before[1], "bug")
    assert served(project, ANN) == before[2:]
    assert not {before[0], before[1]} & set(served(project, BOB))


def test_an_empty_share_takes_over_a_handful_from_the_end_of_the_slowest(
    make_team, publish_batch
) -> None:
    project = make_team(people=TEAM[:3])
    publish_batch(project, 60)
    for email in TEAM[1:3]:
        finish(project, email)
    seen = served(project, ANN, 4)
    with project.store.session() as session:
        own = session.scalars(
            select(Share.uid)
            .join(Queued, (Queued.uid == Share.uid) & (Queued.round == Share.round))
            .where(Share.annotator == ANN)
            .order_by(Queued.rank)
        ).all()
    got = served(project, BOB)
    assert sorted(got) == sorted(own[-5:])
    assert not set(got) & set(seen)
    now_ = {one.annotator: one for one in loads(project)}
    assert (now_[ANN].open, now_[BOB].open, now_[BOB].taken_over) == (15, 5, 5)
    with project.store.session() as session:
        assert set(session.scalars(select(Share.taken_from).where(Share.uid.in_(got)))) == {ANN}


def test_what_is_on_lease_is_never_taken_over(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:2])
    publish_batch(project, 12)
    finish(project, BOB)
    mine = served(project, ANN)
    assert len(mine) == 6 and served(project, BOB) == []
    Annotator(project, ANN).release()
    assert len(served(project, BOB)) == 5


def test_along_go_no_texts_that_somebody_else_has_before_them(make_team, publish_batch) -> None:
    project = make_team(people=())
    publish_batch(project, 12)
    theirs = served(project, BOB, 5)
    Annotator(project, ANN).submit("u9", "bug", along=[theirs[0], "u10"])
    assert theirs[0] in served(project, BOB, 5) and "u10" not in served(project, BOB, 12)


def test_an_answer_taken_back_is_before_that_person_again(make_team, publish_batch) -> None:
    project = make_team(people=())
    publish_batch(project, 12)
    ann = Annotator(project, ANN)
    ann.submit(served(project, ANN, 1)[0], "bug")
    assert ann.again(ann.undo()).uid == "u0"
    assert "u0" not in served(project, BOB, 12)


def test_what_somebody_opened_is_on_their_screen_whatever_its_rank(
    make_team, publish_batch
) -> None:
    project = make_team(people=TEAM[:2])
    publish_batch(project, 12)
    mine = served(project, ANN)
    Annotator(project, ANN).open(mine[-1])
    served(project, ANN)
    with pytest.raises(ProjectError, match="somebody else has this text"):
        Annotator(project, BOB).open(mine[-1])
    assert Annotator(project, BOB).open(mine[-2]).uid == mine[-2]


def in_studio(project: Project, uids: list[str], ago_s: float = 0.0, apart_s: float = 0.0) -> None:
    """Ann answers these in Label Studio, the first so long ago."""
    with project.store.session() as session:
        session.add_all(
            Annotation(unique_id=uid, uid=uid, annotator=ANN, source="labelstudio", target=["bug"],
                       created_at=now() - timedelta(seconds=ago_s - apart_s * place))
            for place, uid in enumerate(uids)
        )  # fmt: skip


def share_of(project: Project, email: str) -> list[str]:
    with project.store.session() as session:
        return list(session.scalars(select(Share.uid).where(Share.annotator == email)))


def label_all(project: Project, email: str) -> list[str]:
    """Answers for as long as something is served."""
    got: list[str] = []
    while fresh := served(project, email):
        for uid in fresh:
            Annotator(project, email).submit(uid, "bug")
        got += fresh
    return got


def test_the_head_of_who_labels_in_label_studio_is_left_to_them(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:2])
    publish_batch(project, 30)
    finish(project, BOB)
    mine = share_of(project, ANN)
    in_studio(project, mine[:1])
    got = label_all(project, BOB)
    assert len(got) == 4 and len(set(mine) - set(got)) == 11


def test_the_head_is_as_label_studio_has_it(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:2])
    batch = publish_batch(project, 30)
    rank = {row.uid: row.rank for row in batch}
    finish(project, BOB)
    mine = sorted(share_of(project, ANN), key=rank.get)
    with project.store.session() as session:
        session.add_all(
            Placement(uid=uid, task_id=at, round=1, rank=at, assignee="", overlap=1)
            for uid, at in rank.items()
        )
        turned = dict(zip(mine, reversed(mine), strict=True))
        for row in session.scalars(select(Queued).where(Queued.uid.in_(mine))):
            row.rank = rank[turned[row.uid]]
    in_studio(project, mine[:1])
    assert set(label_all(project, BOB)) == set(mine[11:])


def test_the_head_is_longer_while_a_sync_is_late(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:2])
    publish_batch(project, 80)
    finish(project, BOB)
    in_studio(project, share_of(project, ANN)[:10], ago_s=100, apart_s=10)
    project.store.set_fact("synced_at", (now() - timedelta(seconds=50)).isoformat())
    got = label_all(project, BOB)
    assert 8 <= len(got) <= 10, "of 30 the head of 10 stays, and 10 for the late sync"


def test_when_all_is_dealt_the_ranking_goes_on(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:1])
    publish_batch(project, 4, reserve=8)
    assert served(project, ANN, 4) == ["u0", "u1", "u2", "u3"]
    assert status(project)["queue_left"] == outline(project)["queue_left"] == 4
    finish(project, ANN)
    assert status(project)["queue_left"] == 0
    assert served(project, ANN) == ["u4", "u5", "u6", "u7", "u8"]
    assert served(project, "newcomer@example.com") == ["u9", "u10", "u11"]
    assert served(project, "late@example.com") == []
    with project.store.session() as session:
        assert not session.query(Queued).filter(Queued.reserve).count()
        assert session.query(Share).filter(Share.uid == "u9").one().annotator.startswith("newc")


def test_who_never_asks_here_gets_more_when_their_share_is_empty(make_team, publish_batch) -> None:
    project = make_team(people=(ANN, BOB))
    publish_batch(project, 12)
    assert top_up(project) == 0, "both have work"
    finish(project, ANN)
    assert top_up(project) == 3, "half of what the other has"
    assert {one.annotator: one.open for one in loads(project)} == {ANN: 3, BOB: 3}
    assert top_up(project) == 0
    finish(project, ANN)
    finish(project, BOB)
    assert top_up(project) == 0, "nothing is left"


def test_who_was_added_since_the_round_was_dealt_gets_a_share(make_team, publish_batch) -> None:
    project = make_team(people=(ANN, BOB))
    publish_batch(project, 20)
    people.add(project, TEAM[2], role="annotator", password="a long password")
    assert top_up(project) == 5
    assert {one.annotator: one.open for one in loads(project)}[TEAM[2]] == 5
    age_answers(project)
    finish(project, ANN)
    age_answers(project)
    assert top_up(project) == 0, "nobody waits who has gone home"


def test_progress_is_that_of_ones_own_share(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:2])
    publish_batch(project, 10, reserve=5)
    ann = Annotator(project, ANN)
    ann.submit(ann.queue(1)[0].uid, "bug")
    assert ann.progress() == {"batch_done": 1, "batch_total": 5, "today": 1}
    lead = Annotator(project, "lead@example.com").progress()
    assert lead == {"batch_done": 1, "batch_total": 10, "today": 0}


def test_a_round_that_is_not_done_is_not_served(make_team, publish_batch) -> None:
    project = make_team()
    publish_batch(project, 8)
    publish_batch(project, 8, number=2, start=8)
    with project.store.session() as session:
        session.get(Round, 2).state = "open"
    got = {uid for email in TEAM for uid in served(project, email)}
    assert got == {f"u{i}" for i in range(8)}


def test_twelve_people_at_once_never_share_an_item_beyond_its_overlap(
    make_team, publish_batch
) -> None:
    team = tuple(f"p{i}@example.com" for i in range(12))
    project = make_team(people=team, items=700, overlap=2, overlap_share=0.1)
    batch = publish_batch(project, 240, reserve=200)
    wanted = {row.uid: row.wanted for row in batch}
    gone = team[0]
    seen: dict[str, set[str]] = defaultdict(set)
    answers: Counter[str] = Counter()
    order: dict[str, list[str]] = defaultdict(list)
    guard, problems = threading.Lock(), []
    start = threading.Barrier(len(team))

    def label(email: str) -> None:
        own = Project.open(project.root)
        draw = random.Random(email)
        annotator = Annotator(own, email)
        start.wait()
        try:
            for _ in range(6 if email == gone else 30):
                items = annotator.queue(draw.choice((1, 3, 8)))
                if not items:
                    return
                with guard:
                    for one in items:
                        seen[one.uid].add(email)
                    order[email].append(items[0].uid)
                annotator.submit(items[0].uid, "bug")
                with guard:
                    answers[items[0].uid] += 1
            if email == gone:
                annotator.release()
        except Exception as error:
            problems.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=label, args=(email,)) for email in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sum(answers.values()) == 6 + 11 * 30, "nobody waited"
    beyond = {uid: who for uid, who in seen.items() if len(who - {gone}) > wanted.get(uid, 1)}
    assert beyond == {}
    assert all(count <= wanted.get(uid, 1) for uid, count in answers.items())
    with project.store.session() as session:
        shares = session.query(Share).all()
    assert any(share.taken_from == gone for share in shares), "who left is taken over from"
    rank = {row.uid: row.rank for row in batch}
    for email in team:
        dealt = {one.uid for one in shares if one.annotator == email and not one.taken_from}
        own = [rank[uid] for uid in order[email] if uid in dealt and uid in rank]
        assert own == sorted(own), "the most useful first"


def test_fifty_people_and_two_thousand_items_are_served_with_little_work(
    make_team, publish_batch
) -> None:
    team = tuple(f"p{i}@example.com" for i in range(50))
    project = make_team(people=team, items=9000, overlap=2, overlap_share=0.1)
    with project.store.session() as session:
        session.add_all(
            Annotation(unique_id=f"old{i}", uid=f"u{i}", annotator=team[i % 50],
                       source="labelstudio", target=["bug"], created_at=now() - timedelta(days=9))
            for i in range(5000)
        )  # fmt: skip
    publish_batch(project, 2000, reserve=1000, start=5000)
    for email in team[:20]:
        finish(project, email)
    first, again, taking = [], [], []
    for found, who in ((first, team[20:]), (again, team[20:]), (taking, team[:20])):
        for email in who:
            with instructions(project) as carried_out:
                assert len(served(project, email)) >= 5
            found.append(carried_out())
    assert max(first + again) < 15, "the person's share is gone through, not the batch"
    assert max(taking) < 1200
