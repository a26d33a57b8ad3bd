"""A project with a team, and rounds whose batch is dealt without training anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench import config
from workbench.deal import deal
from workbench.project import Project
from workbench.tables import Person, Queued, Round

TEAM = tuple(f"{name}@example.com" for name in ("ann", "bob", "cem", "dan"))


def _join(project: Project, *emails: str, role: str = "annotator") -> None:
    with project.store.session() as session:
        session.add_all(Person(email=email, role=role, password="") for email in emails)


@pytest.fixture(scope="session")
def join() -> Callable[..., None]:
    """Adds people without a password that anybody knows: hashing one for each takes long."""
    return _join


@pytest.fixture
def make_team(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Makes a project of ``items`` texts for ``people``; the rest are settings of the team."""
    opened: list[Project] = []

    def make(people: tuple[str, ...] = TEAM, items: int = 200, **team: object) -> Project:
        root = tmp_path / f"team{len(opened)}"
        Project.create(root, name="A team", labels=("bug", "praise")).close()
        config.write(root, {"team": team})
        project = Project.open(root)
        project.pool.append([(f"u{i}", f"text number {i}", {}) for i in range(items)])
        _join(project, *people)
        opened.append(project)
        return project

    yield make
    for project in opened:
        project.close()


@pytest.fixture(scope="session")
def publish_batch() -> Callable[..., list[Queued]]:
    """Makes a round that is done, its batch of u``start`` and on dealt; gives the batch by rank."""
    return _publish_batch


def _publish_batch(
    project: Project, size: int, *, reserve: int = 0, number: int = 1, start: int = 0
) -> list[Queued]:
    rows = [
        Queued(round=number, uid=f"u{start + i}", rank=i + 1,
               suggestion=["bug"], confidence=0.5)
        for i in range(size)
    ]  # fmt: skip
    with project.store.session() as session:
        shares = deal(session, project.settings, rows, f"0:{number}")
        session.add(Round(number=number, state="done", step="publish", model_version="m1"))
        session.add_all([*rows, *shares])
        session.add_all(
            Queued(round=number, uid=f"u{start + size + i}", rank=len(rows) + i + 1, reserve=True)
            for i in range(reserve)
        )
    return rows
