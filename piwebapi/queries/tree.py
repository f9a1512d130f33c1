"""The element tree as pages show it: one level at a time, each row with the true number of its children.

`elements` are those that the caller may see; what is not among them is neither listed nor counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Length, Replace

from piwebapi.core.chunks import chunks
from piwebapi.models import AssetDatabase, Element, ElementReference

from . import filters
from .elements import directly_below

Elements = QuerySet[Element]


def _rows(found: Elements) -> Elements:
    """With what a WebId and a row need; `counted` adds the numbers of children."""
    return found.select_related("database__server", "template")


def counted(rows: Iterable[Element], elements: Elements) -> list[Element]:
    """The rows with `child_count`: two grouped queries for every 500 of them."""
    rows = list(rows)
    for chunk in chunks(rows):
        keys = [row.pk for row in chunk]
        own = elements.filter(parent__in=keys)
        references = ElementReference.objects.filter(parent__in=keys)
        if references.exists():
            references = references.filter(child__in=elements.order_by())
        totals = Counter(_per_parent(own)) + Counter(_per_parent(references))
        for row in chunk:
            row.child_count = totals[row.pk]  # type: ignore[attr-defined]
    return rows


def _per_parent(related: QuerySet[Any]) -> dict[UUID, int]:
    return dict(related.order_by().values_list("parent").annotate(total=Count("pk")))


def level(owner: AssetDatabase | Element, elements: Elements) -> Elements:
    """What lies directly below, by name."""
    below = elements.filter(directly_below(owner))
    if isinstance(owner, AssetDatabase):
        below = below.filter(database=owner)
    return _rows(below).order_by("name_key", "pk")


def found(database: AssetDatabase, asked: Mapping[str, Any], elements: Elements) -> Elements:
    """Elements anywhere in the database by name, template and category."""
    matching = elements.filter(
        filters.named(asked.get("nameFilter")),
        filters.categorised(asked.get("categoryName")),
        filters.templated(database, asked.get("templateName")),
        database=database,
    )
    return _rows(matching).order_by("path_key", "pk")


def _depth() -> Any:
    return Length("path") - Length(Replace("path", Value("\\"), Value(""))) + 1


def down_to(database: AssetDatabase, depth: int, elements: Elements) -> Elements:
    """All elements of the database that lie at most `depth` levels deep, parents before children."""
    deep = elements.filter(database=database).alias(depth=_depth()).filter(depth__lte=depth)
    return _rows(deep).order_by("path_key", "pk")


def way(element: Element, elements: Elements) -> list[Element]:
    """The ancestors over the first parents, from the root down to the element itself, with `child_count`."""
    parts = element.path_key.split("\\")
    keys = ["\\".join(parts[:length]) for length in range(1, len(parts) + 1)]
    rows = counted(_rows(elements.filter(database=element.database, path_key__in=keys)), elements)
    by_key = {row.path_key: row for row in rows}
    return [by_key[key] for key in keys if key in by_key]


def counts(database: AssetDatabase, elements: Elements) -> list[tuple[int, str, int]]:
    """Depth, name of the template and how many elements of it lie there."""
    counted = elements.filter(database=database).values_list(_depth(), "template__name").annotate(Count("pk"))
    return sorted((depth, name or "", total) for depth, name, total in counted)
