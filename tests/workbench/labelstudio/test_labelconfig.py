from __future__ import annotations

import pytest

from activelearn.data import LabelSchema
from workbench.errors import SchemaError
from workbench.labelstudio.labelconfig import build, parse

NAMES = ("a & b", "<c>", 'say "hi"', "正面", "it's")


@pytest.mark.parametrize("kind", ["single", "multi", "spans"])
def test_what_is_built_is_read_back(kind: str) -> None:
    config = parse(build(LabelSchema(kind, NAMES)))
    assert config.schema == LabelSchema(kind, NAMES)
    assert (config.from_name, config.to_name, config.data_key) == ("label", "text", "text")


def test_hotkeys_are_digits_then_letters() -> None:
    xml = build(LabelSchema("single", tuple(f"label {n}" for n in range(40))))
    assert 'value="label 8" hotkey="9"' in xml
    assert 'value="label 9" hotkey="a"' in xml
    assert '<Choice value="label 39" />' in xml


def test_names_of_a_strangers_configuration_are_kept() -> None:
    config = parse(
        "<View><Style>.x{}</Style><Header value='Mood?'/>"
        "<View><Text name='t' value='$Body'/></View>"
        "<Choices name='mood' toName='t' choice='single-radio'>"
        "<Choice value='Good' alias='pos'/><Choice value='Bad'/></Choices></View>"
    )
    assert config.schema == LabelSchema("single", ("pos", "Bad"))
    assert (config.from_name, config.to_name, config.data_key) == ("mood", "t", "Body")


TEXT = "<Text name='t' value='$text'/>"
CHOICES = "<Choices name='c' toName='t'><Choice value='x'/><Choice value='y'/></Choices>"


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        (f"{TEXT}<TextArea name='c' toName='t'/>", "<TextArea>"),
        (f"{TEXT}{CHOICES}<Rating name='r' toName='t'/>", "<Rating>"),
        ("<Image name='i' value='$i'/><RectangleLabels name='c' toName='i'/>", "<Image>"),
        (f"{TEXT}<Taxonomy name='c' toName='t'><Choice value='x'/></Taxonomy>", "<Taxonomy>"),
        ("<Pairwise name='p' toName='a,b'/>", "<Pairwise>"),
        (TEXT + CHOICES + CHOICES.replace("'c'", "'d'"), "two sets of labels"),
        (TEXT, "no labels"),
        ("<HyperText name='t' value='$text'/>" + CHOICES, "<HyperText>"),
        (CHOICES, "names no tag"),
        ("<Text name='t' value='$a.b'/>" + CHOICES, "one field"),
        ("<Text name='t' value='fixed'/>" + CHOICES, "one field"),
        (TEXT + CHOICES.replace("'y'", "'x'"), "twice"),
        (TEXT + CHOICES.replace("'y'", "''"), "empty"),
        (TEXT + CHOICES.replace(" toName='t'", ""), "lacks toName"),
        (TEXT + CHOICES.replace("toName='t'", "toName='t' perRegion='true'"), "perRegion"),
        (TEXT + CHOICES.replace("toName='t'", "toName='t' value='$l'"), "from each task"),
        (
            f"{TEXT}<Choices name='c' toName='t'><Choice value='x'><Choice value='y'/></Choice>"
            "</Choices>",
            "list them flat",
        ),
    ],
)
def test_what_is_not_supported_is_named(inside: str, named: str) -> None:
    with pytest.raises(SchemaError, match=named.replace("(", r"\(")):
        parse(f"<View>{inside}</View>")


@pytest.mark.parametrize("xml", ["", "   ", "<View>", "not xml", "<!DOCTYPE a><View/>"])
def test_what_is_no_configuration_is_refused(xml: str) -> None:
    with pytest.raises(SchemaError):
        parse(xml)


@pytest.mark.parametrize("labels", [(), ("",), (" ",), ("a", "a"), ("a\nb",), (" a",), ("$a",)])
def test_labels_that_cannot_be_told_apart_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(SchemaError):
        build(LabelSchema("single", labels))
