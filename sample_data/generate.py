"""Write the sample data sets from their written fragments: ``python -m sample_data.generate``.

The same seed gives the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from sample_data import phrases_en, phrases_zh
from sample_data.composing import compose_en, compose_zh, vary_en, vary_zh

SEED = 20240611
ERROR_SHARE = 0.06
NEAR_MISS_SHARE = 1 / 3
DUPLICATE_SHARE = 0.03
SAME_FRAME_LIMIT = 0.65
PLAIN_WEIGHT = 8


Compose = Callable[[random.Random, str, str], str]


class Message(NamedTuple):
    """One text with its true class and, for a near-duplicate, the text that it repeats."""

    text: str
    label: str
    copy_of: str | None = None


class SampleSet(NamedTuple):
    """What makes one data set: its frames, how a text is composed and repeated, its neighbours."""

    folder: str
    prefix: str
    per_class: int
    cores: dict[str, tuple[str, ...]]
    neighbours: dict[str, tuple[str, ...]]
    compose: Compose
    vary: Callable[[random.Random, str], str]
    long_enough: Callable[[str], bool]


SETS: tuple[SampleSet, ...] = (
    SampleSet(
        folder="customer_service_en",
        prefix="cs",
        per_class=150,
        cores={
            label: cores + phrases_en.PLAIN[label] * PLAIN_WEIGHT
            for label, cores in phrases_en.CORES.items()
        },
        neighbours={
            label: tuple(other for other in pair if other != label)
            for pair in phrases_en.BACKGROUND
            for label in pair
        },
        compose=compose_en,
        vary=vary_en,
        long_enough=lambda text: 3 <= len(text.split()) <= 60,
    ),
    SampleSet(
        folder="finance_sentiment_zh",
        prefix="fs",
        per_class=320,
        cores=phrases_zh.CORES,
        neighbours={
            "positive": ("neutral",),
            "neutral": ("positive", "negative"),
            "negative": ("neutral",),
        },
        compose=compose_zh,
        vary=vary_zh,
        long_enough=lambda text: 8 <= len(text) <= 90,
    ),
)


def _shingles(text: str) -> set[str]:
    folded = text.lower()
    return {folded[i : i + 3] for i in range(len(folded) - 2)}


def _alike(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b)


def _frames(rng: random.Random, cores: tuple[str, ...]) -> Iterator[str]:
    """Every frame once in random order, then again in another order, without end."""
    while True:
        yield from rng.sample(cores, len(cores))


def _messages(rng: random.Random, sample: SampleSet) -> list[Message]:
    messages: list[Message] = []
    classes = len(sample.cores)
    total = sample.per_class * classes
    originals = total - round(DUPLICATE_SHARE * total)
    for number, (label, cores) in enumerate(sample.cores.items()):
        share = originals * (number + 1) // classes - originals * number // classes
        made: dict[str, list[set[str]]] = {core: [] for core in cores}
        frames = _frames(rng, cores)
        kept: list[str] = []
        while len(kept) < share:
            core = next(frames)
            text = sample.compose(rng, label, core)
            shingles = _shingles(text)
            if not sample.long_enough(text):
                continue
            if any(_alike(shingles, other) > SAME_FRAME_LIMIT for other in made[core]):
                continue
            made[core].append(shingles)
            kept.append(text)
        messages += [Message(text, label) for text in kept]
    sources = [m for m in messages if len(_shingles(m.text)) > 24]
    for source in rng.sample(sources, total - len(messages)):
        varied = sample.vary(rng, source.text)
        while not sample.long_enough(varied):
            varied = sample.vary(rng, source.text)
        messages.append(Message(varied, source.label, copy_of=source.text))
    rng.shuffle(messages)
    return messages


def _plant(rng: random.Random, messages: list[Message], sample: SampleSet) -> dict[int, str]:
    """Row number to wrong label: a third to a neighbouring class, the rest to a distant one."""
    count = round(ERROR_SHARE * len(messages))
    near = round(NEAR_MISS_SHARE * count)
    neighbours = sample.neighbours
    wrong: dict[int, str] = {}
    for row in rng.sample(range(len(messages)), len(messages)):
        label = messages[row].label
        far = [other for other in sample.cores if other not in (label, *neighbours[label])]
        options = list(neighbours[label]) if len(wrong) < near else far
        if options and len(wrong) < count:
            wrong[row] = rng.choice(options)
    return wrong


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def generate(root: Path, seed: int = SEED) -> list[Path]:
    """Write every sample set under ``root`` and return the files written."""
    written: list[Path] = []
    for sample in SETS:
        rng = random.Random(f"{sample.folder}-{seed}")
        messages = _messages(rng, sample)
        wrong = _plant(rng, messages, sample)
        uids = [f"{sample.prefix}-{row + 1:04d}" for row in range(len(messages))]
        uid_of = {message.text: uid for message, uid in zip(messages, uids, strict=True)}
        folder = root / sample.folder
        folder.mkdir(parents=True, exist_ok=True)
        written.append(
            _write(
                folder / "messages.csv",
                ("uid", "text", "label"),
                ((uids[i], m.text, wrong.get(i, m.label)) for i, m in enumerate(messages)),
            )
        )
        written.append(
            _write(
                folder / "planted_errors.csv",
                ("uid", "given_label", "true_label"),
                ((uids[i], wrong[i], messages[i].label) for i in sorted(wrong)),
            )
        )
        written.append(
            _write(
                folder / "near_duplicates.csv",
                ("uid", "copy_of"),
                ((u, uid_of[m.copy_of]) for u, m in zip(uids, messages, strict=True) if m.copy_of),
            )
        )
    return written


def main() -> None:
    """Write the sample sets beside this script, or under the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    for path in generate(parser.parse_args().out):
        print(path)


if __name__ == "__main__":
    main()
