"""What must hold in the end: each answer that was confirmed is in the store and in Label Studio,
once, and nothing else is."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from benchmarks.label_studio.crowd import Diary
from workbench.errors import LabelStudioError
from workbench.exchange.outgoing import waiting
from workbench.labelstudio.results import from_result
from workbench.project import Project
from workbench.tables import Annotation
from workbench.workflows.sync import sync

SETTLING = 30


@dataclass
class Ledger:
    """The counts, and in ``faults`` a line for each thing that is wrong."""

    confirmed: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    strange: int = 0
    tasks: int = 0
    doubled_tasks: int = 0
    waiting: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def rows(self) -> list[tuple[str, object]]:
        """The counts for a table."""
        return [
            ("labels that people saw as saved", self.confirmed),
            ("of them in the store and in Label Studio", self.found),
            ("labels lost", self.lost),
            ("labels doubled", self.doubled),
            ("answers nobody gave", self.strange),
            ("tasks, doubled", f"{self.tasks}, {self.doubled_tasks}"),
            ("answers still waiting", self.waiting),
        ]


def compare(project: Project, diaries: list[Diary]) -> Ledger:
    """Syncs until nothing waits, then compares the three accounts item by item."""
    _settle(project)
    ledger = Ledger(waiting=waiting(project))
    client = project.client()
    pulled = client.pull(project.settings.labelstudio.project_id, None).tasks
    there: dict[str, list[tuple[str, str | None]]] = {}
    for task in pulled:
        for one in task.annotations:
            label = None if one.was_cancelled else from_result(one.result, project.config)
            there.setdefault(str(one.unique_id), []).append((str(task.data["uid"]), label))
    with project.store.session() as session:
        live = select(Annotation).where(~Annotation.deleted, Annotation.source != "import")
        here = {row.unique_id: row for row in session.scalars(live)}
    for diary in diaries:
        for key, (uid, label) in diary.saved.items():
            ledger.confirmed += 1
            row = here.get(key)
            stored = row is not None and row.uid == uid and row.target == [label]
            sent = there.get(key) == [(uid, label)]
            ledger.found += stored and sent
            if not (stored and sent):
                ledger.lost += 1
                ledger.faults.append(
                    f"{diary.email} {uid} {label}: store {stored}, Label Studio {there.get(key)}"
                )
    saved = {key for diary in diaries for key in diary.saved}
    for key, places in there.items():
        if len(places) > 1:
            ledger.doubled += 1
            ledger.faults.append(f"{key} is in Label Studio {len(places)} times")
        if key not in here:
            ledger.strange += 1
            ledger.faults.append(f"{key} is in Label Studio and not in the store: {places}")
    people = {diary.email for diary in diaries}
    for (uid, who), count in Counter(
        (row.uid, row.annotator) for row in here.values() if row.annotator in people
    ).items():
        if count > 1:
            ledger.doubled += 1
            ledger.faults.append(f"{who} has {count} answers to {uid} in the store")
    for key in here.keys() - saved - there.keys():
        ledger.strange += 1
        ledger.faults.append(f"{key} of {here[key].annotator} is in the store only")
    uids = Counter(str(task.data["uid"]) for task in pulled)
    ledger.tasks = len(pulled)
    ledger.doubled_tasks = sum(count - 1 for count in uids.values())
    ledger.faults += [f"{uid} has {count} tasks" for uid, count in uids.items() if count > 1]
    if ledger.waiting:
        ledger.faults.append(f"{ledger.waiting} answers still wait to be sent")
    return ledger


def _settle(project: Project) -> None:
    for _ in range(SETTLING):
        try:
            report = sync(project)
        except LabelStudioError:
            time.sleep(1.0)
            continue
        if not report.waiting and not report.pulled:
            return
