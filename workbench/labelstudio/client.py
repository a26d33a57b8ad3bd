"""The client of one Label Studio server: projects, tasks, predictions, queue, annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from workbench.errors import LabelStudioError, SchemaError
from workbench.labelstudio import pulling, tasks
from workbench.labelstudio.connection import Connection
from workbench.labelstudio.labelconfig import LabelConfig, parse
from workbench.labelstudio.records import (
    Prediction,
    ProjectInfo,
    Pull,
    PulledAnnotation,
    PulledTask,
    User,
    View,
)
from workbench.labelstudio.results import from_result
from workbench.labelstudio.views import personal_view, put, round_view

__all__ = [
    "LabelStudioClient",
    "Prediction",
    "ProjectInfo",
    "Pull",
    "PulledAnnotation",
    "PulledTask",
    "User",
    "View",
]

TITLE_LENGTH = (3, 50)


class LabelStudioClient:
    """Talks to the Label Studio at ``url`` with a legacy or a personal access token.

    Everything that writes may be repeated after a failure or a kill and then does nothing twice
    (``create_project`` excepted). Raises LabelStudioError with what to do, or
    LabelStudioUnreachable when the same call may work later.
    """

    def __init__(self, url: str, token: str) -> None:
        self._connection = Connection(url, token)
        self.url = self._connection.url
        self._configs: dict[int, LabelConfig] = {}
        self._project_of: dict[int, int] = {}
        self._emails: dict[int, str] = {}

    def whoami(self) -> User:
        """The user whose token this is; raises when the token is not accepted."""
        answer = self._connection.read("api/current-user/whoami")
        if not isinstance(answer, dict) or "email" not in answer:
            raise LabelStudioError(f"{self.url} does not answer like Label Studio: check it")
        return User(answer["id"], answer["email"])

    def version(self) -> str:
        """Label Studio's version, for example 1.23.2."""
        answer = self._connection.read("api/version")
        if not isinstance(answer, dict) or "release" not in answer:
            raise LabelStudioError(f"{self.url} does not answer like Label Studio: check it")
        return str(answer["release"])

    def create_project(self, title: str, xml: str, description: str = "") -> int:
        """Make a project with the labelling configuration ``xml``; its id."""
        parse(xml)
        shortest, longest = TITLE_LENGTH
        title = title.strip()[:longest]
        if len(title) < shortest:
            raise LabelStudioError(f"a project's title needs {shortest} characters: {title!r}")
        content = {"title": title, "label_config": xml, "description": description}
        return self._connection.call("POST", "api/projects/", json=content)["id"]

    def project(self, project: int) -> ProjectInfo:
        """The project with its counts; skipped answers are not counted as annotations."""
        info = _info(self._connection.read(f"api/projects/{project}"))
        try:
            self._configs[project] = parse(info.xml)
        except SchemaError:
            self._configs.pop(project, None)
        return info

    def projects(self) -> list[ProjectInfo]:
        """All projects that the user can see."""
        found: list[ProjectInfo] = []
        page = 1
        while True:
            params = {"page": page, "page_size": 100}
            answer = self._connection.read("api/projects/", params=params)
            found += [_info(one) for one in answer["results"]]
            if not answer["next"]:
                return found
            page += 1

    def find_tasks(self, project: int, uids: Iterable[str]) -> dict[str, int]:
        """The id of the task of each uid (``data.uid``) that has one."""
        found = tasks.find(self._connection, project, uids)
        return self._remember(project, {uid: rows[0]["id"] for uid, rows in found.items()})

    def import_tasks(self, project: int, data: Sequence[dict]) -> dict[str, int]:
        """Make sure that each of ``data`` (with its own "uid") is a task; uid → task id.

        Tasks that are there already stay as they are. Sent in chunks without predictions, which
        Label Studio can lose; after a failure it looks what arrived before it sends again, and
        copies that a killed sender left behind are removed.
        """
        return self._remember(project, tasks.import_tasks(self._connection, project, data))

    def place(self, project: int, places: dict[int, tuple[dict, int]]) -> set[int]:
        """Change when and of whom tasks are asked: task id → (round, rank, assignee; how many).

        The rest of their data stays. A task is served until so many people have answered it.
        Returns those of the tasks that are there.
        """
        return tasks.place(self._connection, project, places)

    def import_predictions(self, project: int, predictions: Sequence[Prediction]) -> int:
        """Make sure that each task has its prediction; how many were missing.

        A task that has a prediction of the same model version keeps it. Raises SchemaError for a
        prediction that does not fit the project, before anything is sent.
        """
        for prediction in predictions:
            self._check(project, prediction.result)
            score = prediction.score
            if not isinstance(score, int | float) or not 0 <= score <= 1:
                raise SchemaError(f"the score of a prediction must be from 0 to 1, not {score!r}")
            if not prediction.model_version or "," in prediction.model_version:
                raise SchemaError("a prediction needs a model version, without a comma in it")
        return tasks.import_predictions(self._connection, project, predictions)

    def publish_view(
        self, project: int, title: str, *, round: int, model_version: str, shown: bool = True
    ) -> View:
        """The queue of a round: its tasks without an answer, by ascending ``data.rank``.

        The view of that title is made or put right. The project then shows the predictions of
        ``model_version`` (none when empty, or not ``shown``), which must have been imported before.
        """
        view = put(self._connection, project, round_view(title, round))
        sampling = "Uncertainty sampling" if model_version else "Sequential sampling"
        settings = {
            "sampling": sampling,
            "model_version": model_version,
            "show_collab_predictions": shown,
        }
        try:
            self._connection.repeat("PATCH", f"api/projects/{project}", json=settings)
        except LabelStudioError as error:
            if error.status != 400:
                raise
            raise LabelStudioError(
                f"Label Studio has no predictions of model version {model_version!r} in project "
                f"{project}: import them before the view ({error})",
                400,
            ) from None
        return view

    def personal_view(
        self, project: int, title: str, *, round: int, assignee: str, user: int | None
    ) -> View:
        """The queue of one person in a round: what has ``assignee`` in its data, by rank.

        What the Label Studio ``user`` has answered is out of it. Predictions are not its business.
        """
        return put(self._connection, project, personal_view(title, round, assignee, user))

    def delete_view(self, number: int) -> None:
        """Delete a tab; one that is gone already is fine."""
        self._connection.delete(f"api/dm/views/{number}/")

    def submit_annotation(
        self,
        task_id: int,
        result: list[dict],
        *,
        unique_id: str,
        lead_time: float = 0.0,
        was_cancelled: bool = False,
        completed_by: int | None = None,
        ground_truth: bool = False,
    ) -> int:
        """Store an answer once, however often this is called with its ``unique_id``; its id.

        ``unique_id`` is a UUID, ``lead_time`` in seconds, ``completed_by`` a Label Studio user
        (the token's by default, and where that user is gone), ``was_cancelled`` means skipped.
        """
        key = str(UUID(str(unique_id)))
        if not was_cancelled:
            self._check(self._likely_project(task_id), result, task_id)
        content = {
            "result": result,
            "unique_id": key,
            "lead_time": lead_time,
            "was_cancelled": was_cancelled,
            "ground_truth": ground_truth,
        }
        if completed_by is not None:
            content["completed_by"] = completed_by
        made = tasks.submit(self._connection, task_id, content)
        if made is not None:
            return made
        project = self._project(task_id)
        found = pulling.annotation_id(self._connection, project, task_id, key)
        if found is None:
            raise LabelStudioError(
                f"annotation {key} exists on another task than {task_id}: it cannot be sent", 409
            )
        return found

    def mark_ground_truth(self, annotation_id: int, known: bool) -> None:
        """Say whether an annotation's label is known for sure; the rest of it stays."""
        path = f"api/annotations/{annotation_id}/"
        self._connection.repeat("PATCH", path, json={"ground_truth": known})

    def delete_annotation(self, annotation_id: int) -> None:
        """Delete an annotation; one that is gone already is fine."""
        self._connection.delete(f"api/annotations/{annotation_id}/")

    def pull(
        self,
        project: int,
        cursor: str | None,
        progress: Callable[[float, str], None] | None = None,
    ) -> Pull:
        """The tasks that changed since ``cursor`` (None: all), with all their annotations.

        Deleted tasks do not show: see ``deleted``.
        """
        quiet = progress or (lambda fraction, message: None)
        found = pulling.pull(self._connection, project, cursor, self._email, quiet)
        self._project_of |= dict.fromkeys((task.id for task in found.tasks), project)
        return found

    def task_ids(self, project: int) -> set[int]:
        """The ids of all tasks of the project."""
        return {task["id"] for task in tasks.each_task(self._connection, project, "id")}

    def task_count(self, project: int) -> int:
        """How many tasks the project has."""
        params = {"ids": project, "include": "id,task_number"}
        counts = self._connection.read("api/projects/counts/", params=params)["results"]
        return counts[0]["task_number"] or 0 if counts else 0

    def deleted(self, project: int, count: int, known: Callable[[], set[int]]) -> set[int]:
        """Which of ``known()`` are gone; quick while there are ``count`` tasks or more.

        ``known`` must give every task that was there, ``count`` of them: pull first.
        """
        if self.task_count(project) >= count:
            return set()
        there = self.task_ids(project)
        return known() - there

    def users(self) -> list[User]:
        """Everybody who can be named as an annotation's author."""
        return [User(one["id"], one["email"]) for one in self._connection.read("api/users/")]

    def _remember(self, project: int, found: dict[str, int]) -> dict[str, int]:
        self._project_of |= dict.fromkeys(found.values(), project)
        return found

    def _project(self, task_id: int) -> int:
        if task_id not in self._project_of:
            task = self._connection.read(f"api/tasks/{task_id}/")
            self._project_of[task_id] = task["project"]
        return self._project_of[task_id]

    def _likely_project(self, task_id: int) -> int:
        """The task's project without asking, when this client has dealt with one project only."""
        if task_id not in self._project_of and len(self._configs) == 1:
            return next(iter(self._configs))
        return self._project(task_id)

    def _check(self, project: int, result: list[dict], task_id: int | None = None) -> None:
        """Label Studio takes any result; refuse here what does not fit the configuration."""
        config = self._configs.get(project)
        if config is None or not _fits(result, config):
            project = project if task_id is None else self._project(task_id)
            config = self._configs[project] = parse(self.project(project).xml)
        if from_result(result, config) is None:
            raise SchemaError("an answer without a label is not sent: choose one, or skip")

    def _email(self, user: int) -> str:
        if user not in self._emails:
            self._emails |= {person.id: person.email for person in self.users()}
        return self._emails.setdefault(user, f"user-{user}")


def _info(answer: dict) -> ProjectInfo:
    return ProjectInfo(
        id=answer["id"],
        title=answer["title"],
        xml=answer["label_config"],
        task_count=answer["task_number"] or 0,
        annotation_count=answer["total_annotations_number"] or 0,
    )


def _fits(result: list[dict], config: LabelConfig) -> bool:
    try:
        return from_result(result, config) is not None
    except SchemaError:
        return False
