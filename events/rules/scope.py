"""The elements of a rule, and the streams that its conditions name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet

from events.models.rules import EventRule
from events.rules.fleet import condition
from piwebapi.core.webid import fold
from piwebapi.core.wildcards import Pattern
from piwebapi.models import Attribute, Element
from piwebapi.queries.filters import any_of, named
from piwebapi.services.templates import derived
from streaming.core.expressions import Expression
from streaming.streams import Stream, streams_of

OF_POINTS = ("unit", "point")
RELATED = ("unit", "enumeration_set", "point__server", "point__digital_set", "element__database__server", "template")
#: streams are looked up again after so long, even when no attribute has changed: points may have
REMEMBERED_SECONDS = 600.0
_remembered: dict[int, tuple[Any, float, Scope]] = {}


@dataclass(frozen=True, eq=False)
class Scope:
    """`columns` as a Fleet takes them."""

    elements: Sequence[Element]
    start: Expression
    end: Expression | None
    columns: dict[str, list[Stream | None]]


def patterns_of(scope: str) -> list[Pattern]:
    """Between commas. In a path a backslash is a separator, so it escapes nothing here."""
    return [Pattern.parse(part.strip().replace("\\", "\\\\")) for part in scope.split(",") if part.strip()]


def elements_of(rule: EventRule) -> QuerySet[Element]:
    """Elements of the template or of one derived from it, at places that fit one of the patterns of `scope`."""
    rows = Element.objects.filter(database=rule.database_id, template__in=derived([rule.element_template_id]))
    if rule.scope.strip():
        rows = rows.filter(any_of(named(pattern, "path_key") for pattern in patterns_of(rule.scope)))
    return rows.order_by("path_key")


def scope_of(rule: EventRule) -> Scope:
    """Two queries when nothing has changed since the last time; else one for the elements, one for the attributes and
    those of the streams."""
    start = condition(rule.start_condition, "The start condition")
    end = condition(rule.end_condition, "The end condition") if rule.end_condition.strip() else None
    names = {fold(name) for expression in (start, end) if expression for name in expression.variables}
    attributes = Attribute.objects.filter(element__in=elements_of(rule).order_by(), trail_key__in=names)
    counts = [
        rows.order_by().aggregate(count=Count("pk"), last=Max("modified")) for rows in (attributes, elements_of(rule))
    ]
    shape = (rule.start_condition, rule.end_condition, rule.scope, rule.element_template_id, *counts)
    known = _remembered.get(rule.pk) if rule.pk else None
    if known and known[0] == shape and time.monotonic() - known[1] < REMEMBERED_SECONDS:
        return known[2]
    scope = _looked_up(rule, names, attributes, start, end)
    if rule.pk:
        _remembered[rule.pk] = (shape, time.monotonic(), scope)
    return scope


def _looked_up(
    rule: EventRule, names: set[str], attributes: QuerySet[Attribute], start: Expression, end: Expression | None
) -> Scope:
    elements = list(elements_of(rule).only("name", "path", "database_id", "template_id"))
    place = {element.pk: row for row, element in enumerate(elements)}
    of_points = attributes.filter(data_reference="PI Point", point__isnull=False)
    others = attributes.exclude(data_reference="PI Point", point__isnull=False)
    rows = [*of_points.select_related(*OF_POINTS), *others.select_related(*RELATED)]
    found: dict[str, list[Stream | None]] = {name: [None] * len(elements) for name in names}
    for attribute, stream in zip(rows, streams_of(rows), strict=True):
        found[attribute.trail_key][place[attribute.element_id]] = stream
    present = {name: streams for name, streams in found.items() if any(streams)}
    return Scope(elements, start, end, present)
