"""A round: sync → train → score → choose → publish, each step recorded against kills."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import delete, exists, func, select, update

from activelearn.progress import part
from workbench import events, items
from workbench.accuracy import estimates
from workbench.deal import deal_for_leavers
from workbench.errors import ConfigError, LabelStudioUnreachable, ProjectError
from workbench.exchange.labels import decided
from workbench.jobs import Progress, quiet
from workbench.outlook import random_equivalent, stability
from workbench.project import Project
from workbench.scores import FOLDER, Scores
from workbench.tables import Annotation, Item, Queued, Round, Share, now
from workbench.training import (
    check_kind,
    kept_model,
    known_learner,
    measured,
    train,
    training_set,
)
from workbench.vectors import PoolVectors
from workbench.workflows.choosing import choose_batch
from workbench.workflows.publish import publish

if TYPE_CHECKING:
    from activelearn.models import Model

STEPS = ("sync", "train", "score", "choose", "publish")
SHARES = {"sync": (0.0, 0.05), "train": (0.05, 0.55), "score": (0.55, 0.85)}
SHARES |= {"choose": (0.85, 0.9), "publish": (0.9, 1.0)}


@dataclass(frozen=True)
class RoundReport:
    """What a round did and how long each step took; accuracy is None while it is not measured."""

    number: int
    labels: int
    chosen: int
    learner: str
    reason: str
    strategy: str
    model_version: str
    accuracy: float | None
    low: float | None
    high: float | None
    view_url: str
    note: str
    seconds: dict[str, float]


def run_round(
    project: Project,
    *,
    strategy: str | None = None,
    batch: int | None = None,
    learner: str | None = None,
    progress: Progress = quiet,
    by: str = events.SYSTEM,
) -> RoundReport:
    """Runs the next round, or goes on with the one that was cut off.

    That one keeps its settings, unless others are asked for, or the labels change, while nothing of
    it is chosen yet: then it starts anew with these. Where all is labelled it trains and measures,
    and chooses nothing. Raises ProjectError for an empty pool, ConfigError for an unknown strategy.
    """
    number, settings, done = _open_round(project, strategy, batch, learner, by)
    work = {"sync": _sync, "train": _train, "score": _score, "choose": _choose, "publish": _publish}
    for step in STEPS[STEPS.index(done) + 1 if done else 0 :]:
        low, high = SHARES[step]

        def within(fraction: float, message: str, low: float = low, high: float = high) -> None:
            progress(low + (high - low) * fraction, message)

        within(0.0, f"round {number}: {step}")
        started = time.monotonic()
        values = work[step](project, number, settings, within)
        took = {step: round(time.monotonic() - started, 1)}
        seconds = (_row(project, number).seconds or {}) | took
        _record(project, number, step=step, seconds=seconds, **values)
    _end(project, number, by)
    deal_for_leavers(project)
    return report(project, number)


def report(project: Project, number: int) -> RoundReport:
    """What round ``number`` did."""
    with project.store.session() as session:
        row = session.get(Round, number)
        batch = (Queued.round == number, ~Queued.reserve, ~Queued.gold)
        chosen = session.scalar(select(func.count()).where(*batch))
    found = estimates(project, [row]).get(number)
    accuracy = found.accuracy if found else None
    return RoundReport(
        number,
        row.labels,
        chosen,
        row.learner,
        row.reason,
        row.strategy,
        row.model_version,
        accuracy.value if accuracy else None,
        accuracy.low if accuracy else None,
        accuracy.high if accuracy else None,
        row.view_url,
        row.evaluation.get("note", ""),
        row.seconds or {},
    )


def _open_round(
    project: Project, strategy: str | None, batch: int | None, learner: str | None, by: str
) -> tuple[int, dict, str]:
    from activelearn.strategies import STRATEGIES

    defaults = project.settings.round
    settings = {
        "strategy": strategy or defaults.strategy,
        "cold_start": defaults.cold_start,
        "batch": batch or defaults.batch,
        "learner": learner or defaults.learner,
        "seed": defaults.seed,
        "random_share": defaults.random_share,
        "rare_label": defaults.rare_label,
        "suggestions": project.settings.annotate.suggestions,
    }
    if settings["strategy"] not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise ConfigError(f"no query strategy is called {settings['strategy']!r}: {known}")
    known_learner(settings["learner"])
    rare = settings["rare_label"]
    if settings["strategy"] == "rare_class" and rare and rare not in project.schema.labels:
        known = ", ".join(project.schema.labels)
        raise ConfigError(f"round.rare_label: {rare!r} is no label of this project: {known}")
    if not len(project.pool):
        raise ProjectError("the pool is empty: `workbench import FILE` first")
    check_kind(project)
    items.settle_holdout(project)
    labels = {"labels": list(project.schema.labels)}
    with project.store.session() as session:
        row = session.scalars(select(Round).where(Round.state == "open")).first()
        if row is None:
            number = (session.scalar(select(func.max(Round.number))) or 0) + 1
            row = Round(number=number, settings=settings | labels)
            session.add(row)
            events.add(session, by, "round_started", round=number, **settings)
        asked = {"strategy": strategy, "batch": batch, "learner": learner} | labels
        wanted = row.settings | {name: value for name, value in asked.items() if value}
        if wanted != row.settings and row.step not in STEPS[STEPS.index("choose") :]:
            row.settings, row.step, row.evaluation = wanted, "", {}
        return row.number, row.settings, row.step


def _record(project: Project, number: int, **values: object) -> None:
    with project.store.session() as session:
        session.execute(update(Round).where(Round.number == number).values(**values))


def _sync(project: Project, number: int, settings: dict, progress: Progress) -> dict:
    from workbench.workflows.sync import sync

    if not project.connected():
        return {}
    try:
        sync(project, progress)
    except LabelStudioUnreachable as error:
        project.store.set_fact("sync_error", str(error))
    return {}


def _train(project: Project, number: int, settings: dict, progress: Progress) -> dict:
    known = training_set(project, settings["seed"])
    human = len(known.own())
    classes = set(known.targets)
    if len(classes) < 2:
        strategy, by = _cold_start(project, settings["cold_start"])
        return {
            "labels": human,
            "learner": "none",
            "reason": f"{len(classes)} of {len(project.schema.labels)} classes have a label so far:"
            f" the batch is chosen {by}",
            "strategy": strategy,
            "model_version": "",
        }
    seed = settings["seed"] + number
    done = train(
        project, known, settings["learner"], number=number, seed=seed,
        progress=part(progress, 0, 0.9),
    )  # fmt: skip
    version = f"round-{number}-{done.model.version}"
    done.model.save(project.root / "models" / version)
    return {
        "labels": human,
        "learner": done.learner,
        "reason": done.reason,
        "strategy": settings["strategy"],
        "model_version": version,
        "evaluation": {
            **measured(project, done.model),
            "calibration": done.calibration,
            "learned": done.learned,
            "random": random_equivalent(project, known.take(known.own()), settings["seed"]),
        },
    }


def _cold_start(project: Project, asked: str) -> tuple[str, str]:
    """The strategy while there is no model, and what it goes by in words."""
    from activelearn.cold_start import AUTO, start_for
    from activelearn.strategies import CLUSTERS

    if asked != AUTO:
        return asked, "as the settings say"
    found = start_for(project.schema, project.encoder)
    if found == CLUSTERS:
        return found, "by clusters of the texts"
    return found, "by what the names of the labels leave unsure"


def _score(project: Project, number: int, settings: dict, progress: Progress) -> dict:
    from activelearn.strategies import STRATEGIES

    folder = project.round_folder(number) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    known = items.labelled(project, holdout=False)
    learned = sorted(items.rows(project, known.uids).values())
    pool = np.setdiff1d(items.waiting(project), learned)  # labelled just now, it may be in both
    left = len(pool) + len(items.waiting(project, holdout=True))
    if not left and "answers" not in STRATEGIES[_row(project, number).strategy].needs:
        note = "every item of the pool is labelled: there is nothing left to choose"
        return {"evaluation": {**_row(project, number).evaluation, "note": note}}
    rows = np.concatenate([pool, learned]).astype(np.int64)
    tell = _teller(project, number, settings, rows, progress)
    if tell is None:
        PoolVectors(project.encoder, project.pool, rows, progress).read()
    encoder, labels = project.encoder.version, project.schema.labels
    scores = Scores.write(folder, rows, len(pool), encoder, tell, labels)
    before = Scores.read(project.round_folder(number - 1) / FOLDER)
    moved = stability(before, scores, project.schema.kind, decided(project).renamed)
    return {"evaluation": {**_row(project, number).evaluation, "stability": moved}}


def _teller(
    project: Project, number: int, settings: dict, rows: np.ndarray, progress: Progress
) -> Callable[[slice], np.ndarray] | None:
    """What gives the model's probabilities of a part of the rows, None where there is no model."""
    model = _model(project, number, settings, progress)
    if model is None:
        return None

    def tell(wanted: slice) -> np.ndarray:
        low, high = wanted.start / len(rows), wanted.stop / len(rows)
        return model.predict_proba(project.pool.texts(rows[wanted]), part(progress, low, high))

    return tell


def _model(project: Project, number: int, settings: dict, progress: Progress) -> Model | None:
    """The round's model; one that cannot be read, or a head of another encoder than is in use now,
    is trained again."""
    if not (version := _row(project, number).model_version):
        return None
    try:
        return kept_model(project, version)
    except ValueError:
        trained = _train(project, number, settings, progress)
        _record(project, number, **trained)
        return kept_model(project, trained["model_version"]) if trained["model_version"] else None


def _choose(project: Project, number: int, settings: dict, progress: Progress) -> dict:
    from activelearn.strategies import STRATEGIES

    folder = project.round_folder(number) / FOLDER
    scores = Scores.read(folder)
    if "sampler" in STRATEGIES[_row(project, number).strategy].needs:
        _model(project, number, settings, progress)
    if scores is None:  # nothing is left, or it was written by an older version, or lost
        _record(project, number, **_score(project, number, settings, progress))
        scores = Scores.read(folder)
    if scores is None:
        return {}
    row = _row(project, number)
    fresh = choose_batch(project, row, scores, progress)
    with project.store.session() as session:
        everything = session.scalar(select(func.count()).where(~Item.holdout))
    return {"evaluation": {**row.evaluation, "drawn_from": fresh / max(1, everything)}}


def _end(project: Project, number: int, by: str) -> None:
    """The round's batch takes the place of what is open of those before it."""
    answered = select(Annotation.uid).where(~Annotation.deleted)
    mine = exists().where(
        Annotation.uid == Share.uid, Annotation.annotator == Share.annotator, ~Annotation.deleted
    )
    with project.store.exclusive() as session:
        older = Queued.round != number
        session.execute(delete(Queued).where(older, Queued.uid.not_in(answered)))
        session.execute(delete(Share).where(Share.round != number, ~mine))
        row = session.get(Round, number)
        row.state, row.ended_at = "done", now()
        if row.view_url:
            events.add(session, by, "publish", round=number, view=row.view_url)
        about = {"labels": row.labels, "learner": row.learner, "model": row.model_version}
        events.add(session, by, "round_ended", round=number, **about)
    for before in range(1, number):
        shutil.rmtree(project.round_folder(before) / FOLDER, ignore_errors=True)


def _publish(project: Project, number: int, settings: dict, progress: Progress) -> dict:
    row = _row(project, number)
    if not report(project, number).chosen:
        return {}
    if not project.connected():
        note = "no Label Studio project is bound: the batch is in the workbench's queue only"
        return {"evaluation": {**row.evaluation, "note": note}}
    with project.exchange():
        return {"view_url": publish(project, row, progress)}


def _row(project: Project, number: int) -> Round:
    with project.store.session() as session:
        return session.get(Round, number)
