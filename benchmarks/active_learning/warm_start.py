"""What a fine-tune that begins with the last round's weights gains over one that begins anew."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.report import Options, Skipped, say

LABELS = (100, 200, 300, 400)
DATA = ("trec", "sst2")


def warm_start(options: Options) -> dict:
    """The same random labels, each set the one before and a hundred more; one chain of trainings in
    which each begins with the model before it, one in which each begins with the published weights.

    Nothing is promised: the setting is off by default, and this is why.
    """
    if options.data is None:
        raise Skipped("needs --data FOLDER with trec/ and sst2/ in it")
    found = [
        one
        for name in DATA
        for seed in range(options.seeds)
        for warm in (False, True)
        for one in _chain(options.data / name, seed, warm)
    ]
    rows = [
        {
            "data": name,
            "begins with": "the last model" if warm else "published weights",
            **{f"{labels} labels": f"{_mean(found, name, warm, labels, 'accuracy'):.3f}"
               for labels in LABELS},
            "seconds, last": f"{_mean(found, name, warm, LABELS[-1], 'seconds'):.0f}",
        }
        for name in DATA
        for warm in (False, True)
    ]  # fmt: skip
    return {"rows": rows, "ok": True, "found": found}


def _mean(found: list[dict], name: str, warm: bool, labels: int, what: str) -> float:
    chosen = {"data": name, "warm": warm, "labels": labels}
    return fmean(one[what] for one in found if chosen.items() <= one.items())


def _chain(folder: Path, seed: int, warm: bool) -> list[dict]:
    from activelearn.encoder import Encoder
    from activelearn.finetune import FineTuneLearner
    from workbench.workflows.simulate import replay_data

    train, test = replay_data(None, folder / "train.csv", folder / "test.csv")
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
