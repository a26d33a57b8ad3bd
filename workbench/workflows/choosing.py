"""The batch of a round: what the strategy picks, the holdout's part, and who is to label what."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import delete

from activelearn.progress import part
from workbench import items
from workbench.deal import deal, hide, team
from workbench.jobs import Progress, quiet
from workbench.project import Project
from workbench.scores import Scores, Told
from workbench.tables import Queued, Round, Share
from workbench.targets import to_json
from workbench.training import kept_model
from workbench.vectors import PoolVectors

if TYPE_CHECKING:
    from activelearn.strategies import Sampler

FOLDS = 5
"""Of labels that are judged by heads that did not learn from them."""

RESERVE = 3
"""Batches' worth of items that are ranked behind a batch dealt to a team."""


def choose_batch(project: Project, round: Round, scores: Scores, progress: Progress = quiet) -> int:
    """Puts the batch of ``round`` into the queue, and deals it where there is a team.

    A part of it is of the holdout, and all of it where nothing else is left; a part is drawn at
    random, as the settings say (where that is no whole number, in some rounds one more). Whatever
    an attempt before had chosen for the round is replaced.
    Returns how many items without a label there were to draw from.
    """
    from activelearn.strategies import STRATEGIES

    number, settings, seed = round.number, round.settings, round.settings["seed"] + round.number
    candidates = _candidates(project, scores, round.strategy)
    held = _next_holdout(project, items.of_holdout(settings["batch"], number), settings["seed"])
    wanted = min(settings["batch"] - len(held), len(candidates))
    share = settings.get("random_share", 0.0)
    fresh = candidates[candidates < scores.fresh]
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(fresh)[: int(share * wanted + rng.random())]
    candidates = np.setdiff1d(candidates, drawn)
    count, report = wanted - len(drawn), part(progress, 0.0, 0.8)
    picked = _by_strategy(project, round, scores, candidates, count, report)
    if not wanted:
        held = _next_holdout(project, settings["batch"], settings["seed"])
    rows = _queued(project, number, scores, picked)
    again = [row for row, place in zip(rows, picked, strict=True) if place >= scores.fresh]
    _ask_again(project, again)
    chance = _queued(project, number, scores, drawn)
    for row in chance:
        row.at_random = row.hidden = True
    rows = _spread(_spread(rows, chance), [Queued(round=number, uid=uid) for uid in held])
    for rank, row in enumerate(rows, start=1):
        row.rank = rank
    with project.store.exclusive() as session:
        session.execute(delete(Share).where(Share.round == number))
        session.execute(delete(Queued).where(Queued.round == number))
        shares = deal(session, project.settings, rows, f"{settings['seed']}:{number}")
        if shares:
            taken = np.concatenate([picked, drawn])
            rows += _reserve(project, number, settings, scores, taken, len(rows))
        movable = [row.uid for row in rows if not (row.at_random or row.uid in held)]
        session.add_all([*rows, *shares])
    if STRATEGIES[round.strategy].measure:
        _read_to_rerank(project, scores, movable, part(progress, 0.8, 1.0))
    return len(fresh)


def _read_to_rerank(
    project: Project, scores: Scores, movable: list[str], progress: Progress
) -> None:
    """Sees to it that re-ranking has nothing to read: what it moves and what it learns from."""
    from activelearn.names import named

    learned = scores.rows[scores.fresh :].tolist()
    rows = np.array([*items.rows(project, movable).values(), *learned], dtype=np.int64)
    PoolVectors(project.encoder, project.pool, rows, progress).read()
    project.encoder.read(named(project.schema).texts)


def _ask_again(project: Project, rows: list[Queued]) -> None:
    """Asks one person more than have answered each of ``rows``."""
    said = items.annotations_by_uid(project, [row.uid for row in rows])
    for row in rows:
        row.wanted = len({one.annotator for one in said[row.uid]}) + 1


def _spread(rows: list[Queued], others: list[Queued]) -> list[Queued]:
    """``rows`` in their order with ``others`` evenly among them."""
    result = list(rows)
    every = max(1, math.ceil(len(rows) / max(1, len(others))))
    for place, row in enumerate(others):
        result.insert(min(len(result), (place + 1) * (every + 1) - 1), row)
    return result


def _candidates(project: Project, scores: Scores, strategy: str) -> np.ndarray:
    """What the strategy may choose from: items that got no label since they were scored either, and
    those that it may ask again."""
    from activelearn.strategies import STRATEGIES

    fresh = np.flatnonzero(np.isin(scores.rows[: scores.fresh], items.waiting(project)))
    if "answers" not in STRATEGIES[strategy].needs:
        return fresh
    with project.store.session() as session:
        people = set(team(session, project.settings))
    learned = project.pool.uids(scores.rows[scores.fresh :])
    said = items.annotations_by_uid(project, learned)
    again = [
        place
        for place, uid in enumerate(learned, start=scores.fresh)
        if people - {one.annotator for one in said[uid]}
    ]
    return np.concatenate([fresh, again]).astype(int)


def _by_strategy(
    project: Project,
    round: Round,
    scores: Scores,
    candidates: np.ndarray,
    count: int,
    progress: Progress,
) -> np.ndarray:
    """The ``count`` candidates that the round's strategy wants, most useful first."""
    from activelearn.cold_start import first_batch
    from activelearn.strategies import STRATEGIES, Known, choose

    if count <= 0 or not len(candidates):
        return np.empty(0, dtype=int)
    seed, rows = round.settings["seed"] + round.number, scores.rows[candidates]
    embeddings = PoolVectors(project.encoder, project.pool, rows, progress)
    learned = project.encoder.embed(project.pool.texts(scores.rows[scores.fresh :]))
    if not round.model_version:
        first = first_batch(
            round.strategy, project.schema, project.encoder, embeddings,
            known=Known(learned), batch=count, seed=seed,
        )  # fmt: skip
        return candidates[first]
    known = Known(learned, scores.probabilities[scores.fresh :])
    needs = STRATEGIES[round.strategy].needs
    others = _unseen(project, scores, candidates, seed) if "answers" in needs else {}
    indices = choose(
        round.strategy,
        probabilities=Told(scores.probabilities, candidates, others),
        embeddings=embeddings,
        known=known,
        sampler=_sampler(project, round.model_version, rows) if "sampler" in needs else None,
        answers=_answers(project, scores)[candidates] if "answers" in needs else None,
        label=_rare(project, round.settings.get("rare_label", "")),
        batch=count,
        kind=project.schema.kind,
        seed=seed,
    )
    return candidates[indices]


def _unseen(
    project: Project, scores: Scores, candidates: np.ndarray, seed: int
) -> dict[int, np.ndarray]:
    """The probabilities of those candidates that have a label, by heads that did not learn from it:
    the model that did is as sure of a wrong one."""
    from activelearn.folds import out_of_fold
    from activelearn.head import HeadLearner

    known = items.labelled(project, holdout=False)
    if candidates[-1] < scores.fresh or len(set(known.groups())) < FOLDS:
        return {}
    head = HeadLearner(project.encoder).settled(known, seed=seed)
    held_back = out_of_fold(known, head, folds=FOLDS, seed=seed)
    rows = items.rows(project, known.uids)
    places = scores.places([rows[uid] for uid in known.uids])
    return {
        place: row
        for place, row in zip(places.tolist(), held_back, strict=True)
        if place >= scores.fresh
    }


def _sampler(project: Project, version: str, rows: np.ndarray) -> Sampler:
    def sample(indices: np.ndarray, draws: int, seed: int) -> np.ndarray:
        model = kept_model(project, version)
        return model.sample(project.pool.texts(rows[indices]), draws, seed)

    return sample


def _rare(project: Project, label: str) -> int | None:
    return project.schema.labels.index(label) if label in project.schema.labels else None


def _answers(project: Project, scores: Scores) -> np.ndarray:
    """What each annotator said of each item, as numbers of labels [n, annotators], else NaN."""
    labels = {name: number for number, name in enumerate(project.schema.labels)}
    everything = items.annotations_by_uid(project)
    rows = items.rows(project, list(everything))
    said = [
        (place, one.annotator, one.target)
        for uid, place in zip(rows, scores.places(list(rows.values())), strict=True)
        for one in items.latest(everything[uid])
        if place >= 0 and not one.skipped and one.target
    ]
    people = {name: column for column, name in enumerate(sorted({who for _, who, _ in said}))}
    found = np.full((len(scores.rows), max(1, len(people))), np.nan)
    for place, who, target in said:
        found[place, people[who]] = labels.get(target[0], np.nan)
    return found


def _queued(project: Project, number: int, scores: Scores, places: np.ndarray) -> list[Queued]:
    """The items at ``places`` for the queue, with what the model says of them."""
    uids = project.pool.uids(scores.rows[places])
    rows = [Queued(round=number, uid=uid) for uid in uids]
    if scores.probabilities is not None:
        for row, own in zip(rows, scores.probabilities[places], strict=True):
            if np.isfinite(own).all():
                best = int(own.argmax())
                row.suggestion = to_json(project.schema.labels[best])
                row.confidence = float(own[best])
    return rows


def _reserve(
    project: Project, number: int, settings: dict, scores: Scores, taken: np.ndarray, last: int
) -> list[Queued]:
    """What comes behind the batch, ranked ``last`` + 1 and on: nobody waits for the next round."""
    from activelearn.strategies import choose

    blind, wanted = scores.probabilities is None, RESERVE * settings["batch"]
    ranked = choose(
        "random" if blind else "margin",
        probabilities=None if blind else scores.probabilities[: scores.fresh],
        embeddings=np.empty((scores.fresh, 0)),
        batch=wanted + len(taken),
        kind=project.schema.kind,
        seed=settings["seed"] + number,
    )
    rows = _queued(project, number, scores, ranked[~np.isin(ranked, taken)][:wanted])
    hide(rows, project.settings, random.Random(f"{settings['seed']}:{number}:reserve"))
    for rank, row in enumerate(rows, start=last + 1):
        row.rank, row.reserve = rank, True
    return rows


def _next_holdout(project: Project, most: int, seed: int) -> list[str]:
    waiting = project.pool.uids(items.waiting(project, holdout=True))
    return sorted(waiting, key=lambda uid: items.place_of(uid, seed))[:most]
