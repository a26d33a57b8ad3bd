"""The words of the web UI in the reader's language, and which language that is."""

from __future__ import annotations

from collections.abc import Mapping

from ui.words import doctor, frame, labelling, learning, people, project, team

LANGUAGES = ("en", "zh")
COOKIE = "workbench_language"

STRINGS: dict[str, tuple[str, str]] = {
    **frame.WORDS,
    **project.WORDS,
    **labelling.WORDS,
    **learning.WORDS,
    **doctor.WORDS,
    **people.WORDS,
    **team.WORDS,
}


def text(language: str, key: str, **values: object) -> str:
    """The words for ``key`` with its places filled in; KeyError for an unknown key."""
    found = STRINGS[key][LANGUAGES.index(language)]
    return found.format(**values) if values else found


def named(spoken: str, group: str, name: str) -> str:
    """The words for one entry of a registry; its own name where there are none."""
    key = f"{group}.{name}"
    return text(spoken, key) if key in STRINGS else name


def translations() -> dict[str, dict[str, str]]:
    """language → key → words, as Gradio's browser side takes them."""
    return {language: {key: text(language, key) for key in STRINGS} for language in LANGUAGES}


def choose_language(cookies: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """What the switch says (a cookie), or else the first language of Accept-Language we speak."""
    if cookies.get(COOKIE) in LANGUAGES:
        return cookies[COOKIE]
    wishes = []
    for place, part in enumerate(headers.get("accept-language", "").split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, name.split("-")[0].lower()))
        except ValueError:
            continue
    spoken = [name for _, _, name in sorted(wishes) if name in LANGUAGES]
    return spoken[0] if spoken else LANGUAGES[0]
