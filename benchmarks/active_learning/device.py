"""How fast this machine's best device reads texts and fine-tunes, and what share of it is used."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.report import RESULTS, Options, measure, saved, say

NAME = "active_learning.device"
LENGTHS = {16: (2_000, 200_000), 256: (200, 20_000)}
"""Tokens a text: how many texts the CPU reads, how many an accelerator."""

TURNS = 3


def device(options: Options) -> dict:
    """Throughput of MiniLM in bf16 on the best device here, which is the part that is measured.

    Nothing is promised: a matrix rate is what large products reach, and MiniLM's are 384 wide.
    """
    from activelearn.reading import best_device

    kind = best_device().type
    measure(NAME, {kind: lambda: _measured(options.seed)}, options)
    return summary(kept_parts())


def kept_parts() -> list[dict]:
    """What was measured, a part for each kind of device."""
    names = sorted(path.stem for path in RESULTS.glob(f"{NAME}.*.json"))
    return [part for name in names if (part := saved(name))]


def summary(parts: list[dict]) -> dict:
    """The rates of each device, and what they are of the rate of its bf16 matrix products."""
    rows = []
    for part in parts:
        name = f"{part['device']}, {part['matrix_tflops']:.3g} TFLOP/s"
        rows += [
            {"device": name, "what": f"reading {one['tokens']} tokens a text",
             "a second": f"{one['texts_s']:,.0f} texts",
             "of the matrix rate": f"{one['share']:.0%}",
             "read for the first time": f"{one['first_texts_s']:,.0f} texts"}
            for one in part["reading"]
        ]  # fmt: skip
        rows.append({"device": name, "what": "fine-tuning, 16 texts a step",
                     "a second": f"{part['finetune']:,.0f} texts"})  # fmt: skip
    return {"rows": rows, "ok": True}


def _measured(seed: int) -> dict:
    import torch

    from activelearn.encoder import default_model, load_pretrained
    from activelearn.precision import at_precision
    from activelearn.reading import best_device, pooled_states
    from workbench.tokens import StoredTokens

    where = best_device()
    network, tokenizer = load_pretrained(default_model())
    network = at_precision(network.to(where), "bf16")
    words = [word for word in tokenizer.get_vocab() if word.isalpha() and word.islower()]
    rate = _matrix_rate(where)
    reading = []
    for tokens, counts in LENGTHS.items():
        say(f"reading {tokens} tokens a text")
        texts = [
            " ".join(words[(text + place + place * (text // len(words))) % len(words)]
                     for place in range(tokens - 2))
            for text in range(counts[where.type != "cpu"])
        ]  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="bench-device-") as folder:
            kept = StoredTokens(Path(folder))

            def read(some: list[str], tokens: int = tokens, kept: StoredTokens = kept) -> None:
                pooled_states(network, tokenizer, some, tokens, tokens=kept)

            read([f"{text} {words[0]}" for text in texts[: len(texts) // 10]])
            first = _rate(read, texts)
            rates = [_rate(read, texts) for _ in range(TURNS)]
        reading.append({
            "tokens": tokens, "texts": len(texts), "first_texts_s": first, "turns": rates,
            "texts_s": median(rates), "share": median(rates) * _operations(network, tokens) / rate,
        })  # fmt: skip
    say("fine-tuning")
    name = torch.cuda.get_device_name() if where.type == "cuda" else "CPU"
    return {
        "device": name,
        "matrix_tflops": rate / 1e12,
        "reading": reading,
        "finetune": _finetune_rate(seed),
    }


def _rate(read: Callable[[list[str]], None], texts: list[str]) -> float:
    """Texts a second."""
    started = time.perf_counter()
    read(texts)
    return len(texts) / (time.perf_counter() - started)


def _operations(network, tokens: int) -> int:
    """The floating-point operations of the matrix products for one text."""
    width, inner = network.config.hidden_size, network.config.intermediate_size
    layer = 2 * tokens * (4 * width * width + 2 * width * inner) + 4 * tokens**2 * width
    return network.config.num_hidden_layers * layer


def _matrix_rate(where) -> float:
    """Floating-point operations a second of large bf16 matrix products, the median of ten."""
    import torch

    size = 8192 if where.type == "cuda" else 2048
    one = torch.randn(size, size, dtype=torch.bfloat16, device=where)
    rates = []
    for _ in range(13):
        started = time.perf_counter()
        (one @ one)[0, 0].item()
        rates.append(2 * size**3 / (time.perf_counter() - started))
    return median(rates[3:])


def _finetune_rate(seed: int) -> float:
    """Samples a second of the fine-tune with its default settings, after some steps."""
    from activelearn.data import Dataset, LabelSchema
    from activelearn.encoder import Encoder
    from activelearn.finetune import FineTuneLearner, FineTuneSettings

    labels, count = ("a", "b", "c", "d"), 640
    texts = [f"message {place} about the order of thing {place % 97}" for place in range(count)]
    targets = [labels[place % len(labels)] for place in range(count)]
    data = Dataset(texts, texts, targets, LabelSchema("single", labels))
    settings = FineTuneSettings(epochs=3)
    steps: list[float] = []
    FineTuneLearner(Encoder(), settings).fit(
        data, seed=seed, progress=lambda _fraction, _text: steps.append(time.perf_counter())
    )
    warm = len(steps) // 4
    return settings.batch_size * (len(steps) - 1 - warm) / (steps[-1] - steps[warm])
