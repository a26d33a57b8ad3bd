"""What ``workbench.toml`` may say, with its defaults; every setting is used somewhere."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import ConfigError, ProjectError

FILE = "workbench.toml"


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProjectSettings(Section):
    name: str = Field("My project", min_length=3, max_length=50)
    language: str = Field("auto", pattern="^(auto|en|zh)$")
    text_column: str = ""
    label_column: str = ""


class StoreSettings(Section):
    """``url``: another database than the SQLite file, for example ``postgresql://host/name``.

    ``WORKBENCH_STORE_URL`` stands over it, so that a password need not lie in the file.
    """

    url: str = ""


class WebSettings(Section):
    """Where the web UI listens, and how long a log-in lasts without being used."""

    host: str = "127.0.0.1"
    session_hours: float = Field(12.0, gt=0)


class TeamSettings(Section):
    """How a batch is dealt: to ``overlap`` people on a share of it, gold items among the rest."""

    overlap: int = Field(2, ge=2)
    overlap_share: float = Field(0.0, ge=0, le=1)
    gold_share: float = Field(0.0, ge=0, lt=1)
    lease_minutes: float = Field(10.0, gt=0)


class AnnotateSettings(Section):
    """``suggestions``: shown, hidden, or hidden on a random ``control_share`` of the batch.

    ``hot_keys`` maps a label to its key; ``guideline`` is a Markdown file in the project's folder.
    """

    suggestions: str = Field("shown", pattern="^(shown|hidden|control)$")
    control_share: float = Field(0.2, gt=0, lt=1)
    hot_keys: dict[str, str] = {}
    guideline: str = "guideline.md"


class LabelStudioSettings(Section):
    """``sync_seconds``: time between two background syncs while somebody works."""

    managed: bool = True
    url: str = ""
    project_id: int = 0
    port: int = Field(0, ge=0, le=65535)
    sync_seconds: float = Field(5.0, gt=0, le=60)


class ModelSettings(Section):
    name: str = ""
    max_length: int = Field(256, ge=8, le=8192)


class RoundSettings(Section):
    batch: int = Field(50, ge=1)
    strategy: str = "margin_diverse"
    cold_start: str = "kmeans_start"
    learner: str = Field("auto", pattern="^(auto|head|finetune)$")
    holdout: int = Field(200, ge=0)
    holdout_share: float = Field(0.2, ge=0, lt=1)
    seed: int = 0


class FineTuneConfig(Section):
    epochs: int | None = Field(None, ge=1)
    encoder_lr: float | None = Field(None, gt=0)
    head_lr: float = Field(1e-2, gt=0)
    batch_size: int = Field(16, ge=1)
    method: str = Field("full", pattern="^(full|lora)$")


class AuditSettings(Section):
    folds: int = Field(5, ge=2)
    outliers: int = Field(20, ge=0)


class AugmentSettings(Section):
    recipe: str = ""
    per_text: int = Field(1, ge=1, le=20)
    trial_seeds: int = Field(3, ge=1)


class Settings(Section):
    """All of ``workbench.toml``.

    ``users`` maps an email to an argon2 hash: engineers who may log in beside the people of the
    store, so that nobody locks themselves out.
    """

    project: ProjectSettings = ProjectSettings()
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    team: TeamSettings = TeamSettings()
    annotate: AnnotateSettings = AnnotateSettings()
    labelstudio: LabelStudioSettings = LabelStudioSettings()
    model: ModelSettings = ModelSettings()
    round: RoundSettings = RoundSettings()
    finetune: FineTuneConfig = FineTuneConfig()
    audit: AuditSettings = AuditSettings()
    augment: AugmentSettings = AugmentSettings()
    users: dict[str, str] = {}


def load(root: Path) -> Settings:
    """Reads ``root/workbench.toml``.

    Raises ProjectError when there is none, ConfigError naming the setting that is wrong.
    """
    path = root / FILE
    if not path.is_file():
        raise ProjectError(f"{root} is no project (no {FILE}): run `workbench init` there first")
    try:
        return Settings.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {first['msg']}") from None


def write(root: Path, changes: dict[str, dict[str, object]]) -> None:
    """Sets the values of ``changes`` (section, name, value) and keeps the rest of the file."""
    import tomlkit

    path = root / FILE
    document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    for section, values in changes.items():
        table = document.setdefault(section, tomlkit.table())
        for name, value in values.items():
            table[name] = value
    temporary = path.with_suffix(".toml.new")
    temporary.write_text(tomlkit.dumps(document), "utf-8")
    temporary.replace(path)
