"""What a round chooses with each of the query strategies, and who is asked again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from activelearn.strategies import STRATEGIES, choose
from workbench import config, items, people
from workbench.annotate import Annotator
from workbench.project import Project
from workbench.scores import FOLDER, Scores
from workbench.tables import Annotation, Item, Queued, Share
from workbench.workflows.round import run_round

ANN, BOB = "ann@example.com", "bob@example.com"


def batch(project: Project) -> list[Queued]:
    with project.store.session() as session:
        rows = select(Queued).where(~Queued.reserve).order_by(Queued.rank)
        return list(session.scalars(rows))


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_fills_a_round(project: Project, strategy: str) -> None:
    assert run_round(project, strategy=strategy, batch=10).strategy == strategy
    uids = {row.uid for row in batch(project)}
    with project.store.session() as session:
        labelled = set(session.scalars(select(Annotation.uid)))
        held = set(session.scalars(select(Item.uid).where(Item.holdout)))
    assert len(uids) == 10 and not uids & labelled and len(uids & held) == 2


@pytest.fixture
def doubtful(project: Project) -> Project:
    """Ann has answered a third of what is labelled, the same wrong label everywhere."""
    people.add(project, ANN, role="annotator", password="a password for the tests")
    people.add(project, BOB, role="annotator", password="a password for the tests")
    config.write(project.root, {"round": {"strategy": "activelab", "holdout": 0}})
    made = Project.open(project.root)
    with made.store.session() as session:
        open_ = select(Annotation).join(Item, Item.uid == Annotation.uid).where(~Item.holdout)
        for one in list(session.scalars(open_))[::3]:
            session.add(
                Annotation(
                    unique_id=f"ann {one.uid}", uid=one.uid, annotator=ANN, source="workbench",
                    target=["login"],
                )
            )  # fmt: skip
    return made


def test_doubtful_items_are_asked_again_of_somebody_else(doubtful: Project) -> None:
    run_round(doubtful, batch=20)
    with doubtful.store.session() as session:
        said = set(session.execute(select(Annotation.uid, Annotation.annotator)).all())
        shares = set(session.execute(select(Share.uid, Share.annotator)).all())
    answered = {uid for uid, _ in said}
    again = [row for row in batch(doubtful) if row.uid in answered]
    assert again and not shares & said
    for row in again:
        assert row.wanted == 1 + sum(uid == row.uid for uid, _ in said)
        assert sum(uid == row.uid for uid, _ in shares) == 1
    served = {one.uid for email in (ANN, BOB) for one in Annotator(doubtful, email).queue(50)}
    assert {row.uid for row in again} <= served


def test_nothing_is_asked_again_where_nobody_else_could_answer(project: Project) -> None:
    run_round(project, strategy="activelab", batch=20)
    assert all(row.wanted == 1 for row in batch(project))


def test_where_all_is_labelled_what_is_doubtful_is_still_asked_again(doubtful: Project) -> None:
    with doubtful.store.session() as session:
        labelled = select(Annotation.uid)
        for item in session.scalars(select(Item).where(Item.uid.not_in(labelled))):
            session.add(
                Annotation(
                    unique_id=f"all {item.uid}", uid=item.uid, annotator=ANN, source="workbench",
                    target=["login"],
                )
            )  # fmt: skip
    assert run_round(doubtful, batch=20).chosen == 20
    assert run_round(doubtful, batch=20, strategy="margin").chosen == 0


def test_nothing_is_doubted_by_a_model_that_learned_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in (ANN, BOB):
        people.add(project, email, role="annotator", password="a password for the tests")
    with project.store.session() as session:
        open_ = select(Annotation).join(Item, Item.uid == Annotation.uid).where(~Item.holdout)
        wrong = list(session.scalars(open_))[::8]
        for one in wrong:
            one.target = ["refund" if one.target != ["refund"] else "login"]
        given = {one.uid: project.schema.labels.index(one.target[0]) for one in wrong}
    asked: dict = {}

    def spied(strategy: str, **values: Any) -> np.ndarray:
        if "answers" in values:
            asked.update(values)
        return choose(strategy, **values)

    monkeypatch.setattr("activelearn.strategies.choose", spied)
    run_round(project, strategy="activelab", batch=len(given))
    scores = Scores.read(project.round_folder(1) / FOLDER)
    rows = items.rows(project, list(given))
    places = scores.places([rows[uid] for uid in given])
    numbers = list(given.values())
    seen, unseen = (
        one[places][range(len(places)), numbers]
        for one in (scores.probabilities, asked["probabilities"])
    )
    assert (unseen < seen).all()
    again = {row.uid for row in batch(project) if row.wanted > 1}
    assert len(again & set(given)) > len(given) / 2
