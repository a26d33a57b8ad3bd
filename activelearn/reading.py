"""Reading many texts with a network: tokens, batches by token budget, mean-pooled states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from activelearn.progress import Progress

if TYPE_CHECKING:
    import torch

CPU_TOKENS, ACCELERATOR_TOKENS = 512, 32_768
"""The tokens of a batch on the CPU, where little is to be padded and what is computed is to stay in
the cache, and on an accelerator, which is to be filled."""

_CHUNK = 8192


def best_device() -> torch.device:
    """The accelerator if this machine has one, else the CPU."""
    import torch

    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


def usable_length(network: Any, tokenizer: Any, max_length: int) -> int:
    """``max_length`` tokens, or fewer where the model cannot take as many."""
    positions = getattr(network.config, "max_position_embeddings", None) or max_length
    return min(max_length, positions, tokenizer.model_max_length)


def tokens_at_once(device: torch.device) -> int:
    """How many tokens a batch may have where it is computed."""
    return CPU_TOKENS if device.type == "cpu" else ACCELERATOR_TOKENS


def token_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices, longest first, in batches whose padded size stays within ``budget`` tokens."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def mean_pool(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of the real tokens' states: [b, t, d] and [b, t] to [b, d]."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)


Tokenise = Callable[[Any, Sequence[str], int], list[Sequence[int]]]


def tokenise(tokenizer: Any, texts: Sequence[str], limit: int) -> list[Sequence[int]]:
    """The token ids of each text, at most ``limit`` of them."""
    return tokenizer(list(texts), truncation=True, max_length=limit)["input_ids"]


def pooled_states(
    network: Any,
    tokenizer: Any,
    texts: Sequence[str],
    max_length: int,
    progress: Progress | None = None,
    tokens: Tokenise = tokenise,
) -> np.ndarray:
    """Mean-pooled states float32 [n, d] of ``texts``, in their order."""
    limit = usable_length(network, tokenizer, max_length)
    pooled = np.zeros((len(texts), network.config.hidden_size), dtype=np.float32)
    done = 0
    budget = tokens_at_once(_device(network))
    for first in range(0, len(texts), _CHUNK):
        ids = tokens(tokenizer, texts[first : first + _CHUNK], limit)
        batches = list(token_batches([len(one) for one in ids], budget))
        padded = (
            dict(tokenizer.pad({"input_ids": [ids[i] for i in batch]}, return_tensors="np"))
            for batch in batches
        )
        for batch, states in zip(batches, _states(network, padded), strict=True):
            pooled[[first + i for i in batch]] = states
            done += len(batch)
            if progress is not None:
                progress(done / len(texts), f"Read {done:,} of {len(texts):,} texts")
    return pooled


def _device(network: Any) -> torch.device:
    """Where it computes; what is compiled does so on the CPU."""
    import torch

    if isinstance(network, torch.nn.Module):
        return next(network.parameters()).device
    return torch.device("cpu")


def _states(network: Any, padded: Iterator[dict[str, np.ndarray]]) -> Iterator[np.ndarray]:
    """The mean-pooled states of each batch, in their order."""
    import torch

    if not isinstance(network, torch.nn.Module):
        yield from network.states(padded)
        return
    device = _device(network)
    for batch in padded:
        there = {name: torch.from_numpy(rows).to(device) for name, rows in batch.items()}
        with torch.inference_mode():
            hidden = network(**there).last_hidden_state.float()
            pooled = mean_pool(hidden, there["attention_mask"]).cpu().numpy()
        yield pooled


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1 (a row of zeros stays)."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
