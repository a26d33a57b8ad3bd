from __future__ import annotations

import pytest

from activelearn.data import LabelSchema, Span, Target
from workbench.errors import SchemaError
from workbench.labelstudio.labelconfig import LabelConfig, build, parse
from workbench.labelstudio.results import from_result, to_result


def config(kind: str) -> LabelConfig:
    return parse(build(LabelSchema(kind, ("a", "b", "c"))))


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("single", "b"),
        ("multi", ("a", "c")),
        ("multi", ()),
        ("spans", (Span(0, 2, "a"), Span(1, 4, "b"))),
        ("spans", ()),
    ],
)
def test_a_target_survives_the_way_there_and_back(kind: str, target: Target) -> None:
    assert from_result(to_result(target, config(kind)), config(kind)) == target


def test_results_have_the_shape_that_label_studios_page_writes() -> None:
    (choice,) = to_result("b", config("single"))
    assert choice["value"] == {"choices": ["b"]}
    assert (choice["from_name"], choice["to_name"], choice["type"]) == ("label", "text", "choices")
    (span,) = to_result((Span(2, 4, "a"),), config("spans"), text="x 😀y")
    assert span["value"] == {"start": 2, "end": 4, "text": "😀y", "labels": ["a"]}


def test_a_single_choice_without_a_choice_says_nothing() -> None:
    assert from_result([], config("single")) is None


def test_relations_between_spans_are_passed_over() -> None:
    spans = to_result((Span(0, 1, "a"), Span(2, 3, "b")), config("spans"))
    relation = {"type": "relation", "from_id": spans[0]["id"], "to_id": spans[1]["id"]}
    assert from_result([*spans, relation], config("spans")) == (Span(0, 1, "a"), Span(2, 3, "b"))


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("single", "d"),
        ("single", ("a",)),
        ("multi", ("a", "d")),
        ("multi", ("a", "a")),
        ("multi", "a"),
        ("spans", (Span(0, 1, "d"),)),
        ("spans", (Span(2, 2, "a"),)),
        ("spans", (Span(-1, 2, "a"),)),
        ("spans", (Span(0, 9, "a"),)),
        ("spans", (Span("0", "1", "a"),)),
    ],
)
def test_an_impossible_target_is_refused(kind: str, target: Target) -> None:
    with pytest.raises(SchemaError):
        to_result(target, config(kind), text="four")


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("single", {"from_name": "other"}),
        ("single", {"type": "labels"}),
        ("single", {"value": {"choices": ["zzz"]}}),
        ("single", {"value": {"choices": ["a", "b"]}}),
        ("multi", {"value": {"choices": ["a", "zzz"]}}),
        ("single", {"value": {"choices": "a"}}),
        ("single", {"value": None}),
    ],
)
def test_a_result_of_another_configuration_is_refused(kind: str, change: dict) -> None:
    target = "a" if kind == "single" else ("a",)
    region = to_result(target, config(kind))[0] | change
    with pytest.raises(SchemaError):
        from_result([region], config(kind))
