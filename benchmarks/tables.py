"""Prints the tables of README and docs from the raw results: ``python -m benchmarks.tables``.

``--write`` puts them where they belong.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from activelearn.curves import BASELINE
from benchmarks.active_learning.curves import NAME, kept_parts, summary
from benchmarks.active_learning.promises import OURS, TASKS, average, best_rival, default_of, means
from benchmarks.report import Options, markdown, saved
from benchmarks.run import NAMES

ROOT = Path(__file__).parents[1]
README, ALL = ROOT / "README.md", ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- python -m benchmarks.tables --write -->\n", "<!-- end -->\n"
ROUNDS = (1, 2, 3, 6, 11)
HEAD = """# What was measured

Written by `python -m benchmarks.tables --write` from the raw results in `benchmarks/results`, which
name commit, machine, versions and seeds. `make bench DATA=FOLDER` measures anew.
"""


def beside(found: dict[str, list[dict]]) -> list[dict]:
    """Ours, chance, and the rivals at their best, a row each; ``found`` is data set to curves."""
    rows = []
    for task in TASKS:
        every = found.get(task.name, [])
        curves = means(every)
        default = default_of(curves)
        if default is None:
            continue
        setfit = (name for name in curves if name[0].startswith("setfit"))
        for name in (default, (default[0], BASELINE), best_rival(curves), *setfit):
            if name not in curves:
                continue
            curve = curves[name]
            rows.append(
                {
                    "data": f"{task.name}, {task.batch} labels a round",
                    "system": f"**{name[0]}**" if name[0].startswith(OURS) else name[0],
                    "strategy": name[1],
                    "seeds": sum((one["system"], one["strategy"]) == name for one in every),
                    "mean": f"{average(curve):.3f}",
                    **{f"round {number}": f"{curve[number - 1][1]:.3f}" for number in ROUNDS
                       if number <= len(curve)},
                }
            )  # fmt: skip
    return rows


def readme() -> str:
    """Accuracy by number of labels beside the rivals, and what was promised of it."""
    found = kept_parts(Options().seeds)
    return f"{markdown(beside(found))}\n\n{markdown(summary(found)['promises'])}\n"


def everything() -> str:
    """The table of each benchmark."""
    parts = [HEAD]
    for name in NAMES:
        result = summary(kept_parts(Options().seeds)) if name == NAME else saved(name)
        if result and result["rows"]:
            said = "as promised" if result["ok"] else "**not as promised**"
            said = markdown(result["promises"]) if "promises" in result else said
            parts.append(f"## {name}\n\n{said}\n\n{markdown(result['rows'])}\n")
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables, or writes them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("--write", action="store_true", help="into README.md, docs/benchmarks.md")
    if not parser.parse_args(arguments).write:
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
