"""Label Studio's labelling configuration (XML) and the label schema it stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from activelearn.data import LabelSchema
from workbench.errors import SchemaError

DECORATION = {"View", "Header", "Style", "Text", "HyperText", "Markdown", "Collapse", "Panel"}
DECORATION |= {"Filter"}
OPTIONS = {"Choices": "Choice", "Labels": "Label"}
SUPPORTED = "supported: one <Choices> (single or multiple) or one <Labels>, over one <Text>"
HOTKEYS = "123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class LabelConfig:
    """The label schema with the names that Label Studio's results refer to.

    ``data_key`` is the field of a task's data that holds the text.
    """

    schema: LabelSchema
    from_name: str
    to_name: str
    data_key: str
    xml: str


def parse(xml: str) -> LabelConfig:
    """Read a labelling configuration; SchemaError names the tag that is not supported."""
    root = _root(xml)
    controls = []
    for element in root.iter():
        if element.tag in OPTIONS:
            controls.append(element)
        elif element.tag not in DECORATION and element.tag not in OPTIONS.values():
            raise SchemaError(f"<{element.tag}> in the labelling configuration is not {SUPPORTED}")
    if not controls:
        raise SchemaError(f"the labelling configuration has no labels: {SUPPORTED}")
    if len(controls) > 1:
        names = " and ".join(f"<{c.tag} name={c.get('name')!r}>" for c in controls)
        raise SchemaError(
            f"the labelling configuration has two sets of labels, {names}; {SUPPORTED}"
        )
    control = controls[0]
    from_name = _attribute(control, "name")
    to_name = _attribute(control, "toName")
    return LabelConfig(
        schema=LabelSchema(_kind(control), _labels(control)),
        from_name=from_name,
        to_name=to_name,
        data_key=_data_key(root, control, to_name),
        xml=xml,
    )


def build(schema: LabelSchema) -> str:
    """The labelling configuration of ``schema``, over ``<Text name="text" value="$text"/>``."""
    check_labels(schema.labels)
    root = ET.Element("View")
    text = ET.Element("Text", name="text", value="$text")
    if schema.kind == "spans":
        control = ET.SubElement(root, "Labels", name="label", toName="text")
        root.append(text)
    elif schema.kind in ("single", "multi"):
        root.append(text)
        choice = "single" if schema.kind == "single" else "multiple"
        control = ET.SubElement(
            root, "Choices", name="label", toName="text", choice=choice, showInline="true"
        )
    else:
        raise SchemaError(f"no task kind {schema.kind!r}: use single, multi or spans")
    for index, label in enumerate(schema.labels):
        option = ET.SubElement(control, OPTIONS[control.tag], value=label)
        if index < len(HOTKEYS):
            option.set("hotkey", HOTKEYS[index])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def check_labels(labels: tuple[str, ...]) -> None:
    """Raise SchemaError for label names that Label Studio, or a person, could not tell apart."""
    if not labels:
        raise SchemaError("there are no labels: give at least one")
    seen: set[str] = set()
    for position, label in enumerate(labels, 1):
        if not label.strip():
            raise SchemaError(f"label {position} is empty: give it a name or remove it")
        if label != label.strip() or not label.isprintable():
            raise SchemaError(
                f"label {label!r} has white space at an end or unprintable characters: rename it"
            )
        if label.startswith("$"):
            raise SchemaError(
                f"label {label!r} starts with $, which Label Studio reads as a field's name: "
                "rename it"
            )
        if label in seen:
            raise SchemaError(f"label {label!r} is there twice: remove one")
        seen.add(label)


def _root(xml: str) -> ET.Element:
    if not xml or not xml.strip():
        raise SchemaError("the Label Studio project has no labelling configuration: set one up")
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise SchemaError("the labelling configuration declares a DOCTYPE: remove it")
    try:
        return ET.fromstring(xml.strip())
    except (ET.ParseError, ValueError) as error:
        raise SchemaError(f"the labelling configuration is not valid XML: {error}") from None


def _attribute(element: ET.Element, name: str) -> str:
    value = element.get(name, "").strip()
    if not value:
        raise SchemaError(f"<{element.tag}> in the labelling configuration lacks {name}=")
    return value


def _kind(control: ET.Element) -> str:
    if control.tag == "Labels":
        return "spans"
    if control.get("perRegion", "").lower() == "true":
        raise SchemaError(f"<Choices perRegion> is not {SUPPORTED}")
    choice = control.get("choice", "single")
    if choice in ("single", "single-radio"):
        return "single"
    if choice == "multiple":
        return "multi"
    raise SchemaError(f"<Choices choice={choice!r}> is not supported: use single or multiple")


def _labels(control: ET.Element) -> tuple[str, ...]:
    """The names as results carry them: an option's ``alias`` stands for its ``value``."""
    tag = OPTIONS[control.tag]
    if control.get("value"):
        raise SchemaError(
            f"<{control.tag} value={control.get('value')!r}> takes its labels from each task, "
            f"which is not supported: list them as <{tag}>"
        )
    options = [element for element in control.iter(tag)]
    if any(element.find(tag) is not None for element in options):
        raise SchemaError(f"a <{tag}> inside a <{tag}> is not supported: list them flat")
    labels = tuple((o.get("alias") or o.get("value") or "") for o in options)
    check_labels(labels)
    return labels


def _data_key(root: ET.Element, control: ET.Element, to_name: str) -> str:
    target = next((e for e in root.iter() if e.get("name") == to_name), None)
    if target is None:
        raise SchemaError(f"<{control.tag} toName={to_name!r}> names no tag of the configuration")
    if target.tag != "Text":
        raise SchemaError(
            f"<{control.tag}> labels a <{target.tag}>, which is not supported: it must be a <Text>"
        )
    if target.get("valueType", "text") != "text":
        raise SchemaError(
            "<Text valueType> other than text is not supported: put the text in tasks"
        )
    value = target.get("value", "")
    match = re.fullmatch(r"\$([^\s.\[\]$]+)", value)
    if match is None:
        raise SchemaError(
            f"<Text name={to_name!r} value={value!r}> must name one field of the task, as in $text"
        )
    return match[1]
