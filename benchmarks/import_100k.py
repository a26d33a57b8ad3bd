"""How long ``workbench import`` takes for 100,000 rows, and how much memory."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.report import Options

ROWS = 100_000
MOST_SECONDS = 60.0
MOST_GIB = 2.0
READS = 5


def import_100k(options: Options) -> dict:
    """Runs ``workbench init`` and ``workbench import`` as a user does, in processes of their own.

    The rows are distinct messages composed from the sample data's written fragments; one in four
    has a label. Reading the same file with the ``csv`` module is timed beside it, so that runs on
    different machines can be compared.
    """
    with tempfile.TemporaryDirectory(prefix="bench-import-") as temporary:
        data, project = Path(temporary) / "messages.csv", Path(temporary) / "project"
        longest = write_rows(data, ROWS, options.seed)
        size = data.stat().st_size
        reads = [_read_seconds(data) for _ in range(READS)]
        _run("init", str(project), "--name", "Import")
        first = _run("import", str(data), "-p", str(project))
        again = _run("import", str(data), "-p", str(project))
    added = int(first["said"].get("added", "0").replace(",", ""))
    read = median(reads)
    runs = {"first import": first, "the same file again": again}
    rows = [
        {
            "run": name,
            "rows added": run["said"].get("added", "0"),
            "seconds": f"{run['seconds']:.1f}",
            "processor seconds": f"{run['cpu_seconds']:.1f}",
            "peak memory (GiB)": f"{run['peak_gib']:.2f}",
            "× csv.reader": f"{run['seconds'] / read:.0f}",
            "promised": f"< {MOST_SECONDS:.0f} s, < {MOST_GIB:.0f} GB",
        }
        for name, run in runs.items()
    ]
    ok = added == ROWS and all(
        run["seconds"] < MOST_SECONDS and run["peak_gib"] * 2**30 < MOST_GIB * 1e9
        for run in runs.values()
    )
    return {
        "rows": rows,
        "ok": ok,
        "file_bytes": size,
        "longest_text": longest,
        "csv_read_seconds": reads,
        "runs": runs,
    }


def write_rows(path: Path, count: int, seed: int) -> int:
    """Writes ``count`` rows with distinct texts; returns the longest text's characters."""
    from sample_data.generate import SETS

    sample = SETS[0]
    draw = random.Random(f"import-{seed}")
    labels = sorted(sample.cores)
    seen: set[str] = set()
    longest = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("uid", "text", "label"))
        while len(seen) < count:
            label = draw.choice(labels)
            text = sample.compose(draw, label, draw.choice(sample.cores[label]))
            if text not in seen:
                seen.add(text)
                longest = max(longest, len(text))
                kept = label if draw.random() < 0.25 else ""
                writer.writerow((f"row-{len(seen)}", text, kept))
    return longest


def _read_seconds(path: Path) -> float:
    started = time.perf_counter()
    with open(path, encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - started


def _run(*arguments: str) -> dict:
    """Runs the command line in a process of its own; what it said, its seconds and its memory.

    The peak is the resident set of that process, or of the largest child it waited for.
    """
    command = str(Path(sys.executable).with_name("workbench"))
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        started = time.perf_counter()
        process = subprocess.Popen([command, *arguments], stdout=out, stderr=subprocess.PIPE)
        errors = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = out.read().splitlines()
    if process.returncode:
        raise RuntimeError(
            f"workbench {arguments[0]} ended {process.returncode}: {errors[-500:]!r}"
        )
    said = dict(line.split(": ", 1) for line in lines if ": " in line)
    return {
        "said": {k: v for k, v in said.items() if v.isdigit()},
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_gib": usage.ru_maxrss / 2**20,
    }
