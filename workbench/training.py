"""What a model learns from, which learner teaches it, and how well it does on the holdout."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from activelearn.data import Dataset
from activelearn.learners import LEARNERS
from activelearn.progress import part
from workbench import items
from workbench.errors import ConfigError, ProjectError, settings_errors
from workbench.jobs import Progress
from workbench.project import Project
from workbench.tables import Round

if TYPE_CHECKING:
    from activelearn.learners import Learner, Unlabelled
    from activelearn.models import Model


def check_kind(project: Project) -> None:
    """Raises ProjectError where no model learns from labels of the project's kind yet."""
    from activelearn.kinds import KINDS

    kind = project.schema.kind
    if kind not in KINDS:
        raise ProjectError(
            f"the labels are of the kind {kind}, which models learn from in a later version: until"
            " then such a project is imported, synced, labelled in Label Studio and exported"
        )


def kept_model(project: Project, version: str) -> Model:
    """The model of a round; raises ValueError where there is none any more that can be used."""
    from activelearn.models import load_model

    return load_model(project.root / "models" / version, project.encoder)


def known_learner(name: str) -> str:
    """``name``, if a learner is called that; raises ConfigError otherwise."""
    if name not in LEARNERS:
        raise ConfigError(f"no learner is called {name!r}: {', '.join(LEARNERS)}")
    return name


def training_set(project: Project, seed: int) -> Dataset:
    """What the model learns from: the labelled items and the children of the recipe in use."""
    known = items.labelled(project, holdout=False)
    recipe = project.settings.augment.recipe
    if not recipe or not len(known):
        return known
    from augment.recipes import augment_dataset

    with settings_errors("augment.recipe"):
        return known.concat(
            augment_dataset(
                known,
                recipe,
                seed=seed,
                per_text=project.settings.augment.per_text,
                language=project.settings.project.language,
            )
        )


def finetune_settings(project: Project):
    """The fine-tune's settings as ``workbench.toml`` has them (None: the learner decides)."""
    from activelearn.finetune import FineTuneSettings

    chosen = project.settings.finetune
    return FineTuneSettings(
        epochs=chosen.epochs,
        encoder_lr=chosen.encoder_lr,
        head_lr=chosen.head_lr,
        batch_size=chosen.batch_size,
        method=chosen.method,
        class_weights=chosen.class_weights,
        label_smoothing=chosen.label_smoothing,
        focal_gamma=chosen.focal_gamma,
        contrast=chosen.contrast,
        patience=chosen.patience,
        self_training=chosen.self_training,
    )


LEARNED = 1_000


@dataclass(frozen=True)
class Trained:
    """The model of a round, which learner made it and why, and how far it may be believed.

    ``learned``: how right out-of-fold predictions were (0 to 1) of what people labelled, of LEARNED
    items at most.
    """

    model: Model
    learner: str
    reason: str
    calibration: dict[str, float]
    learned: list[float]


def train(
    project: Project, known: Dataset, name: str, *, number: int, seed: int, progress: Progress
) -> Trained:
    """Trains the learner called ``name`` on ``known`` for round ``number``; ``auto`` takes the
    better of two.

    Which is better, and how the probabilities are to be tempered, out-of-fold predictions say.
    """
    from activelearn.finetune import FineTuneLearner
    from activelearn.head import HeadLearner
    from activelearn.validation import FEWEST

    pool = unlabelled(project, seed, part(progress, 0.0, 0.3))
    learner, reason = learner_for(project, known, name, pool)
    if isinstance(learner, FineTuneLearner):
        learner = learner.settled(known, seed=seed, progress=part(progress, 0.3, 0.35))
    rivals = [learner]
    if name == "auto" and learner.name != "head":
        rivals = [HeadLearner(project.encoder, unlabelled=pool.vectors), learner]
    rivals = [_resumable(project, one, number) for one in rivals]
    with settings_errors("finetune.report_to"):
        kept = {one.name: _followed(project, one, number) for one in rivals}
    chosen, temperature, calibration, right = kept[learner.name], 1.0, {}, []
    if len(set(known.groups())) >= FEWEST:
        best, compared, calibration, right = _compared(
            project, known, rivals, number, seed, part(progress, 0.35, 0.65)
        )
        chosen = best if best.name == HeadLearner.name else kept[best.name]
        reason = compared if len(rivals) > 1 else reason
        temperature = calibration["temperature"]
    model = chosen.fit(known, seed=seed, progress=part(progress, 0.65, 1.0))
    return Trained(model.tempered(temperature), chosen.name, reason, calibration, right)


def _compared(
    project: Project,
    known: Dataset,
    rivals: list[Learner],
    number: int,
    seed: int,
    progress: Progress,
) -> tuple[Learner, str, dict[str, float], list[float]]:
    """The rival that does best, why, its calibration, and how right it is of labels held back; said
    before by a round that was cut off, it is not worked out again."""
    from activelearn.finetune import fingerprint
    from activelearn.validation import better

    file = project.round_folder(number) / "compared.json"
    names = " ".join(one.name for one in rivals)
    key = fingerprint(known, finetune_settings(project), seed, f"{project.encoder.version} {names}")
    with suppress(OSError, ValueError, KeyError):
        kept = json.loads(file.read_text("utf-8"))
        if kept["key"] == key:
            best = next(one for one in rivals if one.name == kept["best"])
            return best, kept["reason"], kept["calibration"], kept["right"]
    best, reason = better(known, rivals, seed=seed, progress=progress)
    found = {"best": best.learner.name, "reason": reason, "calibration": asdict(best.calibration)}
    found["right"] = np.random.default_rng(seed).permutation(best.right)[:LEARNED].tolist()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"key": key, **found}), "utf-8")
    return best.learner, reason, found["calibration"], found["right"]


def _resumable(project: Project, learner: Learner, number: int) -> Learner:
    """The learner, whose training is kept from time to time as the settings say."""
    from activelearn.finetune import Checkpoint, FewShotLearner, FineTuneLearner

    if not isinstance(learner, FineTuneLearner | FewShotLearner):
        return learner
    every = project.settings.finetune.checkpoint_seconds
    return replace(
        learner, checkpoint=Checkpoint(project.round_folder(number) / "checkpoint", every)
    )


def _followed(project: Project, learner: Learner, number: int) -> Learner:
    """The learner that makes the round's model, followed by a tracker as the settings say.

    Only that one starts from the model before (warm start), which has seen the labels that
    out-of-fold predictions are judged by.
    """
    from activelearn.finetune import FewShotLearner, FineTuneLearner, Tracking

    if not isinstance(learner, FineTuneLearner | FewShotLearner):
        return learner
    chosen, folder = project.settings.finetune, project.round_folder(number) / "tracking"
    tracking = Tracking(chosen.report_to, folder, f"round-{number}")
    followed = replace(learner, tracking=tracking)
    if chosen.warm_start and isinstance(followed, FineTuneLearner):
        followed = replace(followed, start=_last_finetune(project))
    return followed


def _last_finetune(project: Project) -> Path | None:
    from activelearn.finetune import FineTuneLearner

    with project.store.session() as session:
        done = select(Round.model_version).where(
            Round.state == "done", Round.learner == FineTuneLearner.name
        )
        version = session.scalar(done.order_by(Round.number.desc()).limit(1))
    return project.root / "models" / version if version else None


def learner_for(project: Project, known: Dataset, name: str, pool: Unlabelled | None = None):
    """The learner called ``name`` with the project's encoder and settings, and why it is used."""
    from activelearn.learners import choose_learner

    return choose_learner(
        known,
        known_learner(name),
        encoder=project.encoder,
        settings=finetune_settings(project),
        unlabelled=pool,
    )


def unlabelled(project: Project, seed: int, progress: Progress) -> Unlabelled:
    """The pool's texts without a label, or a uniform sample where they are many or long."""
    from activelearn.learners import LONGEST, MOST_CHARACTERS, MOST_UNLABELLED, Unlabelled
    from activelearn.precision import WORTH_PROBING

    rows = items.waiting(project)
    drawn = np.random.default_rng(seed).permutation(len(rows))[:MOST_UNLABELLED]
    found = tuple(project.pool.texts(rows[drawn]))
    characters = sum(min(len(text), LONGEST) for text in found)
    parts = min(math.ceil(characters / MOST_CHARACTERS), len(found) // WORTH_PROBING)
    found = found[: math.ceil(len(found) / max(parts, 1))]
    return Unlabelled(found, project.encoder.embed(found, progress))


def measured(project: Project, model) -> dict:
    """How right the model is of each labelled item of the holdout, and the confusion matrix."""
    from activelearn.evaluate import confusion
    from activelearn.kinds import kind_of

    held = items.labelled(project, holdout=True)
    if not len(held):
        return {}
    labels, kind = project.schema.labels, kind_of(project.schema)
    predicted = kind.decode(model.predict_proba(held.texts), project.schema)
    return {
        "scores": kind.item_scores(held.targets, predicted).tolist(),
        "confusion": confusion(held.targets, predicted, labels).tolist(),
    }
