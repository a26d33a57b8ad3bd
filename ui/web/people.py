"""The People page: who may log in and as what, and the event log."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from html import escape

import gradio as gr

from ui.i18n import named, text
from ui.web.frame import T, both
from ui.web.guide import line
from ui.web.intake_panel import table
from ui.web.jobs_panel import duration
from ui.web.site import Site, day, guarded, language, member, person
from workbench import events, people
from workbench.errors import ConfigError
from workbench.events import Entry
from workbench.people import ROLES, Profile
from workbench.tables import now

SHOWN = 100
COLUMNS = ("email", "role", "seen", "answers")
LOG_COLUMNS = ("at", "who", "what", "about")
LONGEST_VALUE = 120
JUST_NOW_S = 90


class PeoplePage:
    """The callbacks of the page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @guarded
    def overview(self, request: gr.Request) -> tuple[str, dict]:
        """The list of people, and whom one may pick."""
        found = people.profiles(self.site.project)
        emails = [one.member.email for one in found if one.member.active]
        return listed(found, language(request)), gr.update(choices=emails)

    @guarded
    def picked(self, email: str | None) -> object:
        """The role of who is picked."""
        found = people.find(self.site.project, (email or "").strip())
        return found.role if found else gr.skip()

    @guarded
    def save(self, email: str | None, role: str, request: gr.Request) -> str:
        """Adds somebody, with a new password that is shown once, or changes their role."""
        email = self._email(email, request)
        wanted = role if people.anybody(self.site.project) else "engineer"
        made = people.add(self.site.project, email, role=wanted or "", by=member(request))
        kept = people.find(self.site.project, email)
        spoken = language(request)
        named_role = text(spoken, f"people.{kept.role}")
        said = _ready(text(spoken, "people.saved", email=email, role=named_role))
        return said + (_password(email, made, spoken) if made else "")

    @guarded
    def reset(self, email: str | None, request: gr.Request) -> str:
        """Gives somebody a new password, which is shown once."""
        email = self._email(email, request)
        made = people.reset_password(self.site.project, email, by=member(request))
        return _password(email, made, language(request))

    @guarded
    def leave(self, email: str | None, request: gr.Request) -> str:
        """Ends somebody's log-ins for good."""
        email = self._email(email, request)
        people.leave(self.site.project, email, by=member(request))
        return _ready(text(language(request), "people.gone", email=email))

    @guarded
    def log(
        self, who: str | None, what: str | None, since: str, until: str, request: gr.Request
    ) -> tuple[str, dict, dict]:
        """The newest events that fit, and the values to filter by."""
        spoken, project = language(request), self.site.project
        fits = _filter(who, what, since, until, spoken)
        names, kinds = events.kinds(project)
        everybody = [(text(spoken, "log.anybody"), ""), *((name, name) for name in names)]
        everything = [(named(spoken, "event", one), one) for one in kinds]
        everything.insert(0, (text(spoken, "log.anything"), ""))
        return (
            logged(events.find(project, limit=SHOWN, **fits), spoken),
            gr.update(choices=everybody, value=who or ""),
            gr.update(choices=everything, value=what or ""),
        )

    def csv(self, who: str, what: str, since: str, until: str, request: gr.Request) -> tuple:
        """All events that fit as CSV."""
        return self._export("csv", (who, what, since, until), request)

    def jsonl(self, who: str, what: str, since: str, until: str, request: gr.Request) -> tuple:
        """All events that fit as JSON lines."""
        return self._export("jsonl", (who, what, since, until), request)

    @guarded
    def _export(self, ending: str, chosen: tuple, request: gr.Request) -> tuple[str, dict]:
        spoken, project = language(request), self.site.project
        path = project.root / "exports" / f"events.{ending}"
        count = events.export(project, path, by=person(request), **_filter(*chosen, spoken))
        made = _ready(text(spoken, "log.made", n=f"{count:,}"))
        return made, gr.update(value=str(path), visible=True)

    def _email(self, email: str | None, request: gr.Request) -> str:
        if not (email or "").strip():
            raise ConfigError(text(language(request), "people.no_email"))
        return email.strip()


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = PeoplePage(site)
    hint = line(both("people.rule"), "en").replace(text("en", "next"), both("people.title"), 1)
    gr.HTML(hint, elem_classes="wb-step")
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320, elem_classes="wb-panel"):
            listing = gr.HTML()
        with gr.Column(scale=2, min_width=300, elem_classes="wb-panel"):
            gr.HTML(f"<h2>{both('people.edit')}</h2>")
            who = gr.Dropdown([], label=T("people.who"), allow_custom_value=True, value=None)
            roles = [(T(f"people.{role}"), role) for role in ROLES]
            role = gr.Radio(roles, value=people.NEWCOMER, label=T("people.role"))
            save = gr.Button(T("people.save"), variant="primary", elem_id="wb-person-save")
            with gr.Row():
                reset = gr.Button(T("people.reset"), size="sm", min_width=120)
                leave = gr.Button(T("people.leave"), size="sm", min_width=120)
            gr.HTML(f'<p class="wb-quiet">{both("people.leave_sure")}</p>')
            said = gr.HTML(elem_id="wb-person-said")
    with gr.Column(elem_classes="wb-panel"):
        gr.HTML(f'<h2>{both("log.title")}</h2><p class="wb-quiet">{both("log.hint")}</p>')
        with gr.Row():
            chosen = [
                gr.Dropdown([], label=T("log.who"), value=None, min_width=140),
                gr.Dropdown([], label=T("log.what"), value=None, min_width=140),
                gr.Textbox(label=T("log.since"), placeholder="2026-01-31", min_width=110),
                gr.Textbox(label=T("log.until"), placeholder="2026-12-31", min_width=110),
            ]
        log = gr.HTML(elem_id="wb-log")
        with gr.Row():
            as_csv = gr.Button(T("log.csv"), size="sm", elem_classes="wb-small")
            as_jsonl = gr.Button(T("log.jsonl"), size="sm", elem_classes="wb-small")
        made = gr.HTML()
        download = gr.DownloadButton(T("export.download"), visible=False, elem_id="wb-download")
    shown, filtered = [listing, who], [log, *chosen[:2]]
    demo.load(page.overview, None, shown, show_progress="hidden")
    demo.load(page.log, chosen, filtered, show_progress="hidden")
    who.change(page.picked, who, role, show_progress="hidden")
    for button, does, given in (
        (save, page.save, [who, role]), (reset, page.reset, who), (leave, page.leave, who),
    ):  # fmt: skip
        button.click(does, given, said).then(
            page.overview, None, shown, show_progress="hidden"
        ).then(page.log, chosen, filtered, show_progress="hidden")
    for one in chosen:
        one.change(page.log, chosen, filtered, show_progress="hidden")
    as_csv.click(page.csv, chosen, [made, download])
    as_jsonl.click(page.jsonl, chosen, [made, download])


def listed(found: list[Profile], spoken: str) -> str:
    """Everybody as a table, those who left at the end."""
    title = f"<h2>{text(spoken, 'people.title')}</h2>"
    if not found:
        return f'{title}<p class="wb-quiet">{text(spoken, "people.none")}</p>'
    head = [text(spoken, f"people.{name}") for name in COLUMNS]
    ordered = sorted(found, key=lambda one: not one.member.active)
    return title + table(head, [_row(one, spoken) for one in ordered])


def _row(one: Profile, spoken: str) -> list[str]:
    marks = {"left": not one.member.active, "configured": one.member.configured}
    shown = "".join(
        f' <span class="wb-tag">{text(spoken, f"people.{mark}")}</span>'
        for mark, holds in marks.items()
        if holds
    )
    return [
        f'<span class="wb-email">{escape(one.member.email)}</span>{shown}',
        text(spoken, f"people.{one.member.role}"),
        _ago(one.seen_at, spoken),
        f"{one.answers:,}",
    ]


def _ago(moment: datetime | None, spoken: str) -> str:
    if moment is None:
        return text(spoken, "people.never")
    seconds = (now() - moment).total_seconds()
    if seconds < JUST_NOW_S:
        return text(spoken, "people.now")
    return text(spoken, "people.ago", time=duration(seconds, spoken))


def logged(found: list[Entry], spoken: str) -> str:
    """Events as a table."""
    if not found:
        return f'<p class="wb-quiet">{text(spoken, "log.none")}</p>'
    head = [text(spoken, f"log.{name}") for name in LOG_COLUMNS]
    rows = [
        [
            f"{one.at:%Y-%m-%d}<small>{one.at:%H:%M:%S}</small>",
            f'<span class="wb-email">{escape(one.who)}</span>',
            escape(named(spoken, "event", one.what)),
            f'<span class="wb-about">{_about(one.about)}</span>',
        ]
        for one in found
    ]
    more = text(spoken, "log.first", n=SHOWN) if len(found) == SHOWN else ""
    return table(head, rows) + (f'<p class="wb-quiet">{more}</p>' if more else "")


def _about(about: dict) -> str:
    parts = []
    for name, value in about.items():
        if value in (None, "", [], {}):
            continue
        shown = str(value)
        shown = shown if len(shown) <= LONGEST_VALUE else shown[:LONGEST_VALUE] + "…"
        parts.append(f"<i>{escape(name.replace('_', ' '))}</i> {escape(shown)}")
    return " · ".join(parts)


def _filter(who: str | None, what: str | None, since: str, until: str, spoken: str) -> dict:
    first, last = day(since, spoken), day(until, spoken)
    return {
        "who": who or "",
        "what": what or "",
        "since": datetime.combine(first, time.min) if first else None,
        "until": datetime.combine(last, time.min) + timedelta(days=1) if last else None,
    }


def _ready(words: str) -> str:
    return f'<p class="wb-ready">{escape(words)}</p>'


def _password(email: str, password: str, spoken: str) -> str:
    words = escape(text(spoken, "people.password", email=email))
    return f'<p>{words}</p><p><code class="wb-secret">{escape(password)}</code></p>'
