"""Reading many texts with a network: tokens, batches by token budget, mean-pooled states."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from activelearn.progress import Progress

if TYPE_CHECKING:
    import torch

CPU_TOKENS, ACCELERATOR_TOKENS = 512, 65_536
"""The tokens of a batch on the CPU, where little is to be padded and what is computed is to stay in
the cache, and on an accelerator, which is to be filled."""

AHEAD = 2
"""So many batches are given to a GPU before the states of the first are waited for."""

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
    """The mean of the real tokens' states: [b, t, d] and [b, t] to [b, d]; what stands where a text
    is padded may be no number."""
    real = mask.unsqueeze(-1)
    return hidden.masked_fill(real == 0, 0).sum(1) / real.sum(1).clamp(min=1)


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
        same_length = (padded(tokenizer, [ids[i] for i in batch]) for batch in batches)
        for batch, states in zip(batches, _states(network, same_length), strict=True):
            pooled[[first + i for i in batch]] = states
            done += len(batch)
            if progress is not None:
                progress(done / len(texts), f"Read {done:,} of {len(texts):,} texts")
    return pooled


def padded(tokenizer: Any, ids: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
    """The tokens of some texts as rows of one length, int64 [b, t], and which of them are real.

    What `tokenizer.pad` makes in many times the time: an accelerator waited for it.
    """
    lengths = np.fromiter(map(len, ids), np.int64, len(ids))[:, None]
    place = np.arange(lengths.max())
    left = tokenizer.padding_side == "left"
    real = place >= len(place) - lengths if left else place < lengths
    rows = np.full(real.shape, tokenizer.pad_token_id, dtype=np.int64)
    rows[real] = np.concatenate(ids)
    return {"input_ids": rows, "attention_mask": real.astype(np.int64)}


def _device(network: Any) -> torch.device:
    """Where it computes; what is compiled does so on the CPU."""
    import torch

    if isinstance(network, torch.nn.Module):
        return next(network.parameters()).device
    return torch.device("cpu")


def _states(network: Any, batches: Iterator[dict[str, np.ndarray]]) -> Iterator[np.ndarray]:
    """The mean-pooled states of each batch, in their order.

    A GPU computes the next batches while the states of the first are waited for.
    """
    import torch

    if not isinstance(network, torch.nn.Module):
        yield from network.states(batches)
        return
    device, under_way = _device(network), deque()
    for batch in batches:
        there = {name: _sent(torch.from_numpy(rows), device) for name, rows in batch.items()}
        with torch.inference_mode():
            hidden = network(**there).last_hidden_state.float()
            under_way.append(_asked_for(mean_pool(hidden, there["attention_mask"])))
        if len(under_way) > AHEAD:
            yield under_way.popleft()()
    for fetch in under_way:
        yield fetch()


def _sent(rows: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The rows there. What goes to a GPU from pinned memory does not wait for what it computes."""
    if device.type == "cuda":
        return rows.pin_memory().to(device, non_blocking=True)
    return rows.to(device)


def _asked_for(states: torch.Tensor) -> Callable[[], np.ndarray]:
    """A function that gives the states once they are here; from a GPU they are on their way."""
    import torch

    if states.device.type != "cuda":
        return lambda: states.cpu().numpy()
    here, there = states.to("cpu", non_blocking=True), torch.cuda.Event()
    there.record()

    def fetch() -> np.ndarray:
        there.synchronize()
        return here.numpy()

    return fetch


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1 (a row of zeros stays)."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
