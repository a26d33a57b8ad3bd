"""Telling an experiment tracker how training goes, by transformers' own callbacks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from activelearn.finetune.checkpoint import Checkpoint
from activelearn.finetune.loop import Log, Training
from activelearn.progress import Progress


def trackers() -> tuple[str, ...]:
    """What ``report_to`` may name, as in transformers."""
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    return ("none", "all", *INTEGRATION_TO_CALLBACK)


@dataclass(frozen=True)
class Tracking:
    """Which trackers (``report_to`` as in transformers), a folder for its files, the run's name.

    The tracker's own environment variables hold as ever. ValueError where it is not installed.
    """

    report_to: str | list[str]
    folder: Path
    run: str

    def __post_init__(self) -> None:
        self._callbacks()

    def _callbacks(self) -> list[Any]:
        named = self.report_to
        if isinstance(named, list) and len(named) == 1:
            (named,) = named
        if named == "none":
            return []
        from transformers.integrations import get_reporting_integration_callbacks

        try:
            return [made() for made in get_reporting_integration_callbacks(named)]
        except (RuntimeError, ImportError) as error:
            raise ValueError(f"{self.report_to} cannot be used: {error}") from error

    @contextmanager
    def running(self, training: Training) -> Iterator[Log | None]:
        """Gives what takes the values of a step, None where nobody is to be told."""
        callbacks = self._callbacks()
        if not callbacks:
            yield None
            return
        from transformers import TrainerControl, TrainerState, TrainingArguments

        settings, count = training.settings, len(training.data)
        a_pass = math.ceil(count / settings.batch_size)
        about = TrainingArguments(
            output_dir=str(self.folder),
            run_name=self.run,
            report_to=self.report_to,
            learning_rate=settings.encoder_lr_for(count),
            num_train_epochs=training.steps / a_pass,
            per_device_train_batch_size=settings.batch_size,
            seed=training.seed,
            project="label-workbench",
        )
        state, control = TrainerState(), TrainerControl()
        more = {"model": training.network, "settings": asdict(settings)}

        def log(values: dict[str, float], step: int) -> None:
            state.global_step, state.epoch = step, step / a_pass
            state.log_history.append({**values, "step": step})
            for callback in callbacks:
                callback.on_log(about, state, control, logs=dict(values), **more)

        for callback in callbacks:
            callback.on_train_begin(about, state, control, **more)
        try:
            yield log
        finally:
            for callback in callbacks:
                callback.on_train_end(about, state, control, **more)


def tracked(
    training: Training,
    tracking: Tracking | None,
    checkpoint: Checkpoint | None,
    report: Progress,
) -> tuple[Any, Any]:
    """The trained (network, head); each step is told to the tracker, and what a checkpoint kept of
    the training is dropped when it is over."""
    with (tracking or Tracking("none", Path(), "")).running(training) as log:
        trained = training.run(report, checkpoint=checkpoint, log=log)
    if checkpoint:
        checkpoint.drop()
    return trained
