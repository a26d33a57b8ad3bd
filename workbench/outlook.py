"""Whether to go on labelling: when to stop, what more labels would buy, what choosing saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite
from statistics import median

import numpy as np
from sqlalchemy import func, select

from activelearn.data import Dataset, LabelSchema
from activelearn.evaluate import Interval
from activelearn.forecast import AHEAD, Measurement, fit_curve
from activelearn.kinds import kind_of
from activelearn.stopping import Verdict, agreement, few_changes, stabilised, target_reached
from workbench import items
from workbench.accuracy import estimates
from workbench.project import Project
from workbench.scores import Scores, parts
from workbench.tables import PEOPLE, Annotation, Item, Round

FEWEST_MEASURED = 10
"""Labels that a model was measured on without which a forecast from its accuracy says nothing."""


@dataclass(frozen=True)
class Forecast:
    """Accuracy as the curve through the rounds has it, ``now`` and with ``more`` labels, of which
    some are of the holdout: the median and a 90 % interval."""

    more: int
    now: float
    then: Interval


@dataclass(frozen=True)
class Saved:
    """Labels, hours and money that choosing saved against random labels, each with 90 % bounds.

    ``money`` is None where the project does not say what a label costs; ``hours`` where it neither
    says nor shows how long one takes.
    """

    labels: Interval
    hours: Interval | None
    money: Interval | None
    currency: str


@dataclass(frozen=True)
class Outlook:
    """What is known of the rounds to come; ``forecasts`` is None while the last model was not
    measured on enough, and empty where nothing is left to label. ``holdout`` counts its items, None
    while it is not drawn."""

    holdout: int | None
    verdicts: list[Verdict]
    forecasts: list[Forecast] | None
    saved: Saved | None
    calibration: dict[str, float]
    """``temperature`` of the last model, expected calibration error ``before`` it and ``after``."""


def outlook(project: Project) -> Outlook:
    """The stopping criteria, the forecasts and the savings, from the rounds so far."""
    with project.store.session() as session:
        done = select(Round).where(Round.state == "done", Round.model_version != "")
        rounds = list(session.scalars(done.order_by(Round.number)))
        held = session.scalar(select(func.count()).where(Item.holdout))
    return Outlook(
        held if project.store.fact(items.DRAWN_OF) else None,
        _verdicts(project, rounds),
        _forecasts(project, rounds, held),
        _saved(project, rounds),
        rounds[-1].evaluation.get("calibration", {}) if rounds else {},
    )


def stability(before: Scores | None, after: Scores, kind: str, renamed: Mapping[str, str]) -> dict:
    """How far two rounds' models agree on the items that neither learned from: kappa, and what
    changed. Each tells the labels that there were when it was made, by their names of today."""
    if before is None or before.probabilities is None or after.probabilities is None:
        return {}
    _, old, new = np.intersect1d(
        before.rows[: before.fresh], after.rows[: after.fresh], return_indices=True
    )
    if not len(old):
        return {}
    numbers: dict[str, int] = {}
    was, now = np.empty(len(old), dtype=np.int32), np.empty(len(new), dtype=np.int32)
    for said, scores, places in ((was, before, old), (now, after, new)):
        today = (one if one in after.labels else renamed.get(one, one) for one in scores.labels)
        schema = LabelSchema(kind, tuple(today))
        for part in parts(len(places)):
            told = kind_of(kind).decode(scores.probabilities[places[part]], schema)
            said[part] = [numbers.setdefault(str(one), len(numbers)) for one in told]
    changed = float((was != now).mean())
    return {"kappa": agreement(was, now), "changed": changed, "items": len(now)}


def random_equivalent(project: Project, known: Dataset, seed: int) -> dict:
    """How many random labels would do what ``known`` does, judged by heads and the holdout alone.

    Empty while too little of the holdout is labelled.
    """
    from activelearn.head import HeadLearner
    from activelearn.savings import FEWEST, labels_at_random

    held = items.labelled(project, holdout=True)
    if len(held) < FEWEST or len(set(held.targets)) < 2:
        return {}
    learner = HeadLearner(project.encoder).settled(known, seed=seed)
    kind = kind_of(project.schema)
    model = learner.fit(known, seed=seed)
    said = kind.decode(model.predict_proba(held.texts), project.schema)
    accuracy = float(kind.item_scores(held.targets, said).mean())
    found = labels_at_random(held, accuracy, learner, seed=seed)
    return {
        "accuracy": accuracy,
        **{name: _number(getattr(found, name)) for name in ("value", "low", "high")},
    }


def _verdicts(project: Project, rounds: list[Round]) -> list[Verdict]:
    known = [
        row.evaluation["stability"]
        for before, row in pairwise(rounds)
        if row.evaluation.get("stability") and row.labels != before.labels
    ]
    verdicts = [
        stabilised([one["kappa"] for one in known]),
        few_changes([one["changed"] for one in known]),
    ]
    if target := project.settings.round.target_accuracy:
        last = estimates(project, rounds[-1:])
        reached = last[rounds[-1].number].accuracy if last else None
        verdicts.append(target_reached(reached, target))
    return verdicts


def _forecasts(project: Project, rounds: list[Round], held: int) -> list[Forecast] | None:
    measured = estimates(project, rounds)
    history = [
        Measurement(row.labels, estimate.accuracy.value, estimate.items, row.learner)
        for row in rounds
        if (estimate := measured.get(row.number))
    ]
    if not history or history[-1].items < FEWEST_MEASURED:
        return None
    curve, last = fit_curve(history, seed=project.settings.round.seed), history[-1].labels
    left, unheld = len(project.pool) - held - last, len(items.waiting(project, holdout=True))
    wanted, batch = {}, project.settings.round.batch
    for batches in AHEAD:
        ahead = range(rounds[-1].number, rounds[-1].number + batches)
        measure = min(sum(items.of_holdout(batch, number) for number in ahead), unheld)
        teach = min(batches * batch - measure, left)
        if teach > 0:
            wanted[teach + measure] = last + teach
    now = curve.accuracy(last).value
    return [Forecast(more, now, curve.accuracy(labels)) for more, labels in wanted.items()]


def _saved(project: Project, rounds: list[Round]) -> Saved | None:
    found = rounds[-1].evaluation.get("random") if rounds else None
    if not found:
        return None
    cost, own = project.settings.cost, rounds[-1].labels
    most = len(project.pool)
    value, low, high = (
        found[name] if found[name] is not None and found[name] < most else inf
        for name in ("value", "low", "high")
    )
    bounds = [one - own for one in (value, min(low, most), high)]
    seconds = cost.seconds_per_label or _pace(project)
    return Saved(
        Interval(*bounds),
        Interval(*(one * seconds / 3600 for one in bounds)) if seconds else None,
        Interval(*(one * cost.per_label for one in bounds)) if cost.per_label else None,
        cost.currency,
    )


def _pace(project: Project) -> float:
    """The median seconds that people took for an answer; 0 while nobody gave one."""
    times = select(Annotation.lead_time).where(
        Annotation.source.in_(PEOPLE), ~Annotation.deleted, Annotation.lead_time > 0
    )
    with project.store.session() as session:
        found = list(session.scalars(times))
    return median(found) if found else 0.0


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
