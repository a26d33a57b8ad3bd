"""Runs the benchmarks: ``python -m benchmarks.run [--data FOLDER] [--only NAME ...]``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from benchmarks.report import RIVALS, Options, Skipped, circumstances, markdown, save

NAMES = (
    "audit_sample",
    "import_100k",
    "kills",
    "active_learning.curves",
    "active_learning.few_shot",
    "active_learning.scoring",
    "active_learning.device",
    "active_learning.large_pool",
    "active_learning.selection",
    "active_learning.reranking",
    "active_learning.round_time",
    "active_learning.busy",
    "active_learning.warm_start",
    "label_studio.attempts",
    "label_studio.doctor",
    "label_studio.pull_push",
    "label_studio.team_work",
    "label_studio.random_faults",
)
"""Each is a module whose last name is that of its function: options to a dict with ``rows`` (the
table), ``ok`` (whether what is promised holds) and everything that was measured."""

QUICK = ("active_learning.curves", "active_learning.reranking", "active_learning.round_time")
"""What ``--quick`` runs: these end within ten minutes when shortened."""


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when every benchmark that ran keeps what is promised, else 1."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.quick and set(chosen.only or ()) - set(QUICK):
        parser.error(f"--quick shortens only {', '.join(QUICK)}: name one of these, or none")
    options = Options(
        chosen.data,
        chosen.seed,
        chosen.seeds,
        chosen.kills,
        chosen.faults,
        chosen.seconds,
        chosen.rivals,
        chosen.quick,
        tuple(chosen.parts),
    )
    failed = []
    for name in chosen.only or (QUICK if chosen.quick else NAMES):
        print(f"\n## {name}\n", flush=True)
        before, started = circumstances(), time.monotonic()
        try:
            result = function(name)(options)
        except Skipped as reason:
            print(f"skipped: {reason}")
            continue
        where = "nothing is kept"
        if not chosen.quick:
            path = save(name, result, options, before, time.monotonic() - started)
            where = f"raw result: results/{path.name}"
        print(markdown(result["rows"]))
        for more in ("ranked", "promises"):
            if result.get(more):
                print(f"\n{markdown(result[more])}")
        said = "as promised" if result["ok"] else "NOT as promised"
        print(f"\n{said}; {time.monotonic() - started:.0f} s; {where}")
        if not result["ok"]:
            failed.append(name)
    if failed:
        print(f"\nnot as promised: {', '.join(failed)}")
    return 1 if failed else 0


def function(name: str) -> Callable[[Options], dict]:
    """The benchmark of that name."""
    return getattr(import_module(f"benchmarks.{name}"), name.rpartition(".")[2])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of public data sets (banking77/ in it)")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    parser.add_argument(
        "--seeds",
        type=int,
        default=3,
        help="replays for each strategy (3; of the head ten at least, where it is quick)",
    )
    parser.add_argument("--kills", type=int, default=20, help="kills of `kills` (20)")
    parser.add_argument("--faults", type=int, default=200, help="of `random_faults` (200)")
    parser.add_argument("--seconds", type=int, default=600, help="of `team_work` (600)")
    parser.add_argument("--rivals", type=Path, default=RIVALS, help="for their environments")
    parser.add_argument("--parts", nargs="+", default=(), metavar="PART",
                        help="of `curves`: trec.auto, sst2.small-text.0, ...")  # fmt: skip
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"ten minutes: {', '.join(QUICK)}, shortened; nothing is kept",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
