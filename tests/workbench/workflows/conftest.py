"""A project bound to the real Label Studio, with a pool of a few hundred texts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import config
from workbench.project import Project

WORDS = {
    "refund": "please send my money back for the order I returned last week",
    "delivery": "the parcel has not arrived and the courier shows no date",
    "login": "my password is refused and the account page stays locked",
}


def texts(count: int, seed: int = 0) -> list[tuple[str, str, str]]:
    """(uid, text, label) rows, each text different."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        label = draw.choice(list(WORDS))
        words = WORDS[label].split()
        draw.shuffle(words)
        rows.append((f"t{number}", f"{' '.join(words[:8])} number {number}", label))
    return rows


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Not bound to any Label Studio; 240 texts, the first 80 labelled."""
    Project.create(tmp_path / "project", name="Loop test").close()
    config.write(tmp_path / "project", {"round": {"learner": "head"}})
    made = Project.open(tmp_path / "project")
    lines = ["uid,text,label"]
    lines += [f"{u},{t},{y if i < 80 else ''}" for i, (u, t, y) in enumerate(texts(240))]
    (tmp_path / "data.csv").write_text("\n".join(lines))
    from workbench.workflows.importing import import_file

    import_file(made, tmp_path / "data.csv")
    yield made
    made.close()


@pytest.fixture
def bound(project: Project, label_studio) -> Project:
    """The same project, bound to a new project of the real Label Studio."""
    from workbench.labelstudio.client import LabelStudioClient

    client = LabelStudioClient(label_studio.url, label_studio.token)
    number = client.create_project("Loop test", str(project.store.fact("label_config")))
    project.set_labelstudio(label_studio.url, label_studio.token, number)
    return project
