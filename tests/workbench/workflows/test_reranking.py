"""The queue between rounds: ordered anew by what was labelled, without anybody noticing."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

import pytest
from sqlalchemy import select

from activelearn import head
from workbench import config, items, people, reranking
from workbench.annotate import Annotator
from workbench.project import Project
from workbench.scores import FOLDER, Scores
from workbench.tables import Item, Lease, Queued, Share
from workbench.vectors import StoredEncoder
from workbench.worker import Reranks
from workbench.workflows.round import run_round

ANN, BOB = "ann@example.com", "bob@example.com"
SAYS = {"password": "login", "parcel": "delivery", "": "refund"}


@pytest.fixture
def busy(project: Project) -> Project:
    """Ann and Bob have the batch of the first trained round before them."""
    for email in (ANN, BOB):
        people.add(project, email, role="annotator", password="a password for the tests")
    run_round(project, batch=100)
    return project


def ranks(project: Project) -> dict[str, int]:
    with project.store.session() as session:
        return dict(session.execute(select(Queued.uid, Queued.rank)).all())


def places(project: Project) -> dict[str, set[int]]:
    """Whose ranks are which."""
    found: dict[str, set[int]] = defaultdict(set)
    with project.store.session() as session:
        shares = select(Share.annotator, Queued.rank).join(Queued, Queued.uid == Share.uid)
        for who, rank in session.execute(shares):
            found[who].add(rank)
    return found


def answer(project: Project, email: str, count: int) -> None:
    at_work = Annotator(project, email)
    for one in at_work.queue(count):
        at_work.submit(one.uid, next(label for word, label in SAYS.items() if word in one.text))


def test_what_is_left_moves_and_all_else_stays(busy: Project) -> None:
    answer(busy, ANN, 6)
    before, whose = ranks(busy), places(busy)
    with busy.store.session() as session:
        still = set(session.scalars(select(Lease.uid)))
        still |= set(session.scalars(select(Item.uid).where(Item.holdout)))
    assert reranking.rerank(busy) > 0
    after = ranks(busy)
    moved = {uid for uid in before if before[uid] != after[uid]}
    assert moved and not moved & still
    assert sorted(after.values()) == sorted(before.values()) and places(busy) == whose
    assert reranking.rerank(busy) == 0, "nothing new was said"


def test_the_most_doubtful_comes_first(busy: Project) -> None:
    answer(busy, ANN, 6)
    reranking.rerank(busy)
    asked: dict[str, dict[str, float]] = {}

    def doubt(*given) -> dict[str, float]:
        asked["doubt"] = found = real(*given)
        return found

    real, reranking._doubt = reranking._doubt, doubt
    try:
        reranking.rerank(busy)
    finally:
        reranking._doubt = real
    after = ranks(busy)
    with busy.store.session() as session:
        own = set(session.scalars(select(Share.uid).where(Share.annotator == BOB)))
    mine = sorted((uid for uid in asked["doubt"] if uid in own), key=after.__getitem__)
    values = [asked["doubt"][uid] for uid in mine]
    assert len(values) > 5 and values == sorted(values, reverse=True)


def test_the_order_rises_for_everybody(busy: Project) -> None:
    at_work, seen = Annotator(busy, BOB), []
    for _ in range(12):
        one = at_work.queue(1)[0]
        seen.append(ranks(busy)[one.uid])
        at_work.submit(one.uid, busy.schema.labels[0])
        reranking.rerank(busy)
    assert seen == sorted(seen) and len(set(seen)) == 12


def test_what_is_served_or_taken_over_meanwhile_stays(busy: Project, monkeypatch) -> None:
    answer(busy, ANN, 6)
    before, real, still = ranks(busy), reranking._doubt, []

    def at_length(*given) -> dict[str, float]:
        found = real(*given)
        still.extend(one.uid for one in Annotator(busy, BOB).queue(5))
        with busy.store.session() as session:
            leased = select(Lease.uid)
            shares = select(Share).join(Queued, Queued.uid == Share.uid).order_by(-Queued.rank)
            own = session.scalars(shares.where(Share.annotator == BOB, Share.uid.not_in(leased)))
            for share in own.all()[:5]:
                share.annotator, share.taken_from = ANN, BOB
                still.append(share.uid)
        return found

    monkeypatch.setattr(reranking, "_doubt", at_length)
    assert reranking.rerank(busy) > 0 and len(still) == 10
    after = ranks(busy)
    assert {uid: after[uid] for uid in still} == {uid: before[uid] for uid in still}


@pytest.mark.parametrize("strategy", ["random", "rare_class"])
def test_what_was_not_chosen_by_doubt_stays(busy: Project, strategy: str) -> None:
    run_round(busy, batch=50, strategy=strategy)
    answer(busy, ANN, 6)
    assert reranking.rerank(busy) == 0


@pytest.mark.parametrize("random_share", [0.0, 1.0])
def test_the_published_encoder_reads_no_more_than_a_fine_tuned_round_needs(
    project: Project, monkeypatch, random_share: float
) -> None:
    monkeypatch.setattr("activelearn.learners.MOST_UNLABELLED", 20)
    settings = {"epochs": 1, "self_training": False}
    config.write(project.root, {"finetune": settings, "round": {"random_share": random_share}})
    made = Project.open(project.root)
    for email in (ANN, BOB):
        people.add(made, email, role="annotator", password="a password for the tests")
    read, embed = [], made.encoder.encoder.embed

    def counted(texts, progress=None):
        read.extend(texts)
        return embed(texts, progress)

    monkeypatch.setattr(made.encoder.encoder, "embed", counted)
    run_round(made, learner="finetune", strategy="margin", batch=10)
    learned = items.labelled(made, holdout=False)
    assert len(set(read)) < len(made.pool) * 2 / 3
    assert made.encoder.has(learned.texts).all()
    answer(made, ANN, 6)
    other = next(u for u in made.pool.uids(items.waiting(made)) if u not in ranks(made))
    Annotator(made, ANN).submit(other, "login")
    assert not made.encoder.has(list(items.texts(made, [other]).values())).any()
    read.clear()
    assert reranking.rerank(made) > 0 and not read


def test_the_holdout_teaches_nothing(busy: Project, monkeypatch) -> None:
    taught, learn = [], head.with_names

    def spied(encoder, schema, vectors, encoded, counted):
        taught.append(len(vectors))
        return learn(encoder, schema, vectors, encoded, counted)

    monkeypatch.setattr(head, "with_names", spied)
    answer(busy, ANN, 6)
    reranking.rerank(busy)
    held = next(iter(busy.pool.uids(items.waiting(busy, holdout=True))))
    busy.encoder.embed(list(items.texts(busy, [held]).values()))
    Annotator(busy, ANN).submit(held, "login")
    reranking.rerank(busy)
    assert taught[0] == taught[1] > 0


def test_another_encoder_than_the_rounds_orders_nothing(busy: Project) -> None:
    class Another:
        version, model, max_length, tokens = "another", "another", 16, None

    answer(busy, ANN, 6)
    own, busy.encoder = busy.encoder, StoredEncoder(Another(), busy.root / "vectors")
    assert reranking.rerank(busy) == 0
    busy.encoder = own
    assert reranking.rerank(busy) > 0


def test_the_worker_goes_on_where_the_order_cannot_be_found(busy: Project, monkeypatch) -> None:
    def broken(_project: Project) -> int:
        raise ValueError("no such encoder")

    monkeypatch.setattr(reranking, "rerank", broken)
    turns = Reranks()
    turns.turn(busy)
    assert turns.seen == reranking.stamp(busy), "and does not try again before the next label"


def test_a_round_without_a_model_stays_as_it_is(tmp_path) -> None:
    Project.create(tmp_path / "new", name="New", labels=("a", "b")).close()
    made = Project.open(tmp_path / "new")
    made.pool.append([(f"c{i}", f"text {i} about thing {i % 7}", {}) for i in range(60)])
    assert reranking.rerank(made) == 0
    run_round(made, batch=20)
    assert reranking.rerank(made) == 0


def test_texts_that_may_be_of_a_label_nobody_has_used_are_doubtful(
    busy: Project, monkeypatch
) -> None:
    """A head that has not read what the label is called is sure that they are of another."""
    used = {uid: one for uid, one in items.labels(busy).items() if one != ["login"]}
    monkeypatch.setattr(items, "labels", lambda _project: used)
    rows, scores = items.waiting(busy), Scores.read(busy.round_folder(1) / FOLDER)
    uids = busy.pool.uids(rows)
    doubt = reranking._doubt(busy, scores, set(uids), "margin")
    texts = dict(zip(uids, busy.pool.texts(rows), strict=True))
    assert median(value for uid, value in doubt.items() if "password" in texts[uid]) > 0.6
