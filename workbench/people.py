"""The people of a project: who may log in, as what, and with which password."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from workbench import events
from workbench.deal import deal_again
from workbench.errors import ConfigError, NotAllowed
from workbench.loopback import is_loopback
from workbench.project import Project
from workbench.tables import Annotation, Event, LogIn, Person

ROLES = ("annotator", "lead", "engineer")
STAFF = ("lead", "engineer")
EMAIL = re.compile(r"[^\s@|,;<>\"']+@[^\s@|,;<>\"']+")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 200
NEWCOMER = "annotator"


@dataclass(frozen=True)
class Member:
    """Somebody who may log in; ``configured`` for those of ``workbench.toml``."""

    email: str
    role: str
    active: bool = True
    configured: bool = False


OWNER = Member(events.SYSTEM, "engineer")
"""Who works on the project's own files, where nobody has logged in."""


@dataclass(frozen=True)
class Profile:
    """A member with when they were last heard of (UTC; None: never) and how many answers count."""

    member: Member
    seen_at: datetime | None
    answers: int


def members(project: Project) -> list[Member]:
    """Everybody, those of ``workbench.toml`` and those who left included, by email."""
    with project.store.session() as session:
        found = {row.email: _member(row) for row in session.scalars(select(Person))}
    configured = {email: Member(email, "engineer", True, True) for email in project.settings.users}
    return sorted((configured | found).values(), key=lambda one: one.email)


def profiles(project: Project) -> list[Profile]:
    """Everybody, with what the People page says of them."""
    acted = select(Event.who, func.max(Event.at)).where(Event.what != "log_in_refused")
    seen = select(LogIn.email, func.max(LogIn.seen_at)).group_by(LogIn.email)
    said = select(Annotation.annotator, func.count()).where(~Annotation.deleted)
    with project.store.session() as session:
        heard = dict(session.execute(acted.group_by(Event.who)).all())
        open_now = dict(session.execute(seen).all())
        counts = dict(session.execute(said.group_by(Annotation.annotator)).all())
    return [
        Profile(
            one,
            max(filter(None, (heard.get(one.email), open_now.get(one.email))), default=None),
            counts.get(one.email, 0),
        )
        for one in members(project)
    ]


def find(project: Project, email: str) -> Member | None:
    """The member of that email, None where there is none or they left."""
    with project.store.session() as session:
        row = session.get(Person, email)
    if row is not None:
        return _member(row) if row.active else None
    return Member(email, "engineer", True, True) if email in project.settings.users else None


def anybody(project: Project) -> bool:
    """Whether somebody may log in, so that the web UI asks for it."""
    with project.store.session() as session:
        there = session.scalar(select(func.count()).select_from(Person).where(Person.active))
    return bool(there or project.settings.users)


def add(
    project: Project, email: str, *, role: str = "", password: str = "", by: Member = OWNER
) -> str:
    """Adds somebody, or gives them a new role or password; returns the password that holds now.

    A newcomer without ``role`` becomes an annotator, the first of all an engineer. Without
    ``password`` a newcomer gets a new one, and others keep theirs (an empty string is returned).
    Raises NotAllowed when ``by`` may not do that, ConfigError when something is wrong.
    """
    email = _checked(email)
    if role and role not in ROLES:
        raise ConfigError(f"no role is called {role!r}: {', '.join(ROLES)}")
    if password:
        checked_password(password)
    first = not anybody(project)
    with project.store.session() as session:
        row = session.get(Person, email)
        before = _role(project, email, row)
        kept = role or before or ("engineer" if first else NEWCOMER)
        _check_manager(by, before, kept)
        if before == "engineer" and kept != "engineer":
            _check_last(project, session, email)
        if row is not None and row.active and kept == before and not password:
            return ""
        if row is None:
            password = password or new_password()
            session.add(Person(email=email, role=kept, password=hash_password(password)))
        else:
            row.role, row.active = kept, True
            if password:
                row.password = hash_password(password)
        if password:
            _end_log_ins(session, email)
        events.add(session, by.email, "person", email=email, role=kept, new_password=bool(password))
    if before == "annotator" != kept:
        deal_again(project, email, by.email)
    return password


def reset_password(project: Project, email: str, by: Member = OWNER) -> str:
    """A new password for somebody who is there; their log-ins end. Raises as `leave` does."""
    password = new_password()
    with project.store.session() as session:
        row = _somebody(session, email)
        _check_manager(by, row.role)
        row.password = hash_password(password)
        _end_log_ins(session, email)
        events.add(session, by.email, "password", email=email)
    return password


def leave(project: Project, email: str, by: Member = OWNER) -> None:
    """Somebody leaves: their log-ins end and their share is dealt to the others, at once.

    What they answered stays. Raises ConfigError for a stranger, and for the last engineer of a
    project; NotAllowed when ``by`` may not do that.
    """
    with project.store.session() as session:
        row = _somebody(session, email)
        _check_manager(by, row.role)
        if row.role == "engineer":
            _check_last(project, session, email)
        row.active = False
        _end_log_ins(session, email)
        events.add(session, by.email, "person_left", email=email)
    deal_again(project, email, by.email)


def check_host(project: Project, host: str) -> None:
    """Raises ConfigError when the web UI would be open to other machines without a log-in."""
    if not is_loopback(host) and not anybody(project):
        raise ConfigError(
            f"nobody may log in yet, so the web UI is not opened at {host or 'every address'}:"
            " `workbench user EMAIL` first"
        )


def verify(project: Project, email: str, password: str) -> Member | None:
    """The member whose password this is; equally slow for strangers."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    member = find(project, email)
    try:
        PasswordHasher().verify(_hash_of(project, member), password)
    except (VerificationError, InvalidHashError):
        return None
    return member


def new_password() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(9)


def checked_password(password: str) -> str:
    """The password itself; ConfigError when it is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise ConfigError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    if len(password) > LONGEST_PASSWORD:
        raise ConfigError(f"a password has at most {LONGEST_PASSWORD} characters")
    return password


def hash_password(password: str) -> str:
    """The argon2id hash that is kept of a password."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def _hash_of(project: Project, member: Member | None) -> str:
    if member is None:
        return _NOBODY
    if member.configured:
        return project.settings.users[member.email]
    with project.store.session() as session:
        return session.get(Person, member.email).password


def _somebody(session: Session, email: str) -> Person:
    row = session.get(Person, email)
    if row is None or not row.active:
        raise ConfigError(f"{email} is nobody of this project: `workbench user` lists them")
    return row


def _role(project: Project, email: str, row: Person | None) -> str:
    """The role before a change; empty for a newcomer. Who left keeps theirs until it is changed."""
    if row is not None:
        return row.role
    return "engineer" if email in project.settings.users else ""


def _check_manager(by: Member, *roles: str) -> None:
    """Engineers manage everybody, leads everybody but engineers, annotators nobody."""
    if by.role == "engineer" or (by.role == "lead" and "engineer" not in roles):
        return
    raise NotAllowed("a lead manages annotators and leads; engineers are managed by engineers")


def _check_last(project: Project, session: Session, email: str) -> None:
    others = select(Person).where(Person.active, Person.role == "engineer", Person.email != email)
    configured = project.settings.users.keys() - {email}
    if not configured and session.scalars(others).first() is None:
        raise ConfigError(f"{email} is the last engineer: make somebody else one first")


def _end_log_ins(session: Session, email: str) -> None:
    session.execute(delete(LogIn).where(LogIn.email == email))


def _checked(email: str) -> str:
    email = email.strip()
    if not EMAIL.fullmatch(email) or len(email) > 200:
        raise ConfigError(f"{email!r} is no email address")
    return email


def _member(row: Person) -> Member:
    return Member(row.email, row.role, row.active)


_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5bm9ib2R5bm8$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
