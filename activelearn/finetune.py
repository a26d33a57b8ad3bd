"""Fine-tuning a Hugging Face encoder with a linear head on mean-pooled states."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from activelearn.data import Dataset
from activelearn.encoder import Embedder, load_pretrained, mean_pool, usable_length
from activelearn.kinds import UNSEEN_LOGIT, TaskKind, kind_of
from activelearn.learners import labelled_targets
from activelearn.models import FineTuneModel
from activelearn.progress import Progress, part

METHODS = ("full", "lora")


@dataclass(frozen=True)
class FineTuneSettings:
    """How to fine-tune; what is None is decided by the number of labels and the machine.

    ``encoder_lr`` None: 2e-4 for up to 300 texts, else 1e-4, and 1e-3 for LoRA. ``warmup`` is the
    share of steps over which the learning rates rise; they then fall to 0 linearly. ``bf16`` None:
    where the processor has it. ``max_steps`` ends training early. ValueError for impossible values.
    """

    epochs: int | None = None
    encoder_lr: float | None = None
    head_lr: float = 1e-2
    batch_size: int = 16
    warmup: float = 0.1
    method: str = "full"
    bf16: bool | None = None
    max_steps: int | None = None
    lora_rank: int = 16

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(
                f"no fine-tuning method {self.method!r}: choose {' or '.join(METHODS)}"
            )
        if not 0 <= self.warmup < 1:
            raise ValueError(
                f"warmup is {self.warmup}: give a share of the steps from 0 to below 1"
            )
        for name in ("epochs", "encoder_lr", "head_lr", "batch_size", "max_steps", "lora_rank"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}: give a number above 0")

    def epochs_for(self, count: int) -> int:
        """Many passes over few texts, and no fewer than 3 over many."""
        if self.epochs is not None:
            return self.epochs
        for limit, epochs in ((150, 30), (500, 20), (2000, 12)):
            if count <= limit:
                return epochs
        return max(24_000 // count, 3)

    def encoder_lr_for(self, count: int) -> float:
        """The encoder's highest learning rate for ``count`` texts."""
        if self.encoder_lr is not None:
            return self.encoder_lr
        if self.method == "lora":
            return 1e-3
        return 2e-4 if count <= 300 else 1e-4

    def steps_for(self, count: int) -> int:
        """How many batches training takes."""
        steps = self.epochs_for(count) * math.ceil(count / self.batch_size)
        return min(steps, self.max_steps or steps)


class FineTuneLearner:
    """Trains the whole encoder (or LoRA adapters in it) together with a linear head.

    Learning rates and pooling after what raised accuracy with few labels: mean pooling, a head that
    learns a hundred times faster than the encoder, short warm-up, linear decay.
    """

    name = "finetune"

    def __init__(self, encoder: Embedder, settings: FineTuneSettings | None = None) -> None:
        self.encoder = encoder
        self.settings = settings or FineTuneSettings()

    def fit(
        self, dataset: Dataset, *, seed: int, progress: Progress | None = None
    ) -> FineTuneModel:
        """Train from the published weights; labels without an example get about 0.

        ``progress`` is called at each step, and an exception that it raises ends the training.
        """
        import torch

        kind, settings = kind_of(dataset.schema), self.settings
        encoded = kind.encode(labelled_targets(dataset), dataset.schema)
        report = part(progress, 0.0, 1.0)
        report(0.0, "Loading the encoder")
        network, tokenizer = load_pretrained(self.encoder.model)
        limit = usable_length(network, tokenizer, self.encoder.max_length)
        tokens = tokenizer(list(dataset.texts), truncation=True, max_length=limit)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = _with_adapters(network, settings)
            head = _fresh_head(network.config.hidden_size, kind, dataset)
            network, head = _train(
                network, head, tokenizer, tokens, encoded, kind, settings, seed, report
            )
        if settings.method == "lora":
            network = network.merge_and_unload()
        return FineTuneModel(
            network,
            tokenizer,
            dataset.schema,
            head.weight.detach().float().cpu().numpy(),
            head.bias.detach().float().cpu().numpy(),
            self.encoder.max_length,
        )


def _train(
    network: Any,
    head: Any,
    tokenizer: Any,
    tokens: Any,
    encoded: np.ndarray,
    kind: TaskKind,
    settings: FineTuneSettings,
    seed: int,
    report: Progress,
) -> tuple[Any, Any]:
    import torch
    from accelerate import Accelerator
    from transformers import get_linear_schedule_with_warmup

    count = len(encoded)
    steps = settings.steps_for(count)
    accelerator = Accelerator()
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": trainable, "lr": settings.encoder_lr_for(count), "weight_decay": 0.01},
            {"params": list(head.parameters()), "lr": settings.head_lr, "weight_decay": 0.0},
        ],
        fused=True,
    )
    schedule = get_linear_schedule_with_warmup(optimizer, math.ceil(steps * settings.warmup), steps)
    network, head, optimizer = accelerator.prepare(network, head, optimizer)
    device, names = accelerator.device, [n for n in tokens if n in tokenizer.model_input_names]
    bf16 = has_bf16(device) if settings.bf16 is None else settings.bf16
    network.train()
    for step, batch in enumerate(_batches(count, settings.batch_size, steps, seed), start=1):
        padded = tokenizer.pad(
            {name: [tokens[name][i] for i in batch] for name in names}, return_tensors="pt"
        ).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            hidden = network(**padded).last_hidden_state
        logits = head(mean_pool(hidden.float(), padded["attention_mask"]))
        loss = kind.loss(logits, torch.as_tensor(encoded[batch], device=device))
        accelerator.backward(loss)
        torch.nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        report(step / steps, f"Fine-tuning: step {step} of {steps}, loss {loss.item():.3f}")
    return accelerator.unwrap_model(network), accelerator.unwrap_model(head)


def _batches(count: int, size: int, steps: int, seed: int) -> Iterator[np.ndarray]:
    """``steps`` batches of row numbers, every epoch in another order."""
    rng, done = np.random.default_rng(seed), 0
    while done < steps:
        order = rng.permutation(count)
        for first in range(0, count, size):
            if done == steps:
                return
            yield order[first : first + size]
            done += 1


def _fresh_head(hidden: int, kind: TaskKind, dataset: Dataset) -> Any:
    """A linear head on the states; labels without an example are held at a probability of 0."""
    import torch

    counts = kind.label_counts(labelled_targets(dataset), dataset.schema)
    head = torch.nn.Linear(hidden, len(counts))
    unseen = torch.tensor([count == 0 for count in counts.values()])
    with torch.no_grad():
        torch.nn.init.normal_(head.weight, std=0.02)
        head.bias.zero_()
        head.weight[unseen] = 0.0
        head.bias[unseen] = UNSEEN_LOGIT
    return head


def _with_adapters(network: Any, settings: FineTuneSettings) -> Any:
    if settings.method == "full":
        return network
    from peft import LoraConfig, get_peft_model

    rank = settings.lora_rank
    return get_peft_model(
        network, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear")
    )


def has_bf16(device: Any) -> bool:
    """Whether ``device`` computes in bfloat16 natively, so that it is faster and not emulated."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
