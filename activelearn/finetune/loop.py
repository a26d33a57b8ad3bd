"""The training loop: batches, loss, learning rates, and what is watched while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from activelearn.data import Dataset
from activelearn.finetune.adapters import Ranks, after_step, orthogonality
from activelearn.finetune.checkpoint import Checkpoint
from activelearn.finetune.settings import FineTuneSettings
from activelearn.kinds import TaskKind, kind_of
from activelearn.precision import has_bf16
from activelearn.progress import Progress
from activelearn.reading import mean_pool, token_batches, tokens_at_once

TEMPERATURE = 0.1
"""Of the contrastive loss: the smaller, the more the nearest texts of other labels count."""

Log = Callable[[dict[str, float], int], None]
"""Takes named values and the step at which they were measured."""


@dataclass
class Batches:
    """Tokenised texts with their targets and what each counts (``worth``, float32 [n]), dealt out
    in an order that the seed gives."""

    tokenizer: Any
    tokens: Any
    encoded: np.ndarray
    worth: np.ndarray
    size: int

    @classmethod
    def of(cls, dataset: Dataset, tokenizer: Any, limit: int, size: int) -> Self:
        """The texts of a labelled dataset, up to ``limit`` tokens of each."""
        return cls(
            tokenizer,
            dict(tokenizer(list(dataset.texts), truncation=True, max_length=limit)),
            kind_of(dataset.schema).encode(dataset.targets, dataset.schema),
            np.ones(len(dataset), dtype=np.float32),
            size,
        )

    def __len__(self) -> int:
        return len(self.encoded)

    def steps(self, total: int, seed: int) -> Iterator[np.ndarray]:
        """``total`` batches of row numbers, every epoch in another order."""
        rng, done = np.random.default_rng(seed), 0
        while done < total:
            order = rng.permutation(len(self))
            for first in range(0, len(self), self.size):
                if done == total:
                    return
                yield order[first : first + self.size]
                done += 1

    def padded(self, rows: np.ndarray, device: Any) -> Any:
        """What the network takes for these rows."""
        names = [name for name in self.tokens if name in self.tokenizer.model_input_names]
        chosen = {name: [self.tokens[name][i] for i in rows] for name in names}
        return self.tokenizer.pad(chosen, return_tensors="pt").to(device)

    @property
    def tokens_a_batch(self) -> float:
        """How many tokens a batch has, the mean; 1 at least."""
        mean = float(np.mean([len(ids) for ids in self.tokens["input_ids"]]))
        return max(min(self._texts_a_batch, len(self)) * mean, 1.0)

    @property
    def _texts_a_batch(self) -> int:
        return self.size

    def words(self) -> set[int]:
        """The tokens that batches are made of."""
        return {self.tokenizer.pad_token_id}.union(*self.tokens["input_ids"])

    def take(self, rows: np.ndarray) -> Batches:
        """These rows only."""
        tokens = {name: [values[i] for i in rows] for name, values in self.tokens.items()}
        return Batches(self.tokenizer, tokens, self.encoded[rows], self.worth[rows], self.size)


@dataclass
class Watch:
    """Labels held back; training ends when ``patience`` epochs have made it no better on them."""

    held: Batches
    patience: int
    losses: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, after which the held labels were told best."""
        return int(np.argmin(self.losses or [0.0])) + 1

    @property
    def over(self) -> bool:
        return len(self.losses) - self.best_epoch >= self.patience

    def state_dict(self) -> dict[str, list[float]]:
        """What a checkpoint keeps."""
        return {"losses": self.losses}

    def load_state_dict(self, state: dict[str, list[float]]) -> None:
        """What `state_dict` gave, of a training that goes on."""
        self.losses = state["losses"]


def contrastive_loss(states: Any, alike: Any, worth: Any, temperature: float = TEMPERATURE) -> Any:
    """How far each text lies from those that have its label, beside all others of the batch.

    ``states`` float [n, d], ``alike`` bool [n, n], ``worth`` [n]; a scalar, 0 where no two texts
    have a label in common. The supervised contrastive loss of Khosla et al. 2020, in its form with
    the sum outside the logarithm, as Gunel et al. 2021 add it to the cross-entropy.
    """
    import torch

    unit = torch.nn.functional.normalize(states, dim=1)
    own = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    logits = (unit @ unit.T / temperature).masked_fill(own, -1e9)
    near = alike & ~own
    logs = (logits.log_softmax(dim=1) * near).sum(dim=1) / near.sum(dim=1).clamp(min=1)
    weights = worth * near.any(dim=1)
    return -(weights * logs).sum() / weights.sum().clamp(min=1e-9)


@dataclass
class Training:
    """One run of ``steps`` over the data. ``importance`` [k] weighs each label, 0 without an
    example."""

    network: Any
    head: Any
    data: Batches
    kind: TaskKind
    settings: FineTuneSettings
    importance: np.ndarray
    seed: int
    steps: int

    said = "Fine-tuning"

    def run(
        self,
        report: Progress,
        *,
        watch: Watch | None = None,
        checkpoint: Checkpoint | None = None,
        log: Log | None = None,
    ) -> tuple[Any, Any]:
        """The trained (network, head)."""
        from activelearn.finetune.words import few_words

        words = self.data.words() | (watch.held.words() if watch else set())
        with few_words(self.network, words):
            return self._run(report, watch, checkpoint, log)

    def _run(
        self,
        report: Progress,
        watch: Watch | None,
        checkpoint: Checkpoint | None,
        log: Log | None,
    ) -> tuple[Any, Any]:
        import torch
        from accelerate import Accelerator
        from transformers import get_linear_schedule_with_warmup

        settings, count = self.settings, len(self.data)
        steps, a_pass = self.steps, math.ceil(count / settings.batch_size)
        accelerator = Accelerator()
        trainable = [one for one in self.network.parameters() if one.requires_grad]
        groups = [
            {"params": trainable, "lr": settings.encoder_lr_for(count), "weight_decay": 0.01},
            {"params": list(self.head.parameters()), "lr": settings.head_lr, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW([one for one in groups if one["params"]], fused=True)
        warm = math.ceil(steps * settings.warmup)
        network, head, optimizer, schedule = accelerator.prepare(
            self.network, self.head, optimizer,
            get_linear_schedule_with_warmup(optimizer, warm, steps),
        )  # fmt: skip
        contrast = settings.contrast_for(count, int((self.importance > 0).sum()))
        if settings.method == "adalora":
            accelerator.register_for_checkpointing(Ranks(network))
        if watch:
            accelerator.register_for_checkpointing(watch)
        done = checkpoint.resume(accelerator) if checkpoint else 0
        network.train()
        for step, rows in enumerate(self.data.steps(steps, self.seed), start=1):
            if step <= done:
                continue
            loss = self._loss(network, head, self.data, rows, accelerator.device, contrast)
            accelerator.backward(loss + orthogonality(network, settings))
            torch.nn.utils.clip_grad_norm_(trainable, 1.0)
            optimizer.step()
            schedule.step()
            after_step(network, settings, step)
            optimizer.zero_grad()
            value = loss.item()
            if log:
                rate = schedule.get_last_lr()[0]
                log({"loss": value, "learning_rate": rate, "epoch": step / a_pass}, step)
            if watch and step % a_pass == 0:
                watch.losses.append(self._held_loss(network, head, watch.held, accelerator.device))
                if watch.over:
                    break
            if checkpoint:
                checkpoint.keep(accelerator, step)
            report(step / steps, f"{self.said}: step {step} of {steps}, loss {value:.3f}")
        return accelerator.unwrap_model(network), accelerator.unwrap_model(head)

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

        states = self._states(network, data, rows, device)
        encoded = torch.as_tensor(data.encoded[rows], device=device)
        worth = torch.as_tensor(data.worth[rows], device=device)
        loss = self.kind.loss(
            head(states),
            encoded,
            torch.as_tensor(self.importance, dtype=torch.float32, device=device),
            worth,
            smoothing=self.settings.label_smoothing,
            gamma=self.settings.focal_gamma,
        )
        if contrast:
            loss = loss + contrast * contrastive_loss(states, self.kind.alike(encoded), worth)
        return loss

    def _states(self, network: Any, data: Batches, rows: np.ndarray, device: Any) -> Any:
        """What the network makes of these texts, float32 [n, d].

        Texts of about one length are computed together, so that little is padding.
        """
        import torch

        lengths = [len(data.tokens["input_ids"][row]) for row in rows]
        groups = list(token_batches(lengths, tokens_at_once(device)))
        bf16 = has_bf16(device) if self.settings.bf16 is None else self.settings.bf16
        pooled = []
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            for group in groups:
                padded = data.padded(rows[group], device)
                hidden = network(**padded).last_hidden_state
                pooled.append(mean_pool(hidden.float(), padded["attention_mask"]))
        back = np.argsort(np.concatenate(groups))
        return torch.cat(pooled)[torch.as_tensor(back, device=device)]

    def _held_loss(self, network: Any, head: Any, held: Batches, device: Any) -> float:
        import torch

        network.eval()
        with torch.inference_mode():
            parts = [
                (len(rows), self._loss(network, head, held, rows, device).item())
                for rows in held.steps(math.ceil(len(held) / held.size), self.seed)
            ]
        network.train()
        return sum(size * loss for size, loss in parts) / len(held)
