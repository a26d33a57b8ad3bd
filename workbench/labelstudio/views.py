"""The Data Manager's view of a round: what it shows and in which order."""

from __future__ import annotations

from workbench.labelstudio.tasks import filters


def round_view(title: str, round: int) -> dict:
    """The tasks of ``round`` that nobody has answered, by ascending ``data.rank``."""
    return {
        "title": title,
        "type": "list",
        "target": "tasks",
        "ordering": ["tasks:data.rank"],
        "columnsDisplayType": {"tasks:data.rank": "Number", "tasks:data.round": "Number"},
        "filters": filters(
            ("data.round", "equal", "Number", round),
            ("total_annotations", "equal", "Number", 0),
            ("cancelled_annotations", "equal", "Number", 0),
        ),
        "hiddenColumns": {"explore": [], "labeling": []},
    }
