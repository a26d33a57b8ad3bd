"""What all tests share: one real Label Studio for the session."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.postgres import Cluster, cluster
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.server import ManagedServer, ServerInfo

CACHE = Path(__file__).parents[1] / ".cache"


@pytest.fixture(scope="session")
def label_studio_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated Label Studio data folder to copy: made once for each version, about 45 s."""
    template = CACHE / f"label-studio-{version('label-studio')}"
    if not (template / "credentials.json").exists():
        made = tmp_path_factory.mktemp("template") / "data"
        with ManagedServer(made):
            pass
        with closing(sqlite3.connect(made / "label_studio.sqlite3")) as database:
            database.execute("pragma wal_checkpoint(truncate)")
        near = CACHE / f"{template.name}.{os.getpid()}"
        shutil.copytree(made, near)
        try:
            near.rename(template)
        except OSError:
            shutil.rmtree(near)
    return template


@pytest.fixture(scope="session")
def label_studio_folder(label_studio_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's Label Studio keeps its data."""
    return Path(shutil.copytree(label_studio_data, tmp_path_factory.mktemp("studio") / "data"))


@pytest.fixture(scope="session")
def label_studio(label_studio_folder: Path) -> Iterator[ServerInfo]:
    """A running Label Studio, shared by the session: make projects of your own in it."""
    server = ManagedServer(label_studio_folder)
    yield server.start()
    server.stop()


@pytest.fixture
def ls_client(label_studio: ServerInfo) -> LabelStudioClient:
    """A client of the session's Label Studio."""
    return LabelStudioClient(label_studio.url, label_studio.token)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A running PostgreSQL, shared by the session: make databases of your own in it."""
    with cluster() as made:
        yield made
