"""What each learner makes of fewer than 16 labels a class, SetFit beside them."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np

from activelearn.data import Dataset
from activelearn.learners import MANY_LABELS
from benchmarks.active_learning import rivals
from benchmarks.active_learning.curves import read
from benchmarks.active_learning.promises import TASKS
from benchmarks.report import Options, Skipped, measure, one_thread, saved, say

NAME = "active_learning.few_shot"
PER_CLASS, PER_MANY = (2, 4, 8, 15), (2,)
OURS = ("head", "few_shot", "finetune")
BEATEN = 2
"""On so many data sets SetFit has to be ahead for a learner of its kind to be worth having."""


@one_thread()
def few_shot(options: Options) -> dict:
    """The same random texts, as many of each class, learned by each of our learners and by SetFit
    at its documented settings (one epoch of 20 pairs a text), each from the same encoder.

    Above 20 classes there are two labels a class: more take SetFit an hour on two cores. Each
    learner on a data set is a part (``trec.head``, ``trec.setfit``), measured where the part's name
    begins as ``--parts`` says or its raw result is missing.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/, trec/, sst2/, chnsenticorp/ in it")
    parts = {
        f"{task.name}.{who}": partial(learned, options, options.data / task.name)
        for task in TASKS
        for who, learned in LEARNED_BY.items()
    }
    measure(NAME, parts, options)
    return summary(kept_parts())


def kept_parts() -> dict[str, dict[str, list[dict]]]:
    """What the parts that were measured have found: data set to who learned to points."""
    kept = {
        task.name: {who: saved(f"{NAME}.{task.name}.{who}") for who in LEARNED_BY} for task in TASKS
    }
    return {
        name: {who: part["found"] for who, part in parts.items()}
        for name, parts in kept.items()
        if all(parts.values())
    }


def summary(found: dict[str, dict[str, list[dict]]]) -> dict:
    """The table of what was compared, by data set; on which SetFit is ahead of what `auto` takes on
    the mean, and with how many labels a class few-shot training is ahead of what `auto` would take
    without it, the head and then the fine-tune."""
    rows, ahead, worth = [], [], []
    for name, by in found.items():
        auto, theirs = [], _means(by["setfit"], "accuracy")
        ours = {who: _means(by[who], "accuracy") for who in OURS}
        for count, takes in {row["per_class"]: row["auto"] for row in by["head"]}.items():
            without = "head" if takes == "few_shot" else takes
            auto.append(ours[takes][count])
            worth += [f"{name} {count}"] * (ours["few_shot"][count] > ours[without][count])
            rows.append({
                "data": name,
                "labels a class": count,
                **{who: f"{ours[who][count]:.3f}" for who in OURS},
                "`auto` takes": takes,
                "SetFit": f"{theirs[count]:.3f}",
                **{f"{who}, s": f"{_means(by[who], 'seconds')[count]:.0f}"
                   for who in (*OURS, "setfit")},
            })  # fmt: skip
        ahead += [name] * (fmean(theirs.values()) > fmean(auto))
    return {
        "rows": rows,
        "ok": len(ahead) < BEATEN,
        "setfit_ahead_on": ahead,
        "few_shot_ahead_on": worth,
    }


def _means(found: list[dict], what: str) -> dict[int, float]:
    """The mean over the seeds for each number of labels a class."""
    counts = dict.fromkeys(one["per_class"] for one in found)
    return {
        count: fmean(one[what] for one in found if one["per_class"] == count) for count in counts
    }


def _sets(train: Dataset, seed: int) -> tuple[list[int], dict[int, list[int]]]:
    """The order that the seed gives to the texts, and for each number of labels a class the first
    so many of each in it."""
    labels = train.schema.labels
    counts = PER_MANY if len(labels) > MANY_LABELS else PER_CLASS
    order = np.random.default_rng(seed).permutation(len(train)).tolist()
    of = {label: [i for i in order if train.targets[i] == label] for label in labels}
    return order, {count: [i for label in labels for i in of[label][:count]] for count in counts}


def _ours(name: str, options: Options, folder: Path) -> dict:
    from activelearn.encoder import CachedEncoder, Encoder
    from activelearn.learners import MOST_UNLABELLED, Unlabelled, choose_learner
    from activelearn.precision import STEADY

    train, test = read(folder)
    labels = train.schema.labels
    encoder = CachedEncoder(Encoder(precision=STEADY), len(train) + len(test))
    vectors = encoder.embed(train.texts)
    encoder.embed(test.texts)
    found = []
    for seed in range(options.seeds):
        order, sets = _sets(train, seed)
        for count, chosen in sets.items():
            say(f"{folder.name}, seed {seed}: {count} labels a class, {name}")
            started = time.monotonic()
            known, asked = train.take(chosen), set(chosen)
            rest = [i for i in order if i not in asked][:MOST_UNLABELLED]
            pool = Unlabelled(tuple(train.texts[i] for i in rest), vectors[rest])
            by = {one: choose_learner(known, one, encoder=encoder, unlabelled=pool)[0]
                  for one in ("auto", name)}  # fmt: skip
            model = by[name].fit(known, seed=seed)
            told = model.predict_proba(test.texts).argmax(axis=1)
            right = [labels[one] == truth for one, truth in zip(told, test.targets, strict=True)]
            seconds = time.monotonic() - started
            found.append({"seed": seed, "per_class": count, "auto": by["auto"].name,
                          "accuracy": fmean(right), "seconds": seconds})  # fmt: skip
    return {"found": found}


def _setfit(options: Options, folder: Path) -> dict:
    from activelearn.encoder import default_model

    python = rivals.python("setfit", options.rivals)
    if python is None:
        raise Skipped("the environment of setfit could not be made")
    train, test = read(folder)
    found = []
    for seed in range(options.seeds):
        say(f"{folder.name}, seed {seed}: SetFit")
        _, sets = _sets(train, seed)
        asked = {"model": default_model(), "seed": seed, "sets": list(sets.values()),
                 "train": rivals.rows(train), "test": rivals.rows(test)}  # fmt: skip
        (curve,) = rivals.ask(python, "setfit_curves.py", asked)["curves"]
        found += [
            {"seed": seed, "per_class": count, "accuracy": accuracy, "seconds": seconds}
            for count, (_, accuracy), seconds in zip(
                sets, curve["points"], curve["seconds"], strict=True
            )
        ]
    return {"found": found, "rival": rivals.versions(python)}


LEARNED_BY = {**{name: partial(_ours, name) for name in OURS}, "setfit": _setfit}
