"""What the Team page says of a team whose answers are known."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from workbench import config, gold, team
from workbench.annotate import Annotator
from workbench.project import Project
from workbench.rates import Anchoring, Rate
from workbench.tables import Annotation, Queued

ANN, BOB = "ann@example.com", "bob@example.com"
NOON = datetime(2026, 11, 20, 12)


def say(project: Project, who: str, uid: str, label: str | None, **more: object) -> None:
    values = {"lead_time": 4.0, "source": "labelstudio", "created_at": NOON} | more
    with project.store.session() as session:
        session.add(
            Annotation(unique_id=str(uuid.uuid4()), uid=uid, annotator=who,
                       target=[label] if label else None, skipped=label is None, **values)
        )  # fmt: skip


def row(found: team.Report, email: str) -> team.Row:
    return next(one for one in found.rows if one.annotator == email)


def test_number_pace_and_skips_are_honest_about_idle_time(make_team) -> None:
    project = make_team(people=(ANN, BOB))
    for i, seconds in enumerate((2.0, 4.0, 9.0, 600.0, 0.0)):
        say(project, ANN, f"u{i}", "bug", lead_time=seconds)
    say(project, ANN, "u9", None, reason="broken")
    say(project, "importer", "u10", "bug", source="import")
    found = team.report(project)
    ann = row(found, ANN)
    assert (ann.labels, ann.pace, ann.timed, ann.idle) == (5, 4.0, 3, 1)
    assert (ann.skips.hits, ann.skips.n) == (1, 6)
    bob = row(found, BOB)
    assert (bob.labels, bob.pace, bob.skips.value) == (0, None, None)
    assert [one.annotator for one in found.rows] == [ANN, BOB] and found.team.labels == 5


def test_agreement_with_gold_and_with_others(make_team) -> None:
    project = make_team(people=(ANN, BOB))
    for i in range(10):
        gold.add(project, f"u{i}", "bug", by="lead@example.com")
        say(project, ANN, f"u{i}", "bug" if i < 8 else "praise")
    for i in range(20, 30):
        say(project, ANN, f"u{i}", "bug" if i % 2 else "praise")
        say(project, BOB, f"u{i}", "bug" if i % 2 or i == 20 else "praise")
    say(project, BOB, "u21", "praise", created_at=NOON + timedelta(hours=1))
    found = team.report(project)
    ann, bob = row(found, ANN), row(found, BOB)
    assert (ann.gold.hits, ann.gold.n) == (8, 10) and bob.gold.n == 0
    assert 0.49 < ann.gold.low < ann.gold.value == 0.8 < ann.gold.high < 0.95
    assert (ann.others.hits, ann.others.n) == (8, 10) == (bob.others.hits, bob.others.n)
    assert ann.kappa == pytest.approx(0.6) == bob.kappa
    gold.add(project, "u22", by=ANN)
    assert row(team.report(project), ANN).gold.n == 10, "one's own gold label proves nothing"


def test_kappa_is_not_given_where_it_says_nothing(make_team) -> None:
    project = make_team(people=(ANN, BOB))
    for who in (ANN, BOB):
        say(project, who, "u1", "bug")
    found = row(team.report(project), ANN)
    assert found.others.value == 1.0 and found.kappa is None


def test_anchoring_is_the_difference_that_a_hidden_suggestion_makes(
    make_team, publish_batch
) -> None:
    project = make_team(people=(ANN,))
    config.write(project.root, {"annotate": {"suggestions": "control", "control_share": 0.5}})
    project.settings = config.load(project.root)
    rows = publish_batch(project, 80)
    ann = Annotator(project, ANN)
    for place, one in enumerate(rows):
        follows = not one.hidden or place % 4 < 2
        if place < 40:
            ann.submit(one.uid, "bug" if follows else "praise", lead_time=3.0)
        else:
            say(project, ANN, one.uid, "bug" if follows else "praise")
    found = row(team.report(project), ANN)
    hidden = [place for place, one in enumerate(rows) if one.hidden]
    assert (found.accepted.hits, found.accepted.n) == (40, 40)
    assert (found.control.hits, found.control.n) == (sum(p % 4 < 2 for p in hidden), 40)
    assert found.anchoring.value == pytest.approx(1 - found.control.value)
    assert 0 < found.anchoring.low < found.anchoring.value < found.anchoring.high < 1
    with project.store.session() as session:
        session.execute(update(Queued).values(hidden=False))
    assert row(team.report(project), ANN).anchoring is None, "nothing was hidden at random"


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # the first example of Newcombe (1998), method 10: 56/70 against 48/80
    found = Anchoring.of(Rate.of([True] * 56 + [False] * 14), Rate.of([True] * 48 + [False] * 32))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert Anchoring.of(Rate.of([]), Rate.of([True])) is None


def test_filters_by_day_and_round_and_only_ones_own(make_team, publish_batch) -> None:
    project = make_team(people=(ANN, BOB))
    publish_batch(project, 10)
    publish_batch(project, 10, number=2, start=10)
    for i in range(20):
        say(project, ANN if i % 2 else BOB, f"u{i}", "bug", created_at=NOON + timedelta(days=i))
    assert team.report(project).rounds == [1, 2]
    assert team.report(project, round=2).team.labels == 10
    days = {"since": date(2026, 11, 22), "until": date(2026, 11, 25)}
    assert team.report(project, **days).team.labels == 4
    assert team.report(project, until=date(2026, 11, 20)).team.labels == 1
    own = team.report(project, annotator=ANN)
    assert [one.annotator for one in own.rows] == [ANN]
    assert own.team is None and own.rows[0].labels == 10


def test_the_round_that_is_being_labelled_stays_blind_to_its_annotators(
    make_team, publish_batch
) -> None:
    project = make_team(people=(ANN, BOB))
    publish_batch(project, 10)
    for email in (ANN, BOB):
        Annotator(project, email).submit("u0", "bug")
    assert row(team.report(project), ANN).others.n == 1
    assert team.report(project, annotator=ANN).rows[0].others.n == 0
    publish_batch(project, 10, number=2, start=10)
    assert team.report(project, annotator=ANN).rows[0].others.n == 1


def test_remarks_reach_the_lead_with_the_text(make_team) -> None:
    project = make_team(people=(ANN, BOB))
    say(project, ANN, "u1", "bug", note="could be praise too", unclear=True)
    say(project, BOB, "u2", None, reason="broken", created_at=NOON + timedelta(hours=1))
    say(project, BOB, "u3", "bug")
    first, second = team.report(project).remarks
    assert (first.uid, first.text, first.reason, first.skipped) == (
        "u2", "text number 2", "broken", True,
    )  # fmt: skip
    assert (second.annotator, second.note, second.unclear, second.answer) == (
        ANN, "could be praise too", True, ["bug"],
    )  # fmt: skip
    assert [one.uid for one in team.report(project, annotator=ANN).remarks] == ["u1"]


def test_the_table_is_written_as_csv(make_team) -> None:
    project = make_team(people=(ANN,))
    for i in range(3):
        say(project, ANN, f"u{i}", "bug")
    rows = list(csv.DictReader(io.StringIO(team.as_csv(team.report(project)))))
    assert [one["annotator"] for one in rows] == [ANN, "(all)"]
    assert (rows[0]["labels"], rows[0]["median_seconds"], rows[0]["kappa"]) == ("3", "4.0", "")
