"""Log-ins: they end, they are limited, and a stranger learns nothing from the time it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import update

from workbench import events, people, sessions
from workbench.errors import ConfigError, TooManyAttempts
from workbench.project import Project
from workbench.tables import FailedLogIn, LogIn, now

ANN, PASSWORD, HERE = "ann@example.com", "a good password", "10.0.0.1"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "p", name="Sessions")
    people.add(made, "eve@example.com", role="engineer", password=PASSWORD)
    people.add(made, ANN, role="annotator", password=PASSWORD)
    yield made
    made.close()


def back(project: Project, **values: timedelta) -> None:
    """Makes every open session that much older."""
    with project.store.session() as session:
        session.execute(update(LogIn).values({k: now() - v for k, v in values.items()}))


def test_a_log_in_gives_a_token_that_is_kept_nowhere(project: Project) -> None:
    token = sessions.log_in(project, f" {ANN} ", PASSWORD, HERE)
    assert sessions.member_of(project, token).email == ANN
    with project.store.session() as session:
        key = session.query(LogIn.key).scalar()
    assert token not in (project.state / "store.sqlite3").read_bytes().decode("latin-1")
    for other in (key, token[:-1], token + "x", "", "\xff" * 3, "x" * 100_000):
        assert sessions.member_of(project, other) is None


def test_a_session_ends_when_idle_when_old_and_with_the_log_out(project: Project) -> None:
    token = sessions.log_in(project, ANN, PASSWORD, HERE)
    back(project, seen_at=timedelta(hours=11))
    assert sessions.member_of(project, token)
    back(project, seen_at=timedelta(hours=13))
    assert sessions.member_of(project, token) is None

    token = sessions.log_in(project, ANN, PASSWORD, HERE)
    back(project, started_at=sessions.LONGEST + timedelta(minutes=1))
    assert sessions.member_of(project, token) is None

    token = sessions.log_in(project, ANN, PASSWORD, HERE)
    sessions.log_out(project, token)
    assert sessions.member_of(project, token) is None
    assert events.find(project, what="log_out")[0].who == ANN


def test_ended_sessions_are_swept_by_the_next_log_in(project: Project) -> None:
    sessions.log_in(project, ANN, PASSWORD, HERE)
    back(project, seen_at=timedelta(days=2))
    sessions.log_in(project, ANN, PASSWORD, HERE)
    with project.store.session() as session:
        assert session.query(LogIn).count() == 1


def test_a_role_changes_at_once(project: Project) -> None:
    token = sessions.log_in(project, ANN, PASSWORD, HERE)
    people.add(project, ANN, role="lead")
    assert sessions.member_of(project, token).role == "lead"


def test_a_new_password_of_ones_own_ends_the_other_sessions(project: Project) -> None:
    here, there = (sessions.log_in(project, ANN, PASSWORD, HERE) for _ in range(2))
    with pytest.raises(ConfigError, match="not right"):
        sessions.change_password(project, here, "wrong", "the new password", HERE)
    with pytest.raises(ConfigError, match="at least 8"):
        sessions.change_password(project, here, PASSWORD, "short", HERE)
    sessions.change_password(project, here, PASSWORD, "the new password", HERE)
    assert sessions.member_of(project, here) and sessions.member_of(project, there) is None
    assert sessions.log_in(project, ANN, PASSWORD, HERE) is None
    assert sessions.log_in(project, ANN, "the new password", HERE)


def test_guessing_the_present_password_is_limited_too(project: Project) -> None:
    token = sessions.log_in(project, ANN, PASSWORD, HERE)
    for _ in range(sessions.MOST_BY_EMAIL):
        with pytest.raises(ConfigError, match="not right"):
            sessions.change_password(project, token, "wrong", "the new password", HERE)
    with pytest.raises(TooManyAttempts):
        sessions.change_password(project, token, PASSWORD, "the new password", HERE)


def test_guesses_are_limited_by_email_and_address(project: Project) -> None:
    for _ in range(sessions.MOST_BY_EMAIL):
        assert sessions.log_in(project, ANN, "a guess", HERE) is None
    with pytest.raises(TooManyAttempts) as found:
        sessions.log_in(project, ANN, PASSWORD, HERE)
    assert 500 < found.value.seconds <= 600
    assert sessions.log_in(project, ANN, PASSWORD, "10.0.0.2"), "others are not locked out"
    with project.store.session() as session:
        session.execute(update(FailedLogIn).values(at=now() - sessions.WINDOW))
    assert sessions.log_in(project, ANN, PASSWORD, HERE)


@pytest.mark.parametrize("address", ["10.0.0.9", "2001:db8::{}"])
def test_guesses_are_limited_by_address(project: Project, address: str) -> None:
    with project.store.session() as session:
        network = address if "{" not in address else "2001:db8::/64"
        for number in range(sessions.MOST_BY_ADDRESS):
            session.add(FailedLogIn(email=f"x{number}", address=network))
    with pytest.raises(TooManyAttempts):
        sessions.log_in(project, ANN, PASSWORD, address.format("77"))


def test_guesses_at_the_same_time_do_not_slip_through(project: Project) -> None:
    def guess(_: int) -> str:
        try:
            return str(sessions.log_in(project, ANN, "a guess", HERE))
        except TooManyAttempts:
            return "turned away"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(guess, range(30)))
    assert said.count("None") <= sessions.MOST_BY_EMAIL + 1
    assert said.count("turned away") == 30 - said.count("None")


def test_a_stranger_takes_as_long_as_a_member(project: Project) -> None:
    def seconds(email: str, number: int) -> float:
        started = time.process_time()
        assert sessions.log_in(project, email, "a guess", f"10.1.0.{number}") is None
        return time.process_time() - started

    pairs = [(seconds(ANN, n), seconds("nobody@example.com", n)) for n in range(7)]
    member, stranger = (median(column) for column in zip(*pairs, strict=True))
    assert 0.5 < stranger / member < 2.0


def test_a_refused_log_in_is_recorded_without_what_a_stranger_typed(project: Project) -> None:
    sessions.log_in(project, "my password by mistake", "x", HERE)
    sessions.log_in(project, ANN, "x", HERE)
    found = events.find(project, what="log_in_refused")
    assert [(one.who, one.about) for one in found] == [
        (ANN, {"address": HERE}),
        (sessions.STRANGER, {"address": HERE}),
    ]
