"""How exactly to compute when many texts are read: the fastest way that tells the same classes."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

log = logging.getLogger(__name__)

SAME = 0.995
"""The share of texts whose class must not change for a faster way to be used."""

SAMPLE, MOST = 384, 2_000
WORTH_PROBING = 10 * SAMPLE
"""From so many texts on the ways are compared, on a tenth of them, ``MOST`` at most: a way that
changes 0.9 % of the classes passes with 384 texts in one case of seven, with 2,000 in one of 30."""

BEGINNING = 160
"""So many characters of a text are read to compare the ways: what each token is off by counts less
in the mean of more of them, and long texts take as long to probe as a round may take to read."""

WORTH = 1.05
"""How many times as fast a way must be to be used instead of a more exact one."""

STEADY = "bf16"
"""What replays read in: measured speeds differ from run to run, and with them the last digits of
the vectors, the texts that are chosen first, and the curve."""

CLUSTERS = 20


@dataclass(frozen=True)
class Probe:
    """The precision that was chosen; for each way texts a second and the share of equal classes."""

    precision: str
    speeds: dict[str, float]
    agreement: dict[str, float]


def probe(
    network: Any,
    read: Callable[[Any, Sequence[str]], np.ndarray],
    texts: Sequence[str],
    tell: Callable[[np.ndarray], np.ndarray] | None = None,
) -> tuple[Probe, Any]:
    """Compares the ways on a sample of ``texts``; what was found, and the network to use.

    ``read`` gives the states [n, d] that a network makes of texts, ``tell`` the class of each row
    of states: a model's own classes, or without it classes that clusters of the states stand for.
    """
    size = min(max(len(texts) // 10, SAMPLE), MOST)
    drawn = np.random.default_rng(0).permutation(len(texts))[:size]
    sample = [texts[place][:BEGINNING] for place in sorted(drawn)]
    speeds: dict[str, float] = {}
    agreement: dict[str, float] = {}
    best, chosen, expected = "", network, np.empty(0)
    for name, variant in _variants(network):
        if variant is not network:
            read(variant, sample)  # what is compiled makes itself ready for the sizes that it meets
        started = time.perf_counter()
        states = read(variant, sample)
        speeds[name] = len(sample) / (time.perf_counter() - started)
        if name == "fp32":
            tell = tell or _clusters(states)
            expected = tell(states)
        agreement[name] = float((tell(states) == expected).mean())
        if agreement[name] >= SAME and speeds[name] > WORTH * speeds.get(best, 0.0):
            best, chosen = name, variant
    return Probe(best, speeds, agreement), chosen


def at_precision(network: Any, name: str) -> Any:
    """A copy of the network that computes in ``name``; itself for fp32 and what is unknown here."""
    return next((made for known, made in _variants(network, name) if known == name), network)


def machine(network: Any) -> str:
    """What a probe's result depends on besides the network."""
    import torch

    device = next(network.parameters()).device
    kind = (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"{torch.backends.cpu.get_cpu_capability()} {torch.get_num_threads()} threads"
    )
    by = f"torch {torch.__version__}"
    if device.type == "cpu":
        by += f" openvino {version('openvino')}"
    return f"{device.type} {kind} {by}"


def has_bf16(device: Any) -> bool:
    """Whether ``device`` computes in bfloat16 natively, so that it is faster and not emulated."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def _variants(network: Any, only: str = "") -> Iterator[tuple[str, Any]]:
    import torch

    if only in ("", "fp32"):
        yield "fp32", network
    device = next(network.parameters()).device
    if device.type == "cpu":
        yield from _compiled(network, only)
    elif only in ("", "bf16") and has_bf16(device):
        yield "bf16", copy.deepcopy(network).to(torch.bfloat16)


def _compiled(network: Any, only: str) -> Iterator[tuple[str, Any]]:
    from activelearn import compiled

    ways = ["bf16", "int8"] if compiled.has_bf16() else ["int8"]
    for name in ways:
        if only in ("", name):
            try:
                yield name, compiled.CompiledEncoder(network, name)
            except Exception as error:  # whatever torch and OpenVINO raise for what they lack
                log.info("not read in %s: %s", name, str(error).strip().partition("\n")[0])


def _clusters(states: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Classes that a linear head tells apart as one on these states would."""
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression

    found = KMeans(min(CLUSTERS, len(states)), n_init=1, random_state=0).fit_predict(states)
    if len(np.unique(found)) < 2:
        return lambda rows: np.zeros(len(rows), dtype=int)
    return LogisticRegression(C=10.0, max_iter=500).fit(states, found).predict
