"""Filters of lists whose choices are known beforehand, so that none of them reads the table to build itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from piwebapi.models import POINT_TYPES, VALUE_TYPES
from piwebapi.references import pipoint, stringbuilder, tablelookup

Condition = Callable[[], Q]


def choice(heading: str, parameter: str, choices: Mapping[str, Condition]) -> type[DropdownFilter]:
    """A filter with one condition per choice; the condition is made when it is asked for, since it may tell time."""

    class Choice(DropdownFilter):
        title = heading
        parameter_name = parameter

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(str(number), name) for number, name in enumerate(choices)]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            conditions = list(choices.values())
            value = self.value() or ""
            known = value.isdecimal() and int(value) < len(conditions)
            return queryset.filter(conditions[int(value)]()) if known else queryset

    return Choice


def equal(column: str, values: Iterable[Any]) -> dict[str, Condition]:
    return {str(value): _is(column, value) for value in values}


def flagged(column: str, yes: str, no: str) -> dict[str, Condition]:
    return {yes: _is(column, True), no: _is(column, False)}


def _is(column: str, value: Any) -> Condition:
    return lambda: Q(**{column: value})


ValueTypeFilter = choice("type", "type", equal("type", VALUE_TYPES))
PointTypeFilter = choice("type", "type", equal("point_type", POINT_TYPES))
DataReferenceFilter = choice(
    "data reference",
    "source",
    {
        "None": _is("data_reference", ""),
        **equal("data_reference", (pipoint.NAME, "Formula", tablelookup.NAME, stringbuilder.NAME)),
    },
)
SimulatedFilter = choice("values", "values", {"Stored": lambda: Q(signal=""), "Simulated": lambda: ~Q(signal="")})
InstanceTypeFilter = choice("of", "of", equal("instance_type", ("Element", "EventFrame")))
