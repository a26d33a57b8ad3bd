"""Linear layers whose weights lie as the processor's matrix units read them."""

from __future__ import annotations

from typing import Any

import torch


class PackedLinear(torch.nn.Module):
    """A linear layer on the CPU that does not lay its weights out anew for each batch.

    With ``gelu`` its activation is computed in the same pass.
    """

    def __init__(self, linear: torch.nn.Linear, *, gelu: bool = False) -> None:
        super().__init__()
        self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), None)
        self.bias = linear.bias.detach() if linear.bias is not None else None
        self.after = ("gelu", [], "none") if gelu else ("none", [], "")

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(states, self.weight, self.bias, *self.after)


def packed(network: Any) -> Any:
    """The network with its linear layers packed, in place; as it was where torch cannot do that."""
    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return network
    for module in list(network.modules()):
        gelu = _is_gelu(getattr(module, "intermediate_act_fn", None))
        for name, child in list(module.named_children()):
            if type(child) is torch.nn.Linear:
                setattr(module, name, PackedLinear(child, gelu=gelu))
        if gelu:
            module.intermediate_act_fn = torch.nn.Identity()
    return network


def _is_gelu(activation: Any) -> bool:
    """Whether it is the exact GELU, as BERT's family has it between a layer's two halves."""
    from transformers.activations import GELUActivation

    plain = isinstance(activation, torch.nn.GELU) and activation.approximate == "none"
    exact = getattr(activation, "act", None) is torch.nn.functional.gelu
    return plain or (isinstance(activation, GELUActivation) and exact)
