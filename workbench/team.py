"""How a team labels: number, pace, skips, agreement, and what suggestions do to the answers."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from sqlalchemy import select

from workbench import events, items
from workbench.batch import live_round
from workbench.batch import shown as is_shown
from workbench.project import Project
from workbench.rates import Anchoring, Rate
from workbench.tables import PEOPLE, Annotation, Person, Queued

IDLE_S = 120.0
"""Seconds; a longer lead time counts as a break, not as work on the text."""

MOST_REMARKS = 200


@dataclass(frozen=True)
class Row:
    """One person, or the team where ``annotator`` is empty.

    ``pace`` is the median of the lead times in seconds, ``timed`` of how many, ``idle`` how many
    were longer than IDLE_S and left out. ``anchoring`` is of rounds where some suggestions
    were shown and some hidden at random.
    """

    annotator: str
    labels: int
    skips: Rate
    pace: float | None
    timed: int
    idle: int
    gold: Rate
    others: Rate
    kappa: float | None
    accepted: Rate
    control: Rate
    anchoring: Anchoring | None


@dataclass(frozen=True)
class Remark:
    """Something that somebody wrote about a text, for the quality lead."""

    at: datetime
    annotator: str
    uid: str
    text: str
    answer: list | None
    skipped: bool
    reason: str
    note: str
    unclear: bool


@dataclass(frozen=True)
class Report:
    """What the Team page shows: the people by email, all of them together, and the remarks."""

    rows: list[Row]
    team: Row | None
    remarks: list[Remark]
    rounds: list[int]


@dataclass(frozen=True)
class _Answer:
    said: Annotation
    round: int | None
    suggestion: str | None
    shown: bool | None
    compared: bool

    @property
    def label(self) -> str | None:
        return _key(self.said.target)


def report(
    project: Project,
    *,
    since: date | None = None,
    until: date | None = None,
    round: int | None = None,
    annotator: str | None = None,
) -> Report:
    """The answers from ``since`` to ``until`` (days in UTC, both included) and of that round.

    With ``annotator`` only that person's own row and remarks are made, and what gold and the others
    say of the round that is being labelled is left out: its labels are blind. A person's last
    answer to an item counts; what others said of it is compared whenever they said it.
    """
    answers, gold, rounds = _answers(project)
    blind = None
    if annotator is not None:
        with project.store.session() as session:
            blind = live_round(session)
    in_scope = [one for one in answers if _fits(one, since, until, round)]
    people: dict[str, list[_Answer]] = defaultdict(list)
    for one in in_scope:
        people[one.said.annotator].append(one)
    by_uid: dict[str, list[_Answer]] = defaultdict(list)
    for one in answers:
        if one.label is not None:
            by_uid[one.said.uid].append(one)
    wanted = [annotator] if annotator is not None else sorted({*people, *_annotators(project)})
    return Report(
        [_row(email, people[email], by_uid, gold, blind) for email in wanted],
        _row("", in_scope, by_uid, gold) if annotator is None else None,
        _remarks(project, in_scope if annotator is None else people[annotator]),
        rounds,
    )


def as_rows(found: Report) -> list[dict[str, object]]:
    """The report as rows of a table, rates as numbers from 0 to 1."""
    rows = []
    for row in [*found.rows, *([found.team] if found.team else [])]:
        flat: dict[str, object] = {
            "annotator": row.annotator or "(all)",
            "labels": row.labels,
            "median_seconds": row.pace,
            "timed": row.timed,
            "left_out_as_idle": row.idle,
        }
        for name in ("skips", "gold", "others", "accepted", "control"):
            rate: Rate = getattr(row, name)
            flat |= {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high,
                     f"{name}_n": rate.n}  # fmt: skip
        flat["kappa"] = row.kappa
        for name in ("value", "low", "high"):
            flat[f"anchoring_{name}"] = getattr(row.anchoring, name, None)
        rows.append(flat)
    return rows


def record_export(project: Project, found: Report, by: str, file: str = "") -> None:
    """Records that somebody took the report along."""
    rows = len(as_rows(found))
    events.record(project, by, "export", format="csv", table="team", rows=rows, file=file)


def as_csv(found: Report) -> str:
    """The report as CSV, with a head."""
    rows = as_rows(found)
    out = io.StringIO()
    if rows:
        table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return out.getvalue()


def _answers(project: Project) -> tuple[list[_Answer], dict[str, Annotation], list[int]]:
    """The last answer of each person to each item, the gold labels, and the rounds there are."""
    with project.store.session() as session:
        people = Annotation.source.in_(PEOPLE) | Annotation.ground_truth
        said = list(session.scalars(select(Annotation).where(people, ~Annotation.deleted)))
        queued = list(session.scalars(select(Queued).where(~Queued.reserve).order_by(Queued.round)))
    place = {(row.round, row.uid): row for row in queued}
    newest = {row.uid: row for row in queued}
    both: dict[int, set[bool]] = defaultdict(set)
    for row in queued:
        if row.suggestion is not None:
            both[row.round].add(row.hidden)
    grouped: dict[str, list[Annotation]] = defaultdict(list)
    for one in said:
        grouped[one.uid].append(one)
    answers, gold = [], {}
    for uid, ones in grouped.items():
        if (truth := items.ground_truth(ones)) is not None:
            gold[uid] = truth
        for one in items.latest([one for one in ones if one.source in PEOPLE]):
            row = place.get((one.round, uid)) or newest.get(uid)
            suggestion, seen = one.suggestion, one.suggestion_shown
            if suggestion is None and one.source == "labelstudio" and row is not None:
                suggestion, seen = row.suggestion, is_shown(row)
            if row is not None and row.at_random:
                suggestion = (
                    None  # easier than the rest: no control for those whose suggestion is seen
                )
            number = row.round if row is not None else one.round
            compared = number is not None and len(both[number]) == 2
            answers.append(_Answer(one, number, _key(suggestion), seen, compared))
    return answers, gold, sorted(both | {row.round: set() for row in queued})


def _annotators(project: Project) -> list[str]:
    with project.store.session() as session:
        active = select(Person.email).where(Person.active, Person.role == "annotator")
        return list(session.scalars(active))


def _fits(one: _Answer, since: date | None, until: date | None, number: int | None) -> bool:
    at = one.said.created_at
    return (
        (since is None or at >= datetime.combine(since, time()))
        and (until is None or at < datetime.combine(until, time()) + timedelta(days=1))
        and (number is None or one.round == number)
    )


def _row(
    email: str,
    answers: Sequence[_Answer],
    by_uid: dict[str, list[_Answer]],
    gold: dict[str, Annotation],
    blind: int | None = None,
) -> Row:
    """What one person did; nothing is compared of the ``blind`` round."""
    labels = [one for one in answers if one.label is not None]
    settled = [one for one in labels if blind is None or one.round not in (blind, None)]
    times = [one.said.lead_time for one in labels if one.said.lead_time > 0]
    worked = [seconds for seconds in times if seconds <= IDLE_S]
    pairs = [
        (one.label, other.label)
        for one in settled
        for other in by_uid[one.said.uid]
        if other.said.annotator != one.said.annotator
    ]
    tested = [
        one.label == _key(gold[one.said.uid].target)
        for one in settled
        if one.said.uid in gold and gold[one.said.uid].annotator != one.said.annotator
    ]
    told = [one for one in labels if one.suggestion is not None and one.shown is not None]
    seen, blind = (
        Rate.of(one.label == one.suggestion for one in told if one.compared and one.shown == shown)
        for shown in (True, False)
    )
    return Row(
        email,
        len(labels),
        Rate.of(one.said.skipped for one in answers),
        median(worked) if worked else None,
        len(worked),
        len(times) - len(worked),
        Rate.of(tested),
        Rate.of(mine == theirs for mine, theirs in pairs),
        _kappa(pairs),
        Rate.of(one.label == one.suggestion for one in told if one.shown),
        Rate.of(one.label == one.suggestion for one in told if not one.shown),
        Anchoring.of(seen, blind),
    )


def _kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa; None where it says nothing, since one label is all that was used."""
    if len({label for pair in pairs for label in pair}) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score

    mine, theirs = zip(*pairs, strict=True)
    return float(cohen_kappa_score(mine, theirs))


def _remarks(project: Project, answers: Sequence[_Answer]) -> list[Remark]:
    said = [one.said for one in answers]
    worth = [one for one in said if one.unclear or one.note or (one.skipped and one.reason)]
    worth = sorted(worth, key=lambda one: one.created_at, reverse=True)[:MOST_REMARKS]
    texts = items.texts(project, [one.uid for one in worth])
    return [
        Remark(
            one.created_at,
            one.annotator,
            one.uid,
            texts[one.uid],
            one.target,
            one.skipped,
            one.reason,
            one.note,
            one.unclear,
        )
        for one in worth
    ]


def _key(target: list | None) -> str | None:
    return None if target is None else json.dumps(target, sort_keys=True)
