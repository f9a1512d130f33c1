"""Events and alarms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from events.models import SEVERITIES, EventFrame
from piwebapi.access import find
from piwebapi.core.errors import ApiError, NotFound
from piwebapi.models import AssetDatabase, ElementCategory, ElementTemplate
from piwebapi.pages.element_tabs import attribute_rows
from piwebapi.pages.export import table
from piwebapi.pages.reading import Reader, data, page

from . import asked as asking
from . import rows

FIRST_PAINT = 50
CSV_MAX = 100_000
PAGE_MAX = 1000


@page
def events(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """The first rows, the counters and the open frame: all readable without script."""
    databases = list(reader.visible(AssetDatabase.objects.select_related("server")).order_by("name_key"))
    database = database_of(request, reader) if databases else None
    context: dict[str, Any] = {"databases": databases, "database": database}
    if database is None:
        return render(request, "events/events.html", context)
    asked = asking.read(request.GET, reader, database)
    start = number_of(request, "startIndex")
    summary = rows.summary(asked)
    used = EventFrame.categories.through.objects.filter(eventframe__database=database).values("elementcategory")
    context |= {
        "asked": asked,
        "texts": asked.texts,
        "summary": summary | {"Asked": asked.address(view="", id="")},
        "rows": rows.page_of(asked, start, FIRST_PAINT),
        "first": start + 1,
        "last": min(summary["Total"], start + FIRST_PAINT),
        "next": asked.address(startIndex=start + FIRST_PAINT) if start + FIRST_PAINT < summary["Total"] else "",
        "modes": asking.MODES.items(),
        "severities": SEVERITIES[::-1],
        "templates": reader.visible(ElementTemplate.objects.filter(database=database, instance_type="EventFrame")),
        "categories": reader.visible(ElementCategory.objects.filter(pk__in=used)),
        "without_element": asked.address(element="", id=""),
        "may_write": reader.may_write,
        "csv_max": CSV_MAX,
    }
    status = 200
    if asked.texts["id"]:
        try:
            context |= _detail(reader, asked.texts["id"])
        except ApiError:
            context["missing"], status = asked.texts["id"], 404
    return render(request, "events/events.html", context, status=status)


def database_of(request: HttpRequest, reader: Reader) -> AssetDatabase:
    """The one of `db`, else of the element, else the first."""
    for name, kind in (("db", "AssetDatabase"), ("element", "Element"), ("id", "EventFrame")):
        try:
            if request.GET.get(name):
                found = find(reader.caller, request.GET[name], kind)
                return found if isinstance(found, AssetDatabase) else found.database
        except ApiError:
            continue
    first = reader.visible(AssetDatabase.objects.select_related("server")).order_by("name_key").first()
    if first is None:
        raise NotFound("There is no asset database.")
    return first


def number_of(request: HttpRequest, name: str, usual: int = 0) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else usual


def _asked(request: HttpRequest, reader: Reader) -> asking.Asked:
    return asking.read(request.GET, reader, database_of(request, reader))


@data
def summary(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """Counters and histogram for the filters of the page; `Changed` grows with every change of any frame."""
    return rows.summary(_asked(request, reader))


@data
def listed(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """Rows with the path of their element, which the API tells only by WebId."""
    asked = _asked(request, reader)
    start, count = number_of(request, "startIndex"), min(PAGE_MAX, number_of(request, "maxCount", 100))
    return {"Items": rows.page_of(asked, start, count, request.GET.get("attributes") == "1")}


@page
def exported(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    asked = _asked(request, reader)
    return table("events", rows.CSV_HEADER, rows.csv_rows(asked, CSV_MAX))


@data
def detail(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """One event frame as a part of the page, for scripts."""
    context = _detail(reader, request.GET.get("id", "")) | {"may_write": reader.may_write}
    return render(request, "events/event.html", context)


def _detail(reader: Reader, web_id: str) -> dict[str, Any]:
    frame: EventFrame = rows.dressed(EventFrame.objects.filter(pk=find(reader.caller, web_id, "EventFrame").pk)).get()
    own = frame.web_id()
    references = list(frame.references.all())
    length = (frame.end if frame.end is not None else reader.now) - frame.start
    return {
        "frame": frame,
        "event": rows.row_of(frame),
        "seconds": length / 10_000_000,
        "margin": (length // 10) or 600_000_000,
        "elements": [(reference.element.path, reference.element.web_id()) for reference in references],
        "attributes": attribute_rows(reader, own, owner="eventframes"),
        "annotations": reader.items(f"eventframes/{own}/annotations"),
        "categories_of": [category.name for category in frame.categories.all()],
        "parent": frame.parent,
        "children_of": list(rows.dressed(reader.visible(frame.children.order_by("start")))[:20]),
        "now": datetime.now(UTC),
    }


urlpatterns = [
    path("events/", events),
    path("events/summary", summary),
    path("events/rows", listed),
    path("events/detail", detail),
    path("events/events.csv", exported),
]
