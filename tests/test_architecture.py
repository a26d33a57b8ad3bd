"""The house's contracts: imports point down, and the command line starts light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_imports_point_down() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; from ui.cli import app; "
        "heavy = {'torch', 'transformers', 'gradio', 'cleanlab', 'pandas', 'sklearn',"
        " 'label_studio_sdk'} & set(sys.modules); print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_says_how_to_fine_tune_loads_no_torch() -> None:
    """``workbench.toml`` is checked against it by every command."""
    code = "import sys, activelearn.finetune; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
