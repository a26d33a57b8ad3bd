"""What the documents point at is there, and is what they say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
TRACKED = set(
    subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
)
DOCUMENTS = sorted(name for name in TRACKED if name.endswith(".md"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_points_at_is_in_the_repository(name: str) -> None:
    folder = (ROOT / name).parent
    for target in LINK.findall((ROOT / name).read_text(encoding="utf-8")):
        found = str((folder / target).resolve().relative_to(ROOT))
        assert found in TRACKED or any(one.startswith(f"{found}/") for one in TRACKED), target


def test_the_readme_names_every_command() -> None:
    from typer.main import get_command

    from ui.cli import app

    said = (ROOT / "README.md").read_text(encoding="utf-8")
    names = get_command(app).commands
    assert len(names) > 15
    assert [name for name in names if f"`workbench {name}" not in said] == []
