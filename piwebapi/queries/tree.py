"""The element tree as pages show it: one level at a time, each row with the true number of its children."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Length, Replace

from piwebapi.models import AssetDatabase, Element, ElementReference

from . import filters
from .elements import directly_below


def rows(found: QuerySet[Element]) -> QuerySet[Element]:
    """With `child_count` and what a WebId and a row need: one query for a level of any length."""
    own = _counted(Element.objects.filter(parent=OuterRef("pk")), "parent")
    referenced = _counted(ElementReference.objects.filter(parent=OuterRef("pk")), "parent")
    return found.select_related("database__server", "template").annotate(child_count=own + referenced)


def _counted(related: QuerySet[Any], column: str) -> Coalesce:
    counts = related.order_by().values(column).annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(counts), Value(0))


def level(owner: AssetDatabase | Element) -> QuerySet[Element]:
    below = Element.objects.filter(directly_below(owner))
    if isinstance(owner, AssetDatabase):
        below = below.filter(database=owner)
    return rows(below).order_by("name_key", "pk")


def found(database: AssetDatabase, asked: Mapping[str, Any]) -> QuerySet[Element]:
    """Elements anywhere in the database by name, template and category."""
    matching = Element.objects.filter(
        filters.named(asked.get("nameFilter")),
        filters.categorised(asked.get("categoryName")),
        filters.templated(database, asked.get("templateName")),
        database=database,
    )
    return rows(matching).order_by("path_key", "pk")


def _depth() -> Any:
    return Length("path") - Length(Replace("path", Value("\\"), Value(""))) + 1


def down_to(database: AssetDatabase, depth: int) -> QuerySet[Element]:
    """All elements of the database that lie at most `depth` levels deep, parents before children."""
    deep = Element.objects.filter(database=database).alias(depth=_depth()).filter(depth__lte=depth)
    return rows(deep).order_by("path_key", "pk")


def way(element: Element) -> list[Element]:
    """The ancestors over the first parents, from the root down to the element itself: one query."""
    parts = element.path_key.split("\\")
    keys = ["\\".join(parts[:length]) for length in range(1, len(parts) + 1)]
    by_key = {row.path_key: row for row in rows(Element.objects.filter(database=element.database, path_key__in=keys))}
    return [by_key[key] for key in keys if key in by_key]


def counts(database: AssetDatabase) -> list[tuple[int, str, int]]:
    """Depth, name of the template and how many elements of it lie there."""
    counted = Element.objects.filter(database=database).values_list(_depth(), "template__name").annotate(Count("pk"))
    return sorted((depth, name or "", total) for depth, name, total in counted)
