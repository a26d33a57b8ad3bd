"""Adapters in a frozen encoder (LoRA, AdaLoRA) in place of training all of it."""

from __future__ import annotations

from typing import Any

from activelearn.finetune.settings import FineTuneSettings


def with_adapters(network: Any, settings: FineTuneSettings, steps: int) -> Any:
    """The network, with adapters in all its linear layers where the method asks for them.

    AdaLoRA begins with half as many ranks again and gives them up over ``steps`` steps where they
    matter least (Zhang et al. 2023).
    """
    if settings.method == "full":
        return network
    from peft import AdaLoraConfig, LoraConfig, get_peft_model

    rank = settings.lora_rank
    common = {"lora_alpha": 2 * rank, "target_modules": "all-linear"}
    if settings.method == "lora":
        return get_peft_model(network, LoraConfig(r=rank, **common))
    total = max(steps, 4)
    schedule = {"tinit": total // 10, "tfinal": total // 3, "deltaT": max(1, total // 50)}
    adaptive = AdaLoraConfig(
        init_r=rank + rank // 2, target_r=rank, total_step=total, **schedule, **common
    )
    return get_peft_model(network, adaptive)


def merged(network: Any, settings: FineTuneSettings) -> Any:
    """The plain network with what its adapters learned."""
    return network if settings.method == "full" else network.merge_and_unload()


def after_step(network: Any, settings: FineTuneSettings, step: int) -> None:
    """AdaLoRA looks after each step where ranks are needed."""
    if settings.method != "adalora":
        return
    for parameter in network.parameters():
        if parameter.requires_grad and parameter.grad is None:
            # of a layer that the pooled states do not come through
            parameter.grad = parameter.new_zeros(parameter.shape)
    network.base_model.update_and_allocate(step)


class Ranks:
    """What AdaLoRA knows of its ranks besides the weights, as a checkpoint keeps it."""

    FIELDS = ("ipt", "exp_avg_ipt", "exp_avg_unc")

    def __init__(self, network: Any) -> None:
        self.config = network.peft_config["default"]
        self.allocator = network.base_model.rankallocator

    def state_dict(self) -> dict:
        known = {name: dict(getattr(self.allocator, name)) for name in self.FIELDS}
        return known | {"rank_pattern": self.config.rank_pattern}

    def load_state_dict(self, state: dict) -> None:
        for name in self.FIELDS:
            setattr(self.allocator, name, state[name])
        self.config.rank_pattern = state["rank_pattern"]


def orthogonality(network: Any, settings: FineTuneSettings) -> Any:
    """What AdaLoRA adds to the loss, so that its factors stay orthogonal as in a decomposition."""
    if settings.method != "adalora":
        return 0.0
    import torch

    gaps = []
    for name, factor in network.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            gram = factor @ factor.T if "lora_A" in name else factor.T @ factor
            gaps.append(torch.linalg.norm(gram - torch.eye(len(gram), device=gram.device)))
    return network.peft_config["default"].orth_reg_weight * sum(gaps) / len(gaps)
