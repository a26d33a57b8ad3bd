"""How long choosing 500 of a million items takes, and how much memory, strategy by strategy."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from benchmarks.report import Options, say

ITEMS, LABELS, WIDTH, BATCH, KNOWN = 1_000_000, 77, 384, 500, 3_000
MOST_S, MOST_GB = 10.0, 4.0


def selection(options: Options) -> dict:
    """Each strategy in a process of its own, so that its peak memory is its own.

    Probabilities are those of a random linear head on random vectors in clusters. BALD's draws and
    ActiveLab's answers are made up as well: what is timed is the choice.
    """
    from activelearn.strategies import STRATEGIES

    rows = []
    for name in STRATEGIES:
        say(name)
        command = [sys.executable, "-m", __name__, name, str(options.seed)]
        found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        rows.append({"strategy": name, **found})
    return {
        "rows": rows,
        "ok": all(row["seconds"] < MOST_S and row["peak_gb"] < MOST_GB for row in rows),
        "items": ITEMS,
        "labels": LABELS,
        "width": WIDTH,
        "batch": BATCH,
    }


def _one(name: str, seed: int) -> dict:
    import numpy as np

    from activelearn.strategies import Known, choose

    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(LABELS, WIDTH)).astype(np.float32)
    embeddings = np.empty((ITEMS, WIDTH), dtype=np.float32)
    probabilities = np.empty((ITEMS, LABELS), dtype=np.float32)
    for start in range(0, ITEMS, 50_000):
        part = slice(start, start + 50_000)
        rows = centres[rng.integers(LABELS, size=50_000)]
        rows = rows + 2 * rng.normal(size=rows.shape).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        embeddings[part] = rows
        logits = 0.5 * rows @ centres.T
        told = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities[part] = told / told.sum(axis=1, keepdims=True)
    answers = np.full((ITEMS, 3), np.nan)
    answers[:KNOWN] = rng.integers(LABELS, size=(KNOWN, 3))

    def sample(places: np.ndarray, draws: int, seed: int) -> np.ndarray:
        shaken = probabilities[places] * np.random.default_rng(seed).uniform(
            0.5, 1.0, (draws, len(places), LABELS)
        )
        return shaken / shaken.sum(axis=-1, keepdims=True)

    started = time.perf_counter()
    picked = choose(
        name,
        probabilities=probabilities,
        embeddings=embeddings,
        known=Known(embeddings[:KNOWN], probabilities[:KNOWN]),
        sampler=sample,
        answers=answers,
        batch=BATCH,
        seed=seed,
    )
    seconds = time.perf_counter() - started
    assert len(set(picked.tolist())) == BATCH
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": round(seconds, 2), "peak_gb": round(peak, 2)}


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], int(sys.argv[2]))))
