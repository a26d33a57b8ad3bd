"""What is kept of an unfinished training, so that after a kill it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from activelearn.data import Dataset

if TYPE_CHECKING:
    from accelerate import Accelerator

    from activelearn.finetune.settings import FineTuneSettings

EVERY_S = 60.0


def fingerprint(dataset: Dataset, settings: FineTuneSettings, seed: int, start: str) -> str:
    """Names one training: the same labels, settings, seed and weights to start from."""
    digest = hashlib.sha256(f"{settings}{seed}{start}{dataset.schema}".encode())
    for text, target in zip(dataset.texts, dataset.targets or [], strict=True):
        digest.update(f"{text}\0{target}\0".encode())
    return digest.hexdigest()[:16]


@dataclass
class Checkpoint:
    """The state of a training: weights, optimiser, schedule, random numbers.

    Lies in ``folder``, written at most every ``every`` seconds; ``name`` is the training's own.
    Another one's state that lies there is not touched before this one has something to keep.
    """

    folder: Path
    every: float = EVERY_S
    name: str = ""

    def __post_init__(self) -> None:
        self.written = time.monotonic()

    def resume(self, accelerator: Accelerator) -> int:
        """Loads what was kept; the number of steps it had done, 0 where there is nothing.

        One that cannot be read is thrown away before the error comes out: the next try begins anew.
        """
        found = sorted(self.folder.glob(f"{self.name}-*"))
        if not found:
            return 0
        try:
            accelerator.load_state(str(found[-1]))
        except Exception:
            self.drop()
            raise
        return int(found[-1].name.rsplit("-", 1)[1])

    def keep(self, accelerator: Accelerator, step: int) -> None:
        """Keeps the state after ``step`` steps, if the last one is old enough.

        Where there is no room for it, training goes on without.
        """
        if time.monotonic() - self.written < self.every:
            return
        self.written = time.monotonic()
        with suppress(OSError, RuntimeError, SafetensorError):
            self._write(accelerator, f"{self.name}-{step:09d}")

    def _write(self, accelerator: Accelerator, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        before, unfinished = list(self.folder.iterdir()), self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        accelerator.save_state(str(unfinished))
        unfinished.rename(self.folder / name)
        for old in before:
            shutil.rmtree(old, ignore_errors=True)

    def drop(self) -> None:
        """The training is over."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def recall(self) -> Any:
        """What `note` kept for this training."""
        with suppress(OSError, ValueError):
            return json.loads(self._notes.read_text("utf-8")).get(self.name)
        return None

    def note(self, value: Any) -> None:
        """Keeps what the next training of the same model needs of this one; None forgets it."""
        with suppress(OSError):
            if value is None:
                self._notes.unlink(missing_ok=True)
                return
            self._notes.parent.mkdir(parents=True, exist_ok=True)
            self._notes.write_text(json.dumps({self.name: value}), "utf-8")

    @property
    def _notes(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.json")
