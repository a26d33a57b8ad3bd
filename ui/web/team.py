"""The Team page: each person's pace and agreement, and what they wrote for the quality lead."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import gradio as gr
from fastapi import Request

from ui.i18n import STRINGS, text
from ui.web.frame import T
from ui.web.guide import address, line
from ui.web.site import Site, day, guarded, language, member
from workbench import deal, team
from workbench.people import STAFF
from workbench.rates import Rate
from workbench.targets import from_json, show
from workbench.team import Remark, Report, Row

COLUMNS = ("person", "labels", "pace", "skips", "gold", "others", "accepted", "control")
RATES = ("skips", "gold", "others", "accepted", "control")
ALL_ROUNDS = 0
TABLE = "/api/team.csv"


class TeamPage:
    """The callbacks of the page; annotators get their own row, whatever they ask for."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def opened(self, request: gr.Request) -> tuple:
        """Everything, and the rounds to choose from."""
        found = self.found("", "", ALL_ROUNDS, request)
        choices = [(text(language(request), "team.all_rounds"), ALL_ROUNDS)]
        choices += [(str(number), number) for number in reversed(found.rounds)]
        return gr.update(choices=choices, value=ALL_ROUNDS), *self._page(found, {}, request)

    @guarded
    def filtered(self, since: str, until: str, number: int | None, request: gr.Request) -> tuple:
        """What the filters ask for."""
        number = number or ALL_ROUNDS
        asked = {"since": since or "", "until": until or "", "round": number}
        return self._page(self.found(since, until, number, request), asked, request)

    def table(self, since: str, until: str, number: int, request: Request) -> str:
        """The report as CSV; that somebody took it along is an event."""
        found = self.found(since, until, number, request)
        team.record_export(self.site.project, found, by=member(request).email)
        return team.as_csv(found)

    def found(self, since: str, until: str, number: int, request: gr.Request | Request) -> Report:
        """The report of that time and round that this person may see."""
        asks, spoken = member(request), language(request)
        return team.report(
            self.site.project,
            since=day(since, spoken),
            until=day(until, spoken),
            round=number or None,
            annotator=None if asks.role in STAFF else asks.email,
        )

    def _page(self, found: Report, asked: dict, request: gr.Request) -> tuple[str, str, str]:
        spoken, project = language(request), self.site.project
        loads = {one.annotator: one for one in deal.loads(project)}
        kind = project.schema.kind if project.has_labels() else "single"
        return (
            _step(found, spoken),
            people(found, loads, spoken, asked) + anchoring(found, spoken),
            remarks(found.remarks, kind, spoken),
        )


def build(site: Site, demo: gr.Blocks) -> None:
    """Lays the page out."""
    page = TeamPage(site)
    step = gr.HTML(elem_classes="wb-step")
    with gr.Column(elem_classes="wb-panel"), gr.Row():
        days = [
            gr.DateTime(label=T(f"team.{name}"), include_time=False, type="string", min_width=240)
            for name in ("since", "until")
        ]
        number = gr.Dropdown([(T("team.all_rounds"), ALL_ROUNDS)], value=ALL_ROUNDS,
                             label=T("team.round"), min_width=150)  # fmt: skip
    rows = gr.HTML(elem_classes="wb-panel")
    notes = gr.HTML(elem_classes="wb-panel")
    shown = [step, rows, notes]
    demo.load(page.opened, None, [number, *shown], show_progress="hidden")
    for changed in (days[0].change, days[1].change, number.input):
        changed(page.filtered, [*days, number], shown, show_progress="hidden")


def people(found: Report, loads: dict[str, deal.Load], spoken: str, asked: dict) -> str:
    """The people as a table, all of them together last, and the way to it as a file."""
    rows = [*found.rows, *([found.team] if found.team and len(found.rows) > 1 else [])]
    if not any(row.labels or row.skips.n for row in rows) and not loads:
        return f'<p class="wb-quiet">{text(spoken, "team.none")}</p>'
    head = "".join(f"<th>{text(spoken, f'team.{name}')}</th>" for name in COLUMNS)
    body = "".join(_row(row, loads.get(row.annotator), spoken) for row in rows)
    file = escape(f"{TABLE}?{urlencode(asked)}")
    how = text(spoken, "team.how", seconds=round(team.IDLE_S))
    return (
        f'<div class="wb-table wb-stacked wb-people"><table><tr>{head}</tr>{body}</table></div>'
        f'<p class="wb-quiet">{how}</p><p><a download="team.csv"'
        f' href="{file}">{text(spoken, "team.csv")}</a></p>'
    )


def anchoring(found: Report, spoken: str) -> str:
    """What is known of how suggestions pull the answers."""
    row = found.team or (found.rows[0] if found.rows else None)
    if row is None:
        return ""
    said = text(spoken, "team.not_measured")
    if row.anchoring is not None:
        points = {
            name: f"{100 * getattr(row.anchoring, name):+.1f}" for name in ("low", "high")
        } | {"points": f"{100 * row.anchoring.value:+.1f}"}
        said = text(
            spoken,
            "team.anchored",
            shown=f"{row.anchoring.shown.value:.0%}",
            hidden=f"{row.anchoring.hidden.value:.0%}",
            **points,
        )
    return f"<h2>{text(spoken, 'team.anchoring')}</h2><p>{said}</p>"


def remarks(found: list[Remark], kind: str, spoken: str) -> str:
    """What people wrote, newest first, with the texts."""
    title = f"<h2>{text(spoken, 'team.remarks')}</h2>"
    if not found:
        return f'{title}<p class="wb-quiet">{text(spoken, "team.no_remarks")}</p>'
    return title + "".join(_remark(one, kind, spoken) for one in found)


def _step(found: Report, spoken: str) -> str:
    if found.team is None:
        return line(text(spoken, "do.team_own"), spoken)
    if found.team.labels or found.team.skips.n:
        return line(text(spoken, "do.team"), spoken)
    words = text(spoken, "do.team_none")
    return line(f'<a href="{address("annotate")}">{words}</a>', spoken)


def _row(row: Row, load: deal.Load | None, spoken: str) -> str:
    who = escape(row.annotator) if row.annotator else text(spoken, "team.everybody")
    if load is not None:
        who += _small(text(spoken, "team.open", open=load.open, done=load.done))
        if load.url:
            who += (
                f'<small><a href="{escape(load.url)}" target="_blank" rel="noopener">'
                f"{text(spoken, 'team.own_tab')} ↗</a></small>"
            )
    pace = "–" if row.pace is None else text(spoken, "team.seconds", n=f"{row.pace:.1f}")
    if row.idle:
        pace += _small(text(spoken, "team.idle", n=row.idle))
    cells = [who, f"{row.labels:,}", pace, *(_rate(getattr(row, one), spoken) for one in RATES)]
    if row.kappa is not None:
        cells[COLUMNS.index("others")] += _small(
            text(spoken, "team.kappa", value=f"{row.kappa:.2f}")
        )
    named = zip(COLUMNS, cells, strict=True)
    tags = (
        f'<td data-name="{escape(text(spoken, f"team.{name}"))}"><div>{cell}</div></td>'
        for name, cell in named
    )
    return f"<tr{'' if row.annotator else ' class=wb-all'}>{''.join(tags)}</tr>"


def _rate(rate: Rate, spoken: str) -> str:
    if not rate.n:
        return "–"
    interval = f"{rate.low:.0%} – {rate.high:.0%}"
    count = text(spoken, "team.of", n=rate.n)
    return f"{rate.value:.0%}{_small(f'{interval}, {count}')}"


def _small(words: str) -> str:
    return f"<small>{words}</small>"


def _remark(one: Remark, kind: str, spoken: str) -> str:
    tags = []
    if one.unclear:
        tags.append(text(spoken, "team.unclear"))
    if one.skipped:
        known = f"annotate.{one.reason}"
        reason = text(spoken, known) if known in STRINGS else escape(one.reason)
        tags.append(
            text(spoken, "team.skipped_why", reason=reason)
            if reason
            else text(spoken, "team.skipped")
        )
    if one.answer is not None:
        tags.append(escape(show(from_json(one.answer, kind))))
    named = "".join(f'<span class="wb-tag">{tag}</span> ' for tag in tags)
    note = f"<p><b>{escape(one.note)}</b></p>" if one.note else ""
    return (
        f'<div class="wb-diff wb-remark">{named}<small class="wb-quiet">{escape(one.annotator)} ·'
        f" {one.at:%Y-%m-%d %H:%M} · {escape(one.uid)}</small>{note}<p>{escape(one.text)}</p></div>"
    )
