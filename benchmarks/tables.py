"""Prints the tables of README and docs from the raw results: ``python -m benchmarks.tables``.

``--write`` puts them where they belong; ``--forecasts`` first makes the forecasts of the learning
curves anew, from the rounds that were measured, as today's code makes them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from activelearn.backtest import Watched, backtest
from activelearn.curves import BASELINE
from benchmarks.active_learning import device, few_shot, warm_start
from benchmarks.active_learning.curves import NAME, kept_parts, summary
from benchmarks.active_learning.promises import TASKS, best_rival, default_of, means, table
from benchmarks.report import RESULTS, Options, markdown, saved
from benchmarks.run import NAMES

ROOT = Path(__file__).parents[1]
README, ALL = ROOT / "README.md", ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- python -m benchmarks.tables --write -->\n", "<!-- end -->\n"
HEAD = """# What was measured

Written by `python -m benchmarks.tables --write` from the raw results in `benchmarks/results`, which
name commit, machine, versions and seeds. `make bench DATA=FOLDER` measures anew;
`python -m benchmarks.run --quick --data FOLDER` takes ten minutes.
"""


def beside(found: dict[str, list[dict]]) -> list[dict]:
    """Ours, chance, and the rivals at their best, a row each; ``found`` is data set to curves."""
    rows = []
    for task in TASKS:
        curves = means(found.get(task.name, []))
        default = default_of(curves)
        if default is None:
            continue
        wanted = {default, (default[0], BASELINE), best_rival(curves)}
        wanted |= {name for name in curves if name[0].startswith("setfit")}
        rows += [
            row for row in table(task, found[task.name])
            if (row["system"], row["strategy"]) in wanted
        ]  # fmt: skip
    return rows


def readme() -> str:
    """Accuracy by number of labels beside the rivals, and what was promised of it."""
    found = kept_parts(Options().seeds)
    return f"{markdown(beside(found))}\n\n{markdown(summary(found)['promises'])}\n"


def everything() -> str:
    """The table of each benchmark."""
    parts = [HEAD]
    of_parts = {
        NAME: summary(kept_parts(Options().seeds)),
        few_shot.NAME: few_shot.summary(few_shot.kept_parts()),
        device.NAME: device.summary(device.kept_parts()),
        warm_start.NAME: warm_start.summary(warm_start.kept_parts(Options().seeds)),
    }
    for name in NAMES:
        result = of_parts.get(name) or saved(name)
        if result and result["rows"]:
            said = "as promised" if result["ok"] else "**not as promised**"
            said = markdown(result["promises"]) if "promises" in result else said
            tables = [markdown(result[part]) for part in ("ranked", "rows") if result.get(part)]
            parts.append("\n\n".join([f"## {name}", said, *tables]) + "\n")
    return "\n".join(parts)


def forecast_anew() -> None:
    """Writes the forecasts of every measured curve as ``backtest`` makes them of its rounds now."""
    for path in sorted(RESULTS.glob(f"{NAME}.*.json")):
        result = json.loads(path.read_text("utf-8"))
        for curve in result["curves"]:
            if "watched" not in curve:
                continue
            rounds = [Watched(**one) for one in curve["watched"]]
            curve["forecasts"] = [asdict(one) for one in backtest(rounds, seed=curve["seed"])]
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables, or writes them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into README.md, docs/benchmarks.md")
    parser.add_argument("--forecasts", action="store_true", help="make them anew, in the results")
    chosen = parser.parse_args(arguments)
    if chosen.forecasts:
        forecast_anew()
    if not chosen.write:
        print(readme())
        print(everything())
        return 0
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{readme()}\n{END}{after}", "utf-8")
    ALL.write_text(everything(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
