"""Which Label Studio project this one exchanges with, and what is forgotten when it is another."""

from __future__ import annotations

from sqlalchemy import delete, update

from workbench import events
from workbench.annotate import OWN_SOURCE
from workbench.deal import VIEWS
from workbench.exchange.cursors import cursor_key, stray_key
from workbench.labelstudio.connection import checked_url
from workbench.project import Project
from workbench.tables import Annotation, Item, Person, Placement, Round, Unread

OURS = (OWN_SOURCE, "audit")
BOUND = "bound"
"""The fact that keeps whose task numbers are known: [url, project number]."""


def bind(project: Project, url: str, token: str, number: int, *, by: str = events.SYSTEM) -> None:
    """Binds Label Studio's project ``number`` at ``url``, in place of the one before."""
    url = checked_url(url)
    with project.exchange():
        notice(project)
        project.set_labelstudio(url, token, number, managed=False, by=by)
        notice(project)


def notice(project: Project) -> None:
    """Sees whether another Label Studio project is bound than before, by hand or by `bind`.

    Its tasks, people and tabs have other numbers, so all that is known of those is forgotten: the
    next sync finds by their uid and key what is there already. Another server is sent all that
    people answered here; another project of the same one is sent what it had not got yet, since
    Label Studio keeps an answer's key once. The managed server may come back on another port. The
    caller holds the project's exchange.
    """
    if not project.connected():
        return
    chosen = project.settings.labelstudio
    before, here = project.store.fact(BOUND), [chosen.url, chosen.project_id]
    if before == here:
        return
    if before and not (chosen.managed and before[1] == here[1]):
        _forget(project, {before[1], here[1]}, send_again=before[0] != here[0])
    project.store.set_fact(BOUND, here)


def _forget(project: Project, numbers: set[int], *, send_again: bool) -> None:
    sent = Annotation.ls_id.is_not(None)
    ours = sent & Annotation.source.in_(OURS) & ~Annotation.deleted
    with project.store.session() as session:
        for change in (
            update(Annotation).where(ours).values(to_send=send_again),
            update(Annotation).where(sent).values(ls_id=None, ls_task=None),
            update(Item).where(Item.task_id.is_not(None)).values(task_id=None),
            update(Person).values(labelstudio_id=None),
            update(Round).values(view_url=""),
            delete(Placement),
            delete(Unread),
        ):
            session.execute(change.execution_options(synchronize_session=False))
        for one in numbers:
            project.store.put_fact(session, cursor_key(one), None)
            project.store.put_fact(session, stray_key(one), [])
        project.store.put_fact(session, VIEWS, None)
