"""The people of a project: who may log in, as what, and with which password."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from sqlalchemy import func, select, update

from workbench import events
from workbench.deal import deal_again
from workbench.errors import ConfigError
from workbench.project import Project
from workbench.tables import LogIn, Person

ROLES = ("annotator", "lead", "engineer")
STAFF = ("lead", "engineer")
EMAIL = re.compile(r"[^\s@|,;<>\"']+@[^\s@|,;<>\"']+")
SHORTEST_PASSWORD = 8
NEWCOMER = "annotator"


@dataclass(frozen=True)
class Member:
    """Somebody who may log in; ``configured`` for those of ``workbench.toml``."""

    email: str
    role: str
    active: bool = True
    configured: bool = False


def members(project: Project) -> list[Member]:
    """Everybody, those of ``workbench.toml`` and those who left included, by email."""
    with project.store.session() as session:
        found = {row.email: _member(row) for row in session.scalars(select(Person))}
    configured = {email: Member(email, "engineer", True, True) for email in project.settings.users}
    return sorted((configured | found).values(), key=lambda one: one.email)


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
    project: Project, email: str, *, role: str = "", password: str = "", by: str = events.SYSTEM
) -> str:
    """Adds somebody, or gives them a new role or password; returns the password that holds now.

    A newcomer without ``role`` becomes an annotator, the first of all an engineer. Without
    ``password`` a newcomer gets a new one, and others keep theirs (an empty string is returned).
    """
    email = _checked(email)
    if role and role not in ROLES:
        raise ConfigError(f"no role is called {role!r}: {', '.join(ROLES)}")
    if password and len(password) < SHORTEST_PASSWORD:
        raise ConfigError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    first = not anybody(project)
    with project.store.session() as session:
        row = session.get(Person, email)
        if row is None:
            password = password or secrets.token_urlsafe(9)
            role = role or ("engineer" if first else NEWCOMER)
            session.add(Person(email=email, role=role, password=hash_password(password)))
        else:
            row.role, row.active = role or row.role, True
            if password:
                row.password = hash_password(password)
        kept = role or row.role
        if password:
            session.query(LogIn).filter(LogIn.email == email).delete()
        events.add(session, by, "person", email=email, role=kept, new_password=bool(password))
    return password


def leave(project: Project, email: str, by: str = events.SYSTEM) -> None:
    """Somebody leaves: their sessions end and their share is dealt to the others, at once.

    What they answered stays.

    Raises ConfigError for a stranger, and for the last engineer of a project.
    """
    with project.store.session() as session:
        row = session.get(Person, email)
        if row is None or not row.active:
            raise ConfigError(f"{email} is nobody of this project: `workbench user` lists them")
        others = select(Person).where(
            Person.active, Person.role == "engineer", Person.email != email
        )
        last = row.role == "engineer" and not session.scalars(others).first()
        if last and not project.settings.users:
            raise ConfigError(f"{email} is the last engineer: make somebody else one first")
        session.execute(update(Person).where(Person.email == email).values(active=False))
        session.query(LogIn).filter(LogIn.email == email).delete()
        events.add(session, by, "person_left", email=email)
    deal_again(project, email, by)


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
