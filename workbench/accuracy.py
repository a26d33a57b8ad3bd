"""How accurate each round's model is: by the holdout, and by what was drawn at random since.

Both are random, and nobody was shown what the model thinks of them. The holdout speaks for the
whole pool; a random item of a batch for what had no label then. Only where there is no holdout
out-of-fold predictions speak for what the model learned from, too low where most was chosen for
being hard; what a strategy chose speaks for itself alone, never for the pool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from activelearn.evaluate import Interval, mean_interval
from activelearn.kinds import kind_of
from workbench import items
from workbench.project import Project
from workbench.tables import Queued, Round
from workbench.targets import from_json


@dataclass(frozen=True)
class Estimate:
    """Accuracy with its 95 % interval, and how many labelled texts it rests on."""

    accuracy: Interval
    holdout: int
    at_random: int

    @property
    def items(self) -> int:
        return self.holdout + self.at_random


def estimates(project: Project, rounds: list[Round]) -> dict[int, Estimate]:
    """The accuracy of each round's model; without those of which nothing is measured yet."""
    drawn = _drawn_at_random(project)
    found = {}
    for row in rounds:
        held = row.evaluation.get("scores", [])
        since = drawn.get(row.number, []) if row.model_version else []
        if not held and not since:
            continue
        learned = row.evaluation.get("learned", []) if since else []
        weights = _weights(
            len(held), len(since), len(learned), row.evaluation.get("drawn_from", 1.0)
        )
        scores, counts = np.array([*held, *since, *learned]), weights > 0
        interval = mean_interval(scores[counts], weights[counts], seed=row.number)
        found[row.number] = Estimate(interval, len(held), len(since))
    return found


def _weights(held: int, since: int, learned: int, part: float) -> np.ndarray:
    """What each item of the holdout, each random one and each that was learned from counts.

    Beside a holdout a random item counts by the ``part`` of the pool that it was drawn from.
    Without one the last two speak for the pool, each for its part (stratified sampling, Cochran
    1977).
    """
    if held or not learned or part >= 1:
        return np.repeat([1.0, part, 0.0], [held, since, learned])
    return np.repeat([part / since, (1 - part) / learned], [since, learned])


def _drawn_at_random(project: Project) -> dict[int, list[float]]:
    """How right the model was of each random item of a batch that has a label now, by round."""
    with project.store.session() as session:
        chance = select(Queued.round, Queued.uid, Queued.suggestion).where(
            Queued.at_random, Queued.suggestion.is_not(None)
        )
        rows = session.execute(chance).all()
    if not rows:
        return {}
    schema, labels = project.schema, items.labels(project)
    kind, found = kind_of(schema), {}
    for number, uid, suggestion in rows:
        if suggestion and labels.get(uid):
            truth, told = (from_json(one, schema.kind) for one in (labels[uid], suggestion))
            if schema.unknown(truth):
                continue
            found.setdefault(number, []).append(float(kind.item_scores([truth], [told])[0]))
    return found
