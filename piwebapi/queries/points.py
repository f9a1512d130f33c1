"""Searching points by their point attributes."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from piwebapi.core.errors import BadRequest
from piwebapi.core.pointquery import alternatives
from piwebapi.core.querylang import Filter
from piwebapi.models import DataServer, Point

from . import filters, search
from .search import Ground, Table


def by_number(column: str) -> search.Condition:
    def condition(item: Filter, ground: Ground) -> Q:
        try:
            values = [float(text) for text in search.texts_of(item)]
        except ValueError:
            raise BadRequest(f"The filter '{item.name}' takes numbers.") from None
        return search.compared(item, column, values)

    return condition


TABLE: Table = {
    "name": search.by_name(),
    "tag": search.by_name(),
    "descriptor": search.by_text("descriptor"),
    "pointtype": search.by_text("point_type"),
    "ptclassname": search.by_text("point_class"),
    "pointsource": search.by_text("point_source"),
    "engunits": search.by_text("engineering_units"),
    "digitalset": search.by_name("digital_set__name_key"),
    "pointid": by_number("pk"),
    "zero": by_number("zero"),
    "span": by_number("span"),
    "step": search.by_truth(Q(step=True)),
    "future": search.by_truth(Q(future=True)),
}


def searched(server: DataServer, query: str, ground: Ground) -> QuerySet[Point]:
    """The points that fit the query (`core.pointquery`), by name. BadRequest where it is not understood."""
    found = filters.any_of(search.of_query(one, TABLE, ground) for one in alternatives(query))
    return Point.objects.filter(found, server=server).prefetch_related("server", "digital_set").order_by("name_key")
