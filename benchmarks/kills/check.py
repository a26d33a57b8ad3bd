"""What must hold in the end: nothing lost, nothing twice, between three accounts of one history.

The three are what the annotators were told is saved, the project's store, and Label Studio.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Answer:
    """An answer as the store or Label Studio has it; ``task`` and ``person`` are Label Studio's."""

    key: str
    uid: str
    label: str | None
    task: int = 0
    person: int = 0


@dataclass(frozen=True)
class Task:
    """A task of Label Studio with the model versions of its predictions, one for each."""

    id: int
    uid: str
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """A round's items, uid → model version of the suggestion ("": asked without one): those that
    were ``published``, and those behind them, which are only if somebody takes them."""

    published: Mapping[str, str] = field(default_factory=dict)
    behind: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Account:
    """The counts, and in ``faults`` a line for each thing that is wrong."""

    acknowledged: int = 0
    in_store: int = 0
    in_label_studio: int = 0
    lost: int = 0
    waiting: int = 0
    strange_annotations: int = 0
    duplicate_annotations: int = 0
    tasks: int = 0
    tasks_expected: int = 0
    duplicate_tasks: int = 0
    missing_tasks: int = 0
    strange_tasks: int = 0
    predictions: int = 0
    predictions_expected: int = 0
    wrong_predictions: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def to_json(self) -> dict:
        return asdict(self)


def compare(
    acknowledged: Mapping[str, str],
    stored: Sequence[Answer],
    sent: Sequence[Answer],
    tasks: Sequence[Task],
    rounds: Sequence[Batch],
    waiting: int = 0,
) -> Account:
    """Compares the accounts.

    ``acknowledged``: uid → label for which ``submit`` returned. ``stored``: the store's live
    answers. ``sent``: all annotations in Label Studio. ``waiting``: answers that a sync has not
    sent yet.
    """
    account = Account(acknowledged=len(acknowledged), waiting=waiting)
    account.tasks, account.in_store = len(tasks), len(stored)
    if waiting:
        account.faults.append(f"{waiting} answers still wait to be sent")
    _answers(account, acknowledged, stored, sent)
    _tasks(account, tasks, acknowledged, rounds)
    _predictions(account, tasks, rounds)
    return account


def _answers(
    account: Account,
    acknowledged: Mapping[str, str],
    stored: Sequence[Answer],
    sent: Sequence[Answer],
) -> None:
    here, there = _by_uid(stored), _by_uid(sent)
    for uid, label in acknowledged.items():
        for place, found in (("the store", here), ("Label Studio", there)):
            labels = [answer.label for answer in found.get(uid, [])]
            if label not in labels:
                account.lost += 1
                account.faults.append(f"{uid}: {label!r} was saved, {place} has {labels}")
                break
        else:
            account.in_label_studio += 1
    keys = {answer.key for answer in stored}
    for answer in sent:
        if answer.key not in keys:
            account.strange_annotations += 1
            account.faults.append(f"{answer.uid}: annotation {answer.key} is not in the store")
    account.duplicate_annotations = (
        _more_than_once(account, "annotations of one key", (one.key for one in sent))
        + _more_than_once(
            account, "annotations of one person and task", ((one.task, one.person) for one in sent)
        )
        + _more_than_once(account, "answers in the store to one item", (one.uid for one in stored))
    )


def _tasks(
    account: Account, tasks: Sequence[Task], acknowledged: Iterable[str], rounds: Sequence[Batch]
) -> None:
    expected = set().union(acknowledged, *(one.published for one in rounds))
    possible = expected.union(*(one.behind for one in rounds))
    account.tasks_expected = len(expected)
    account.duplicate_tasks = _more_than_once(account, "tasks of one uid", (t.uid for t in tasks))
    there = {task.uid for task in tasks}
    account.missing_tasks, account.strange_tasks = len(expected - there), len(there - possible)
    account.faults += [f"{uid}: was published and has no task" for uid in expected - there]
    account.faults += [f"{uid}: has a task and was never published" for uid in there - possible]


def _predictions(account: Account, tasks: Sequence[Task], rounds: Sequence[Batch]) -> None:
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    possible: dict[str, Counter[str]] = defaultdict(Counter)
    for batch in rounds:
        for uid, version in batch.published.items():
            wanted[uid].update([version] if version else [])
        for uid, version in {**batch.behind, **batch.published}.items():
            possible[uid].update([version] if version else [])
    account.predictions_expected = sum(counts.total() for counts in wanted.values())
    for task in tasks:
        found = Counter(task.versions)
        account.predictions += (found & wanted[task.uid]).total()
        if not wanted[task.uid] <= found <= possible[task.uid]:
            account.wrong_predictions += 1
            account.faults.append(
                f"{task.uid}: predictions of {sorted(task.versions)},"
                f" not {sorted(wanted[task.uid])} (and perhaps {sorted(possible[task.uid])})"
            )


def _by_uid(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.uid, []).append(answer)
    return found


def _more_than_once(account: Account, what: str, values: Iterable[object]) -> int:
    doubled = {value: count for value, count in Counter(values).items() if count > 1}
    account.faults += [f"{count} {what}: {value}" for value, count in doubled.items()]
    return sum(count - 1 for count in doubled.values())
