"""Log-ins: who is behind a cookie, how long, and how often somebody may guess a password."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from workbench import events, people
from workbench.errors import ConfigError, TooManyAttempts
from workbench.people import Member
from workbench.project import Project
from workbench.tables import FailedLogIn, LogIn, Person, now

WINDOW = timedelta(minutes=10)
MOST_BY_EMAIL, MOST_BY_ADDRESS = 8, 30
"""Refused log-ins within ``WINDOW`` after which the next ones are not looked at."""

LONGEST = timedelta(days=7)
TOUCH = timedelta(minutes=1)
STRANGER = "stranger"
"""Who was refused, in the event log, when nobody has that email: it may be a mistyped password."""


def log_in(project: Project, email: str, password: str, address: str) -> str | None:
    """Opens a session and returns its token, None for a wrong email or password.

    Raises TooManyAttempts, without looking at the password, after too many refused ones from this
    address, for this email or for all.
    """
    email, network = email.replace("\0", "").strip()[:200], _network(address)
    _limit(project, email, network)
    member = people.verify(project, email, password)
    who = email if people.find(project, email) else STRANGER
    idle = timedelta(hours=project.settings.web.session_hours)
    with project.store.session() as session:
        session.execute(delete(FailedLogIn).where(FailedLogIn.at < now() - WINDOW))
        session.execute(
            delete(LogIn).where(
                (LogIn.seen_at < now() - idle) | (LogIn.started_at < now() - LONGEST)
            )
        )
        if member is None:
            session.add(FailedLogIn(email=email, address=network))
            events.add(session, who, "log_in_refused", address=address)
            return None
        token = secrets.token_urlsafe(32)
        session.add(LogIn(key=_key(token), email=email))
        session.execute(delete(FailedLogIn).where(FailedLogIn.email == email))
        events.add(session, email, "log_in", address=address)
    return token


def member_of(project: Project, token: str) -> Member | None:
    """Who is behind a token; None when the session has ended or the person has left."""
    if not token:
        return None
    idle = timedelta(hours=project.settings.web.session_hours)
    moment = now()
    with project.store.session() as session:
        row = session.get(LogIn, _key(token))
        if row is None:
            return None
        if moment - row.seen_at > idle or moment - row.started_at > LONGEST:
            session.delete(row)
            return None
        if moment - row.seen_at > min(TOUCH, idle / 2):
            row.seen_at = moment
        email = row.email
    return people.find(project, email)


def change_password(project: Project, token: str, old: str, new: str, address: str) -> None:
    """Gives the person behind a token a new password; all their other sessions end.

    Raises ConfigError for a wrong ``old`` or an unfit ``new`` password, TooManyAttempts as
    `log_in` does.
    """
    member = member_of(project, token)
    if member is None:
        raise ConfigError("log in first")
    if member.configured:
        raise ConfigError(
            f"the password of {member.email} stands in workbench.toml: change it there"
        )
    network = _network(address)
    _limit(project, member.email, network)
    if people.verify(project, member.email, old) is None:
        with project.store.session() as session:
            session.add(FailedLogIn(email=member.email, address=network))
        raise ConfigError("the present password is not right")
    hashed = people.hash_password(people.checked_password(new))
    with project.store.session() as session:
        session.get(Person, member.email).password = hashed
        session.execute(delete(LogIn).where(LogIn.email == member.email, LogIn.key != _key(token)))
        events.add(session, member.email, "password", email=member.email)


def log_out(project: Project, token: str) -> None:
    """Ends the session."""
    with project.store.session() as session:
        row = session.get(LogIn, _key(token))
        if row is not None:
            session.delete(row)
            events.add(session, row.email, "log_out")


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that one household or machine has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network(f"{found}/64", strict=False))


def _limit(project: Project, email: str, address: str) -> None:
    """Counts by address, so that nobody locks somebody else out by guessing their password."""
    recent = select(FailedLogIn.at).where(
        FailedLogIn.address == address, FailedLogIn.at > now() - WINDOW
    )
    by_email = recent.where(FailedLogIn.email == email)
    with project.store.session() as session:
        for query, most in ((by_email, MOST_BY_EMAIL), (recent, MOST_BY_ADDRESS)):
            newest = list(session.scalars(query.order_by(FailedLogIn.at.desc()).limit(most)))
            if len(newest) == most:
                wait = max(1, round((newest[-1] + WINDOW - now()).total_seconds()))
                said = f"too many refused log-ins: try again in {wait} seconds"
                raise TooManyAttempts(said, wait)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
