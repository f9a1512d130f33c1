"""Reading elements: children, whole branches, references, paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from piwebapi.models import AssetDatabase, Element, ElementReference, ElementTemplate

from . import filters

SORTS = {
    "name": "name_key",
    "id": "id",
    "type": "type",
    "description": "description",
    "creationdate": "created",
    "modifydate": "modified",
}


def dressed(rows: QuerySet[Element]) -> QuerySet[Element]:
    """With everything that an element shows: four queries for a page of any length."""
    has_children = Exists(Element.objects.filter(parent=OuterRef("pk"))) | Exists(
        ElementReference.objects.filter(parent=OuterRef("pk"))
    )
    templates = ElementTemplate.objects.select_related("database__server")
    return rows.annotate(has_children=has_children).prefetch_related(
        Prefetch("database", AssetDatabase.objects.select_related("server")),
        Prefetch("template", templates),
        "categories",
    )


def filtered(rows: QuerySet[Element], database: AssetDatabase, asked: Mapping[str, Any]) -> QuerySet[Element]:
    """The filters that all lists of elements share, and the order."""
    rows = rows.filter(
        filters.named(asked.get("nameFilter")),
        filters.categorised(asked.get("categoryName")),
        filters.templated(database, asked.get("templateName")),
    )
    rows = filters.described(rows, asked.get("descriptionFilter"))
    if asked.get("elementType") not in (None, "Any"):
        rows = rows.filter(type=asked["elementType"])
    return filters.ordered(rows, SORTS, asked.get("sortField"), asked.get("sortOrder"))


def children(owner: AssetDatabase | Element, asked: Mapping[str, Any]) -> QuerySet[Element]:
    """The elements directly below, or all of the branch, each once."""
    database = owner if isinstance(owner, AssetDatabase) else owner.database
    rows = Element.objects.filter(database=database)
    if not asked.get("searchFullHierarchy"):
        rows = rows.filter(directly_below(owner))
    elif isinstance(owner, Element):
        rows = rows.filter(branch(owner))
    return dressed(filtered(rows, database, asked))


def directly_below(owner: AssetDatabase | Element) -> Q:
    """As one set of ids: with OR between two sets the engines read all elements."""
    parent = None if isinstance(owner, AssetDatabase) else owner
    database = owner if isinstance(owner, AssetDatabase) else owner.database
    own = Element.objects.filter(database=database, parent=parent)
    referenced = ElementReference.objects.filter(parent=parent, child__database=database)
    return Q(pk__in=own.values("pk").union(referenced.values("child"), all=True))


def branch(element: Element) -> Q:
    """All that lies below an element, also over references."""
    roots = [element.path_key]
    condition = Q(path_key__wild=filters.below(element.path_key))
    while True:
        inside = filters.any_of(
            Q(parent__path_key__wild=filters.below(root)) | Q(parent__path_key=root) for root in roots
        )
        found = ElementReference.objects.filter(inside, parent__database=element.database)
        more = set(found.values_list("child__path_key", flat=True)) - set(roots)
        if not more:
            return condition
        roots = list(more)
        condition |= filters.any_of(Q(path_key=root) | Q(path_key__wild=filters.below(root)) for root in roots)


def referenced(owner: AssetDatabase | Element, asked: Mapping[str, Any]) -> QuerySet[Element]:
    """Only the elements that have a second place here."""
    database = owner if isinstance(owner, AssetDatabase) else owner.database
    parent = None if isinstance(owner, AssetDatabase) else owner
    links = ElementReference.objects.filter(parent=parent, child__database=database)
    rows = Element.objects.filter(pk__in=links.values("child"))
    return dressed(filtered(rows, database, asked))


def further_places(database: AssetDatabase) -> dict[str, list[str]]:
    """The path of an element that is referenced, to the paths of its further parents (empty: the root)."""
    found: dict[str, list[str]] = {}
    links = ElementReference.objects.filter(child__database=database).order_by("pk")
    for child, parent in links.values_list("child__path", "parent__path"):
        found.setdefault(child, []).append(parent or "")
    return found


def paths(element: Element, further: Mapping[str, list[str]]) -> list[str]:
    """All ways that lead to an element, the primary one first."""
    return [f"{element.database.full_path}\\{path}" for path in _ways(element.path, further, set())]


def _ways(path: str, further: Mapping[str, list[str]], seen: set[str]) -> list[str]:
    if path in seen:
        return []
    above, _, name = path.rpartition("\\")
    found: list[str] = []
    for parent in [above, *further.get(path, ())]:
        tops = [f"{way}\\" for way in _ways(parent, further, seen | {path})] if parent else [""]
        found += [f"{top}{name}" for top in tops]
    return list(dict.fromkeys(found))
