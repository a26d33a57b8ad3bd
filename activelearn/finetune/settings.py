"""How to fine-tune: what is decided by a person, and what by the number of labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

METHODS = ("full", "lora", "adalora")
FEWEST_PASSES = 4
CONTRAST, ENOUGH_TO_CONTRAST = 0.5, 8
"""The weight of the contrastive loss, and how many texts for each label make it worth having."""

TOKENS_PER_LABEL, FEWEST_TO_COUNT, LONGEST_TO_LEARN = 400, 500, 128
"""Without an accelerator a training reads so many tokens for each label, with fewer labels as many
as for so many, and so many of a text: a round with long texts would be many times as long."""


@dataclass(frozen=True)
class FineTuneSettings:
    """How to fine-tune; what is None is decided by the number of labels and the machine.

    ``encoder_lr`` None: 2e-4 for up to 300 texts, else 1e-4, and 1e-3 for adapters. ``warmup`` is
    the share of steps over which the learning rates rise; they then fall to 0 linearly. ``bf16``
    None: where the processor has it. ``max_steps`` ends training early, ``tokens_per_label`` when
    about so many have been read for each label; of a text the first ``max_length`` are read.
    ``class_weights`` makes rare labels count as much as frequent ones; ``label_smoothing`` is the
    share of the target that goes to all labels; ``focal_gamma`` above 0 turns the loss to what is
    still wrong (Lin et al. 2017). ``contrast`` is the weight of a second loss that draws texts of
    one label together (Khosla et al. 2020, Gunel et al. 2021), None: 0.5 where there are 8 texts
    for each label that has one, else 0. ``patience``: how many epochs labels held back may get no
    better before training ends, 0 for never. ``self_training``: while labels are few, learn again
    from texts without a label whose labels can be guessed. ValueError for impossible values.
    """

    epochs: int | None = None
    encoder_lr: float | None = None
    head_lr: float = 1e-2
    batch_size: int = 16
    warmup: float = 0.1
    method: str = "full"
    bf16: bool | None = None
    max_steps: int | None = None
    tokens_per_label: float | None = None
    max_length: int | None = None
    lora_rank: int = 16
    class_weights: bool = False
    label_smoothing: float = 0.0
    focal_gamma: float = 0.0
    contrast: float | None = None
    patience: int = 0
    self_training: bool = True

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(
                f"no fine-tuning method {self.method!r}: choose {', '.join(METHODS[:-1])} "
                f"or {METHODS[-1]}"
            )
        for name in ("warmup", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: give a share from 0 to below 1")
        for name in ("focal_gamma", "contrast", "patience"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more")
        numbers = ("epochs", "encoder_lr", "head_lr", "batch_size", "lora_rank")
        for name in (*numbers, "max_steps", "tokens_per_label", "max_length"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}: give a number above 0")

    @property
    def guesses(self) -> bool:
        """Whether texts without a label teach too: not where labels held back end the training."""
        return self.self_training and not self.patience

    def epochs_for(self, count: int) -> int:
        """Many passes over few texts, and no fewer than 3 over many."""
        if self.epochs is not None:
            return self.epochs
        for limit, epochs in ((150, 30), (300, 20), (500, 14), (2000, 12)):
            if count <= limit:
                return epochs
        return max(24_000 // count, 3)

    def encoder_lr_for(self, count: int) -> float:
        """The encoder's highest learning rate for ``count`` texts."""
        if self.encoder_lr is not None:
            return self.encoder_lr
        if self.method != "full":
            return 1e-3
        return 2e-4 if count <= 300 else 1e-4

    def for_labels(self, count: int, device: torch.device) -> FineTuneSettings:
        """With what ``count`` labels and the device decide of how long to train, unless ``epochs``
        says it. Trained on a part of the labels to be judged, it then learns as it will on all.
        """
        if self.epochs is not None:
            return self
        settings = replace(self, epochs=self.epochs_for(count))
        if device.type != "cpu":
            return settings
        most = TOKENS_PER_LABEL * max(count, FEWEST_TO_COUNT) / max(count, 1)
        return replace(
            settings,
            tokens_per_label=self.tokens_per_label or most,
            max_length=self.max_length or LONGEST_TO_LEARN,
        )

    def length_for(self, longest: int) -> int:
        """How many tokens of a text are read, where ``longest`` could be."""
        return min(longest, self.max_length or longest)

    def contrast_for(self, count: int, labels: int) -> float:
        """The weight of the contrastive loss for ``count`` texts of ``labels`` labels."""
        if self.contrast is not None:
            return self.contrast
        return CONTRAST if count >= ENOUGH_TO_CONTRAST * labels else 0.0

    def steps_for(self, count: int, tokens: float, guessed: int = 0) -> int:
        """How many batches of about ``tokens`` tokens training on ``count`` labels takes.

        With texts whose labels are guessed no more than without, but so many that all are seen a
        few times where ``tokens_per_label`` allows it.
        """
        steps = self.epochs_for(count) * math.ceil(count / self.batch_size)
        if guessed:
            steps = max(steps, FEWEST_PASSES * math.ceil((count + guessed) / self.batch_size))
        if self.tokens_per_label:
            steps = min(steps, math.ceil(self.tokens_per_label * count / tokens))
        return min(steps, self.max_steps or steps)
