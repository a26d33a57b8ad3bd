"""What the checks look at: the project's folder, its settings, its Label Studio."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select

from workbench import config
from workbench.doctor.scratch import Scratch, attempt
from workbench.errors import ConfigError, ProjectError
from workbench.labelstudio import tasks
from workbench.labelstudio.probe import Answer, Probe, Token
from workbench.labelstudio.process import read_json
from workbench.project import STATE, TOKEN, Project, read_token
from workbench.tables import Item, Queued, Round


@dataclass(frozen=True)
class Limits:
    """From where on something is wrong: free space in bytes, the rest in seconds.

    ``write`` is for one small write, ``recount`` for what each import of predictions costs on top,
    ``lock`` for how long the exchange lock may be held by nobody's job, ``outbox`` for how long an
    answer may wait, ``answer`` for how long Label Studio may take over one small request.
    """

    free: int = 2**30
    clock: float = 30.0
    write: float = 1.5
    recount: float = 3.0
    lock: float = 15.0
    outbox: float = 900.0
    answer: float = 5.0


class Case:
    """The project of ``root`` as far as it can be opened; nothing here is changed.

    Raises ProjectError where there is no project, ConfigError for a broken ``workbench.toml``.
    """

    def __init__(self, root: Path | str, limits: Limits | None = None) -> None:
        self.root = Path(root).resolve()
        self.limits = limits or Limits()
        self.settings = config.load(self.root)
        self.problem = ""
        self._project: Project | None = None
        try:
            self._project = Project.open(self.root)
        except (ConfigError, OSError) as error:
            self.problem = str(error)

    def __enter__(self) -> Case:
        return self

    def __exit__(self, *_: object) -> None:
        if self._project is not None:
            self._project.close()

    @property
    def project(self) -> Project:
        """The open project; raises ProjectError where the store cannot be opened."""
        if self._project is None:
            raise ProjectError(self.problem)
        return self._project

    @property
    def url(self) -> str:
        return self.settings.labelstudio.url

    @property
    def number(self) -> int:
        """The id of the bound Label Studio project; 0 for none."""
        return self.settings.labelstudio.project_id

    @property
    def state(self) -> Path:
        return self.root / STATE

    @property
    def server_folder(self) -> Path:
        """Where the workbench's own Label Studio keeps its data, if it was ever started."""
        return self.root / "label-studio"

    @cached_property
    def token(self) -> Token:
        return Token.read(read_token(self.state))

    @property
    def credentials(self) -> dict | None:
        """Email and password of the managed Label Studio, where a new token can be made with them
        and would be used (a variable of the environment stands over the token's file)."""
        if not self.settings.labelstudio.managed or os.environ.get(TOKEN):
            return None
        return read_json(self.server_folder / "credentials.json")

    @cached_property
    def greeting(self) -> Answer:
        """The first answer of what listens at the address."""
        return Probe(self.url, self.limits.answer).ask("GET", "api/version")

    @cached_property
    def exchanged(self) -> Answer:
        """What the server gives for a personal access token."""
        asked = {"refresh": self.token.text}
        return Probe(self.url, self.limits.answer).ask("POST", "api/token/refresh/", json=asked)

    @cached_property
    def introduced(self) -> Answer:
        """Who the server says that the token's owner is."""
        return self.probe.ask("GET", "api/current-user/whoami")

    @cached_property
    def probe(self) -> Probe:
        """Requests in the name of the token's owner."""
        if self.token.kind == "legacy":
            return Probe(self.url, self.limits.answer, f"Token {self.token.text}")
        access = self.exchanged.body["access"]
        return Probe(self.url, self.limits.answer, f"Bearer {access}")

    @cached_property
    def scratch(self) -> Scratch:
        """How writing went in a project of its own."""
        return attempt(self.probe)

    @cached_property
    def info(self) -> dict[str, Any]:
        """The bound Label Studio project, as the server describes it."""
        return self.probe.read(f"api/projects/{self.number}")

    @cached_property
    def round(self) -> Round | None:
        """The last round that was published in Label Studio, if any."""
        query = select(Round).where(Round.view_url != "").order_by(Round.number.desc()).limit(1)
        with self.project.store.session() as session:
            return session.scalar(query)

    @cached_property
    def batch(self) -> dict[str, int]:
        """uid → task of the last published round."""
        query = (
            select(Item.uid, Item.task_id)
            .join(Queued, Queued.uid == Item.uid)
            .where(Queued.round == self.round.number, Item.task_id.is_not(None))
        )
        with self.project.store.session() as session:
            return {uid: number for uid, number in session.execute(query)}

    @cached_property
    def predicted(self) -> dict[int, set[str]]:
        """The batch's tasks that are there, each with the model versions that predicted it."""
        if not self.batch:
            return {}
        where = ("id", "in_list", "List", sorted(self.batch.values()))
        include = "id,predictions"
        found = tasks.each_task(self.probe, self.number, include, where, fields="all")
        return {task["id"]: {one["model_version"] for one in task["predictions"]} for task in found}
