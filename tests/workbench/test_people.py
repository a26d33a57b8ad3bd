"""People: who may log in as what, who manages whom, and what is recorded of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import config, events, people, sessions
from workbench.errors import ConfigError, NotAllowed
from workbench.people import Member
from workbench.project import Project
from workbench.tables import Annotation, Person

EVE, LEE, ANN = "eve@example.com", "lee@example.com", "ann@example.com"
ENGINEER, LEAD, ANNOTATOR = Member(EVE, "engineer"), Member(LEE, "lead"), Member(ANN, "annotator")
PASSWORD = "a good password"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "p", name="People", labels=("a", "b"))
    made.pool.append([(f"u{i}", f"text {i}", {}) for i in range(3)])
    yield made
    made.close()


@pytest.fixture
def staffed(project: Project) -> Project:
    for one in (ENGINEER, LEAD, ANNOTATOR):
        people.add(project, one.email, role=one.role, password=PASSWORD)
    return project


def test_the_first_is_an_engineer_and_the_next_annotators(project: Project) -> None:
    assert not people.anybody(project)
    made = people.add(project, EVE)
    assert len(made) >= 12 and people.verify(project, EVE, made).role == "engineer"
    people.add(project, ANN)
    assert people.find(project, ANN).role == "annotator" and people.anybody(project)


def test_passwords_are_kept_as_argon2_only(staffed: Project) -> None:
    with staffed.store.session() as session:
        kept = session.query(Person.password).all()
    assert len({one for (one,) in kept}) == 3
    assert all(re.match(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$", one) for (one,) in kept)
    assert people.verify(staffed, ANN, PASSWORD + "x") is None
    assert people.verify(staffed, "nobody@example.com", PASSWORD) is None


@pytest.mark.parametrize(
    ("email", "values", "said"),
    [
        ("no email", {}, "no email address"),
        ("a@b\n", {"role": "boss"}, "no role"),
        ("a@b", {"password": "short"}, "at least 8"),
        ("a@b", {"password": "x" * 201}, "at most 200"),
        ("<a>@b", {}, "no email address"),
        (f"{'a' * 200}@b", {}, "no email address"),
    ],
)
def test_what_is_no_person(project: Project, email: str, values: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        people.add(project, email, **values)
    assert people.members(project) == []


@pytest.mark.parametrize("by", [LEAD, ANNOTATOR])
def test_only_engineers_manage_engineers(staffed: Project, by: Member) -> None:
    for attempt in (
        lambda: people.add(staffed, "new@example.com", role="engineer", by=by),
        lambda: people.add(staffed, by.email, role="engineer", by=by),
        lambda: people.add(staffed, EVE, role="annotator", by=by),
        lambda: people.add(staffed, EVE, password="another password", by=by),
        lambda: people.reset_password(staffed, EVE, by=by),
        lambda: people.leave(staffed, EVE, by=by),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert [one.role for one in people.members(staffed)] == ["annotator", "engineer", "lead"]
    assert people.verify(staffed, EVE, PASSWORD)


def test_a_lead_manages_annotators_and_leads_an_annotator_nobody(staffed: Project) -> None:
    people.add(staffed, "new@example.com", role="lead", by=LEAD)
    people.add(staffed, ANN, role="lead", by=LEAD)
    people.add(staffed, ANN, role="annotator", by=LEAD)
    made = people.reset_password(staffed, ANN, by=LEAD)
    assert people.verify(staffed, ANN, made) and not people.verify(staffed, ANN, PASSWORD)
    people.leave(staffed, ANN, by=LEAD)
    with pytest.raises(NotAllowed):
        people.add(staffed, "another@example.com", by=ANNOTATOR)


def test_an_engineer_of_the_file_is_not_taken_over_by_a_lead(staffed: Project) -> None:
    kept = people.hash_password("password of the file")
    config.write(staffed.root, {"users": {"boss@example.com": kept}})
    staffed.reload()
    assert people.find(staffed, "boss@example.com").configured
    with pytest.raises(NotAllowed):
        people.add(staffed, "boss@example.com", role="annotator", by=LEAD)
    assert people.find(staffed, "boss@example.com").role == "engineer"


def test_the_last_engineer_stays(staffed: Project) -> None:
    for attempt in (
        lambda: people.leave(staffed, EVE, by=ENGINEER),
        lambda: people.add(staffed, EVE, role="lead", by=ENGINEER),
    ):
        with pytest.raises(ConfigError, match="last engineer"):
            attempt()
    people.add(staffed, LEE, role="engineer", by=ENGINEER)
    people.leave(staffed, EVE, by=Member(LEE, "engineer"))
    assert people.find(staffed, EVE) is None


def test_who_left_is_out_at_once_and_may_come_back(staffed: Project) -> None:
    token = sessions.log_in(staffed, ANN, PASSWORD, "10.0.0.1")
    people.leave(staffed, ANN, by=LEAD)
    assert sessions.member_of(staffed, token) is None
    assert people.verify(staffed, ANN, PASSWORD) is None
    with pytest.raises(ConfigError, match="nobody of this project"):
        people.leave(staffed, ANN, by=LEAD)
    people.add(staffed, ANN, by=LEAD)
    assert people.find(staffed, ANN).role == "annotator"
    assert sessions.member_of(staffed, token) is None


def test_profiles_say_when_somebody_was_seen_and_what_they_answered(staffed: Project) -> None:
    with staffed.store.session() as session:
        for number, deleted in ((0, False), (1, False), (2, True)):
            session.add(Annotation(unique_id=str(number), uid=f"u{number}", annotator=ANN,
                                   source="w", target=["a"], deleted=deleted))  # fmt: skip
    sessions.log_in(staffed, ANN, PASSWORD, "10.0.0.1")
    sessions.log_in(staffed, LEE, "wrong password", "10.0.0.1")
    found = {one.member.email: one for one in people.profiles(staffed)}
    assert found[ANN].answers == 2 and found[ANN].seen_at is not None
    assert found[LEE].answers == 0 and found[LEE].seen_at is None


def test_what_changes_of_people_is_recorded_without_passwords(staffed: Project) -> None:
    made = people.reset_password(staffed, ANN, by=LEAD)
    people.leave(staffed, ANN, by=LEAD)
    log = events.find(staffed, who=LEE)
    assert [one.what for one in log] == ["person_left", "password"]
    everything = str(events.find(staffed, limit=None))
    assert made not in everything and PASSWORD not in everything and "argon2" not in everything


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("", False), ("192.168.1.4", False),
     ("workbench.example.com", False), ("localhost.example.com", False),
     ("127.0.0.1.nip.io", False)],
)  # fmt: skip
def test_other_machines_only_with_a_log_in(project: Project, host: str, own: bool) -> None:
    if own:
        people.check_host(project, host)
    else:
        with pytest.raises(ConfigError, match="nobody may log in yet"):
            people.check_host(project, host)
    people.add(project, EVE)
    people.check_host(project, host)
