"""The Data Manager's views of a round: what they show and in which order."""

from __future__ import annotations

from workbench.labelstudio.connection import Connection
from workbench.labelstudio.records import View
from workbench.labelstudio.tasks import filters


def round_view(title: str, round: int) -> dict:
    """The tasks of ``round`` that nobody has answered, by ascending ``data.rank``."""
    return _view(
        title,
        ("data.round", "equal", "Number", round),
        ("total_annotations", "equal", "Number", 0),
        ("cancelled_annotations", "equal", "Number", 0),
    )


def personal_view(title: str, round: int, assignee: str, user: int | None) -> dict:
    """What has ``assignee`` in its data, less what the Label Studio ``user`` has answered."""
    where = [
        ("data.round", "equal", "Number", round),
        ("data.assignee", "contains", "String", assignee),
    ]
    if user is not None:
        where.append(("annotators", "not_contains", "List", user))
    return _view(title, *where)


def put(connection: Connection, project: int, content: dict) -> View:
    """Makes the tab, or puts the one of the same title right."""
    views = connection.read("api/dm/views", params={"project": project})
    same = [view for view in views if view["data"].get("title") == content["title"]]
    body = {"project": project, "data": content}
    if same:
        number = min(view["id"] for view in same)
        connection.repeat("PATCH", f"api/dm/views/{number}", json=body)
    else:
        number = connection.call("POST", "api/dm/views", json=body)["id"]
    return View(number, f"{connection.url}/projects/{project}/data?tab={number}&labeling=1")


def _view(title: str, *where: tuple[str, str, str, object]) -> dict:
    return {
        "title": title,
        "type": "list",
        "target": "tasks",
        "ordering": ["tasks:data.rank"],
        "columnsDisplayType": {"tasks:data.rank": "Number", "tasks:data.round": "Number"},
        "filters": filters(*where),
        "hiddenColumns": {"explore": [], "labeling": []},
    }
