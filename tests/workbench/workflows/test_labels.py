"""Labels that are renamed, added and removed in the real Label Studio: noticed, asked, applied."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from activelearn.data import LabelSchema
from workbench import items
from workbench.annotate import Annotator
from workbench.errors import ConfigError, ProjectError
from workbench.exchange import labels
from workbench.exchange.labels import compare, pending
from workbench.jobs import Jobs
from workbench.labelstudio.labelconfig import build, parse
from workbench.labelstudio.results import to_result
from workbench.project import Project
from workbench.status import status
from workbench.tables import Annotation, Event, Queued, Round
from workbench.workflows.audit import run_audit
from workbench.workflows.round import run_round
from workbench.workflows.sync import sync

ANN = "ann@example.com"


@pytest.fixture
def queued(bound: Project) -> Project:
    """The bound project after one round of ten items and an audit."""
    run_round(bound, batch=10)
    run_audit(bound)
    sync(bound)
    return bound


def set_there(project: Project, *names: str, kind: str = "single", control: str = "label") -> str:
    """Somebody edits the labelling configuration in Label Studio."""
    xml = build(LabelSchema(kind, names)).replace('name="label"', f'name="{control}"')
    number = project.settings.labelstudio.project_id
    project.client()._connection.call("PATCH", f"api/projects/{number}", json={"label_config": xml})
    return xml


def say_there(project: Project, uid: str, label: str, xml: str) -> None:
    client = project.client()
    task = client.find_tasks(project.settings.labelstudio.project_id, [uid])[uid]
    client.submit_annotation(task, to_result(label, parse(xml)), unique_id=str(uuid4()))


def targets(project: Project) -> set[str]:
    with project.store.session() as session:
        return {said[0] for said in session.scalars(select(Annotation.target)) if said}


@pytest.mark.parametrize(
    ("old", "new", "proposed"),
    [
        (("a", "refund", "c"), ("a", "money back", "c"), {"refund": "money back"}),
        (("delivery", "login"), ("login", "deliveries"), {"delivery": "deliveries"}),
        (("a", "refund", "c"), ("a", "c"), {"refund": ""}),
        (("a", "refund", "login"), ("a", "Refunds", "Log-in"),
         {"refund": "Refunds", "login": "Log-in"}),
        (("x", "refund"), ("refund", "x", "new"), {}),
    ],
)  # fmt: skip
def test_likely_renames_are_proposed(old, new, proposed) -> None:
    change = compare(parse(build(LabelSchema("single", old))), build(LabelSchema("single", new)))
    assert change.proposed == proposed
    assert change.removed == list(proposed)


def test_a_renamed_label_waits_and_then_moves_everything(queued: Project) -> None:
    ann = Annotator(queued, ANN)
    first, second, third, fourth = (one.uid for one in ann.queue(4))
    say_there(queued, fourth, "refund", queued.config.xml)
    sync(queued)
    xml = set_there(queued, "delivery", "login", "money back")
    ann.submit(first, "refund")
    ann.submit(second, "login")
    say_there(queued, third, "money back", xml)
    report = sync(queued)
    assert report.labels_changed and (report.sent, report.waiting, report.unread) == (1, 1, 1)
    assert first in report.problem and "refund" in report.problem
    found = status(queued)
    assert found["label_change"] == "removed refund, added money back"
    assert found["unread"] == 1 and "refund" in found["labels"]
    assert pending(queued).proposed == {"refund": "money back"}
    assert run_round(queued, batch=5).chosen == 5, "rounds go on meanwhile"

    with queued.store.session() as session:
        before = [one for one in session.scalars(select(Queued.suggestion)) if one == ["refund"]]
        session.add(Round(number=9, state="open", step="score"))
    labels.apply(queued, {}, by=ANN)
    assert "refund" not in queued.schema.labels and pending(queued) is None
    assert "refund" not in targets(queued) and "money back" in targets(queued)
    with queued.store.session() as session:
        after = [x for x in session.scalars(select(Queued.suggestion)) if x == ["money back"]]
        assert len(after) == len(before)
        assert session.get(Round, 9).step == ""
        session.delete(session.get(Round, 9))
        (event,) = session.scalars(select(Event).where(Event.what == "labels_applied"))
    assert event.who == ANN and event.about["renamed"] == {"refund": "money back"}
    report = sync(queued)
    assert (report.waiting, report.unread, report.problem) == (0, 0, "")
    assert items.labels(queued)[third] == ["money back"]
    assert items.labels(queued)[first] == ["money back"]
    # Label Studio keeps the old word in its own rows: it still means the new label here
    client = queued.client()
    task = client.find_tasks(queued.settings.labelstudio.project_id, [fourth])[fourth]
    client.place(queued.settings.labelstudio.project_id, {task: ({"touched": True}, 1)})
    assert sync(queued).unread == 0 and items.labels(queued)[fourth] == ["money back"]
    assert not status(queued)["label_change"]


def test_a_removed_label_is_retired_and_its_answers_stay(queued: Project) -> None:
    before = [uid for uid, said in items.labels(queued).items() if said == ["refund"]]
    set_there(queued, "delivery", "login", "other")
    sync(queued)
    with pytest.raises(ConfigError, match="no label in Label Studio"):
        labels.apply(queued, {"refund": "nonsense"}, by=ANN)
    with pytest.raises(ConfigError, match="is not removed"):
        labels.apply(queued, {"login": "other"}, by=ANN)
    labels.apply(queued, {}, ["refund"], by=ANN)
    assert [uid for uid, said in items.labels(queued).items() if said == ["refund"]] == before
    kept = items.labelled(queued, holdout=False)
    assert "refund" not in kept.targets and kept.schema.labels == ("delivery", "login", "other")
    assert run_round(queued, batch=5).chosen == 5
    with pytest.raises(ProjectError, match="no change"):
        labels.apply(queued, {}, by=ANN)


def test_an_added_label_is_asked_for_too(queued: Project) -> None:
    uid = Annotator(queued, ANN).queue(1)[0].uid
    xml = set_there(queued, "delivery", "login", "refund", "new")
    say_there(queued, uid, "new", xml)
    assert sync(queued).unread == 1
    assert pending(queued).added == ["new"] and pending(queued).removed == []
    labels.apply(queued, {}, by=ANN)
    sync(queued)
    assert items.labels(queued)[uid] == ["new"]


def test_a_renamed_control_costs_no_answer(queued: Project) -> None:
    first, second = (one.uid for one in Annotator(queued, ANN).queue(2))
    xml = set_there(queued, "delivery", "login", "refund", control="topic")
    say_there(queued, first, "login", xml)
    Annotator(queued, ANN).submit(second, "refund")
    report = sync(queued)
    assert (report.sent, report.waiting, report.unread) == (1, 0, 0)
    assert pending(queued).other == ["control label → topic"]
    assert items.labels(queued)[first] == ["login"]
    labels.apply(queued, {}, by=ANN)
    assert queued.config.from_name == "topic" and not sync(queued).labels_changed


def test_a_changed_kind_is_not_applied_over_answers_it_cannot_read(queued: Project) -> None:
    set_there(queued, "delivery", "login", "refund", kind="spans")
    uid = Annotator(queued, ANN).queue(1)[0].uid
    Annotator(queued, ANN).submit(uid, "refund")
    assert sync(queued).waiting == 1
    with pytest.raises(ProjectError, match="task kind changed from single to spans"):
        labels.apply(queued, {}, by=ANN)
    assert queued.schema.kind == "single"
    set_there(queued, "delivery", "login", "refund")
    report = sync(queued)
    assert not report.labels_changed and report.waiting == 0


def test_a_configuration_that_cannot_be_used_is_named(queued: Project) -> None:
    number = queued.settings.labelstudio.project_id
    two = queued.config.xml.replace(
        "</View>", '<Choices name="b" toName="text"><Choice value="x"/></Choices></View>'
    )
    queued.client()._connection.call("PATCH", f"api/projects/{number}", json={"label_config": two})
    uid = Annotator(queued, ANN).queue(1)[0].uid
    Annotator(queued, ANN).submit(uid, "refund")
    report = sync(queued)
    assert (report.waiting, report.labels_changed) == (1, True)
    assert "two sets of labels" in report.problem
    assert "two sets of labels" in status(queued)["label_change"]
    with pytest.raises(ProjectError, match="cannot be applied"):
        labels.apply(queued, {}, by=ANN)


def test_looks_alone_are_taken_over_and_a_round_at_work_is_waited_for(queued: Project) -> None:
    set_there(queued, "login", "delivery", "refund")
    assert not sync(queued).labels_changed
    assert queued.schema.labels == ("login", "delivery", "refund")
    set_there(queued, "login", "delivery", "refund", "new")
    sync(queued)
    jobs = Jobs(queued.store)
    jobs.submit("round")
    job = jobs.take(("round",))
    with pytest.raises(ProjectError, match="round is at work"):
        labels.apply(queued, {}, by=ANN)
    jobs.finish(job.id, "done")
    labels.apply(queued, {}, by=ANN)
    assert "new" in queued.schema.labels


def test_an_answer_under_a_label_that_is_used_no_more_does_not_wait_for_ever(
    queued: Project,
) -> None:
    ann = Annotator(queued, ANN)
    first, second = (one.uid for one in ann.queue(2))
    set_there(queued, "delivery", "login")
    ann.submit(first, "refund")
    ann.submit(second, "login")
    assert sync(queued).waiting == 1
    labels.apply(queued, {}, ["refund"], by=ANN)
    report = sync(queued)
    assert (report.waiting, report.problem) == (0, "")
    assert items.labels(queued)[first] == ["refund"]
    with queued.store.session() as session:
        (event,) = session.scalars(select(Event).where(Event.what == "labels_applied"))
    assert event.about["unsent"] == 1


def test_labels_that_nothing_uses_are_simply_taken_over(label_studio, ls_client, tmp_path) -> None:
    made = Project.create(tmp_path / "p", name="Nothing yet", labels=("a", "b"))
    xml = build(LabelSchema("single", ("c", "d")))
    made.set_labelstudio(
        label_studio.url, label_studio.token, ls_client.create_project("Other labels", xml)
    )
    assert not sync(made).labels_changed
    assert made.schema.labels == ("c", "d")
    made.close()
