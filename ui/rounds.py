"""A round in words, for the command line and the Rounds page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.i18n import named, text


def took(row: Mapping[str, Any], spoken: str) -> str:
    """How many seconds a round of ``workbench.status.status`` took, and each of its steps."""
    steps = ", ".join(
        f"{named(spoken, 'step', name)} {one:.1f}" for name, one in row["seconds"].items()
    )
    total = f"{sum(row['seconds'].values()):.0f}"
    return text(spoken, "rounds.took", number=row["number"], total=total, steps=steps)
