"""Changes of ``workbench.toml``, by the workbench or by hand: each is in the event log."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.exc import ArgumentError, IntegrityError
from sqlalchemy.orm import Session

from workbench import config, events
from workbench.config import Settings
from workbench.errors import StoreError
from workbench.tables import Fact

if TYPE_CHECKING:
    from workbench.project import Project

SEEN = "settings_seen"
BY_HAND = config.FILE


def change(
    project: Project, changes: dict[str, dict[str, object]], by: str, what: str = "settings"
) -> None:
    """Sets values of ``workbench.toml`` and records who changed what, both or neither.

    ``what`` names the event; it is recorded also when every value was the same before. Raises
    ConfigError, and changes nothing, when a value is not allowed.
    """
    content = config.changed(project.root, changes)
    project.settings = config.parsed(content, project.root / config.FILE)
    found = public(project.settings)
    with project.store.session() as session:
        seen = session.get(Fact, SEEN)
        _keep(session, json.loads(seen.value) if seen else found, found, by, what)
        config.replace(project.root, content)


def notice(project: Project) -> None:
    """Records a change that somebody made by hand since the file was read last.

    Left for later while the store cannot be written.
    """
    seen = project.store.fact(SEEN)
    if seen == public(project.settings):
        return
    if seen is None:
        with suppress(IntegrityError, StoreError):
            project.store.set_fact(SEEN, public(project.settings))
        return
    with suppress(StoreError), project.store.session() as session:
        mine = update(Fact).where(Fact.key == SEEN, Fact.value == json.dumps(seen))
        if session.execute(mine.values(value=Fact.value)).rowcount:
            found = public(config.load(project.root))
            if found != seen:
                _keep(session, seen, found, BY_HAND, "settings_file")


def public(settings: Settings) -> dict[str, object]:
    """The settings as ``section.name`` → value, without what must stay secret."""
    found = {
        f"{section}.{name}": value
        for section, values in settings.model_dump().items()
        if section != "users"
        for name, value in values.items()
    }
    found["store.url"] = _without_password(settings.store.url)
    for email, password in settings.users.items():
        found[f"users.{email}"] = hashlib.sha256(password.encode()).hexdigest()[:8]
    return found


def _keep(session: Session, before: dict, after: dict, by: str, what: str) -> None:
    session.execute(update(Fact).where(Fact.key == SEEN).values(value=json.dumps(after)))
    names = sorted(before.keys() | after.keys())
    changed = {
        name: [before.get(name), after.get(name)]
        for name in names
        if before.get(name) != after.get(name)
    }
    events.add(session, by, what, changed=changed)


def _without_password(url: str) -> str:
    """The address without what a password may stand in: that of the user, and the query."""
    from sqlalchemy import make_url

    try:
        shown = make_url(url).set(query={}) if url else ""
        return shown.render_as_string(hide_password=True) if shown else ""
    except (ArgumentError, ValueError):
        return "not a database URL"
