"""The panel on the Project page that checks the set-up, and mends what can be mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

import gradio as gr

from ui.i18n import text
from ui.web.frame import T, both
from ui.web.site import Site, guarded, language, person
from ui.words.doctor import SENTENCES
from ui.words.reported import reported
from workbench.doctor import Case, Mended, Result, examine, healthy, mend
from workbench.doctor.result import ABSENT, FINE, UNKNOWN, WRONG, Said
from workbench.errors import WorkbenchError

MARKS = {FINE: "✓", WRONG: "✕", UNKNOWN: "?", ABSENT: "–"}
FOLDED = (UNKNOWN, FINE, ABSENT)


class DoctorPanel:
    """Two buttons and the list; nothing is looked at before somebody asks."""

    def __init__(self, site: Site) -> None:
        self.site = site
        gr.HTML(f'<h2>{both("doctor.title")}</h2><p class="wb-quiet">{both("doctor.hint")}</p>')
        with gr.Row():
            check = gr.Button(T("doctor.check"), elem_id="wb-doctor-check")
            fix = gr.Button(
                T("doctor.fix"), variant="primary", visible=False, elem_id="wb-doctor-fix"
            )
        shown = gr.HTML(elem_id="wb-doctor")
        check.click(self.check, None, [shown, fix], show_progress="hidden")
        fix.click(self.fix, None, [shown, fix], show_progress="minimal")

    def check(self, request: gr.Request) -> Iterator[tuple[str, dict]]:
        """The list as it grows, then sorted with what is wrong on top."""
        spoken, found = language(request), []
        hidden = gr.update(visible=False)
        try:
            with Case(self.site.project.root) as case:
                for one in examine(case):
                    found.append(one)
                    yield growing(found, spoken), hidden
        except WorkbenchError as error:
            gr.Warning(reported(spoken, str(error)), title="")
            yield "", hidden
            return
        yield report(found, [], spoken), gr.update(visible=any(one.fixable for one in found))

    @guarded
    def fix(self, request: gr.Request) -> tuple[str, dict]:
        """Mends, and shows what was done and what is left."""
        mended, found = mend(self.site.project.root, person(request))
        left = any(one.fixable for one in found)
        return report(found, mended, language(request)), gr.update(visible=left)


def growing(found: list[Result], spoken: str) -> str:
    """What is known so far: the last check, and all that is wrong."""
    last = text(spoken, "doctor.looking", name=_name(found[-1].name, spoken))
    return f'<p class="wb-quiet">{last} …</p>{_rows(found, WRONG, spoken)}'


def report(found: list[Result], mended: list[Mended], spoken: str) -> str:
    """What was done, what is wrong, and the rest folded away."""
    parts = []
    if mended:
        lines = "".join(
            f'<li class="wb-{FINE if one.done else WRONG}"><i>{MARKS[FINE if one.done else WRONG]}'
            f"</i><div><b>{_name(one.name, spoken)}</b><p>{_html(one.did, spoken)}</p></div></li>"
            for one in mended
        )
        parts.append(f"<h3>{text(spoken, 'doctor.done')}</h3><ul>{lines}</ul>")
    wrong = [one for one in found if one.state == WRONG]
    if healthy(found):
        parts.append(f'<p class="wb-ready">{text(spoken, "doctor.well")}</p>')
    elif wrong:
        parts.append(f"<h3>{text(spoken, 'doctor.problems', n=len(wrong))}</h3>")
        parts.append(_rows(found, WRONG, spoken))
    for state in FOLDED:
        count = sum(one.state == state for one in found)
        if count:
            head = text(spoken, f"doctor.{state}", n=count)
            rows = _rows(found, state, spoken)
            parts.append(f"<details><summary>{head}</summary>{rows}</details>")
    return f'<div class="wb-doctor">{"".join(parts)}</div>'


def translated(said: Said, spoken: str) -> str:
    """The sentence in the reader's language; what stands in its places stays as it is."""
    words = SENTENCES.get(said.words, said.words) if spoken == "zh" else said.words
    return words.format(**said.values)


def _rows(found: list[Result], state: str, spoken: str) -> str:
    rows = "".join(
        f'<li class="wb-{state}"><i>{MARKS[state]}</i><div><b>{_name(one.name, spoken)}</b>'
        f"<p>{_html(one.saw, spoken)}</p>"
        f"{f'<p class=wb-do>{_html(one.do, spoken)}</p>' if str(one.do) else ''}</div></li>"
        for one in found
        if one.state == state
    )
    return f'<ul class="wb-doctor">{rows}</ul>' if rows else ""


def _name(name: str, spoken: str) -> str:
    return text(spoken, f"doctor.name.{name}")


def _html(said: Said, spoken: str) -> str:
    """A sentence as HTML, what stands between backticks as code."""
    if said.values.get("cause"):
        said = Said(said.words, {"cause": _name(str(said.values["cause"]), spoken)})
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(translated(said, spoken)))
