"""The explorer of the Asset Framework."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path

from piwebapi import policy
from piwebapi.access import find, find_by_path
from piwebapi.core.errors import ApiError
from piwebapi.core.wildcards import Pattern
from piwebapi.models import AssetDatabase, Element, ElementCategory, ElementTemplate
from piwebapi.queries import tree

from . import element_tabs
from .export import table
from .reading import Reader, data, page

LEVEL_MAX = 1000  # rows of one answer of a level
FIRST_PAINT = 60  # rows of one level that the server paints; scripts load the rest
FOUND_MAX = 200
BRANCH_MAX = 10_000

ICONS = ("pump", "compressor", "exchanger", "reactor", "plant", "unit")


def elements_of(reader: Reader) -> QuerySet[Element]:
    return reader.visible(Element.objects.all())


def icon_of(template: str) -> str:
    return next((name for name in ICONS if name in template.lower()), "equipment")


def row_of(element: Element, level: int = 1, **more: Any) -> dict[str, Any]:
    template = element.template.name if element.template else ""
    return {
        "WebId": element.web_id(),
        "Name": element.name,
        "TemplateName": template,
        "Icon": icon_of(template),
        "Children": element.child_count,  # type: ignore[attr-defined]
        "Level": level,
        **more,
    }


@page
def explorer(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """The tree down to the element of `webid` (or `path`), with its details: all of it without script."""
    asked, missing, selected = request.GET, "", None
    if asked.get("path"):
        try:
            element = find_by_path(reader.caller, asked["path"], "Element")
            return redirect(f"/elements/?webid={element.web_id()}")
        except ApiError:
            missing = asked["path"]
    if asked.get("webid"):
        try:
            selected = find(reader.caller, asked["webid"], "Element")
        except ApiError:
            missing = asked["webid"]
    databases = list(reader.visible(AssetDatabase.objects.select_related("server")).order_by("name_key"))
    database = selected.database if selected else _database(reader, asked.get("db"), databases)
    context: dict[str, Any] = {"databases": databases, "database": database, "missing": missing, "asked": asked}
    if database is not None:
        context |= _chooser(reader, database) | {"rows": list(_open_rows(reader, database, selected))}
        if asked.get("q") or asked.get("template") or asked.get("category"):
            context |= _found(reader, database, asked)
    if selected is not None:
        context |= element_tabs.context_of(request, reader, selected)
    return render(request, "piwebapi/explorer.html", context, status=404 if missing else 200)


def _database(reader: Reader, web_id: str | None, databases: list[AssetDatabase]) -> AssetDatabase | None:
    try:
        return find(reader.caller, web_id, "AssetDatabase") if web_id else next(iter(databases), None)
    except ApiError:
        return next(iter(databases), None)


def _chooser(reader: Reader, database: AssetDatabase) -> dict[str, Any]:
    """Counts and the choices of the search form; counted at most every 15 seconds for callers who see the same."""
    key = f"pages.explorer.{database.pk}" + ("" if policy.current().is_plain else f".{reader.caller.name}")
    counts = cache.get(key)
    if counts is None:
        counts = tree.counts(database, elements_of(reader))
        cache.set(key, counts, 15)
    return {
        "counts": _levels(counts),
        "total": sum(total for _, _, total in counts),
        "templates": reader.visible(ElementTemplate.objects.filter(database=database, instance_type="Element")),
        "categories": reader.visible(ElementCategory.objects.filter(database=database)),
    }


def _levels(counts: list[tuple[int, str, int]]) -> list[tuple[str, str, int]]:
    """Label, icon and number of each level: by what its elements are if they are alike, else by its depth."""
    found = []
    for depth in sorted({depth for depth, _, _ in counts}):
        here = [(name, total) for level, name, total in counts if level == depth]
        kinds = {icon_of(name) if name else "" for name, _ in here}
        if kinds <= {"plant"} or kinds <= {"unit"}:
            [icon] = kinds
            label = f"{icon}s"
        elif kinds <= set(ICONS):
            icon, label = "equipment", "equipment"
        else:
            icon, label = "tree", f"on level {depth}"
        found.append((label, icon, sum(total for _, total in here)))
    return found


def _open_rows(reader: Reader, database: AssetDatabase, selected: Element | None) -> Iterator[dict[str, Any]]:
    """The roots; below each ancestor of the selected element its children, in the order of the page."""
    elements = elements_of(reader)
    ancestors = tree.way(selected, elements) if selected else []
    yield from _level_rows(database, elements, ancestors, 1)


def _level_rows(
    owner: AssetDatabase | Element, elements: QuerySet[Element], ancestors: list[Element], level: int
) -> Iterator[dict[str, Any]]:
    query = tree.level(owner, elements)
    total = query.count() if isinstance(owner, AssetDatabase) else owner.child_count  # type: ignore[attr-defined]
    rows = tree.counted(query[:FIRST_PAINT], elements)
    if ancestors and ancestors[0].pk not in {row.pk for row in rows}:
        rows.append(ancestors[0])
    for place, row in enumerate(rows, 1):
        is_open = bool(ancestors) and row.pk == ancestors[0].pk
        opened = is_open and row.child_count > 0
        yield row_of(row, level, Open=opened, Place=place, Of=total, Selected=is_open and len(ancestors) == 1)
        if opened:
            yield from _level_rows(row, elements, ancestors[1:], level + 1)
    if total > len(rows):
        yield {"More": total - len(rows), "Level": level}


def _found(reader: Reader, database: AssetDatabase, asked: Any) -> dict[str, Any]:
    """Matches of the search; a name without wildcards matches anywhere in the name."""
    text = (asked.get("q") or "").strip()
    name = text if any(sign in text for sign in "*?[") or not text else f"*{text}*"
    wanted = {
        "nameFilter": Pattern.parse(name),
        "templateName": asked.get("template"),
        "categoryName": asked.get("category"),
    }
    query = tree.found(database, wanted, elements_of(reader))
    rows = tree.counted(query[: FOUND_MAX + 1], elements_of(reader))
    total = len(rows) if len(rows) <= FOUND_MAX else query.count()
    return {"found": [row_of(row, Path=row.path) for row in rows[:FOUND_MAX]], "found_total": total}


@data
def level(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """The children of an element or database, from `start`: what the API lacks are the numbers of children."""
    owner = find(reader.caller, request.GET.get("webid", ""), "Element", "AssetDatabase")
    start = request.GET.get("start", "0")
    first = int(start) if start.isdecimal() and len(start) < 10 else 0
    query = tree.level(owner, elements_of(reader))
    rows = [row_of(row) for row in tree.counted(query[first : first + LEVEL_MAX], elements_of(reader))]
    return {"Total": query.count(), "Items": rows}


@data
def branch(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """All rows down to `level`, each with the WebId of its parent: what opens a whole level by one request."""
    database = find(reader.caller, request.GET.get("webid", ""), "AssetDatabase")
    depth = request.GET.get("level", "")
    found = tree.down_to(database, min(int(depth), 50) if depth.isdecimal() else 2, elements_of(reader))
    items = []
    for element in tree.counted(found[:BRANCH_MAX], elements_of(reader)):
        parent = element.parent_ref
        items.append(row_of(element, element.path.count("\\") + 1, Parent=parent.web_id() if parent else None))
    return {"Items": items}


@data
def found(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    database = find(reader.caller, request.GET.get("db", ""), "AssetDatabase")
    answer = _found(reader, database, request.GET)
    return {"Total": answer["found_total"], "Items": answer["found"]}


@data
def way(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """The WebIds from the root down to an element."""
    element = find(reader.caller, request.GET.get("webid", ""), "Element")
    return {"Items": [row.web_id() for row in tree.way(element, elements_of(reader))]}


@data
def detail(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """The right-hand side of the explorer alone, for scripts."""
    element = find(reader.caller, request.GET.get("webid", ""), "Element")
    return render(request, "piwebapi/element.html", element_tabs.context_of(request, reader, element))


@page
def attributes_csv(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    element = find(reader.caller, request.GET.get("webid", ""), "Element")

    rows = (
        [
            element.full_path,
            *(row[name] for name in ("Name", "Shown", "Units", "Timestamp", "Quality", "Source", "WebId")),
        ]
        for row in element_tabs.attribute_rows(reader, element.web_id())
    )
    header = ["Element", "Attribute", "Value", "Units", "Time", "Quality", "Source", "WebId"]
    return table("attributes", header, rows)


urlpatterns = [
    path("elements/", explorer),
    path("elements/level", level),
    path("elements/branch", branch),
    path("elements/found", found),
    path("elements/way", way),
    path("elements/detail", detail),
    path("elements/attributes.csv", attributes_csv),
]
