"""What the default query strategy saves on BANKING77, random beside it, over several seeds."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from statistics import fmean, stdev

from benchmarks.report import Options, Skipped

STRATEGY = "margin_diverse"
BASELINE = "random"
ROUNDS = 10
CONFIDENCE = 0.95


def simulate_banking77(options: Options) -> dict:
    """Replays the loop on the official train and test files, the labels as the annotator.

    For each strategy the mean of the learning curve (accuracy over the rounds), for the default
    strategy also its difference to random, paired by seed, with Student's t interval.
    """
    from workbench.workflows.simulate import simulate_file

    if options.data is None:
        raise Skipped("needs --data FOLDER with banking77/train.csv and banking77/test.csv in it")
    if options.seeds < 2:
        raise Skipped("an interval over seeds needs --seeds 2 or more")
    folder = options.data / "banking77"
    if not (folder / "train.csv").is_file() or not (folder / "test.csv").is_file():
        raise Skipped("there is no banking77/train.csv and test.csv in the folder of --data")
    found = simulate_file(
        None,
        folder / "train.csv",
        test=folder / "test.csv",
        strategies=(STRATEGY,),
        rounds=ROUNDS,
        seeds=options.seeds,
        progress=_said,
    )
    means = {
        name: [_mean(curve) for curve in found["curves"] if curve["strategy"] == name]
        for name in (STRATEGY, BASELINE)
    }
    pairs = zip(means[STRATEGY], means[BASELINE], strict=True)
    difference = interval([one - other for one, other in pairs])
    summary = {row["strategy"]: row for row in found["summary"]}
    rows = [
        {
            "strategy": name,
            "seeds": len(means[name]),
            "mean of the curve": _shown(interval(means[name])),
            "minus random": _shown(difference, sign=True) if name != BASELINE else "–",
            "last accuracy": f"{summary[name]['last']:.3f} at {summary[name]['labels']} labels",
            "labels to random's last": summary[name]["matches_random_at"],
        }
        for name in (STRATEGY, BASELINE)
    ]
    return {
        "rows": rows,
        "ok": difference["low"] > 0,
        "means": means,
        "difference": difference,
        "confidence": CONFIDENCE,
        "rounds": ROUNDS,
        "seeds": list(range(options.seeds)),
        "learner": found["curves"][0]["points"][0]["learner"],
        "curves": found["curves"],
    }


def interval(values: Sequence[float]) -> dict[str, float]:
    """The mean of ``values``, two or more, and Student's t interval around it."""
    from scipy.stats import t

    mean = fmean(values)
    half = t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return {"value": mean, "low": mean - float(half), "high": mean + float(half)}


def _mean(curve: dict) -> float:
    return fmean(point["accuracy"] for point in curve["points"])


def _shown(found: dict[str, float], sign: bool = False) -> str:
    form = "+.4f" if sign else ".4f"
    return f"{found['value']:{form}} ({found['low']:{form}} to {found['high']:{form}})"


def _said(fraction: float, message: str) -> None:
    print(f"\r\x1b[K{fraction:4.0%} {message}", end="\n" if fraction >= 1 else "", file=sys.stderr)
