"""Who is who: the project's people and Label Studio's users, matched by email."""

from __future__ import annotations

from sqlalchemy import select, update

from workbench.labelstudio.client import LabelStudioClient
from workbench.project import Project
from workbench.tables import Person


def match(project: Project, client: LabelStudioClient) -> dict[str, int]:
    """Email → Label Studio user; what is found is kept with the person.

    Somebody without a user there is no error: the token's user sends what they say, and who said it
    is kept on this side.
    """
    users = {user.email.casefold(): user.id for user in client.users()}
    with project.store.session() as session:
        for person in session.scalars(select(Person).where(Person.labelstudio_id.is_(None))):
            if number := users.get(person.email.casefold()):
                session.execute(
                    update(Person).where(Person.email == person.email).values(labelstudio_id=number)
                )
        known = {
            person.email.casefold(): person.labelstudio_id
            for person in session.scalars(select(Person).where(Person.labelstudio_id.is_not(None)))
        }
    return users | known


def unmatched(project: Project) -> bool:
    """Whether somebody has no Label Studio user yet."""
    with project.store.session() as session:
        lacking = select(Person.email).where(Person.active, Person.labelstudio_id.is_(None))
        return session.scalar(lacking.limit(1)) is not None


def emails(project: Project) -> dict[int, str]:
    """Label Studio user → the email under which the project knows that person."""
    with project.store.session() as session:
        found = select(Person.labelstudio_id, Person.email).where(
            Person.labelstudio_id.is_not(None)
        )
        return {number: email for number, email in session.execute(found)}
