"""What a fine-tune that begins with the last round's weights gains over one that begins anew."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.active_learning.curves import read
from benchmarks.report import Options, Skipped, measure, one_thread, saved, say

NAME = "active_learning.warm_start"
LABELS = (100, 200, 300, 400)
DATA = ("trec", "sst2")


@one_thread()
def warm_start(options: Options) -> dict:
    """The same random labels, each set the one before and a hundred more; one chain of trainings in
    which each begins with the model before it, one in which each begins with the published weights.

    Nothing is promised: the setting is off by default, and this is why. Each seed of a data set is
    a part (``trec.0``), measured where the part's name begins as ``--parts`` says or its raw result
    is missing.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with trec/ and sst2/ in it")
    parts = {
        f"{name}.{seed}": partial(_both, options.data / name, seed)
        for name in DATA
        for seed in range(options.seeds)
    }
    measure(NAME, parts, options)
    return summary(kept_parts(options.seeds))


def kept_parts(seeds: int) -> list[dict]:
    """The trainings of all parts that were measured."""
    parts = [saved(f"{NAME}.{name}.{seed}") for name in DATA for seed in range(seeds)]
    return [one for part in parts if part for one in part["found"]]


def summary(found: list[dict]) -> dict:
    """The mean accuracy of each chain by number of labels; both train equally long."""
    rows = []
    for name in DATA:
        for warm in (False, True):
            chain = [one for one in found if one["data"] == name and one["warm"] == warm]
            if not chain:
                continue
            by = {labels: [one for one in chain if one["labels"] == labels] for labels in LABELS}
            rows.append({
                "data": name,
                "seeds": len(by[LABELS[-1]]),
                "begins with": "the last model" if warm else "published weights",
                **{f"{labels} labels": f"{fmean(one['accuracy'] for one in of):.3f}"
                   for labels, of in by.items()},
            })  # fmt: skip
    return {"rows": rows, "ok": True}


def _both(folder: Path, seed: int) -> dict:
    return {"found": [one for warm in (False, True) for one in _chain(folder, seed, warm)]}


def _chain(folder: Path, seed: int, warm: bool) -> list[dict]:
    from activelearn.encoder import Encoder
    from activelearn.finetune import FineTuneLearner

    train, test = read(folder)
    order = np.random.default_rng(seed).permutation(len(train)).tolist()
    found, encoder, start = [], Encoder(), None
    with tempfile.TemporaryDirectory(prefix="bench-warm-") as temporary:
        for labels in LABELS:
            say(f"{folder.name}, seed {seed}, {labels} labels, {'warm' if warm else 'cold'}")
            started = time.monotonic()
            model = FineTuneLearner(encoder, start=start).fit(train.take(order[:labels]), seed=seed)
            seconds = time.monotonic() - started
            told = model.predict_proba(test.texts).argmax(axis=1)
            right = [train.schema.labels[one] == truth
                     for one, truth in zip(told, test.targets, strict=True)]  # fmt: skip
            found.append({"data": folder.name, "seed": seed, "warm": warm, "labels": labels,
                          "accuracy": fmean(right), "seconds": seconds})  # fmt: skip
            if warm:
                start = Path(temporary) / str(labels)
                model.save(start)
    return found
