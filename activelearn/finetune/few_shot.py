"""Contrastive few-shot training: an encoder that tells the labels apart, then a linear head."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from activelearn.data import Dataset, labelled_targets
from activelearn.encoder import Embedder, load_pretrained
from activelearn.finetune.adapters import merged, with_adapters
from activelearn.finetune.checkpoint import Checkpoint, fingerprint
from activelearn.finetune.loop import Batches, Training
from activelearn.finetune.settings import FineTuneSettings
from activelearn.finetune.tracking import Tracking, tracked
from activelearn.kinds import kind_of
from activelearn.models import FineTuneModel
from activelearn.names import named
from activelearn.progress import Progress, part
from activelearn.reading import pooled_states, usable_length

ENCODER_LR, ADAPTER_LR = 5e-5, 2.5e-4
PASSES, FEWEST_STEPS = 10, 60
STRENGTH = 50.0
"""The inverse of the head's regularisation on states of the mean length 1."""


@dataclass
class Pairs(Batches):
    """Batches of twice the size in which all labels have as many texts: each text meets its like.

    ``strata`` [n] is what they are balanced by.
    """

    strata: list[Hashable] = field(default_factory=list)

    @property
    def _texts_a_batch(self) -> int:
        return 2 * self.size

    def steps(self, total: int, seed: int) -> Iterator[np.ndarray]:
        """``total`` batches of row numbers, none twice in a batch."""
        rng = np.random.default_rng(seed)
        names = list(dict.fromkeys(self.strata))
        place = np.array([names.index(one) for one in self.strata])
        rows = [np.flatnonzero(place == i) for i in range(len(names))]
        for _ in range(total):
            drawn = rng.permutation(len(rows))[: max(2, self.size)]
            each = max(2, 2 * self.size // len(drawn))
            yield np.concatenate([rng.permutation(rows[i])[:each] for i in drawn])


def pair_loss(states: Any, alike: Any) -> Any:
    """How far the cosine of each two texts is from 1 (a label in common) or else from 0.

    ``states`` float [n, d], ``alike`` bool [n, n]; a scalar: the mean of the squares, pairs of both
    sorts weighing the same altogether, and 0 without a pair. The loss of SetFit (Tunstall et al.
    2022), over all pairs of a batch.
    """
    import torch

    unit = torch.nn.functional.normalize(states, dim=1)
    other = ~torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    off = (unit @ unit.T - alike.to(unit.dtype)) ** 2
    sides = [off[side].mean() for side in (alike & other, ~alike) if side.any()]
    return sum(sides) / len(sides) if sides else 0 * off.sum()


class PairTraining(Training):
    """Training of the encoder alone, by ``pair_loss``."""

    said = "Few-shot training"

    def _loss(
        self,
        network: Any,
        head: Any,
        data: Batches,
        rows: np.ndarray,
        device: Any,
        contrast: float = 0.0,
    ) -> Any:
        import torch

        encoded = torch.as_tensor(data.encoded[rows], device=device)
        return pair_loss(self._states(network, data, rows, device), self.kind.alike(encoded))


@dataclass(frozen=True)
class FewShotLearner:
    """Draws texts of one label together and others apart, then fits a linear head to the result.

    For labels too few to fine-tune with, and to guess those that the fine-tune learns from too. Of
    ``settings`` the method, bf16, ``batch_size`` (pairs: twice as many texts) and what bounds a
    training hold; passes, learning rates and the loss are its own, and all labels count the same.
    ``checkpoint`` and ``tracking`` as for the fine-tune.
    """

    encoder: Embedder
    settings: FineTuneSettings = field(default_factory=FineTuneSettings)
    checkpoint: Checkpoint | None = None
    tracking: Tracking | None = None

    name = "few_shot"

    def fit(
        self, dataset: Dataset, *, seed: int, progress: Progress | None = None
    ) -> FineTuneModel:
        """Train on ``dataset`` and the labels' names; a label with neither an example nor a
        telling name gets about 0.

        ``progress`` is called at each step, and an exception that it raises ends the training.
        """
        import torch

        labelled_targets(dataset)
        dataset, kind = dataset.concat(named(dataset.schema)), kind_of(dataset.schema)
        labels = len(dataset.schema.labels)
        report = part(progress, 0.0, 0.95)
        report(0.0, "Loading the encoder")
        settings = self._settings(len(dataset))
        network, tokenizer = load_pretrained(self.encoder.model)
        limit = usable_length(network, tokenizer, self.encoder.max_length)
        data = Pairs.of(dataset, tokenizer, settings.length_for(limit), settings.batch_size)
        data.strata = kind.strata(dataset.targets)
        kept = self.checkpoint
        if kept:
            start = f"{self.name} {self.encoder.version}"
            kept = replace(kept, name=fingerprint(dataset, settings, seed, start))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            steps = settings.steps_for(len(data), data.tokens_a_batch)
            adapted, no_head = with_adapters(network, settings, steps), torch.nn.Identity()
            training = PairTraining(
                adapted, no_head, data, kind, settings, np.ones(labels), seed, steps
            )
            network, _ = tracked(training, self.tracking, kept, report)
        network = merged(network, settings).eval()
        report(1.0, "Fitting the head")
        told = pooled_states(network, tokenizer, dataset.texts, limit, tokens=self.encoder.tokens)
        strength = STRENGTH / float((told**2).sum(axis=1).mean())
        weights, biases = kind.fit_linear(told, data.encoded, labels, strength)
        return FineTuneModel(
            network,
            tokenizer,
            dataset.schema,
            weights,
            biases,
            self.encoder.max_length,
            base=self.encoder.version,
            tokens=self.encoder.tokens,
        )

    def _settings(self, count: int) -> FineTuneSettings:
        """The settings with the passes and the learning rate for ``count`` texts."""
        a_pass = math.ceil(count / self.settings.batch_size)
        return replace(
            self.settings,
            epochs=max(PASSES, math.ceil(FEWEST_STEPS / a_pass)),
            encoder_lr=ENCODER_LR if self.settings.method == "full" else ADAPTER_LR,
        )
