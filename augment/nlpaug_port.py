"""The only door to nlpaug 1.1.11: seeded, thread-safe, lossless, and honest about what it changed.

nlpaug draws from the global ``random``, rewrites white space and contractions while it tokenises,
leaves its ``nnnnn`` markers in texts with unchosen phrases, and reads its spelling dictionary in an
order that differs from process to process. Here every augmenter is built for one caller, draws from
a generator of its own, and gets tokens that join to the very text.
"""

from __future__ import annotations

import contextlib
import io
import random
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from augment.words import is_word, pieces

_GAP = r"[\W_]+$"
_SHORT = r"\w{0,3}$|\W+$"
_NO_OCR = r"[^0-9qgozZDlIsSbukrCGOUEB]+$"
_NEGATION = (
    r"\s*(?i:(?:not|no|never|none|nothing|nobody|without|neither|nor|cannot|\w+n['’]t)\b|\W+$)"
    r"|\s*[不没沒未无無非别勿]"
)
_VOWELS = "aeiouAEIOU"
_IMPORTING = threading.Lock()


@dataclass
class Port:
    """One nlpaug augmenter with its tokeniser; used by one thread at a time.

    ``share`` is the share of a text's words that are changed, at least one; ``keep_case`` begins
    the variant with a capital where the text does.
    """

    augmenter: Any
    language: str
    share: float
    keep_case: bool = False
    _cut: list[str] = field(default_factory=list)

    def vary(self, text: str, seed: int) -> str | None:
        """One variant of one text, the same for the same seed; None where nothing was changed."""
        generator = random.Random(seed)
        self.augmenter.sample = generator.sample
        words = sum(map(is_word, pieces(text, self.language)))
        if not words:
            return None
        self._budget(max(1, round(self.share * words)))
        made = self.augmenter.augment(text, n=1)
        if not made or not is_word(made[0]):
            return None
        varied = made[0].strip()
        if self.keep_case and text.strip()[0].isupper():
            varied = varied[0].upper() + varied[1:]
        return None if varied == text.strip() else varied

    def _budget(self, count: int) -> None:
        prefix = "aug_word" if hasattr(self.augmenter, "aug_word_min") else "aug"
        setattr(self.augmenter, f"{prefix}_min", count)
        setattr(self.augmenter, f"{prefix}_max", count)


def keyboard(language: str, share: float) -> Port:
    """One key next to the right one, in some words."""
    char, _ = _nlpaug()
    augmenter = char.KeyboardAug(
        include_special_char=False,
        include_numeric=False,
        include_upper_case=False,
        aug_char_max=1,
        min_char=3,
        stopwords_regex=_GAP,
        **_lossless(language),
    )
    return Port(augmenter, language, share)


def characters(action: str, language: str, share: float) -> Port:
    """One letter inserted, deleted or swapped with its neighbour, in some words."""
    import string

    char, _ = _nlpaug()
    augmenter = char.RandomCharAug(
        action=action,
        candidates=list(string.ascii_lowercase),
        aug_char_max=1,
        min_char=3,
        stopwords_regex=_GAP,
        **_lossless(language),
    )
    return Port(augmenter, language, share)


def spelling(language: str, share: float) -> Port:
    """Words as people misspell them, from nlpaug's dictionary."""
    _, word = _nlpaug()
    augmenter = word.SpellingAug(stopwords_regex=_SHORT, **_lossless(language))
    augmenter.model = _misspellings(augmenter.dict_path)
    return Port(augmenter, language, share)


def ocr(language: str, share: float) -> Port:
    """One character read as another of the same shape, in some words."""
    char, _ = _nlpaug()
    augmenter = char.OcrAug(
        aug_char_min=1, aug_char_max=1, stopwords_regex=_NO_OCR, **_lossless(language)
    )
    return Port(augmenter, language, share)


def swap(language: str, share: float) -> Port:
    """Some words change places with a neighbour; marks and spaces stay where they are."""
    _, word = _nlpaug()
    port = Port(None, language, share)

    def words(text: str) -> list[str]:
        port._cut = pieces(text, language)
        return [piece for piece in port._cut if is_word(piece)]

    def joined(tokens: Sequence[str]) -> str:
        rest = iter(tokens)
        return "".join(next(rest) if is_word(piece) else piece for piece in port._cut)

    port.augmenter = word.RandomWordAug(action="swap", tokenizer=words, reverse_tokenizer=joined)
    return port


def delete(language: str, share: float) -> Port:
    """Some words are left out, marks stay; a negation never is, for it carries the label."""
    _, word = _nlpaug()

    def words(text: str) -> list[str]:
        tokens: list[str] = []
        for piece in pieces(text, language):
            if tokens and tokens[-1].isspace():
                tokens[-1] += piece
            else:
                tokens.append(piece)
        return tokens

    augmenter = word.RandomWordAug(
        action="delete", stopwords_regex=_NEGATION, tokenizer=words, reverse_tokenizer="".join
    )
    return Port(augmenter, language, share, keep_case=True)


def reserved(language: str, share: float, groups: Sequence[Sequence[str]]) -> Port:
    """Words and phrases of a group change for another of the same group, whatever their case."""
    _, word = _nlpaug()
    port = Port(None, language, share)
    phrases = {phrase.lower() for group in groups for phrase in group}
    longest = max((len(pieces(phrase, language)) for phrase in phrases), default=1)

    def tokens(text: str) -> list[str]:
        port._cut = _merged(pieces(text, language), phrases, longest)
        return port._cut

    port.augmenter = word.ReservedAug(
        [list(group) for group in groups],
        case_sensitive=False,
        tokenizer=tokens,
        reverse_tokenizer=lambda replaced: "".join(_fitted(port._cut, replaced)),
    )
    return port


def _fitted(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Replaced words with the capital of the word before, and ``a`` or ``an`` to go with them."""
    fitted = list(after)
    for at, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        if old[0].isupper():
            fitted[at] = new[0].upper() + new[1:]
        article = fitted[at - 2] if at > 1 and fitted[at - 1].isspace() else ""
        if article.lower() in ("a", "an") and (old[0] in _VOWELS) != (new[0] in _VOWELS):
            fitted[at - 2] = article[0] + "n" * (new[0] in _VOWELS)
    return fitted


def _merged(cut: list[str], phrases: set[str], longest: int) -> list[str]:
    tokens, at = [], 0
    while at < len(cut):
        for size in range(min(longest, len(cut) - at), 1, -1):
            phrase = "".join(cut[at : at + size])
            if phrase.lower() in phrases:
                break
        else:
            size, phrase = 1, cut[at]
        tokens.append(phrase)
        at += size
    return tokens


def _lossless(language: str) -> dict[str, Callable]:
    return {"tokenizer": lambda text: pieces(text, language), "reverse_tokenizer": "".join}


@lru_cache(maxsize=1)
def _misspellings(path: str):
    from nlpaug.model.word_dict import Spelling

    model = Spelling(path, include_reverse=False)
    plain = re.compile(r"[\w'’\- ]+$")
    model.dict = {
        right: sorted(wrong.replace("_", " ") for wrong in wrongs if plain.match(wrong))
        for right, wrongs in model.dict.items()
    }
    return model


def _nlpaug():
    with _IMPORTING:
        state, screen = random.getstate(), io.StringIO()
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            import nlpaug.augmenter.char as char
            import nlpaug.augmenter.word as word
        random.setstate(state)
    return char, word
