"""Replaying active learning on data whose labels are known: what would a strategy have saved?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from activelearn.backtest import Held, backtest
from activelearn.data import Dataset, Target
from activelearn.encoder import CachedEncoder, Embedder, Encoder
from activelearn.evaluate import accuracy_interval
from activelearn.finetune import FineTuneSettings
from activelearn.kinds import kind_of
from activelearn.learners import MOST_UNLABELLED, Learner, choose_learner
from activelearn.models import Model
from activelearn.progress import Progress, part
from activelearn.strategies import COLD_START, DEFAULT, STRATEGIES, Known, choose

BASELINE = "random"
_HEAD_ABOVE = 20


@dataclass(frozen=True)
class Point:
    """The model after one round: accuracy on the test set, its interval, the learner that made it.

    ``accuracy`` is the mean item score of the task kind, with ``low`` and ``high`` around it.
    """

    labels: int
    accuracy: float
    low: float
    high: float
    learner: str


@dataclass(frozen=True)
class Curve:
    """The learning curve of one strategy with one seed, and whether forecasts on it came true."""

    strategy: str
    seed: int
    points: list[Point]
    forecasts: list[Held]

    @property
    def mean(self) -> float:
        """The mean accuracy over the rounds: one number for the whole curve."""
        return float(np.mean([point.accuracy for point in self.points]))


@dataclass(frozen=True)
class Simulation:
    """The curves of every strategy and seed, random always among them."""

    curves: list[Curve]

    @property
    def strategies(self) -> list[str]:
        """Names of the strategies, in the order they were asked for; random comes last."""
        return list(dict.fromkeys(curve.strategy for curve in self.curves))

    @property
    def means(self) -> dict[str, list[tuple[int, float]]]:
        """For each strategy (labels, accuracy averaged over the seeds) after each round."""
        result = {}
        for strategy in self.strategies:
            curves = [curve for curve in self.curves if curve.strategy == strategy]
            rounds = zip(*(curve.points for curve in curves), strict=True)
            result[strategy] = [
                (points[0].labels, float(np.mean([point.accuracy for point in points])))
                for points in rounds
            ]
        return result

    @property
    def coverage(self) -> tuple[int, int]:
        """How many of the forecasts' 90 % intervals held the truth, and how many there were."""
        held = [one.inside for curve in self.curves for one in curve.forecasts]
        return sum(held), len(held)

    def summary(self) -> list[dict[str, Any]]:
        """One row for each strategy, best first.

        Keys: ``strategy``, ``mean`` (of the curve, over seeds), ``over_random`` (its difference to
        random's), ``last`` (accuracy at the end), ``labels`` (at the end), ``matches_random_at``
        (labels with which it first reaches random's last accuracy; None if it never does).
        """
        means = self.means
        average = {name: float(np.mean([a for _, a in curve])) for name, curve in means.items()}
        target = means[BASELINE][-1][1]
        rows = [
            {
                "strategy": name,
                "mean": average[name],
                "over_random": average[name] - average[BASELINE],
                "last": curve[-1][1],
                "labels": curve[-1][0],
                "matches_random_at": next((n for n, a in curve if a >= target), None),
            }
            for name, curve in means.items()
        ]
        return sorted(rows, key=lambda row: -row["mean"])

    def to_json(self) -> dict[str, Any]:
        """Curves, means and summary as plain dicts and lists, ready for ``json.dumps``."""
        return {
            "curves": [asdict(curve) for curve in self.curves],
            "means": {name: [list(point) for point in c] for name, c in self.means.items()},
            "summary": self.summary(),
            "forecasts_held": list(self.coverage),
        }


def simulate(
    train: Dataset,
    test: Dataset,
    *,
    strategies: Sequence[str] = (DEFAULT,),
    start: int | None = None,
    batch: int = 50,
    rounds: int = 6,
    seeds: Sequence[int] = (0,),
    learner: str = "auto",
    encoder: Embedder | None = None,
    settings: FineTuneSettings | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Label ``start`` texts of ``train`` (``batch`` if None), then ``batch`` a round, and measure.

    A curve has ``rounds`` points (the first after the start), fewer where ``train`` runs out. The
    start is by clusters, for random by chance. ``learner`` is ``auto`` (the head above 20 classes,
    else as ``choose_learner`` says each round), ``head`` or ``finetune``. Every text is embedded
    once. Raises ValueError for unknown names, sizes below 1, or data without labels.
    """
    _check(train, test, strategies, batch if start is None else start, batch, rounds, seeds)
    names = [name for name in dict.fromkeys(strategies) if name != BASELINE] + [BASELINE]
    capacity = len(train) + len(test)
    cached = CachedEncoder(encoder or Encoder(), capacity)
    embeddings = cached.embed(train.texts, part(progress, 0.0, 0.15))
    cached.embed(test.texts, part(progress, 0.15, 0.2))
    if learner == "auto" and len(train.schema.labels) > _HEAD_ABOVE:
        learner = "head"
    runs = [(name, seed) for seed in seeds for name in names]
    curves = []
    for number, (name, seed) in enumerate(runs):
        low, high = (0.2 + 0.8 * (number + done) / len(runs) for done in (0, 1))
        replay = _Replay(train, test, embeddings, cached, learner, settings, seed)
        points, right = replay.run(name, start or batch, batch, rounds, part(progress, low, high))
        labels = [point.labels for point in points]
        curves.append(Curve(name, seed, points, backtest(labels, np.array(right), seed=seed)))
    return Simulation(sorted(curves, key=lambda curve: names.index(curve.strategy)))


@dataclass(frozen=True)
class _Replay:
    train: Dataset
    test: Dataset
    embeddings: np.ndarray
    encoder: CachedEncoder
    learner: str
    settings: FineTuneSettings | None
    seed: int

    def run(
        self, strategy: str, start: int, batch: int, rounds: int, progress: Progress
    ) -> tuple[list[Point], list[np.ndarray]]:
        """The points of one curve, and how right each round's model is of each test item."""
        first = BASELINE if strategy == BASELINE else COLD_START
        labelled = choose(first, embeddings=self.embeddings, batch=start, seed=self.seed)
        points: list[Point] = []
        right: list[np.ndarray] = []
        for number in range(rounds):
            known = self.train.take(labelled.tolist())
            said = f"{strategy}, seed {self.seed}: {len(known)} labels"
            report = part(progress, number / rounds, (number + 1) / rounds)
            rest = np.setdiff1d(np.arange(len(self.train)), labelled)
            learner, _ = choose_learner(
                known,
                self.learner,
                encoder=self.encoder,
                settings=self.settings,
                unlabelled=self.embeddings[self._mixed(rest)[:MOST_UNLABELLED]],
            )
            model = learner.fit(
                known,
                seed=self.seed,
                progress=lambda done, _text, said=said, report=report: report(0.8 * done, said),
            )
            predicted = kind_of(self.train.schema).decode(
                model.predict_proba(self.test.texts), self.train.schema
            )
            points.append(self._measured(predicted, known, learner))
            right.append(kind_of(self.train.schema).item_scores(self.test.targets, predicted))
            report(0.9, f"{said}, accuracy {points[-1].accuracy:.3f}")
            if not len(rest) or number == rounds - 1:
                break
            picked = choose(
                strategy,
                **self._pool(STRATEGIES[strategy].needs, model, labelled, rest),
                batch=batch,
                seed=self.seed + number + 1,
                kind=self.train.schema.kind,
            )
            labelled = np.concatenate([labelled, rest[picked]])
        progress(1.0, f"{strategy}, seed {self.seed}: done")
        return points, right

    def _mixed(self, places: np.ndarray) -> np.ndarray:
        return np.random.default_rng(self.seed).permutation(places)

    def _pool(
        self, needs: tuple[str, ...], model: Model, labelled: np.ndarray, rest: np.ndarray
    ) -> dict[str, Any]:
        """What ``choose`` is to know of the pool for a strategy with these needs."""
        texts = [self.train.texts[i] for i in rest]
        told = None
        if "known" in needs:
            told = model.predict_proba(self.train.take(labelled.tolist()).texts)
        return {
            "embeddings": self.embeddings[rest],
            "probabilities": model.predict_proba(texts) if "probabilities" in needs else None,
            "known": Known(self.embeddings[labelled], told),
            "sampler": lambda places, draws, seed: model.sample(
                [texts[i] for i in places], draws, seed
            ),
            "answers": np.full((len(rest), 1), np.nan),
        }

    def _measured(self, predicted: list[Target], known: Dataset, learner: Learner) -> Point:
        interval = accuracy_interval(
            self.test.targets, predicted, seed=self.seed, kind=self.train.schema.kind
        )
        return Point(len(known), interval.value, interval.low, interval.high, learner.name)


def _check(
    train: Dataset,
    test: Dataset,
    strategies: Sequence[str],
    start: int,
    batch: int,
    rounds: int,
    seeds: Sequence[int],
) -> None:
    for name in strategies:
        if name not in STRATEGIES:
            raise ValueError(f"no query strategy {name!r}: choose one of {', '.join(STRATEGIES)}")
    for word, size in (("batch", batch), ("start", start), ("rounds", rounds)):
        if size < 1:
            raise ValueError(f"{word} is {size}: give a number above 0")
    if not seeds:
        raise ValueError("no seeds were given: give at least one")
    for word, dataset in (("train", train), ("test", test)):
        if not dataset.targets:
            raise ValueError(f"the {word} data has no labels: a simulation needs them all")
    if train.schema != test.schema:
        raise ValueError("the train and test data have different label schemas")
