"""Where an import writes to, and what it can refer to there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_name
from piwebapi.core.webid import fold
from piwebapi.models import (
    AssetDatabase,
    AttributeTemplate,
    Element,
    ElementTemplate,
    EnumerationSet,
    Unit,
)
from piwebapi.services.rules import Rules

from .document import BadFile, Node
from .drafts import Drafts
from .report import Report

M = TypeVar("M", bound=Model)


@dataclass
class Target:
    """`now` in ticks. Names are folded keys; categories by model first; `states` by set: name to code."""

    database: AssetDatabase
    report: Report
    now: int
    ids: set[UUID]
    units: Callable[[str], Unit | None]
    categories: dict[type, dict[str, Any]] = field(default_factory=dict)
    sets: dict[str, EnumerationSet] = field(default_factory=dict)
    states: dict[UUID, dict[str, int]] = field(default_factory=dict)
    templates: dict[str, ElementTemplate] = field(default_factory=dict)
    attribute_templates: dict[tuple[UUID, str], AttributeTemplate] = field(default_factory=dict)
    analysis_templates: dict[str, Any] = field(default_factory=dict)
    #: by the id of the analysis template
    analysis_rules: dict[UUID, Rules] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)

    def drafts(self, model: type[M], rows: Iterable[M], key: Callable[[M], Any]) -> Drafts[M]:
        return Drafts(model, {key(row): row for row in rows}, self.report, self.ids)

    def category_ids(self, node: Node, tag: str, model: type) -> list[UUID]:
        """Of the categories that the node refers to; unknown ones are reported."""
        found = []
        for name in node.texts(tag):
            category = self.categories[model].get(fold(name))
            if category is None:
                self.report.gap(f"{tag} without its category", f"{node.path} -> {name}")
            else:
                found.append(category.pk)
        return found

    def unit(self, node: Node, tag: str) -> Unit | None:
        name = node.text(tag)
        unit = self.units(name) if name else None
        if name and unit is None:
            self.report.gap("unit of measure that is not known", f"{node.path} -> {name}")
        return unit


def checked_name(node: Node) -> str:
    """The object's name as AF allows it; `BadFile` tells where it stands."""
    try:
        return check_name(node.name)
    except BadRequest as error:
        raise BadFile(f"In '{node.path}' there is a {node.tag} whose name cannot be used: {error}") from None


def is_removed(node: Node, report: Report) -> bool:
    """An import file may also delete; that is not done here, and said."""
    if node.xml.get("operation") in ("delete", "remove"):
        report.gap(f"{node.tag} to be deleted", node.path)
        return True
    return False


def extended_properties(node: Node, report: Report) -> dict[str, dict[str, object]]:
    """As they are stored: name to ``{"Value": ...}``."""
    found: dict[str, dict[str, object]] = {}
    for xml in node.children("AFExtendedProperty"):
        child = Node(xml, node.path)
        found[child.name] = {"Value": child.text("Value")}
        child.expect("Type", "string", "system.string")
        child.finish(report)
    return found
