"""An encoder compiled by OpenVINO for the processor that it runs on."""

from __future__ import annotations

import copy
import logging
import math
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

from activelearn.reading import mean_pool

GROUP = 128
"""How many neighbouring states of a token share a scale when they are multiplied in int8."""


class CompiledEncoder:
    """The mean-pooled states that ``network`` gives, computed in ``bf16`` or ``int8``.

    In int8 the weights of linear layers are scaled by row, the states by token and group, and the
    rest is bf16 where the processor has it. Raises an error of torch's or OpenVINO's where the
    network cannot be translated.
    """

    def __init__(self, network: Any, precision: str) -> None:
        self.config = network.config
        self.precision = precision
        if precision == "int8":
            network = _in_int8(network)
        rough = "bf16" if has_bf16() else "f32"
        settings = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": rough,
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "ENABLE_CPU_PINNING": False,
        }
        if precision == "int8":
            linear = (one for one in network.modules() if isinstance(one, _Int8Linear))
            widths = (layer.in_features for layer in linear)
            settings["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = math.gcd(GROUP, *widths)
        self._compiled = _core().compile_model(_translated(network), "CPU", settings)

    def states(self, batches: Iterable[dict[str, np.ndarray]]) -> Iterator[np.ndarray]:
        """For each batch, ``input_ids`` and ``attention_mask`` int64 [b, t], the states float32
        [b, d], in order. Several are computed at a time, each by few threads: they then need not
        wait for one another at every layer.
        """
        at_once = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS") + 1
        free = [self._compiled.create_infer_request() for _ in range(at_once)]
        under_way: deque[Any] = deque()

        def first() -> np.ndarray:
            request = under_way.popleft()
            request.wait()
            free.append(request)
            return request.get_output_tensor().data.copy()

        try:
            for batch in batches:
                if not free:
                    yield first()
                request = free.pop()
                request.start_async([batch["input_ids"], batch["attention_mask"]])
                under_way.append(request)
            while under_way:
                yield first()
        finally:
            for request in under_way:
                request.wait()


def has_bf16() -> bool:
    """Whether this processor multiplies in bfloat16."""
    return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _core() -> Any:
    import openvino

    return openvino.Core()


class _Pooled(torch.nn.Module):
    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.network(input_ids=input_ids, attention_mask=attention_mask)
        return mean_pool(states.last_hidden_state, attention_mask)


class _Int8Linear(torch.nn.Module):
    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self.in_features = linear.in_features
        weight = linear.weight.detach()
        scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
        self.register_buffer("weight", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach())

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        weight = self.weight.to(torch.float32) * self.scale
        return torch.nn.functional.linear(states, weight, self.bias)


def _in_int8(network: Any) -> Any:
    rough = copy.deepcopy(network)
    for module in list(rough.modules()):
        for name, child in list(module.named_children()):
            if type(child) is torch.nn.Linear:
                setattr(module, name, _Int8Linear(child))
    return rough


def _translated(network: Any) -> Any:
    """The network as OpenVINO's own graph, for any number of texts and tokens.

    By the front end itself: ``openvino.convert_model`` does the same and reports its use.
    """
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    mask = torch.ones(3, 7, dtype=torch.long)
    mask[1:, 5:] = 0
    example = {"input_ids": torch.ones_like(mask), "attention_mask": mask}
    said = logging.getLogger("transformers.modeling_utils")
    level = said.level
    said.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            decoder = TorchScriptPythonDecoder(_Pooled(network).eval(), example_input=example)
            front_end = FrontEndManager().load_by_framework("pytorch")
            return front_end.convert(front_end.load(decoder))
    finally:
        said.setLevel(level)
