"""The account after the kills sees each kind of loss and of doubling."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.kills.check import Account, Answer, Batch, Task, compare

SAVED = {"a": "refund", "b": "login"}
STORED = [Answer("k1", "a", "refund"), Answer("k2", "b", "login")]
SENT = [Answer("k1", "a", "refund", 1, 9), Answer("k2", "b", "login", 2, 9)]
TASKS = [Task(1, "a", ("v1",)), Task(2, "b", ("v1",)), Task(3, "held")]
ROUNDS = [Batch({"a": "v1", "b": "v1", "held": ""}, {"c": "v1"})]


def _account(**changes: object) -> Account:
    given = {
        "acknowledged": SAVED, "stored": STORED, "sent": SENT, "tasks": TASKS,
        "rounds": ROUNDS,
    }  # fmt: skip
    return compare(**{**given, **changes})


def test_a_clean_history_has_no_faults() -> None:
    account = _account()
    assert account.ok
    assert (account.acknowledged, account.in_store, account.in_label_studio) == (2, 2, 2)
    assert (account.tasks, account.tasks_expected) == (3, 3)
    assert (account.predictions, account.predictions_expected) == (2, 2)


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        ({"stored": STORED[:1], "sent": SENT[:1]}, "lost"),
        ({"sent": SENT[:1]}, "lost"),
        ({"sent": [SENT[0], dataclasses.replace(SENT[1], label="refund")]}, "lost"),
        ({"sent": [*SENT, Answer("k3", "b", "login", 2, 8)]}, "strange_annotations"),
        ({"sent": [*SENT, Answer("k2", "b", "login", 3, 9)]}, "duplicate_annotations"),
        ({"sent": [*SENT, Answer("k3", "b", "login", 2, 9)]}, "duplicate_annotations"),
        ({"stored": [*STORED, Answer("k3", "b", "login")]}, "duplicate_annotations"),
        ({"tasks": [*TASKS, Task(4, "a", ("v1",))]}, "duplicate_tasks"),
        ({"tasks": TASKS[:2]}, "missing_tasks"),
        ({"tasks": [*TASKS, Task(4, "nobody")]}, "strange_tasks"),
        ({"tasks": [Task(1, "a", ("v1", "v1")), *TASKS[1:]]}, "wrong_predictions"),
        ({"tasks": [Task(1, "a"), *TASKS[1:]]}, "wrong_predictions"),
        ({"tasks": [*TASKS[:2], Task(3, "held", ("v1",))]}, "wrong_predictions"),
        ({"waiting": 1}, "waiting"),
    ],
)
def test_each_fault_is_counted(changes: dict, counted: str) -> None:
    account = _account(**changes)
    assert not account.ok
    assert getattr(account, counted) == 1


def test_an_item_of_two_rounds_has_a_prediction_of_each() -> None:
    twice = [*ROUNDS, Batch({"a": "v2"})]
    assert _account(rounds=twice).wrong_predictions == 1
    tasks = [Task(1, "a", ("v2", "v1")), *TASKS[1:]]
    assert _account(rounds=twice, tasks=tasks).ok


def test_what_lies_behind_a_batch_may_be_asked() -> None:
    assert _account(tasks=[*TASKS, Task(4, "c", ("v1",))]).ok
    assert _account(tasks=[*TASKS, Task(4, "c")]).ok
    assert _account(tasks=[*TASKS, Task(4, "c", ("v2",))]).wrong_predictions == 1
