"""Rivals of the benchmarks, each in a virtual environment of its own, asked by JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from activelearn.data import Dataset
from benchmarks.report import say

HERE = Path(__file__).parent
REQUIREMENTS = {
    "small-text": ["small-text[transformers]==1.4.1", "transformers<5", "numpy<2.3"],
    "setfit": ["setfit==1.2.0", "transformers<5"],
}
CHANGING = {
    "small-text", "setfit", "torch", "transformers", "sentence-transformers", "scikit-learn",
    "numpy",
}  # fmt: skip
TORCH = "torch==2.13.0"
"""The same for all, so that a faster one is not faster by its torch."""


def python(name: str, folder: Path) -> Path | None:
    """The interpreter of a rival's environment in ``folder``, made if need be; None if it fails."""
    root = folder / name
    binary, done = root / "bin" / "python", root / "installed"
    if done.exists():
        return binary
    say(f"making an environment for {name}")
    venv.create(root, with_pip=True, clear=True)
    for wanted in ([TORCH], [TORCH, *REQUIREMENTS[name]]):
        command = [str(binary), "-m", "pip", "install", "-q", *wanted]
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode:
            print(ended.stderr[-2000:], file=sys.stderr)
            return None
    done.touch()
    return binary


def versions(binary: Path) -> dict[str, str]:
    """What is installed in a rival's environment, of what can change a result."""
    command = [str(binary), "-m", "pip", "list", "--format", "json"]
    listed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {one["name"]: one["version"] for one in listed if one["name"].lower() in CHANGING}


def longest(texts: Sequence[str], most: int = 256) -> int:
    """The tokens of the longest text, ``most`` at most: small-text pads every text to that."""
    from activelearn.encoder import default_model, load_pretrained

    _, tokenizer = load_pretrained(default_model())
    read = tokenizer(list(texts), truncation=True, max_length=most)["input_ids"]
    return max(len(one) for one in read)


def rows(dataset: Dataset) -> list[list[str]]:
    """The text and the label of each item."""
    return [list(pair) for pair in zip(dataset.texts, dataset.targets, strict=True)]


def ask(binary: Path, script: str, asked: dict) -> dict:
    """Runs ``rival_scripts/script`` with ``asked`` on its input; the JSON of its last line."""
    command = [str(binary), str(HERE / "rival_scripts" / script)]
    ended = subprocess.run(command, input=json.dumps(asked), stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        raise RuntimeError(f"{script} ended {ended.returncode}: what it said is above")
    return json.loads(ended.stdout.splitlines()[-1])
