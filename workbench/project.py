"""A project: a folder with ``workbench.toml``, the store, the pool and the models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from activelearn.data import LabelSchema
from workbench import changes, config, events
from workbench.errors import ConfigError, ProjectError
from workbench.files import private_file, private_folder, write_private
from workbench.pool import Pool
from workbench.store import Store, reason

if TYPE_CHECKING:
    from workbench.labelstudio.client import LabelStudioClient
    from workbench.labelstudio.labelconfig import LabelConfig
    from workbench.vectors import StoredEncoder


LANGUAGES = ("auto", "en", "zh")
STORE_URL = "WORKBENCH_STORE_URL"
TOKEN = "WORKBENCH_LABEL_STUDIO_TOKEN"
STATE = ".workbench"
EXCHANGE = "exchange"


class Project:
    """The open project. Everything a workflow needs hangs here."""

    def __init__(self, root: Path, settings: config.Settings) -> None:
        self.root = root
        self.settings = settings
        self._read_at = _stamp(root)
        self.state = private_folder(root / STATE)
        url = os.environ.get(STORE_URL) or settings.store.url
        self.store = _opened(url, self.state / "store.sqlite3")
        self.pool = Pool(root / "pool", self.store)
        changes.notice(self)

    @classmethod
    def open(cls, root: Path | str) -> Project:
        """Raises ProjectError when ``root`` is no project, ConfigError for wrong settings."""
        root = Path(root).resolve()
        return cls(root, config.load(root))

    @classmethod
    def create(
        cls, root: Path | str, *, name: str, labels: tuple[str, ...] = (), language: str = "auto"
    ) -> Project:
        """Makes the folder and ``workbench.toml``; ProjectError when there is one already."""
        root = Path(root).resolve()
        if (root / config.FILE).exists():
            raise ProjectError(f"{root} is a project already: `workbench status` shows it")
        if len(name) < 3 or len(name) > 50:
            raise ConfigError(f"the project's name must have 3 to 50 characters, not {len(name)}")
        if not name.strip():
            raise ConfigError("the project's name is empty")
        if labels:
            check_labels(labels)
        if language not in LANGUAGES:
            raise ConfigError(f"no language is called {language!r}: {', '.join(LANGUAGES)}")
        above = next((one for one in root.parents if (one / config.FILE).exists()), None)
        if above is not None:
            raise ProjectError(f"{root} lies inside the project {above}: choose another folder")
        try:
            root.mkdir(parents=True, exist_ok=True)
            config.write(root, {"project": {"name": name, "language": language}})
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProjectError(f"{root}: no project can be made there: {reason}") from None
        project = cls.open(root)
        if labels:
            project.set_labels(labels)
        return project

    def round_folder(self, number: int) -> Path:
        """Where the files of a round lie, which is not there yet before it has any."""
        return self.root / "rounds" / f"{number:04d}"

    def reload(self) -> None:
        """Reads ``workbench.toml`` again; what somebody changed there is recorded."""
        stamp = _stamp(self.root)
        self.settings = config.load(self.root)
        self._read_at = stamp
        changes.notice(self)

    @property
    def config(self) -> LabelConfig:
        """The labelling configuration; raises ProjectError when no labels are known yet."""
        xml = self.store.fact("label_config")
        if xml is None:
            raise ProjectError(
                "the project has no labels yet: `workbench import FILE` takes them from a label"
                " column, `workbench init --labels a,b` names them"
            )
        return _parsed(str(xml))

    @property
    def schema(self) -> LabelSchema:
        return self.config.schema

    def has_labels(self) -> bool:
        return self.store.fact("label_config") is not None

    def set_labels(self, labels: tuple[str, ...]) -> None:
        """Sets a single-choice label schema with these labels."""
        from workbench.labelstudio.labelconfig import build

        self.set_config(build(LabelSchema("single", labels)))

    def set_config(self, xml: str) -> None:
        """Keeps a labelling configuration after checking that it is usable."""
        from workbench.labelstudio.labelconfig import parse

        parse(xml)
        self.store.set_fact("label_config", xml)

    @property
    def token(self) -> str:
        """Label Studio's token: ``WORKBENCH_LABEL_STUDIO_TOKEN``, or the project's own file."""
        return read_token(self.state)

    def set_labelstudio(
        self,
        url: str,
        token: str,
        project_id: int | None = None,
        *,
        managed: bool | None = None,
        by: str = events.SYSTEM,
    ) -> None:
        """Remembers where Label Studio is; the token goes to a file only its owner can read."""
        write_private(self.state / "token", token)
        given = {"url": url, "project_id": project_id, "managed": managed}
        known = {name: value for name, value in given.items() if value is not None}
        changes.change(self, {"labelstudio": known}, by, "connect")

    def current(self) -> bool:
        """Whether ``workbench.toml`` is as it was when this project read it."""
        return _stamp(self.root) == self._read_at

    def connected(self) -> bool:
        """True when a Label Studio project is bound to this one."""
        chosen = self.settings.labelstudio
        return bool(chosen.url and chosen.project_id and self.token)

    def client(self) -> LabelStudioClient:
        """A client of the project's Label Studio; raises ProjectError when there is none yet."""
        from workbench.labelstudio.client import LabelStudioClient

        url = self.settings.labelstudio.url
        if not url or not self.token:
            raise ProjectError(
                "no Label Studio yet: `workbench up` starts one, `workbench connect URL --token …`"
                " uses yours"
            )
        return LabelStudioClient(url, self.token)

    @contextmanager
    def exchange(self) -> Iterator[None]:
        """Held while tasks and answers go to Label Studio: one at a time, of all machines.

        Begins with the settings of that moment: while one waits, another Label Studio may be bound.
        """
        with self.store.alone(EXCHANGE):
            if not self.current():
                self.reload()
            yield

    @cached_property
    def encoder(self) -> StoredEncoder:
        from activelearn.encoder import Encoder
        from workbench.tokens import StoredTokens
        from workbench.vectors import StoredEncoder

        chosen, folder = self.settings.model, self.root / "vectors"
        encoder = Encoder(
            chosen.name or None,
            chosen.max_length,
            folder / "precision.json",
            StoredTokens(self.root / "tokens"),
        )
        return StoredEncoder(encoder, folder)

    def close(self) -> None:
        self.store.close()


def read_token(state: Path) -> str:
    """Label Studio's token of the project whose state lies in ``state``; empty without one."""
    path = state / "token"
    return os.environ.get(TOKEN) or (path.read_text().strip() if path.exists() else "")


@lru_cache(maxsize=8)
def _parsed(xml: str) -> LabelConfig:
    from workbench.labelstudio.labelconfig import parse

    return parse(xml)


def check_labels(labels: tuple[str, ...]) -> None:
    """Raises ConfigError or SchemaError for names that cannot be the labels of a project."""
    from workbench.labelstudio.labelconfig import build

    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise ConfigError(
            f"a project needs two labels or more, each once, not {', '.join(labels)!r}"
        )
    build(LabelSchema("single", labels))


def _stamp(root: Path) -> int:
    return (root / config.FILE).stat().st_mtime_ns


def _opened(url: str, path: Path) -> Store:
    where = f"the database of `store.url` or {STORE_URL}" if url else str(path)
    try:
        return Store(url or private_file(path))
    except (ArgumentError, ValueError):
        raise ConfigError(
            f"{where} is no address: it must start with postgresql://, as postgresql://host/name"
        ) from None
    except SQLAlchemyError as error:
        raise ConfigError(f"{where} cannot be opened: {reason(error)}") from None
