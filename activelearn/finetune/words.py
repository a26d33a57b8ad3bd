"""Training only the word vectors that the texts at hand need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch


class _FewWords(torch.nn.Module):
    """Stands for a whole table of word vectors, and holds those of some tokens."""

    def __init__(self, whole: torch.nn.Embedding, ids: list[int]) -> None:
        super().__init__()
        place = torch.full((whole.num_embeddings,), len(ids))  # what is not at hand is an error
        place[ids] = torch.arange(len(ids))
        self.register_buffer("place", place.to(whole.weight.device), persistent=False)
        self.weight = torch.nn.Parameter(whole.weight.detach()[ids].clone())
        pad = whole.padding_idx
        self.padding_idx = ids.index(pad) if pad in ids else None

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        found = self.place[input_ids]
        return torch.nn.functional.embedding(found, self.weight, self.padding_idx)


@contextmanager
def few_words(network: Any, tokens: Iterable[int]) -> Iterator[None]:
    """While it lasts, of the network's word vectors only those of ``tokens`` are trained.

    The others would get no gradient, but the time and memory that a step takes would be theirs:
    they are half of MiniLM's weights, and four fifths of multilingual MiniLM's. What was learned
    is put back when it ends without an error; a network whose vectors are frozen, or are looked up
    in a way of its own, stays as it is.
    """
    whole: Any = None
    with suppress(NotImplementedError):
        whole = network.get_input_embeddings()
    if type(whole) is not torch.nn.Embedding or not whole.weight.requires_grad:
        yield
        return
    ids = sorted(set(tokens))
    few = _FewWords(whole, ids)
    network.set_input_embeddings(few)
    yield
    whole.to(few.weight.device)
    with torch.no_grad():
        whole.weight[ids] = few.weight
    network.set_input_embeddings(whole)
