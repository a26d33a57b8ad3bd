"""A project with a published round that the tests break in every way, and the doctor looks at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.label_studio.lab import Lab, own_lab, shared_lab
from workbench.labelstudio.server import ServerInfo


@pytest.fixture(scope="session")
def lab(label_studio: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """In the Label Studio of the session."""
    with shared_lab(tmp_path_factory.mktemp("lab") / "project", label_studio) as made:
        yield made


@pytest.fixture(scope="session")
def managed_lab(label_studio_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """With a managed Label Studio of its own, whose tokens and settings may be spoilt."""
    root = tmp_path_factory.mktemp("managed-lab") / "project"
    with own_lab(root, label_studio_data) as made:
        yield made
