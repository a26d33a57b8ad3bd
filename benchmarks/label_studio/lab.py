"""A project with a published round in a real Label Studio, to be broken and put right again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select, update

from workbench import config
from workbench.files import write_private
from workbench.jobs import quiet
from workbench.labelstudio.client import LabelStudioClient
from workbench.labelstudio.results import to_result
from workbench.labelstudio.server import ManagedServer, ServerInfo
from workbench.project import Project
from workbench.tables import Annotation, Item, Queued, Round
from workbench.workflows.publish import publish

LABELS = ("bug", "praise", "question")
ITEMS, BATCH = 12, 8
VERSION = "round-1-lab"


class PlainServer(ManagedServer):
    """A managed Label Studio without the flag that makes imports of predictions quick."""

    def _environment(self, credentials: dict) -> dict[str, str]:
        environment = super()._environment(credentials)
        return {name: value for name, value in environment.items() if "fflag" not in name}


class Lab:
    """``server`` is where the project lies; ``managed``: the workbench's own, in its folder."""

    def __init__(self, root: Path, server: ServerInfo, *, managed: bool = False) -> None:
        self.root = root
        self.server = server
        project = Project.create(root, name="Doctor's lab", labels=LABELS)
        project.pool.append([(f"u{i}", f"text number {i}", {}) for i in range(ITEMS)])
        client = LabelStudioClient(server.url, server.token)
        self.number = client.create_project("Doctor's lab", project.config.xml)
        config.write(root, {"labelstudio": {"managed": managed}})
        project.set_labelstudio(server.url, server.token, self.number)
        with project.store.session() as session:
            session.add(
                Round(number=1, state="done", step="publish", model_version=VERSION, labels=9)
            )
            for i in range(BATCH):
                said = [LABELS[i % len(LABELS)]]
                session.add(
                    Queued(round=1, uid=f"u{i}", rank=i + 1, suggestion=said, confidence=0.5)
                )
        self.project = project
        self.xml = project.config.xml
        self.settings = (root / config.FILE).read_text("utf-8")
        self._publish()

    def close(self) -> None:
        self.project.close()

    @contextmanager
    def broken(self, make: Any, there: bool) -> Iterator[None]:
        """The lab with the fault that ``make`` makes; right again afterwards.

        ``there``: the fault is in Label Studio, too, not only in the project's folder.
        """
        with ExitStack() as stack:
            stack.callback(self._put_right, there)
            make(self, stack)
            yield

    def ask(self, method: str, path: str, json: Any = None) -> Any:
        """A request to Label Studio behind the workbench's back."""
        return self.client._connection.call(method, path, json=json)

    @property
    def client(self) -> LabelStudioClient:
        return LabelStudioClient(self.server.url, self.server.token)

    @property
    def view(self) -> str:
        """The path of the round's view."""
        with self.project.store.session() as session:
            url = session.scalar(select(Round.view_url).where(Round.number == 1))
        return f"api/dm/views/{url.partition('tab=')[2].partition('&')[0]}"

    def set(self, section: str, **values: object) -> None:
        """Writes settings into ``workbench.toml``."""
        config.write(self.root, {section: values})

    def use_token(self, token: str) -> None:
        write_private(self.root / ".workbench" / "token", token)

    def tasks(self) -> dict[str, int]:
        """uid → task of the batch."""
        with self.project.store.session() as session:
            query = select(Item.uid, Item.task_id).where(Item.task_id.is_not(None))
            return {uid: number for uid, number in session.execute(query)}

    def answer(self, task: int) -> None:
        """Somebody answers a task in Label Studio."""
        result = to_result(LABELS[0], self.project.config)
        self.client.submit_annotation(task, result, unique_id=str(uuid4()))

    def data_folder(self) -> Path:
        """The data folder of the server."""
        import psutil

        command = psutil.Process(self.server.pid).cmdline()
        return Path(command[command.index("--data-dir") + 1])

    def _put_right(self, there: bool) -> None:
        (self.root / config.FILE).write_text(self.settings, "utf-8")
        self.use_token(self.server.token)
        with self.project.store.session() as session:
            session.execute(delete(Annotation))
        if not there:
            return
        right = {"label_config": self.xml, "show_collab_predictions": True}
        present = self.client.task_ids(self.number)
        for number in present - set(self.tasks().values()):
            self.ask("DELETE", f"api/tasks/{number}/")
        self.ask("PATCH", f"api/projects/{self.number}", right)
        with self.project.store.session() as session:
            gone = Item.task_id.not_in(present)
            session.execute(update(Item).where(gone).values(task_id=None))
        self._publish()

    def _publish(self) -> None:
        with self.project.store.session() as session:
            row = session.get(Round, 1)
        url = publish(self.project, row, quiet)
        with self.project.store.session() as session:
            session.get(Round, 1).view_url = url


@contextmanager
def shared_lab(root: Path, server: ServerInfo) -> Iterator[Lab]:
    """A lab in a server that runs already."""
    lab = Lab(root, server)
    try:
        yield lab
    finally:
        lab.close()


@contextmanager
def own_lab(root: Path, template: Path) -> Iterator[Lab]:
    """A lab with a managed server of its own, made of the data folder ``template``."""
    data = root / "label-studio"
    shutil.copytree(template, data)
    with PlainServer(data) as server:
        lab = Lab(root, server.start(), managed=True)
        try:
            yield lab
        finally:
            lab.close()
