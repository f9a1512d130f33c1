"""What attributes and attribute templates of a file have in common."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element as XmlElement

from piwebapi.core.webid import fold
from piwebapi.models import VALUE_TYPES, AttributeFields, EnumerationSet
from piwebapi.references.values import converted, iso

from .document import BadFile, Node
from .target import Target

FLAGS = {
    "IsHidden": "is_hidden",
    "IsManualDataEntry": "is_manual_data_entry",
    "IsConfigurationItem": "is_configuration_item",
    "IsExcluded": "is_excluded",
}
TEXTS = {
    "Description": "description",
    "Trait": "trait_name",
    "DataReference": "data_reference",
    "ConfigString": "config_string",
}
ENUMERATION = "EnumerationValue"
_TYPES = {name.lower(): name for name in VALUE_TYPES} | {
    "object": "Anything",
    "afenumerationvalue": ENUMERATION,
    "afenumerationset": ENUMERATION,
}


def read_fields(node: Node, target: Target, base: AttributeFields | None) -> dict[str, Any]:
    """The columns that the node tells. An attribute of a template (`base` is what it is made from) tells
    only in what it differs; others get the usual values of AF for what is missing."""
    columns: dict[str, Any] = {column: node.text(tag) for tag, column in TEXTS.items() if base is None or node.has(tag)}
    columns |= {column: node.flag(tag) for tag, column in FLAGS.items() if base is None or node.has(tag)}
    if base is None or node.has("DisplayDigits"):
        columns["display_digits"] = node.integer("DisplayDigits", -5)
    if base is None or node.has("DefaultUOM"):
        unit = target.unit(node, "DefaultUOM")
        columns["unit_id"] = unit.pk if unit else None
    kind, states = _type(node, target, base)
    columns |= {"type": kind, "enumeration_set_id": states.pk if states else None}
    if base is not None and kind == base.type and columns["enumeration_set_id"] == base.enumeration_set_id:
        del columns["type"], columns["enumeration_set_id"]
    if node.has("Value"):
        columns["value"] = _value(node, target, kind, states)
    return columns


def _type(node: Node, target: Target, base: AttributeFields | None) -> tuple[str, EnumerationSet | None]:
    states = _enumeration_set(node, target)
    name = node.text("Type")
    if not name:
        return (base.type, base.enumeration_set) if base is not None else ("Double", states)
    kind = _TYPES.get(name.lower().replace("[]", "array").removeprefix("system."))
    if kind is None:
        target.report.gap("type of an attribute that is not known, taken as Anything", f"{node.path} -> {name}")
    if kind == ENUMERATION and states is None and base is not None:
        states = base.enumeration_set
    return kind or "Anything", states


def _enumeration_set(node: Node, target: Target) -> EnumerationSet | None:
    """Named plainly or by a path."""
    text = node.text("TypeQualifier")
    name = text.rpartition("[")[2].removesuffix("]").strip() if text.endswith("]") else text.rpartition("\\")[2]
    states = target.sets.get(fold(name)) if name else None
    if name and states is None:
        target.report.gap("TypeQualifier that is not known", f"{node.path} -> {text}")
    return states


def _value(node: Node, target: Target, kind: str, states: EnumerationSet | None) -> Any:
    """As JSON keeps it; a value that is not of the attribute's type is reported and left out."""
    (xml, *_) = node.children("Value")
    if xml.get("nil") == "true":
        return None
    if kind == "Anything":
        kind = _TYPES.get(xml.get("type", "").lower(), "String")
    try:
        if len(xml) and any(child.tag != "Item" for child in xml):
            raise ValueError("a file")
        if kind.endswith("Array"):
            return [_single(item.text or "", kind.removesuffix("Array")) for item in xml]
        if kind == ENUMERATION:
            return _state(xml, target, states)
        return _single(xml.text or "", kind)
    except ValueError:
        text = (xml.text or "").strip() or f"<{xml[0].tag}>" if len(xml) else (xml.text or "").strip()
        target.report.gap(f"value that is no {kind}", f"{node.path} -> {text}")
        return None


def _single(text: str, kind: str) -> object:
    if kind == "String":
        return text
    if not text.strip():
        return None
    value = converted(text, kind)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(text)
    return iso(value) if isinstance(value, datetime) else value


def _state(xml: XmlElement, target: Target, states: EnumerationSet | None) -> int | None:
    """Told by name, by path or by number."""
    text = (xml.text or "").strip()
    if not text:
        return None
    known = target.states.get(states.pk, {}) if states else {}
    for name in (text, text.rpartition("\\")[2]):
        if fold(name) in known:
            return known[fold(name)]
    return int(text)


def trail(node: Node, name: str, above: str) -> str:
    if "|" in name:
        raise BadFile(f"In '{node.path}' there is an attribute whose name cannot be used: '{name}'.")
    return f"{above}|{name}" if above else name
