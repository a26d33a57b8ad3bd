"""Publishing a round: its batch as tasks of Label Studio, and a tab for everybody, by rank."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from workbench.batch import live_round, open_shares, unfinished
from workbench.chunks import chunks
from workbench.deal import VIEWS
from workbench.errors import SchemaError
from workbench.exchange.outgoing import ensure_tasks
from workbench.exchange.reading import sender
from workbench.jobs import Progress, quiet
from workbench.labelstudio.client import LabelStudioClient, Prediction
from workbench.labelstudio.views import personal_view, round_view
from workbench.project import Project
from workbench.tables import Annotation, Item, Person, Placement, Queued, Round, Share

PART = 100


@dataclass(frozen=True)
class Place:
    """Where an item is asked: its rank in a round, of whom, and of how many people."""

    round: int
    rank: int
    assignee: str
    overlap: int

    @property
    def data(self) -> dict:
        """What the task's data say of it; a batch that is dealt to nobody names nobody."""
        named = {"assignee": self.assignee} if self.assignee else {}
        return {"round": self.round, "rank": self.rank} | named


def publish(project: Project, row: Round, progress: Progress) -> str:
    """Tasks for the batch, a prediction for each that shows one, and the tabs.

    Safe to repeat after a kill: what is there already is found and kept. Returns the link of the
    round's own tab, which is for those who see everything.
    """
    client = project.client()
    with project.store.session() as session:
        places = _places(session, row.number)
    there, fresh = _tasks(project, client, places)
    _place(project, client, places, there, fresh, progress)
    progress(0.6, "sending the predictions")
    _predict(project, client, row, there)
    progress(0.9, "making the tabs")
    return publish_views(project, row)


def publish_views(project: Project, row: Round) -> str:
    """All tabs of a published round, made or put right, with the project set to its order.

    Returns the link of the round's own tab.
    """
    url = _round_view(project, row)
    _personal_tabs(project, project.client(), row.number, anew=True)
    return url


def _round_view(project: Project, row: Round) -> str:
    view = project.client().publish_view(
        project.settings.labelstudio.project_id,
        _title(row.number),
        round=row.number,
        model_version=served_version(project, row),
        shown=not hides_all(row),
    )
    return view.url


def publish_shares(project: Project, client: LabelStudioClient) -> int:
    """Brings Label Studio up to the shares as they are now; returns how many items it moved.

    Taken over, dealt again, taken from the reserve: compared with what was sent last, and only what
    differs is sent. A task whose rank alone is another one stays: each costs a request, and between
    rounds ranks change with every label. The caller holds the project's exchange.
    """
    with project.store.session() as session:
        number = live_round(session)
        if number is None or not session.scalars(_shares(number).limit(1)).first():
            return 0
        row = session.get(Round, number)
        places = _places(session, number)
        coming = set(session.scalars(select(Queued.uid).where(Queued.round > number)))
        sent = _sent(session, number)
        done = _done_without_task(session, number)
    late = {
        uid: place
        for uid, place in places.items()
        if uid not in coming | done and not _lies_there(sent.get(uid), place)
    }
    if late:
        there, fresh = _tasks(project, client, late)
        # before they are placed, since what was placed is taken to have its prediction
        told = {uid for uid, place in sent.items() if place.round == number}
        _predict(project, client, row, {uid: there[uid] for uid in there if uid not in told})
        _place(project, client, late, there, fresh)
    _personal_tabs(project, client, number)
    return len(late)


def _done_without_task(session: Session, number: int) -> set[str]:
    """Items whose task somebody deleted when all had answered: a new one would be asked again."""
    waiting = open_shares(number).with_only_columns(Queued.uid).order_by(None)
    lacking = select(Queued.uid).join(Item, Item.uid == Queued.uid)
    lacking = lacking.where(Queued.round == number, Item.task_id.is_(None), ~unfinished())
    return set(session.scalars(lacking.where(Queued.uid.not_in(waiting))))


def _lies_there(sent: Place | None, place: Place) -> bool:
    return sent is not None and replace(place, rank=sent.rank) == sent


def _shares(number: int):
    return select(Share.uid, Share.annotator).where(Share.round == number)


def _places(session: Session, number: int) -> dict[str, Place]:
    people: dict[str, list[str]] = defaultdict(list)
    for uid, email in session.execute(_shares(number).order_by(Share.annotator)):
        people[uid].append(email)
    batch = select(Queued.uid, Queued.rank, Queued.wanted, Queued.gold).where(
        Queued.round == number, ~Queued.reserve
    )
    rows = session.execute(batch.order_by(Queued.rank)).all()
    gold = [uid for uid, _, _, is_gold in rows if is_gold]
    answers = select(Annotation.uid, Annotation.annotator).where(~Annotation.deleted)
    asked = defaultdict(set, {uid: set(people[uid]) for uid in gold})
    for uid, email in session.execute(answers.where(Annotation.uid.in_(gold))):
        asked[uid].add(email)
    return {
        uid: Place(number, rank, assignee(people[uid]), len(asked[uid]) if is_gold else wanted)
        for uid, rank, wanted, is_gold in rows
    }


def assignee(people: list[str]) -> str:
    """How a task's data name people, so that no name is found within another."""
    return f"|{'|'.join(people)}|" if people else ""


def _sent(session: Session, number: int) -> dict[str, Place]:
    """What was sent of a round's items to the tasks that they have now."""
    rows = session.scalars(
        select(Placement)
        .join(Item, (Item.uid == Placement.uid) & (Item.task_id == Placement.task_id))
        .join(Queued, Queued.uid == Placement.uid)
        .where(Queued.round == number)
    )
    return {row.uid: Place(row.round, row.rank, row.assignee, row.overlap) for row in rows}


def _tasks(
    project: Project, client: LabelStudioClient, places: dict[str, Place]
) -> tuple[dict[str, int], set[str]]:
    """A task for each of ``places``: uid → task id, and the uids whose task was made just now."""
    with project.store.session() as session:
        known = select(Item.uid).where(Item.task_id.is_not(None))
        had = {
            uid
            for part in chunks(list(places))
            for uid in session.scalars(known.where(Item.uid.in_(part)))
        }
    made = ensure_tasks(project, client, {uid: place.data for uid, place in places.items()})
    return made, set(made) - had


def _place(
    project: Project,
    client: LabelStudioClient,
    places: dict[str, Place],
    tasks: dict[str, int],
    fresh: set[str],
    progress: Progress = quiet,
) -> None:
    """Brings the tasks to ``places``, in their order; ``fresh`` ones were made with these data."""
    there = {uid: place for uid, place in places.items() if uid in fresh and place.overlap == 1}
    _keep(project, tasks, there)
    with project.store.session() as session:
        sent = _sent(session, next(iter(places.values())).round) if places else {}
    moving = [uid for uid, place in places.items() if sent.get(uid) != place]
    for done, part in enumerate(chunks(moving, PART)):
        moved = done * PART
        progress(0.6 * moved / len(moving), f"moving {moved} of {len(moving)} tasks")
        wanted = {}
        for uid in part:
            place = places[uid]
            nobody = {"assignee": ""} if uid in sent else {}
            wanted[tasks[uid]] = ({"uid": uid} | nobody | place.data, place.overlap)
        there = client.place(project.settings.labelstudio.project_id, wanted)
        _keep(project, tasks, {uid: places[uid] for uid in part if tasks[uid] in there})
    return tasks


def _keep(project: Project, tasks: dict[str, int], places: dict[str, Place]) -> None:
    with project.store.session() as session:
        for part in chunks(list(places)):
            session.execute(delete(Placement).where(Placement.uid.in_(part)))
            session.execute(
                insert(Placement),
                [{"uid": uid, "task_id": tasks[uid], **vars(places[uid])} for uid in part],
            )


def suggested(project: Project, number: int) -> list[Queued]:
    """The places of a round's batch that go to Label Studio with the model's suggestion.

    Where suggestions are hidden altogether the project's own setting hides them, so that Label
    Studio can still order by them.
    """
    with project.store.session() as session:
        everything = hides_all(session.get(Round, number))
        query = (
            select(Queued)
            .join(Item, Item.uid == Queued.uid)
            .where(Queued.round == number, ~Item.holdout, ~Queued.reserve)
            .order_by(Queued.rank)
        )
        rows = list(session.scalars(query))
    return [one for one in rows if one.suggestion and (everything or not one.hidden)]


def served_version(project: Project, row: Round) -> str:
    """The model version whose predictions Label Studio shows; none where it was sent none."""
    return row.model_version if suggested(project, row.number) else ""


def published_views(project: Project, row: Round) -> dict[int, dict]:
    """The number of each view that a round was published with, and what it must be like."""
    number = int(parse_qs(urlsplit(row.view_url).query)["tab"][0])
    found = {number: round_view(_title(row.number), row.number)}
    for email, (tab, user) in _kept_tabs(project, row.number).items():
        title = _personal_title(row.number, email)
        found[tab] = personal_view(title, row.number, assignee([email]), user)
    return found


def _kept_tabs(project: Project, number: int) -> dict[str, list]:
    """Whose tabs of a round were made in the bound project: email → [view, Label Studio user]."""
    kept = project.store.fact(VIEWS) or {}
    here = (project.settings.labelstudio.project_id, number)
    return kept["tabs"] if (kept.get("project"), kept.get("round")) == here else {}


def _title(number: int) -> str:
    return f"Round {number}"


def _personal_title(number: int, email: str) -> str:
    return f"{_title(number)} · {email}"


def hides_all(row: Round) -> bool:
    """Whether a round shows no suggestion to anybody, as the settings said when it was made."""
    return row.settings.get("suggestions", "shown") == "hidden"


def _predict(project: Project, client: LabelStudioClient, row: Round, tasks: dict[str, int]) -> int:
    """Sends the predictions of the items that have one to show; how many they are."""
    say, predictions = sender(project), []
    for queued in suggested(project, row.number):
        if queued.uid in tasks:
            # a label that waits for a decision is suggested in the workbench only
            with suppress(SchemaError):
                said = say(queued.suggestion)
                predictions.append(
                    Prediction(tasks[queued.uid], said, queued.confidence, row.model_version)
                )
    if predictions:
        client.import_predictions(project.settings.labelstudio.project_id, predictions)
    return len(predictions)


def _personal_tabs(
    project: Project, client: LabelStudioClient, number: int, *, anew: bool = False
) -> None:
    """A tab for each person of the round; those of the round before go when all are there.

    Without ``anew`` a tab that was made is taken to be there as it was made.
    """
    target = project.settings.labelstudio.project_id
    with project.store.session() as session:
        people = set(session.scalars(select(Share.annotator).where(Share.round == number)))
        users = dict(session.execute(select(Person.email, Person.labelstudio_id)).all())
    kept = project.store.fact(VIEWS) or {}
    tabs = dict(_kept_tabs(project, number))
    urls: dict[str, str] = dict(kept["urls"]) if tabs else {}
    for email in sorted({*people, *tabs}):
        user = users.get(email)
        if not anew and email in tabs and tabs[email][1] == user:
            continue
        view = client.personal_view(
            target,
            _personal_title(number, email),
            round=number,
            assignee=assignee([email]),
            user=user,
        )
        tabs[email], urls[email] = [view.id, user], view.url
    old = kept.get("old", []) if kept.get("project") == target else []
    if kept.get("project") == target and kept["round"] != number:
        old = [*old, *(view for view, _ in kept["tabs"].values())]
    now = {"project": target, "round": number, "tabs": tabs, "urls": urls}
    if now | {"old": old} != kept:
        project.store.set_fact(VIEWS, now | {"old": old})
    if old:
        for view in old:
            client.delete_view(view)
        project.store.set_fact(VIEWS, now | {"old": []})
