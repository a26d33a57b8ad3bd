"""How a text of the sample data is put together from its written fragments, and repeated."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import pairwise

from sample_data import phrases_en, phrases_zh

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_KEYBOARD = "qwertyuiop asdfghjkl zxcvbnm"

Values = Callable[[str], str]


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


def compose_en(rng: random.Random, label: str, core: str) -> str:
    """A message of the class ``label`` around the frame ``core``, with typing habits and slips."""
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


def vary_en(rng: random.Random, text: str) -> str:
    """The text with one small change, as somebody sends it twice."""
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


def compose_zh(rng: random.Random, label: str, core: str) -> str:
    """A text of the class ``label`` around the frame ``core``."""
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


def vary_zh(rng: random.Random, text: str) -> str:
    """The text with one small change, as it is passed on."""
    changes: tuple[Callable[[], str], ...] = (
        lambda: text.rstrip("。！…") if text[-1] in "。！…" else text + "。",
        lambda: re.sub(r"\d(?!.*\d)", lambda m: str((int(m[0]) + 1) % 10), text),
        lambda: text + rng.choice(("（转）", "[图]", "！", "~")),
        lambda: text.replace("，", ",", 1),
    )
    return next(v for v in iter(lambda: rng.choice(changes)(), None) if v != text)
