"""The trial: does a recipe help? Training with and without its children, on the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from activelearn.data import Dataset, Target

LEVEL = 0.95
DRAWS = 4000
FEWEST_ITEMS = 10
_CELLS = 4_000_000

Progress = Callable[[float, str], None]


class Difference(NamedTuple):
    """Accuracy with the recipe minus without, and the bounds of its confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Trial:
    """A recipe's trial: mean accuracies over ``seeds``, their difference, and the decision.

    ``runs`` has the accuracies (without, with) of each seed, ``children`` how many texts it added.
    """

    recipe: str
    with_: float
    without: float
    difference: Difference
    use: bool
    verdict: str
    seeds: tuple[int, ...]
    runs: tuple[tuple[float, float], ...]
    children: tuple[int, ...]


def compare(
    train: Dataset,
    holdout_eval: Dataset,
    *,
    make_children: Callable[[int], Dataset],
    fit_predict: Callable[[Dataset, Dataset, int, Progress], list[Target]],
    seeds: Sequence[int],
    recipe: str = "the recipe",
    progress: Progress | None = None,
) -> Trial:
    """Trains on ``train`` with and without the children of each seed and measures both.

    The interval is a percentile bootstrap of the paired differences over items and over seeds
    (Efron, 1979); the recipe is used when its lower bound is above 0, on at least 10 items.
    ``fit_predict`` gets what to train on, what to predict, the seed, and a callback for how far it
    is (fraction, message); an exception raised by ``progress`` ends the trial. Raises
    ValueError where an item is in both datasets, a child's parent is not in ``train``, a seed
    comes twice, or a number of predictions is wrong.
    """
    seeds = tuple(int(seed) for seed in seeds)
    _check(train, holdout_eval, seeds)
    right = np.empty((2, len(seeds), len(holdout_eval)))
    added: list[int] = []
    for row, seed in enumerate(seeds):
        children = make_children(seed)
        _check_children(train, children)
        added.append(len(children))
        for column, known in enumerate((train, train.concat(children) if added[-1] else train)):
            said = f"seed {row + 1} of {len(seeds)}, {('without', 'with')[column]} {recipe}"
            report = _within(progress, 2 * row + column, 2 * len(seeds), said)
            report(0.0, "starting")
            if column and not added[-1]:
                right[1, row] = right[0, row]
                continue
            guesses = fit_predict(known, holdout_eval, seed, report)
            right[column, row] = _scores(holdout_eval, guesses)
    if progress is not None:
        progress(1.0, f"{recipe}: measured")
    difference = _difference(right[1] - right[0], seed=min(seeds))
    without, with_ = (float(value) for value in right.mean(axis=(1, 2)))
    use = difference.low > 0 and len(holdout_eval) >= FEWEST_ITEMS
    return Trial(
        recipe=recipe,
        with_=with_,
        without=without,
        difference=difference,
        use=use,
        verdict=_verdict(recipe, with_, without, difference, use, len(holdout_eval), added),
        seeds=seeds,
        runs=tuple((float(a), float(b)) for a, b in right.mean(axis=2).T),
        children=tuple(added),
    )


def _within(progress: Progress | None, run: int, runs: int, said: str) -> Progress:
    def report(fraction: float, message: str) -> None:
        if progress is not None:
            progress((run + fraction) / runs, f"{said}: {message}")

    return report


def _check(train: Dataset, held: Dataset, seeds: tuple[int, ...]) -> None:
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError("a trial needs at least one seed, each once")
    if train.targets is None or held.targets is None or not len(train) or not len(held):
        raise ValueError("a trial needs labelled items to train on and others to measure on")
    shared = {*train.uids, *train.groups()} & {*held.uids, *held.groups()}
    if shared:
        raise ValueError(f"the item {min(shared)} is both trained on and measured on: split first")


def _check_children(train: Dataset, children: Dataset) -> None:
    strange = set(children.groups()) - set(train.uids) - set(train.groups())
    if strange:
        raise ValueError(f"the child of {min(strange)} has no parent among the trained items")


def _scores(held: Dataset, predicted: list[Target]) -> np.ndarray:
    if len(predicted) != len(held):
        raise ValueError(f"{len(predicted)} predictions came back for {len(held)} items")

    def said(target: Target) -> object:
        return target if held.schema.kind == "single" else frozenset(target)

    pairs = zip(held.targets or [], predicted, strict=True)
    return np.array([said(truth) == said(guess) for truth, guess in pairs], dtype=np.float64)


def _difference(gains: np.ndarray, seed: int) -> Difference:
    runs, items = gains.shape
    rng, means = np.random.default_rng(abs(seed)), np.empty(DRAWS)
    step = max(_CELLS // items, 1)
    for first in range(0, DRAWS, step):
        count = min(step, DRAWS - first)
        by_run = rng.multinomial(runs, np.full(runs, 1 / runs), count) @ gains / runs
        drawn = rng.multinomial(items, np.full(items, 1 / items), count)
        means[first : first + count] = (by_run * drawn).sum(axis=1) / items
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Difference(float(gains.mean()), float(low), float(high))


def _verdict(
    recipe: str,
    with_: float,
    without: float,
    difference: Difference,
    use: bool,
    items: int,
    added: list[int],
) -> str:
    if not any(added):
        return f"Do not use {recipe}: it could change none of the texts."
    measured = (
        f"accuracy {with_:.3f} with it and {without:.3f} without, a difference of "
        f"{100 * difference.value:+.1f} points (95 % interval {100 * difference.low:+.1f} to "
        f"{100 * difference.high:+.1f}, {len(added)} seed{'s' * (len(added) > 1)}, {items} items)"
    )
    if use:
        return f"Use {recipe}: {measured}."
    if items < FEWEST_ITEMS:
        return f"Do not use {recipe} yet: {measured} is too few items to tell."
    if difference.high < 0:
        return f"Do not use {recipe}: it harms, {measured}."
    return f"Do not use {recipe}: no gain is proved, {measured}."
