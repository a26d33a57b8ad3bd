"""Replaying active learning on data whose labels are known: what would a strategy have saved?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from activelearn.backtest import backtest, watch
from activelearn.cold_start import AUTO, first_batch, start_for
from activelearn.curves import BASELINE, Curve, Point, Simulation
from activelearn.data import Dataset, Target
from activelearn.encoder import CachedEncoder, Embedder, Encoder
from activelearn.evaluate import accuracy_interval
from activelearn.finetune import FineTuneSettings, fingerprint
from activelearn.kinds import kind_of
from activelearn.learners import (
    MANY_LABELS,
    MOST_UNLABELLED,
    Learner,
    Unlabelled,
    choose_learner,
    unread,
)
from activelearn.models import FineTuneModel, Model
from activelearn.precision import STEADY
from activelearn.progress import Progress, part
from activelearn.reading import best_device
from activelearn.strategies import DEFAULT, STRATEGIES, Known, choose
from activelearn.unfinished import Begun, Unfinished
from activelearn.unknown import BLIND

READING, READING_BESIDE_TRAINING = 0.3, 0.01
"""What of a replay it takes to read the texts: heads take seconds, trainings a minute each."""

LAST_ROUND = 3.0
"""How many times as long as a curve's first round its last one takes, where rounds train: there is
more to learn from."""


def simulate(
    train: Dataset,
    test: Dataset,
    *,
    strategies: Sequence[str] = (DEFAULT,),
    start: int | None = None,
    batch: int = 50,
    rounds: int = 6,
    seeds: Sequence[int] = (0,),
    learners: Sequence[str] = ("auto",),
    encoder: Embedder | None = None,
    settings: FineTuneSettings | None = None,
    cold_start: str = AUTO,
    progress: Progress | None = None,
    unfinished: Path | None = None,
    alone: bool = False,
) -> Simulation:
    """Label ``start`` texts of ``train`` (``batch`` if None), then ``batch`` a round, and measure.

    A curve has ``rounds`` points (the first after the start), fewer where ``train`` runs out. The
    start is by ``cold_start`` (AUTO: as `start_for` has it), for random by chance. A learner is one
    of LEARNERS, ``auto`` as ``choose_learner`` says each round (the head above 20 classes). Every
    text is embedded once, by default in a precision that no measurement decides: the same seeds
    give the same curves on the same machine. ``unfinished`` is a file that keeps each round that is
    done: the same replay, asked for again after it was cut off, goes on there. ``alone`` leaves out
    what the strategies are measured against: chance, and learning from all labels. Raises
    ValueError for unknown names, sizes below 1, or data without labels.
    """
    _check(train, test, strategies, batch if start is None else start, batch, rounds, seeds)
    names = list(dict.fromkeys(strategies))
    if not alone:
        names = [name for name in names if name != BASELINE] + [BASELINE]
    capacity = len(train) + len(test)
    cached = CachedEncoder(encoder or Encoder(precision=STEADY), capacity)
    asked = list(dict.fromkeys(learners))
    used = {
        name: "head" if name == "auto" and len(train.schema.labels) > MANY_LABELS else name
        for name in asked
    }
    others = set(used.values()) - {"head"}
    heads = not others or (others == {"auto"} and unread(train, cached) > BLIND)
    read = READING if heads else READING_BESIDE_TRAINING
    embeddings = cached.embed(train.texts, part(progress, 0.0, 0.8 * read))
    cached.embed(test.texts, part(progress, 0.8 * read, read))
    runs = [(name, learner, seed) for seed in seeds for learner in asked for name in names]
    sizes = f"{cached.version} {best_device().type} {cold_start} {start} {batch} {rounds}"
    shared = settings or FineTuneSettings()
    before = Unfinished(
        unfinished, " ".join(fingerprint(side, shared, 0, sizes) for side in (train, test))
    )

    def replay_of(learner: str, seed: int) -> _Replay:
        quick = heads or used[learner] == "head"
        return _Replay(
            train, test, embeddings, cached, used[learner], settings, cold_start, seed, quick
        )

    curves = []
    for number, (strategy, learner, seed) in enumerate(runs):
        low, high = (read + (0.85 - read) * (number + done) / len(runs) for done in (0, 1))
        name = strategy if len(asked) == 1 else f"{strategy}, {learner}"
        curve = before.curve(strategy, learner, seed)
        if curve is None:
            replay = replay_of(learner, seed)
            begun = replay.run(
                strategy, start or batch, batch, rounds, before.begun(strategy, learner, seed),
                lambda done, run=(strategy, learner, seed): before.keep_begun(done, *run),
                part(progress, low, high),
            )  # fmt: skip
            points, right = begun.points, np.array(begun.right)
            labels = [point.labels for point in points]
            watched = watch(labels, [point.learner for point in points], right, seed=seed)
            held = backtest(watched, seed=seed)
            told = right.mean(axis=0).round(4).tolist()
            curve = Curve(name, strategy, learner, seed, points, watched, held, told)
            before.keep(curve, strategy, learner, seed)
        curves.append(replace(curve, name=name))
    ends: dict[str, float] = {}
    for number, learner in enumerate(() if alone else asked):
        low, high = (0.85 + 0.15 * (number + done) / len(asked) for done in (0, 1))
        run = ("all labels", learner, seeds[0])
        known = before.number(*run)
        if known is None:
            replay = replay_of(learner, seeds[0])
            known = replay.full(part(progress, low, high))
            before.keep(known, *run)
        ends[learner] = known
    order = list(dict.fromkeys((learner, name) for name in names for learner in asked))
    curves.sort(key=lambda curve: order.index((curve.learner, curve.strategy)))
    return Simulation(curves, ends)


def round_ends(rounds: int, last: float) -> list[float]:
    """Where in a curve each round ends, 0 before them all, where the last takes ``last`` times as
    long as the first and those between grow evenly."""
    ends = np.cumsum([0.0, *np.linspace(1.0, last, rounds)])
    return (ends / ends[-1]).tolist()


@dataclass(frozen=True)
class _Replay:
    train: Dataset
    test: Dataset
    embeddings: np.ndarray
    encoder: CachedEncoder
    learner: str
    settings: FineTuneSettings | None
    cold_start: str
    seed: int
    quick: bool

    def run(
        self,
        strategy: str,
        start: int,
        batch: int,
        rounds: int,
        begun: Begun,
        keep: Callable[[Begun], None],
        progress: Progress,
    ) -> Begun:
        """The points of one curve, and how right each round's model is of each test item, from
        where it was cut off; ``keep`` is called after each round."""
        labelled = np.array(begun.labelled, dtype=int)
        if not begun.points:
            labelled = self._first(strategy, start)
        ends = round_ends(rounds, 1.0 if self.quick else LAST_ROUND)
        for number in range(len(begun.points), rounds):
            known = self.train.take(labelled.tolist())
            said = f"{strategy}, seed {self.seed}: {len(known)} labels"
            report = part(progress, ends[number], ends[number + 1])
            rest = np.setdiff1d(np.arange(len(self.train)), labelled)
            model, learner, predicted = self._learned(known, rest, said, report)
            point = self._measured(predicted, known, learner)
            scores = kind_of(self.train.schema).item_scores(self.test.targets, predicted)
            begun = Begun(
                labelled.tolist(), [*begun.points, point], [*begun.right, scores.tolist()]
            )
            report(0.9, f"{said}, accuracy {point.accuracy:.3f}")
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
            keep(replace(begun, labelled=labelled.tolist()))
        progress(1.0, f"{strategy}, seed {self.seed}: done")
        return begun

    def _first(self, strategy: str, start: int) -> np.ndarray:
        schema, encoder, first = self.train.schema, self.encoder, self.cold_start
        if strategy == BASELINE:
            first = BASELINE
        elif first == AUTO:
            first = start_for(schema, encoder)
        return first_batch(first, schema, encoder, self.embeddings, batch=start, seed=self.seed)

    def full(self, progress: Progress) -> float:
        """The accuracy of a model that learned from all labels."""
        said = f"all {len(self.train)} labels"
        _, _, predicted = self._learned(self.train, np.empty(0, dtype=int), said, progress)
        progress(1.0, said)
        kind = kind_of(self.train.schema)
        return float(kind.item_scores(self.test.targets, predicted).mean())

    def _learned(
        self, known: Dataset, rest: np.ndarray, said: str, report: Progress
    ) -> tuple[Model, Learner, list[Target]]:
        """The model of these labels, the learner that made it, its predictions of the test set."""
        learner, _ = choose_learner(
            known,
            self.learner,
            encoder=self.encoder,
            settings=self.settings,
            unlabelled=self._unlabelled(rest),
        )
        model = learner.fit(
            known, seed=self.seed, progress=lambda done, _text: report(0.8 * done, said)
        )
        if isinstance(model, FineTuneModel):
            model.precision = STEADY
        told = model.predict_proba(self.test.texts)
        return model, learner, kind_of(self.train.schema).decode(told, self.train.schema)

    def _unlabelled(self, rest: np.ndarray) -> Unlabelled:
        drawn = np.random.default_rng(self.seed).permutation(rest)[:MOST_UNLABELLED]
        return Unlabelled(tuple(self.train.texts[i] for i in drawn), self.embeddings[drawn])

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
