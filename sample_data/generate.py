"""Write the sample data sets from their written fragments: ``python -m sample_data.generate``.

The same seed gives the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sample_data import phrases_en, phrases_zh

SEED = 20240611
ERROR_SHARE = 0.06
NEAR_MISS_SHARE = 1 / 3
DUPLICATE_SHARE = 0.03
SAME_FRAME_LIMIT = 0.65
PLAIN_WEIGHT = 8


_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_KEYBOARD = "qwertyuiop asdfghjkl zxcvbnm"

Values = Callable[[str], str]
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


def _choose(rng: random.Random, frame: str) -> str:
    while match := _CHOICE.search(frame):
        frame = frame[: match.start()] + rng.choice(match[1].split("|")) + frame[match.end() :]
    return frame


def _fill(frame: str, value: Values) -> str:
    frame = re.sub(
        r"\b([Aa]n?) \{(product2?)\}",
        lambda m: f"{m[1][0]}{'n' if value(m[2])[0] in 'aeio' else ''} {value(m[2])}",
        frame,
    )
    return _SLOT.sub(lambda m: value(m[1]), frame)


def _fitting(table: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> tuple[str, ...]:
    """What ``text`` can be about, by the first pattern of ``table`` in it; empty for anything."""
    return next((fitting for pattern, fitting in table if re.search(pattern, text)), ())


def _values(make: Callable[[str], str]) -> Values:
    """Slot values that stay the same within one message."""
    seen: dict[str, str] = {}

    def value(name: str) -> str:
        if name not in seen:
            seen[name] = make(name)
        return seen[name]

    return value


def _values_en(rng: random.Random, text: str) -> Values:
    """Slot values of one message; the product is one that ``text`` can be about."""
    products = _fitting(phrases_en.ONLY_FOR, text) or phrases_en.SLOTS["product"]
    choices = {**phrases_en.SLOTS, "product": products}
    drawn: dict[str, list[str]] = {}

    def make(name: str) -> str:
        base = name.rstrip("2")
        if base in choices:
            pair = drawn.setdefault(base, rng.sample(choices[base], 2))
            return pair[name.endswith("2")]
        month = rng.choice(phrases_en.SLOTS["month"])
        day = rng.randint(1, 28)
        made: dict[str, Callable[[], str]] = {
            "order": lambda: rng.choice(("#{}", "{}", "no. {}", "DK-{}")).format(
                rng.randint(10400, 99870)
            ),
            "amount": lambda: rng.choice(("£{}.{:02d}", "${}.{:02d}", "{}.{:02d} euros")).format(
                rng.randint(9, 240), rng.choice((0, 49, 50, 90, 95, 99))
            ),
            "date": lambda: rng.choice(
                (
                    f"{month} {day}",
                    f"the {day}{_ordinal(day)}",
                    f"{day} {month}",
                    f"{month[:3]} {day}",
                )
            ),
            "days": lambda: str(rng.randint(3, 14)),
            "days2": lambda: str(rng.randint(15, 30)),
            "card": lambda: str(rng.randint(1000, 9999)),
            "email": lambda: (
                rng.choice(("m.{}", "{}88", "{}.home", "the{}s")).format(
                    rng.choice(("keller", "osei", "brandt", "novak", "ryan", "lund"))
                )
                + "@example.com"
            ),
        }
        return made[name]()

    return _values(make)


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _typo(rng: random.Random, text: str) -> str:
    """The text with one slip of the hand in a word of four letters or more."""
    spots = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z](?=[a-z]{2})", text)]
    if not spots:
        return text
    at = rng.choice(spots)
    key = _KEYBOARD.index(text[at])
    neighbour = _KEYBOARD[max(key - 1, 0) : key + 2].replace(" ", "").replace(text[at], "")
    slip = rng.choice(("", text[at] * 2, text[at + 1] + text[at], rng.choice(neighbour)))
    skip = 2 if slip == text[at + 1] + text[at] else 1
    return text[:at] + slip + text[at + skip :]


def _join_en(parts: list[str]) -> str:
    text = parts[0]
    for before, after in pairwise(parts):
        stop = "." if before[-1].isalnum() and after[0].isupper() else ""
        text += f"{stop} {after}"
    return text


def _compose_en(rng: random.Random, label: str, core: str) -> str:
    shared = next(v for pair, v in phrases_en.BACKGROUND.items() if label in pair)
    angry = label not in phrases_en.CALM and rng.random() < 0.25
    openers = phrases_en.ANGRY_OPENERS if angry else phrases_en.OPENERS
    closers = phrases_en.ANGRY_CLOSERS if angry else phrases_en.CLOSERS
    body = [core]
    if core in phrases_en.CORES[label] and rng.random() < 0.2:
        body.insert(0, rng.choice(phrases_en.PLAIN[label]))
    if rng.random() < 0.18:
        body.insert(rng.randint(0, len(body)), rng.choice(shared))
    if rng.random() < 0.1:
        body.insert(rng.randint(0, len(body)), rng.choice(phrases_en.CONTEXT))
    if rng.random() < 0.4:
        body.append(rng.choice(closers))
    body = [_choose(rng, part) for part in body]
    value = _values_en(rng, " ".join(body))
    parts = [_fill(part, value) for part in body]
    text = _join_en([p[0].upper() + p[1:] if i and len(p) > 30 else p for i, p in enumerate(parts)])
    if rng.random() < 0.4:
        opener = _fill(rng.choice(openers), value)
        runs_on = opener[-1] in ",:" and text[1].islower() and rng.random() < 0.7
        text = f"{opener} {text[0].lower() + text[1:] if runs_on else text}"
    habit = rng.random()
    if habit < 0.13:
        text = text.lower()
    elif habit < 0.15:
        text = text.upper()
    elif habit < 0.21:
        text = re.sub(r"[.,!](?=\s|$)", "", text)
    if rng.random() < 0.28:
        for _ in range(rng.choice((1, 1, 2, 3))):
            text = _typo(rng, text)
    return text


def _vary_en(rng: random.Random, text: str) -> str:
    changes: tuple[Callable[[], str], ...] = (
        lambda: _typo(rng, text),
        lambda: text.rstrip(".!?") if text[-1] in ".!?" else text + ".",
        lambda: text + rng.choice((" Thanks.", " pls", " !!", " :(")),
        lambda: re.sub(r"\d(?!.*\d)", lambda m: str((int(m[0]) + 1) % 10), text),
    )
    return next(v for v in iter(lambda: rng.choice(changes)(), None) if v != text)


def _values_zh(rng: random.Random, core: str) -> Values:
    """Slot values of one text; the company is of a sector that ``core`` can be about."""
    sectors = _fitting(phrases_zh.ONLY_FOR, core)
    company, company2 = rng.sample(
        [c for c, sector in phrases_zh.COMPANIES.items() if not sectors or sector in sectors], 2
    )
    made: dict[str, Callable[[], str]] = {
        "company": lambda: company,
        "company2": lambda: company2,
        "sector": lambda: phrases_zh.COMPANIES[company],
        "percent": lambda: rng.choice(
            (
                f"{rng.randint(2, 68)}%",
                f"{rng.randint(2, 40)}.{rng.randint(1, 9)}%",
                "近三成",
                "逾两成",
            )
        ),
        "percent2": lambda: f"{rng.randint(0, 6)}.{rng.randint(1, 9)}%",
        "amount": lambda: rng.choice(
            (
                f"{rng.randint(2, 90)}亿元",
                f"{rng.randint(1, 9)}.{rng.randint(1, 9)}亿元",
                "逾十亿元",
            )
        ),
        "amount2": lambda: f"{rng.randint(2, 60)}.{rng.randint(1, 9)}亿元",
        "yuan": lambda: f"{rng.randint(1, 18)}元",
        "days": lambda: rng.choice("三四五六七八"),
        "years": lambda: rng.choice("三五六八"),
        "date": lambda: f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
    }
    return _values(
        lambda name: made[name]() if name in made else rng.choice(phrases_zh.SLOTS[name])
    )


def _compose_zh(rng: random.Random, label: str, core: str) -> str:
    opener = rng.choice(phrases_zh.OPENERS) if rng.random() < 0.4 else ""
    closer = rng.choice(phrases_zh.CLOSERS) if rng.random() < 0.65 else ""
    value = _values_zh(rng, core)
    head = _fill(_choose(rng, opener + core), value)
    tail = _fill(_choose(rng, closer), value)
    if head[-1] in "？！…" and tail[:1] in tuple("。，！…"):
        tail = tail.lstrip("。，！…")
    text = head + tail
    if rng.random() < 0.12:
        text = text.replace("，", " ").replace("。", " ").strip()
    return text


def _vary_zh(rng: random.Random, text: str) -> str:
    changes: tuple[Callable[[], str], ...] = (
        lambda: text.rstrip("。！…") if text[-1] in "。！…" else text + "。",
        lambda: re.sub(r"\d(?!.*\d)", lambda m: str((int(m[0]) + 1) % 10), text),
        lambda: text + rng.choice(("（转）", "[图]", "！", "~")),
        lambda: text.replace("，", ",", 1),
    )
    return next(v for v in iter(lambda: rng.choice(changes)(), None) if v != text)


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
        compose=_compose_en,
        vary=_vary_en,
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
        compose=_compose_zh,
        vary=_vary_zh,
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
