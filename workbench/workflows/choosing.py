"""The batch of a round: what the strategy picks, the holdout's part, and who is to label what."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import delete

from workbench import items
from workbench.deal import deal, hide
from workbench.project import Project
from workbench.tables import Queued, Share
from workbench.targets import to_json

HOLDOUT_PART = 0.2
RESERVE = 3
"""Batches' worth of items that are ranked behind a batch dealt to a team."""


@dataclass(frozen=True)
class Scores:
    """The unlabelled items: embeddings [n, d], probabilities [n, labels] where a model is there."""

    uids: list[str]
    embeddings: np.ndarray
    probabilities: np.ndarray | None

    @classmethod
    def read(cls, path: Path) -> Scores:
        with np.load(path) as kept:
            return cls(kept["uids"].tolist(), kept["embeddings"], kept.get("probabilities"))

    def write(self, path: Path) -> None:
        """In one step: a file that is there is whole."""
        values = {"uids": np.array(self.uids, dtype=str), "embeddings": self.embeddings}
        if self.probabilities is not None:
            values["probabilities"] = self.probabilities
        with open(path.with_suffix(".new"), "wb") as file:
            np.savez(file, **values)
        path.with_suffix(".new").replace(path)


def choose_batch(
    project: Project, number: int, settings: dict, scores: Scores, strategy: str
) -> None:
    """Puts the batch of round ``number`` into the queue, and deals it where there is a team.

    A part of it is of the holdout, and all of it where nothing else is left. Whatever an attempt
    before had chosen for the round is replaced.
    """
    from activelearn.strategies import choose

    held = _next_holdout(project, math.ceil(settings["batch"] * HOLDOUT_PART), settings["seed"])
    wanted = min(settings["batch"] - len(held), len(scores.uids))
    picked = []
    if wanted:
        indices = choose(
            strategy,
            probabilities=scores.probabilities,
            embeddings=scores.embeddings,
            batch=wanted,
            kind=project.schema.kind,
            seed=settings["seed"] + number,
        )
        picked = [int(index) for index in indices]
    if not picked:
        held = _next_holdout(project, settings["batch"], settings["seed"])
    rows = [_queued(project, number, scores, index) for index in picked]
    every = max(1, math.ceil(len(rows) / max(1, len(held))))
    for place, uid in enumerate(held):
        rows.insert(min(len(rows), (place + 1) * (every + 1) - 1), Queued(round=number, uid=uid))
    for rank, row in enumerate(rows, start=1):
        row.rank = rank
    with project.store.exclusive() as session:
        session.execute(delete(Share).where(Share.round == number))
        session.execute(delete(Queued).where(Queued.round == number))
        shares = deal(session, project.settings, rows, f"{settings['seed']}:{number}")
        if shares:
            rows += _reserve(project, number, settings, scores, picked, len(rows))
        session.add_all([*rows, *shares])


def _queued(project: Project, number: int, scores: Scores, index: int) -> Queued:
    row = Queued(round=number, uid=scores.uids[index])
    if scores.probabilities is not None and np.isfinite(scores.probabilities[index]).all():
        own = scores.probabilities[index]
        best = int(own.argmax())
        row.suggestion = to_json(project.schema.labels[best])
        row.confidence = float(own[best])
    return row


def _reserve(
    project: Project, number: int, settings: dict, scores: Scores, picked: list[int], last: int
) -> list[Queued]:
    """What comes behind the batch, ranked ``last`` + 1 and on: nobody waits for the next round."""
    from activelearn.strategies import choose

    rest = np.setdiff1d(np.arange(len(scores.uids)), picked)
    if not len(rest):
        return []
    blind = scores.probabilities is None
    indices = choose(
        "random" if blind else "margin",
        probabilities=None if blind else scores.probabilities[rest],
        embeddings=np.empty((len(rest), 0)),
        batch=RESERVE * settings["batch"],
        kind=project.schema.kind,
        seed=settings["seed"] + number,
    )
    rows = [_queued(project, number, scores, int(rest[index])) for index in indices]
    hide(rows, project.settings, random.Random(f"{settings['seed']}:{number}:reserve"))
    for rank, row in enumerate(rows, start=last + 1):
        row.rank, row.reserve = rank, True
    return rows


def _next_holdout(project: Project, most: int, seed: int) -> list[str]:
    waiting = items.unlabelled(project, holdout=True).uids
    return sorted(waiting, key=lambda uid: items.place_of(uid, seed))[:most]
