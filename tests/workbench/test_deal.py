"""How a batch is dealt, and dealt again."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from sqlalchemy import select

from workbench import config, gold, items, people
from workbench.annotate import Annotator
from workbench.deal import deal_again, deal_for_leavers, loads
from workbench.errors import ProjectError, SchemaError
from workbench.project import Project
from workbench.tables import Event, Person, Queued, Share

TEAM = tuple(f"{name}@example.com" for name in ("ann", "bob", "cem", "dan"))


def happened(project: Project) -> list[Event]:
    with project.store.session() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def shares(project: Project) -> dict[str, list[str]]:
    """annotator → uids by rank."""
    found: dict[str, list[str]] = defaultdict(list)
    with project.store.session() as session:
        for uid, who in session.execute(
            select(Share.uid, Share.annotator)
            .join(Queued, (Queued.uid == Share.uid) & (Queued.round == Share.round))
            .order_by(Queued.rank)
        ):
            found[who].append(uid)
    return found


def served(project: Project, email: str, n: int = 500) -> list[str]:
    return [one.uid for one in Annotator(project, email).queue(n)]


def test_shares_are_disjoint_even_and_start_with_the_best_of_the_ranking(
    make_team, publish_batch
) -> None:
    project = make_team()
    rank = {row.uid: row.rank for row in publish_batch(project, 50)}
    dealt = shares(project)
    assert set(dealt) == set(TEAM)
    assert sorted(uid for own in dealt.values() for uid in own) == sorted(rank)
    assert sorted(len(own) for own in dealt.values()) == [12, 12, 13, 13]
    for own in dealt.values():
        assert rank[own[0]] <= len(TEAM)
        assert all(rank[b] - rank[a] == len(TEAM) for a, b in pairwise(own))
    assert served(project, TEAM[0], 9) == dealt[TEAM[0]][:9]


def test_the_same_seed_deals_the_same_and_another_one_differently(
    make_team, publish_batch, join
) -> None:
    settings = {"overlap_share": 0.3, "overlap": 3}
    one, two = make_team(**settings), make_team(**settings)
    publish_batch(one, 60)
    publish_batch(two, 60)
    assert shares(one) == shares(two)
    publish_batch(two, 60, number=2, start=60)
    with two.store.session() as session:
        whose = select(Share.annotator).join(
            Queued, (Queued.uid == Share.uid) & (Queued.round == Share.round)
        ).order_by(Queued.round, Queued.rank)  # fmt: skip
        first, second = (list(session.scalars(whose.where(Share.round == n))) for n in (1, 2))
    assert first != second


def test_a_part_goes_to_several_people(make_team, publish_batch) -> None:
    project = make_team(overlap=3, overlap_share=0.25)
    publish_batch(project, 40)
    times = Counter(uid for own in shares(project).values() for uid in own)
    assert Counter(times.values()) == {1: 30, 3: 10}
    assert len({len(own) for own in shares(project).values()}) == 1
    assert all(len(own) == len(set(own)) for own in shares(project).values())


def test_overlap_is_at_most_what_the_team_is(make_team, publish_batch) -> None:
    alone = make_team(people=TEAM[:1], overlap=2, overlap_share=1.0)
    assert {row.wanted for row in publish_batch(alone, 10)} == {1}
    assert len(shares(alone)[TEAM[0]]) == 10


def test_without_annotators_everybody_gets_a_share_and_without_people_nobody(
    make_team, publish_batch, join
) -> None:
    project = make_team(people=())
    publish_batch(project, 10)
    assert shares(project) == {} and loads(project) == []
    assert len(served(project, "anybody", 10)) == 10
    join(project, "lead@example.com", role="lead")
    join(project, "eng@example.com", role="engineer")
    publish_batch(project, 10, number=2, start=10)
    assert set(shares(project)) == {"lead@example.com", "eng@example.com"}
    join(project, "ann@example.com")
    publish_batch(project, 10, number=3, start=20)
    assert {one.annotator for one in loads(project)} == {"ann@example.com"}


def test_gold_is_sprinkled_in_for_those_who_do_not_know_it(make_team, publish_batch) -> None:
    project = make_team(gold_share=0.2)
    for i in range(150, 170):
        gold.add(project, f"u{i}", "bug", by=TEAM[0])
    Annotator(project, TEAM[1]).submit("u150", "praise")
    rows = publish_batch(project, 48)
    golden = {row.uid for row in rows if row.gold}
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    dealt = shares(project)
    assert not golden & set(dealt[TEAM[0]]), "who made the gold label is not asked"
    assert "u150" not in dealt[TEAM[1]], "who has answered is not asked again"
    for email in TEAM[1:]:
        assert len(golden & set(dealt[email])) == 3, "a fifth of 15"
    places = [i for i, uid in enumerate(dealt[TEAM[2]]) if uid in golden]
    assert places[0] > 0 and places[-1] - places[0] > 5
    ann = Annotator(project, TEAM[2])
    asked = next(one for one in ann.queue(20) if one.uid in golden)
    assert asked.suggestion is None and asked.confidence is None
    ann.submit(asked.uid, "praise")
    assert asked.uid not in served(project, TEAM[2])
    assert items.labels(project)[asked.uid] == ["bug"], "a gold answer never changes the label"


def test_gold_that_the_batch_asks_for_anyway_is_not_asked_for_twice(
    make_team, publish_batch
) -> None:
    project = make_team(gold_share=0.5)
    for i in range(4):
        gold.add(project, f"u{i}", "bug", by="lead@example.com")
    rows = publish_batch(project, 10)
    assert len({row.uid for row in rows}) == len(rows) == 10


def test_who_is_no_annotator_any_more_leaves_their_share(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:2])
    publish_batch(project, 12)
    people.add(project, TEAM[0], role="lead")
    with project.store.session() as session:
        assert set(session.scalars(select(Share.annotator))) == {TEAM[1]}


def test_gold_is_listed_added_and_removed(make_team) -> None:
    project = make_team()
    with pytest.raises(ProjectError, match="--label"):
        gold.add(project, "u1")
    with pytest.raises(ProjectError, match="no item"):
        gold.add(project, "nobody", "bug")
    with pytest.raises(SchemaError, match="spam"):
        gold.add(project, "u1", "spam")
    Annotator(project, TEAM[0]).submit("u1", "praise")
    assert gold.add(project, "u1", by="lead@example.com") == "praise"
    assert gold.add(project, "u1", "bug", by="lead@example.com") == "bug"
    (only,) = gold.gold(project)
    assert (only.uid, only.label, only.by) == ("u1", "bug", "lead@example.com")
    assert items.labels(project) == {"u1": ["bug"]}
    gold.remove(project, "u1")
    assert gold.gold(project) == [] and items.labels(project) == {"u1": ["praise"]}
    with pytest.raises(ProjectError, match="not gold"):
        gold.remove(project, "u1")
    told = [one.what for one in happened(project) if one.what.startswith("gold")]
    assert told == ["gold", "gold", "gold_removed"]


@pytest.mark.parametrize("overlap_share", (0.0, 0.4))
def test_what_is_open_of_the_batch_before_stays_with_whom_it_was(
    make_team, publish_batch, overlap_share: float
) -> None:
    project = make_team(overlap=2, overlap_share=overlap_share)
    before = {row.uid for row in publish_batch(project, 40)}
    done = served(project, TEAM[0], 3)
    for uid in done:
        Annotator(project, TEAM[0]).submit(uid, "bug")
    owners = {(email, uid) for email, own in shares(project).items() for uid in own}
    again = {row.uid for row in publish_batch(project, 40, number=2, start=10)} & before
    dealt = defaultdict(set)
    with project.store.session() as session:
        for share in session.scalars(select(Share).where(Share.round == 2)):
            dealt[share.uid].add(share.annotator)
        wanted = dict(
            session.execute(select(Queued.uid, Queued.wanted).where(Queued.round == 2)).all()
        )
    assert all(len(dealt[uid]) == wanted[uid] for uid in dealt) and len(dealt) == 40
    for uid in again - set(done):
        had = {email for email, one in owners if one == uid}
        assert dealt[uid] <= had or had <= dealt[uid], uid
    loads = Counter(email for who in dealt.values() for email in who)
    assert set(loads) == set(TEAM) and max(loads.values()) - min(loads.values()) <= 2


def test_what_stays_with_somebody_is_no_more_than_their_part(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:1])
    publish_batch(project, 40)
    in_order = served(project, TEAM[0], 40)
    people.add(project, TEAM[1], role="annotator")
    publish_batch(project, 40, number=2)
    with project.store.session() as session:
        of = select(Share.uid).where(Share.round == 2, Share.annotator == TEAM[0])
        assert set(session.scalars(of)) == set(in_order[:20])


def test_who_leaves_is_dealt_again_evenly_and_at_once(make_team, publish_batch) -> None:
    project = make_team(overlap=2, overlap_share=0.2, gold_share=0.1)
    for i in range(150, 160):
        gold.add(project, f"u{i}", "bug")
    publish_batch(project, 60)
    gone = TEAM[0]
    person = Annotator(project, gone)
    done = [one.uid for one in person.queue(3)]
    for uid in done:
        person.submit(uid, "bug")
    person.queue(5)
    before = shares(project)
    people.leave(project, gone)
    after = shares(project)
    assert set(after[gone]) == set(done)
    with project.store.session() as session:
        wanted = dict(session.execute(select(Queued.uid, Queued.wanted)).all())
        golden = set(session.scalars(select(Queued.uid).where(Queued.gold)))
    times = Counter(uid for own in after.values() for uid in own)
    for uid in set(before[gone]) - golden:
        assert times[uid] == wanted[uid], uid
    assert all(len(own) == len(set(own)) for own in after.values())
    left = [len(after[email]) for email in TEAM[1:]]
    assert max(left) - min(left) <= 2
    assert happened(project)[-1].about["left"] == gone
    assert served(project, TEAM[1])


def test_who_left_while_the_round_was_made_is_dealt_again_too(make_team, publish_batch) -> None:
    project = make_team()
    publish_batch(project, 20)
    with project.store.session() as session:
        session.get(Person, TEAM[0]).active = False
    deal_for_leavers(project)
    assert {len(own) for own in shares(project).values()} <= {6, 7}
    assert set(shares(project)) == set(TEAM[1:])
    deal_for_leavers(project)
    assert [one.what for one in happened(project)] == ["deal"]


def test_the_last_one_to_leave_leaves_a_common_queue(make_team, publish_batch) -> None:
    project = make_team(people=TEAM[:1])
    publish_batch(project, 10)
    people.leave(project, TEAM[0])
    assert shares(project) == {}
    assert len(served(project, "anybody", 20)) == 10


def test_open_items_are_dealt_anew_but_not_what_is_on_a_screen(
    make_team, publish_batch, join
) -> None:
    project = make_team(people=TEAM[:2], overlap=2, overlap_share=0.2)
    publish_batch(project, 40)
    first = Annotator(project, TEAM[0])
    for one in first.queue(5):
        first.submit(one.uid, "bug")
    seen = [one.uid for one in first.queue(5)]
    join(project, *TEAM[2:])
    assert deal_again(project, by="lead@example.com") > 10
    now = {one.annotator: one for one in loads(project)}
    assert set(now) == set(TEAM)
    left = [one.open for one in now.values()]
    assert max(left) - min(left) <= 2 and now[TEAM[0]].done >= 5
    assert served(project, TEAM[0], 5) == seen
    times = Counter(uid for own in shares(project).values() for uid in own)
    assert Counter(times.values()) == {1: 32, 2: 8}


@pytest.mark.parametrize(("mode", "count"), [("shown", 0), ("hidden", 40), ("control", 12)])
def test_suggestions_are_hidden_as_the_setting_says(
    make_team, mode: str, count: int, publish_batch
) -> None:
    project = make_team(people=TEAM[:1])
    config.write(project.root, {"annotate": {"suggestions": mode, "control_share": 0.3}})
    project.settings = config.load(project.root)
    rows = publish_batch(project, 40)
    assert sum(row.hidden for row in rows) == count
    ann = Annotator(project, TEAM[0])
    queue = ann.queue(40)
    assert [one.rank for one in queue] == list(range(1, 41))
    told = {one.uid for one in queue if one.suggestion is not None}
    assert told == {row.uid for row in rows if not row.hidden}
    for one in queue[:15]:
        ann.submit(one.uid, "bug")
    kept = items.annotations_by_uid(project)
    for (said,) in kept.values():
        assert said.suggestion == ["bug"] and said.suggestion_shown == (said.uid in told)
