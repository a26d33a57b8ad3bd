"""Tune: a search for fine-tune settings, as a job of its own and never inside a round."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from activelearn.data import Dataset
from activelearn.progress import part
from workbench import changes, events, items
from workbench.errors import ConfigError, ProjectError
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.training import check_kind, finetune_settings, unlabelled

if TYPE_CHECKING:
    from optuna import Study, Trial

    from activelearn.finetune import FineTuneSettings
    from activelearn.learners import Learner

FEWEST = 60
FOLDS = 2
FACT = "tuned"
CHECKED_SEED = 1
"""The winner is judged by other folds than those it won on: the best of many is lucky."""


def run_tune(
    project: Project, trials: int = 20, *, progress: Progress = quiet, by: str = events.SYSTEM
) -> dict:
    """Searches ``trials`` settings of the fine-tune by out-of-fold accuracy, with Optuna.

    Each is tried as a round would train with it; the passes and rates in use come first. The best
    is compared with what is in use once more, on other folds, and worth using where the 95 %
    interval of the difference, paired by item, is above 0. A search that was cut off goes on while
    labels and texts are the same. Raises ProjectError for too few labels.
    """
    import optuna
    from optuna.trial import TrialState

    from activelearn.finetune import fingerprint
    from activelearn.learners import choose_learner

    check_kind(project)
    data = items.labelled(project, holdout=False)
    if len(data) < FEWEST or len(set(data.targets)) < 2:
        raise ProjectError(
            f"a search needs at least {FEWEST} labelled items of two classes, there are {len(data)}"
        )
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    used, seed = finetune_settings(project), project.settings.round.seed
    folder = project.root / "tuning"
    folder.mkdir(exist_ok=True)
    pool = unlabelled(project, seed, part(progress, 0.0, 0.1))
    texts = hashlib.sha256("\0".join(pool.texts).encode("utf-8", "surrogatepass")).hexdigest()
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'study.sqlite3'}",
        study_name=fingerprint(data, used, seed, f"{project.encoder.version} {texts}"),
        direction="maximize",
        load_if_exists=True,
    )
    # a search that goes on does not draw again what it drew before
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))

    def learner(settings: FineTuneSettings) -> Learner:
        asked = {"encoder": project.encoder, "settings": settings, "unlabelled": pool}
        return choose_learner(data, "finetune", **asked)[0]

    decided = learner(used).settled(data, seed=seed, progress=part(progress, 0.1, 0.15))
    decision = {"unlabelled": decided.unlabelled, "trusted": decided.trusted}
    as_decided = {name: getattr(decided.settings, name) for name in ("encoder_lr", "contrast")}
    used = replace(used, **as_decided)
    known = _known(used, len(data))
    if not study.get_trials(states=(TrialState.COMPLETE, TrialState.WAITING)):
        study.enqueue_trial(known)

    def settled(settings: FineTuneSettings) -> Learner:
        return replace(learner(settings), **decision)

    search = part(progress, 0.15, 0.8)
    while (done := _finished(study)) < trials:
        trial = study.ask()
        tried = settled(replace(used, **_suggested(trial, known)))
        report = part(search, done / trials, (done + 1) / trials)
        scores = _scores(data, tried, seed, report, f"trial {done + 1} of {trials}")
        study.tell(trial, float(scores.mean()))
    best = dict(study.best_trial.params)
    rivals = (settled(replace(used, **best)), settled(used))
    result = _judged(data, rivals, seed + CHECKED_SEED, part(progress, 0.8, 1.0))
    result |= {"settings": best, "trials": _finished(study)}
    project.store.set_fact(FACT, result)
    events.record(project, by, "tune", **result)
    return result


def use_tuned(project: Project, by: str = events.SYSTEM) -> dict:
    """Writes what the last search found into the settings, if it is better; what was written."""
    found = project.store.fact(FACT)
    if not found:
        raise ConfigError("nothing was searched yet: `workbench tune`")
    if not found["use"]:
        raise ConfigError("the last search found nothing that is proved to be better")
    changes.change(project, {"finetune": found["settings"]}, by)
    return found["settings"]


def _judged(data: Dataset, rivals: tuple[Learner, Learner], seed: int, progress: Progress) -> dict:
    """The best settings' learner beside that of the settings in use, on folds of their own."""
    from activelearn.evaluate import mean_interval

    with_, without = (
        _scores(data, learner, seed, part(progress, low, low + 0.5), said)
        for low, learner, said in (
            (0.0, rivals[0], "the best once more"),
            (0.5, rivals[1], "the settings in use once more"),
        )
    )
    gain = mean_interval(with_ - without, seed=seed)
    same = bool(np.array_equal(with_, without))
    return {
        "accuracy": float(with_.mean()),
        "before": float(without.mean()),
        "difference": [0.0] * 3 if same else [gain.value, gain.low, gain.high],
        "use": not same and gain.low > 0,
        "items": len(data),
    }


def _finished(study: Study) -> int:
    from optuna.trial import TrialState

    return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))


def _known(used: FineTuneSettings, count: int) -> dict:
    return {
        "epochs": used.epochs_for(count),
        "encoder_lr": used.encoder_lr_for(count),
        "head_lr": used.head_lr,
        "batch_size": used.batch_size,
        "label_smoothing": used.label_smoothing,
    }


def _suggested(trial: Trial, known: dict) -> dict:
    """What is tried next; the ranges hold what is in use."""

    def around(name: str, low: float, high: float) -> tuple:
        return name, min(low, known[name]), max(high, known[name])

    return {
        "epochs": trial.suggest_int(*around("epochs", 4, 40)),
        "encoder_lr": trial.suggest_float(*around("encoder_lr", 1e-5, 2e-3), log=True),
        "head_lr": trial.suggest_float(*around("head_lr", 1e-3, 5e-2), log=True),
        "batch_size": trial.suggest_categorical(
            "batch_size", sorted({8, 16, 32, known["batch_size"]})
        ),
        "label_smoothing": trial.suggest_float(*around("label_smoothing", 0.0, 0.2)),
    }


def _scores(
    data: Dataset, learner: Learner, seed: int, progress: Progress, said: str
) -> np.ndarray:
    """How right the learner's out-of-fold predictions are, item by item."""
    from activelearn.folds import out_of_fold
    from activelearn.kinds import kind_of

    kind = kind_of(data.schema)
    told = out_of_fold(
        data, learner, folds=FOLDS, seed=seed,
        progress=lambda fraction, _message: progress(fraction, said),
    )  # fmt: skip
    return kind.item_scores(data.targets, kind.decode(told, data.schema))
