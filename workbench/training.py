"""What a model learns from, which learner teaches it, and how well it does on the holdout."""

from __future__ import annotations

import numpy as np

from activelearn.data import Dataset
from workbench import items
from workbench.errors import ConfigError, settings_errors
from workbench.project import Project

LEARNERS = ("auto", "head", "finetune")


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
    )


def learner_for(project: Project, known: Dataset, name: str):
    """The learner called ``name`` with the project's encoder and settings, and why it is used."""
    from activelearn.learners import choose_learner

    return choose_learner(
        known, known_learner(name), encoder=project.encoder, settings=finetune_settings(project)
    )


def measured(project: Project, model, *, seed: int) -> dict:
    """Accuracy on the labelled holdout with its bootstrap interval, and the confusion matrix."""
    from activelearn.evaluate import accuracy_interval, confusion

    held = items.labelled(project, holdout=True)
    if not len(held):
        return {"holdout": 0}
    labels = project.schema.labels
    predicted = [labels[index] for index in model.predict_proba(held.texts).argmax(axis=1)]
    interval = accuracy_interval(held.targets, predicted, seed=seed)
    return {
        "holdout": len(held),
        "accuracy": {
            "value": float(interval.value),
            "low": float(interval.low),
            "high": float(interval.high),
        },
        "confusion": np.asarray(confusion(held.targets, predicted, labels)).tolist(),
    }
