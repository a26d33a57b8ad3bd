"""Named recipes that make new labelled texts from old ones, the same for the same seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from activelearn.data import Dataset
from augment import nlpaug_port as port
from augment.wordlists import DEFAULTS
from augment.words import LANGUAGES, language_of, squeezed

ATTEMPTS = 12
CHUNK = 200

Builder = Callable[[str, Mapping[str, Any]], list[port.Port]]


@dataclass(frozen=True)
class Recipe:
    """A named nlpaug flow: the languages it fits and its parameters with their defaults.

    ``share`` is the share of a text's words that change, above 0 and up to 1; at least one does.
    """

    name: str
    languages: tuple[str, ...]
    parameters: dict[str, Any]
    build: Builder = field(repr=False, compare=False)


@dataclass(frozen=True)
class Child:
    """A text made from ``texts[parent_index]`` by ``recipe`` under the caller's ``seed``."""

    parent_index: int
    text: str
    recipe: str
    seed: int


@dataclass(frozen=True)
class Augmented:
    """The children in their parents' order, and why there are fewer than asked ("" if not)."""

    children: list[Child]
    asked: int
    made: int
    why_short: str


def augment(
    texts: list[str],
    recipe: str,
    *,
    seed: int,
    per_text: int = 1,
    parameters: Mapping[str, Any] | None = None,
    language: str = "auto",
    progress: Callable[[float, str], None] | None = None,
) -> Augmented:
    """Up to ``per_text`` different variants of each text, none equal to it or to one another.

    A child depends on its own text, the seed, the recipe and the parameters only: not on the other
    texts, on earlier calls, on threads or on the global random state, which stays as it was. With
    ``auto`` the language is told text by text, and texts that the recipe does not fit are counted
    in ``why_short``. Raises ValueError for an unknown recipe, parameter or language, and where the
    recipe fits none of the texts.
    """
    if isinstance(texts, str):
        raise ValueError("texts is one string: give a list of texts")
    chosen, settings = _recipe(recipe), _parameters(recipe, parameters)
    if isinstance(per_text, bool) or not isinstance(per_text, int) or per_text < 1:
        raise ValueError(f"per_text is {per_text!r}: give a whole number from 1 up")
    languages = _languages(chosen, texts, language)
    ports: dict[str, list[port.Port]] = {}
    children: list[Child] = []
    short: Counter[str] = Counter()
    for index, text in enumerate(texts):
        if progress is not None and index % CHUNK == 0:
            progress(index / len(texts), f"{recipe}: {index} of {len(texts)} texts")
        spoken = languages[index]
        if not text.strip():
            short["of white space only"] += 1
            continue
        if spoken not in chosen.languages:
            short["in a language that the recipe does not know"] += 1
            continue
        if spoken not in ports:
            ports[spoken] = chosen.build(spoken, settings)
        variants = _variants(text, ports[spoken], f"{seed}|{recipe}", per_text)
        children += [Child(index, variant, recipe, seed) for variant in variants]
        if not variants:
            short["without a word that the recipe can change"] += 1
        elif len(variants) < per_text:
            short["with fewer different variants than asked"] += 1
    asked = len(texts) * per_text
    return Augmented(children, asked, len(children), _why(short, asked, len(children)))


def augment_dataset(
    dataset: Dataset,
    recipe: str,
    *,
    seed: int,
    per_text: int = 1,
    parameters: Mapping[str, Any] | None = None,
    language: str = "auto",
    progress: Callable[[float, str], None] | None = None,
) -> Dataset:
    """The children of a dataset's texts, without the texts themselves.

    Each has its parent's target, and as parent the text that all began with, so that children of
    children stay in its fold too. Raises ValueError for ``spans``: their places would move.
    """
    if dataset.schema.kind == "spans":
        raise ValueError(
            f"the recipe {recipe} would move the spans of a text: "
            "augment single or multiple choice labels only"
        )
    made = augment(
        dataset.texts,
        recipe,
        seed=seed,
        per_text=per_text,
        parameters=parameters,
        language=language,
        progress=progress,
    )
    groups, born = dataset.groups(), Counter[int]()
    uids: list[str] = []
    for child in made.children:
        parent = child.parent_index
        uids.append(f"{dataset.uids[parent]}#{recipe}-{seed}-{born[parent]}")
        born[parent] += 1
    of = [child.parent_index for child in made.children]
    return Dataset(
        uids=uids,
        texts=[child.text for child in made.children],
        targets=None if dataset.targets is None else [dataset.targets[i] for i in of],
        schema=dataset.schema,
        parents=[groups[i] for i in of],
    )


def _variants(text: str, ports: list[port.Port], key: str, per_text: int) -> list[str]:
    seen, found = {squeezed(text)}, []
    for ordinal in range(per_text):
        for attempt in range(ATTEMPTS):
            derived = _derived(f"{key}|{ordinal}|{attempt}|{text}")
            variant = ports[derived % len(ports)].vary(text, derived)
            if variant is not None and squeezed(variant) not in seen:
                seen.add(squeezed(variant))
                found.append(variant)
                break
        else:
            break
    return found


def _derived(key: str) -> int:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise ValueError(f"no recipe is called {name!r}: choose one of {', '.join(RECIPES)}")
    return RECIPES[name]


def _parameters(recipe: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    known = RECIPES[recipe].parameters
    for name in given or {}:
        if name not in known:
            raise ValueError(f"{recipe} has no parameter {name!r}: it has {', '.join(known)}")
    settings = {**known, **(given or {})}
    share = settings["share"]
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise ValueError(f"share of {recipe} is {share!r}: give a number above 0 and up to 1")
    if "lists" in settings:
        settings["lists"] = _lists(settings["lists"])
    return settings


def _lists(given: Any) -> dict[str, list[list[str]]]:
    by_language = given if isinstance(given, Mapping) else dict.fromkeys(LANGUAGES, given)
    for language, groups in by_language.items():
        if language not in LANGUAGES:
            raise ValueError(f"lists has the language {language!r}: use {' or '.join(LANGUAGES)}")
        for group in groups:
            plain = not isinstance(group, str) and all(isinstance(w, str) for w in group)
            if not plain or len({word.strip().lower() for word in group} - {""}) < 2:
                raise ValueError(
                    f"lists has the group {group!r}: give at least two words that mean the same"
                )
    return {
        language: [list(dict.fromkeys(word.strip() for word in group)) for group in groups]
        for language, groups in by_language.items()
    }


def _languages(recipe: Recipe, texts: Sequence[str], language: str) -> list[str]:
    if language not in (*LANGUAGES, "auto"):
        raise ValueError(f"language is {language!r}: use en, zh or auto")
    if language == "auto":
        spoken = [language_of(text) for text in texts]
    else:
        spoken = [language] * len(texts)
    told = {tongue for tongue, text in zip(spoken, texts, strict=True) if text.strip()}
    told = told or {language} - {"auto"}
    if told and told.isdisjoint(recipe.languages):
        fitting = ", ".join(name for name, other in RECIPES.items() if "zh" in other.languages)
        raise ValueError(
            f"the recipe {recipe.name} is for English only and the texts are Chinese: use {fitting}"
        )
    return spoken


def _why(short: Counter[str], asked: int, made: int) -> str:
    if made == asked:
        return ""
    reasons = "; ".join(
        f"{count} text{'s' * (count > 1)} {reason}" for reason, count in short.most_common()
    )
    return f"{asked - made} of {asked} children could not be made: {reasons}"


def _typos(language: str, settings: Mapping[str, Any]) -> list[port.Port]:
    share = settings["share"]
    slips = [port.characters(action, language, share) for action in ("insert", "delete", "swap")]
    return [port.keyboard(language, share), port.spelling(language, share), *slips]


def _synonyms(language: str, settings: Mapping[str, Any]) -> list[port.Port]:
    return [port.reserved(language, settings["share"], settings["lists"].get(language, []))]


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("typos", ("en",), {"share": 0.12}, _typos),
        Recipe("ocr_noise", ("en",), {"share": 0.15}, lambda lang, s: [port.ocr(lang, s["share"])]),
        Recipe(
            "random_swap", LANGUAGES, {"share": 0.1}, lambda lang, s: [port.swap(lang, s["share"])]
        ),
        Recipe(
            "random_delete",
            LANGUAGES,
            {"share": 0.1},
            lambda lang, s: [port.delete(lang, s["share"])],
        ),
        Recipe("synonyms", LANGUAGES, {"share": 0.25, "lists": DEFAULTS}, _synonyms),
    )
}
