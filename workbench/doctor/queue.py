"""Checks of the last round in Label Studio: its tasks, its predictions, its order, its view."""

from __future__ import annotations

from sqlalchemy import update

from workbench.doctor.case import Case
from workbench.doctor.registry import check
from workbench.doctor.result import Result, Said, absent, fine, wrong
from workbench.errors import LabelStudioError
from workbench.jobs import quiet
from workbench.tables import Round
from workbench.workflows.publish import (
    hides_all,
    publish,
    publish_views,
    published_views,
    served_version,
    suggested,
)

UNCERTAIN, IN_TURN = "Uncertainty sampling", "Sequential sampling"
AGAIN = "`workbench doctor --fix` sends them again"
BACK = "`workbench doctor --fix` puts the views and the order back"
NOT_FOUND = 404


def republish(case: Case) -> Said:
    """Publishes the last round again: what is missing is sent, what was changed is put back."""
    with case.project.exchange():
        _link(case, publish(case.project, case.round, quiet))
    return Said("round {n} was published again", {"n": case.round.number})


def restore_order(case: Case) -> Said:
    """Puts the last round's views and the project's order back; its tasks stay as they are."""
    with case.project.exchange():
        _link(case, publish_views(case.project, case.round))
    return Said("the views and the order of round {n} were put back", {"n": case.round.number})


def _link(case: Case, url: str) -> None:
    with case.project.store.session() as session:
        changed = update(Round).where(Round.number == case.round.number)
        session.execute(changed.values(view_url=url))


@check("project", seconds=60)
def batch(case: Case) -> Result:
    """The tasks of the last round are there."""
    if case.round is None:
        return absent("no round was published yet", "`workbench round` publishes one")
    missing = [uid for uid, number in case.batch.items() if number not in case.predicted]
    values = {"n": case.round.number, "count": len(case.batch), "missing": len(missing)}
    if missing:
        return wrong(
            "{missing} of the {count} tasks of round {n} were deleted in Label Studio",
            "`workbench sync` takes note of it; the next round sends new ones",
            **values,
        )
    return fine("the {count} tasks of round {n} are there", **values)


@check("batch", mend=republish)
def predictions(case: Case) -> Result:
    """Each prediction that was published is still there: an import can lose them silently."""
    version = case.round.model_version
    if not version:
        return fine("the round was chosen without a model")
    places = suggested(case.project, case.round.number)
    sent = [case.batch[one.uid] for one in places if one.uid in case.batch]
    lost = [number for number in sent if version not in case.predicted[number]]
    values = {"count": len(sent), "lost": len(lost), "version": version}
    if lost:
        return wrong(
            "lost: {lost} of the {count} predictions of {version} are not in Label Studio",
            AGAIN,
            fixable=True,
            **values,
        )
    return fine("the {count} predictions of {version} are there", **values)


def show_suggestions(case: Case) -> Said:
    """Lets annotators see predictions; Label Studio unset the model version when it hid them."""
    version = served_version(case.project, case.round)
    shown = {"show_collab_predictions": True, "model_version": version}
    case.probe.done("PATCH", f"api/projects/{case.number}/", json=shown)
    return Said("suggestions are shown", {})


@check("predictions", mend=show_suggestions)
def suggestions(case: Case) -> Result:
    """Annotators see the predictions, unless the round hides them."""
    if case.info["show_collab_predictions"]:
        return fine("shown to annotators")
    if hides_all(case.round):
        return fine("hidden, as `annotate.suggestions` says")
    return wrong(
        "Label Studio hides the predictions from annotators, which also unsets the order",
        "`workbench doctor --fix` shows them, or set `annotate.suggestions` to hidden",
        fixable=True,
    )


@check("suggestions", mend=restore_order)
def model_version(case: Case) -> Result:
    """The project shows the last round's predictions."""
    wanted, there = served_version(case.project, case.round), case.info["model_version"] or ""
    if there == wanted or not wanted:
        return fine("{version}", version=there or "-")
    if not there:
        return wrong(
            "the project's model version is not set: no suggestion is shown, and the order is "
            "silently random",
            BACK,
            fixable=True,
        )
    return wrong(
        "the project shows the predictions of {there}, not those of {wanted}",
        BACK,
        fixable=True,
        there=there,
        wanted=wanted,
    )


@check("model_version", mend=restore_order)
def order(case: Case) -> Result:
    """Who presses Label All Tasks gets the most useful task first."""
    wanted = UNCERTAIN if served_version(case.project, case.round) else IN_TURN
    there = case.info["sampling"]
    if there == wanted:
        return fine("{sampling}", sampling=there)
    return wrong(
        "tasks come by {there}, not by {wanted}",
        BACK,
        fixable=True,
        there=there,
        wanted=wanted,
    )


@check("batch", mend=restore_order)
def view(case: Case) -> Result:
    """The round's views are there, each person's too, with their order and their filters."""
    for number, wanted in published_views(case.project, case.round).items():
        try:
            there = case.probe.read(f"api/dm/views/{number}")["data"]
        except LabelStudioError as error:
            if error.status != NOT_FOUND:
                raise
            return wrong(
                "the view {title} was deleted: the round's link leads nowhere",
                BACK,
                fixable=True,
                title=wanted["title"],
            )
        for part in ("ordering", "filters"):
            if there.get(part) != wanted[part]:
                return wrong(
                    "the {part} of the view {title} changed: the queue is not the round's any more",
                    BACK,
                    fixable=True,
                    part=part,
                    title=wanted["title"],
                )
    return fine("the views of round {n} are as they were published", n=case.round.number)
