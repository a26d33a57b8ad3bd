"""Whether contrastive few-shot training beats ours below 16 labels a class."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.active_learning import rivals
from benchmarks.active_learning.curves import read
from benchmarks.active_learning.promises import TASKS
from benchmarks.report import Options, Skipped, machine, save, saved, say

NAME = "active_learning.few_shot"
PER_CLASS, PER_MANY = (2, 4, 8, 15), (2,)
BEATEN = 2
"""On so many data sets SetFit has to be ahead for a learner of its kind to be worth having."""


def few_shot(options: Options) -> dict:
    """The same random texts, as many of each class, learned by what `auto` takes and by SetFit at
    its documented settings (one epoch of 20 pairs a text), each from the same encoder.

    Above 20 classes there are two labels a class: more take SetFit an hour on two cores. A data set
    is a part, measured where ``--parts`` names it or its raw result is missing.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/, trec/, sst2/, chnsenticorp/ in it")
    python = rivals.python("setfit", options.rivals)
    if python is None:
        raise Skipped("the environment of setfit could not be made")
    for task in TASKS:
        name = f"{NAME}.{task.name}"
        if task.name in options.parts if options.parts else not saved(name):
            ran_on, started = machine(), time.monotonic()
            compared = [
                one
                for seed in range(options.seeds)
                for one in _compared(options.data / task.name, python, seed)
            ]
            result = {"found": compared, "rival": rivals.versions(python)}
            save(name, result, options, ran_on, time.monotonic() - started)
    parts = {task.name: saved(f"{NAME}.{task.name}") for task in TASKS}
    return summary({name: part["found"] for name, part in parts.items() if part})


def summary(found: dict[str, list[dict]]) -> dict:
    """The table of what was compared, by data set, and on which SetFit is ahead on the mean."""
    rows, ahead = [], []
    for name, own in found.items():
        mean = {who: fmean(one[who] for one in own) for who in ("ours", "setfit")}
        ahead += [name] * (mean["setfit"] > mean["ours"])
        for count in dict.fromkeys(one["per_class"] for one in own):
            same = [one for one in own if one["per_class"] == count]
            rows.append({
                "data": name,
                "labels a class": count,
                "ours learns by": ", ".join(dict.fromkeys(one["learner"] for one in same)),
                "ours": f"{fmean(one['ours'] for one in same):.3f}",
                "SetFit": f"{fmean(one['setfit'] for one in same):.3f}",
                "ours, seconds": f"{fmean(one['seconds'] for one in same):.0f}",
                "SetFit, seconds": f"{fmean(one['setfit_seconds'] for one in same):.0f}",
            })  # fmt: skip
    return {"rows": rows, "ok": len(ahead) < BEATEN, "setfit_ahead_on": ahead}


def _compared(folder: Path, python: Path, seed: int) -> list[dict]:
    from activelearn.encoder import CachedEncoder, Encoder, default_model
    from activelearn.learners import MANY_LABELS, MOST_UNLABELLED, Unlabelled, choose_learner
    from workbench.workflows.simulate import replay_data

    train, test = replay_data(None, folder / "train.csv", folder / "test.csv")
    labels = train.schema.labels
    counts = PER_MANY if len(labels) > MANY_LABELS else PER_CLASS
    order = np.random.default_rng(seed).permutation(len(train)).tolist()
    of = {label: [i for i in order if train.targets[i] == label] for label in labels}
    sets = [[i for label in labels for i in of[label][:count]] for count in counts]
    encoder = CachedEncoder(Encoder(), len(train) + len(test))
    vectors = encoder.embed(train.texts)
    encoder.embed(test.texts)
    found = []
    for count, chosen in zip(counts, sets, strict=True):
        say(f"{folder.name}, seed {seed}: {count} labels a class, ours")
        started = time.monotonic()
        known = set(chosen)
        rest = [i for i in order if i not in known][:MOST_UNLABELLED]
        learner, _ = choose_learner(
            train.take(chosen),
            encoder=encoder,
            unlabelled=Unlabelled(tuple(train.texts[i] for i in rest), vectors[rest]),
        )
        model = learner.fit(train.take(chosen), seed=seed)
        told = model.predict_proba(test.texts).argmax(axis=1)
        right = [labels[one] == truth for one, truth in zip(told, test.targets, strict=True)]
        found.append({"data": folder.name, "seed": seed, "per_class": count,
                      "learner": learner.name, "ours": fmean(right),
                      "seconds": time.monotonic() - started})  # fmt: skip
    say(f"{folder.name}, seed {seed}: SetFit")
    asked = {"model": default_model(), "seed": seed, "sets": sets,
             **{side: read(folder / f"{side}.csv") for side in ("train", "test")}}  # fmt: skip
    (curve,) = rivals.ask(python, "setfit_curves.py", asked)["curves"]
    return [
        one | {"setfit": accuracy, "setfit_seconds": seconds}
        for one, (_, accuracy), seconds in zip(
            found, curve["points"], curve["seconds"], strict=True
        )
    ]
