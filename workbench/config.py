"""What ``workbench.toml`` may say, with its defaults; every setting is used somewhere."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from workbench.errors import ConfigError, ProjectError
from workbench.files import write_private

FILE = "workbench.toml"


def _strategies() -> Iterable[str]:
    from activelearn.strategies import STRATEGIES

    return STRATEGIES


def _cold_starts() -> Iterable[str]:
    from activelearn.cold_start import cold_starts

    return cold_starts()


def _recipes() -> Iterable[str]:
    from augment.recipes import RECIPES

    return RECIPES


def _one_of(registry: Callable[[], Iterable[str]], *besides: str) -> AfterValidator:
    """A setting that names an entry of a registry (or several), looked up when the file is read, or
    one of ``besides``."""

    def check(given: str | list[str]) -> str | list[str]:
        for name in [given] if isinstance(given, str) else given:
            if name not in besides and name not in (known := tuple(registry())):
                raise ValueError(f"it is not one of {', '.join(known)}")
        return given

    return AfterValidator(check)


def _trackers() -> Iterable[str]:
    from activelearn.finetune.tracking import trackers

    return trackers()


def _alone(given: str | list[str]) -> str | list[str]:
    """``none`` and ``all`` are no trackers: neither stands beside one."""
    if not isinstance(given, str) and len(given) > 1 and {"none", "all"} & set(given):
        raise ValueError("'none' and 'all' stand alone")
    return given


Strategy = Annotated[str, _one_of(_strategies)]
ColdStart = Annotated[str, _one_of(_cold_starts)]
Recipe = Annotated[str, _one_of(_recipes, "")]
Trackers = Annotated[str | list[str], _one_of(_trackers, "none"), AfterValidator(_alone)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


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
    """Where the web UI listens, and how long a log-in lasts without being used.

    ``proxies``: addresses, comma between, of the proxies whose ``X-Forwarded-For`` and ``-Proto``
    are believed; a proxy must pass on ``Host``.
    """

    host: str = "127.0.0.1"
    proxies: str = ""
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

    COMMAND_KEYS: ClassVar[str] = "sznfgbhrkcu"
    """What the Annotate and the Audit page use themselves, so that a label has one key on both."""

    suggestions: str = Field("shown", pattern="^(shown|hidden|control)$")
    control_share: float = Field(0.2, gt=0, lt=1)
    hot_keys: dict[str, str] = {}
    guideline: str = "guideline.md"

    @field_validator("hot_keys")
    @classmethod
    def _usable(cls, given: dict[str, str]) -> dict[str, str]:
        """One character a label, each its own, none that a page uses itself."""
        keys: dict[str, str] = {}
        for label, key in given.items():
            key = key.lower()
            if len(key) != 1 or not key.isalnum():
                raise ValueError(f"the key of {label!r} must be one letter or digit, not {key!r}")
            if key in cls.COMMAND_KEYS:
                taken = ", ".join(sorted(cls.COMMAND_KEYS))
                raise ValueError(f"{label!r} cannot have {key!r}: the pages use {taken} themselves")
            if key in keys.values():
                other = next(name for name, one in keys.items() if one == key)
                raise ValueError(f"{other!r} and {label!r} have the same key {key!r}")
            keys[label] = key
        return keys

    @field_validator("guideline")
    @classmethod
    def _inside(cls, name: str) -> str:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise ValueError(f"{name!r} must be a file inside the project's folder")
        return name


class LabelStudioSettings(Section):
    """``sync_seconds``: time between two background syncs while somebody works."""

    managed: bool = True
    url: str = Field("", pattern="^(https?://.+)?$")
    project_id: int = 0
    port: int = Field(0, ge=0, le=65535)
    sync_seconds: float = Field(5.0, gt=0, le=60)


class ModelSettings(Section):
    name: str = ""
    max_length: int = Field(256, ge=8, le=8192)


class RoundSettings(Section):
    """``random_share``: the part of each batch that is drawn at random, not by the strategy.

    ``rerank``: between rounds a head orders what is left of the batch anew after each label, if the
    strategy goes by the model's doubt.
    ``cold_start`` chooses the first batch, ``auto`` by clusters or by the labels' names.
    ``rare_label`` is the label that the strategy ``rare_class`` looks for; without one, the rarest.
    ``target_accuracy``: what the model must reach for the labelling to be called done.
    """

    batch: int = Field(50, ge=1)
    strategy: Strategy = "margin_diverse"
    cold_start: ColdStart = "auto"
    learner: str = Field("auto", pattern="^(auto|head|few_shot|finetune)$")
    random_share: float = Field(0.0, ge=0, le=1)
    rerank: bool = True
    rare_label: str = ""
    target_accuracy: float | None = Field(None, gt=0, le=1)
    holdout: int = Field(200, ge=0)
    holdout_share: float = Field(0.2, ge=0, lt=1)
    seed: int = Field(0, ge=0)


class CostSettings(Section):
    """What a label costs, in any ``currency``, and how long it takes (0: as measured)."""

    per_label: float = Field(0.0, ge=0)
    currency: str = ""
    seconds_per_label: float = Field(0.0, ge=0)


class FineTuneConfig(Section):
    """``patience``: epochs without a better loss on labels held back after which training ends (0:
    it never does). ``contrast``: the weight of the loss that draws texts of one label together
    (None: as the number of labels says). ``self_training``: while labels are few, learn from texts
    without a label too. ``warm_start`` goes on from the last round's fine-tune. ``report_to``
    names an experiment tracker or a list of them, as in transformers. ``checkpoint_seconds``: how
    often a training is kept, so that after a kill it goes on where it was.
    """

    epochs: int | None = Field(None, ge=1)
    encoder_lr: float | None = Field(None, gt=0, le=1)
    head_lr: float = Field(1e-2, gt=0, le=10)
    batch_size: int = Field(16, ge=1)
    method: str = Field("full", pattern="^(full|lora|adalora)$")
    class_weights: bool = False
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    focal_gamma: float = Field(0.0, ge=0)
    contrast: float | None = Field(None, ge=0)
    patience: int = Field(0, ge=0)
    self_training: bool = True
    warm_start: bool = False
    checkpoint_seconds: float = Field(60.0, gt=0)
    report_to: Trackers = "none"


class AuditSettings(Section):
    folds: int = Field(5, ge=2)
    outliers: int = Field(20, ge=0)


class AugmentSettings(Section):
    recipe: Recipe = ""
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
    cost: CostSettings = CostSettings()
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
    return parsed(path.read_bytes(), path)


def parsed(content: bytes | str, path: Path) -> Settings:
    """The settings that ``content`` holds; ConfigError names ``path`` and what is wrong in it."""
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        return Settings.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {_explained(first)}") from None


def _explained(error: dict) -> str:
    """What is wrong with a setting, in the words of the file."""
    names = error["loc"]
    if error["type"] == "extra_forbidden":
        known: type[BaseModel] = Settings
        for name in names[:-1]:
            known = known.model_fields[str(name)].annotation
        near = get_close_matches(str(names[-1]), known.model_fields, 1)
        meant = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known.model_fields)}"
        return f"there is no such setting ({meant})"
    if error["type"] == "string_pattern_mismatch" and names[-1] == "url":
        return f"{error['input']!r} is no address: write it as http://host:port"
    if error["type"] == "string_pattern_mismatch":
        allowed = error["ctx"]["pattern"].strip("^$()").replace("|", ", ")
        return f"{error['input']!r} is not one of {allowed}"
    return f"{error['input']!r}: {error['msg'].removeprefix('Value error, ')}"


def write(root: Path, changes: dict[str, dict[str, object]]) -> None:
    """Sets the values of ``changes`` (section, name, value) and keeps the rest of the file.

    For a project that is open `changes.change` does it, which tells the event log too.
    """
    replace(root, changed(root, changes))


def changed(root: Path, changes: dict[str, dict[str, object]]) -> str:
    """What the file says with the values of ``changes`` in it."""
    import tomlkit

    path = root / FILE
    document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    for section, values in changes.items():
        table = document.setdefault(section, tomlkit.table())
        for name, value in values.items():
            table[name] = value
    return tomlkit.dumps(document)


def replace(root: Path, content: str) -> None:
    """Writes the file in one step; it stays readable by whom it was, a new one by its owner."""
    path = root / FILE
    write_private(path, content, path.stat().st_mode & 0o777 if path.exists() else 0o600)
