"""Runs the benchmarks: ``python -m benchmarks.run [--data FOLDER] [--only NAME ...]``."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.report import Options, Skipped, machine, markdown, save

NAMES = ("audit_sample", "import_100k", "simulate_banking77", "kills", "label_studio.pull_push")
"""Each is a module with one public function of its (last) name: options to a dict with ``rows``
(the table), ``ok`` (whether what is promised holds) and everything that was measured."""


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when every benchmark that ran keeps what is promised, else 1."""
    chosen = _parser().parse_args(arguments)
    options = Options(chosen.data, chosen.seed, chosen.seeds, chosen.kills)
    failed = []
    for name in chosen.only or NAMES:
        print(f"\n## {name}\n", flush=True)
        ran_on, started = machine(), time.monotonic()
        try:
            function = name.rpartition(".")[2]
            result = getattr(import_module(f"benchmarks.{name}"), function)(options)
        except Skipped as reason:
            print(f"skipped: {reason}")
            continue
        path = save(function, result, options, ran_on, time.monotonic() - started)
        print(markdown(result["rows"]))
        said = "as promised" if result["ok"] else "NOT as promised"
        print(f"\n{said}; {time.monotonic() - started:.0f} s; raw result: results/{path.name}")
        if not result["ok"]:
            failed.append(name)
    if failed:
        print(f"\nnot as promised: {', '.join(failed)}")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of public data sets (banking77/ in it)")
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    parser.add_argument("--seeds", type=int, default=5, help="replays for each strategy (5)")
    parser.add_argument("--kills", type=int, default=20, help="kills of `kills` (20)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
