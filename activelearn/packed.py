"""Linear layers whose weights lie as the processor's matrix units read them."""

from __future__ import annotations

from typing import Any

import torch


class PackedLinear(torch.nn.Module):
    """A linear layer on the CPU that does not lay its weights out anew for each batch."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), None)
        self.bias = linear.bias.detach() if linear.bias is not None else None

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(
            states, self.weight, self.bias, "none", [], ""
        )  # fmt: skip


def packed(network: Any) -> Any:
    """The network with its linear layers packed, in place; as it was where torch cannot do that."""
    if hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        for module in list(network.modules()):
            for name, child in module.named_children():
                if type(child) is torch.nn.Linear:
                    setattr(module, name, PackedLinear(child))
    return network
