"""Sync: what was answered here goes to Label Studio once, what was answered there comes here."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.deal import top_up
from workbench.errors import LabelStudioError, ProjectError
from workbench.exchange import labels
from workbench.exchange.binding import notice
from workbench.exchange.incoming import forget_deleted, pull, pulled_before, reread, unread
from workbench.exchange.outgoing import push, waiting
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.tables import now
from workbench.workflows.publish import publish_shares


@dataclass(frozen=True)
class SyncReport:
    """Answers taken over, sent, and still waiting; ``problem`` says why one was refused.

    ``deleted``: tasks that are gone in Label Studio. ``unread``: annotations there that the
    project's labels cannot say. ``labels_changed``: somebody must decide on a change of the labels.
    """

    pulled: int
    sent: int
    waiting: int
    problem: str = ""
    deleted: int = 0
    unread: int = 0
    labels_changed: bool = False


def sync(project: Project, progress: Progress = quiet) -> SyncReport:
    """Looks at the labels, pushes the outbox, then pulls what changed since the last pull.

    Safe to repeat and to kill at any point: every answer carries a key of its own that Label Studio
    refuses to take twice. Raises LabelStudioUnreachable when the server is away; nothing is lost.
    """
    try:
        with project.exchange():
            if not project.connected():
                raise ProjectError(
                    "no Label Studio project is bound: `workbench up` or"
                    " `workbench connect URL --token …`"
                )
            notice(project)
            client = project.client()
            change = labels.notice(project, client)
            # what lies there already gets its item before an answer makes a task for that
            pulled = 0 if pulled_before(project) else pull(project, client, progress)
            sent, problem = push(project, client, progress)
            pulled += reread(project) + pull(project, client, progress)
            deleted = forget_deleted(project, client)
            top_up(project)
            publish_shares(project, client)
    except LabelStudioError as error:
        project.store.set_fact("sync_error", str(error))
        raise
    project.store.set_fact("synced_at", now().isoformat())
    project.store.set_fact("sync_error", problem)
    return SyncReport(
        pulled, sent, waiting(project), problem, deleted, unread(project), change is not None
    )
