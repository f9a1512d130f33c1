"""The points of the data archive: all of them with search and filters, and one of them with its history."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import path

from piwebapi import policy
from piwebapi.access import find
from piwebapi.core.wildcards import Pattern
from piwebapi.models import Attribute, Element, Point
from piwebapi.pages.export import table
from piwebapi.pages.reading import Reader, Refused, page
from piwebapi.pages.values import quality, shown
from piwebapi.queries import filters

from .watching import streams_of

PAGE = 75
OFFERED = 60  # choices of one filter
USES = 50
VALUES = 100
SORTS = {"name": "name_key", "descriptor": "descriptor", "type": "point_type", "units": "engineering_units"}
COLUMNS = {"type": "point_type", "units": "engineering_units", "source": "point_source"}
RANGED = {"Int16", "Int32", "Float16", "Float32", "Float64"}
START, END = "*-8h", "*"
STATISTICS = ("Minimum", "Average", "Maximum", "StdDev", "Count", "PercentGood")


def anywhere(text: str) -> Pattern:
    """PI wildcards; a text without any is looked for anywhere."""
    text = text.strip()
    return Pattern.parse(text if any(sign in text for sign in "*?[") or not text else f"*{text}*")


@page
def points(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """One page of the list, each point with its value now; its form opens chosen ones in other pages."""
    asked = request.GET
    rows = _found(reader, asked)
    total = rows.count()
    last = max(1, -(-total // PAGE))
    number = min(last, max(1, _number(asked.get("page"))))
    sort = asked.get("sort", "name")
    column = SORTS.get(sort.removeprefix("-"), "name_key")
    order = ("-" if sort.startswith("-") else "") + column
    shown_rows = list(rows.select_related("server").order_by(order, "name_key", "pk")[(number - 1) * PAGE :][:PAGE])
    values = streams_of(reader, [point.web_id() for point in shown_rows], PAGE)
    context: dict[str, Any] = {
        "rows": [(point, value, _range(point)) for point, value in zip(shown_rows, values, strict=True)],
        "total": total,
        "first": (number - 1) * PAGE + 1,
        "last": min(total, number * PAGE),
        "number": number,
        "pages": last,
        "before": _address(asked, page=number - 1) if number > 1 else "",
        "next": _address(asked, page=number + 1) if number < last else "",
        "heads": [_head(asked, name, sort) for name in ("name", "descriptor", "type", "units")],
        "choices": _choices(reader),
        "plants": _plants(reader),
        "asked": asked,
    }
    return render(request, "streaming/points.html", context)


def _range(point: Point) -> str:
    if point.point_type not in RANGED:
        return "-"
    return f"{shown(point.zero)} to {shown(point.zero + point.span)}"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 8 else 1


def _address(asked: QueryDict, **changes: Any) -> str:
    pairs = {**{name: asked[name] for name in asked}, **changes}
    return urlencode({name: value for name, value in pairs.items() if value not in ("", 1)})


def _head(asked: QueryDict, name: str, sort: str) -> dict[str, str]:
    labels = {"name": "Name", "descriptor": "Descriptor", "type": "Type", "units": "Units"}
    state = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    wanted = f"-{name}" if state == "ascending" else name
    return {"label": labels[name], "state": state, "query": _address(asked, sort=wanted, page=1)}


def _found(reader: Reader, asked: QueryDict) -> QuerySet[Point]:
    rows = reader.visible(Point.objects.all())
    text = asked.get("q", "")
    if text.strip():
        pattern = anywhere(text)
        described = filters.described(Point.objects.all(), pattern, "descriptor").values("pk")
        rows = rows.filter(filters.named(pattern) | Q(pk__in=described))
    for name, column in COLUMNS.items():
        if asked.get(name):
            rows = rows.filter(**{column: asked[name]})
    if asked.get("plant"):
        roots = reader.visible(Element.objects.filter(parent=None, name=asked["plant"]))
        under = filters.any_of(
            Q(element__database=root.database_id)
            & (Q(element=root) | filters.named(filters.below(root.path_key), "element__path_key"))
            for root in roots
        )
        used = Attribute.objects.filter(under, point__isnull=False) if roots else Attribute.objects.none()
        rows = rows.filter(pk__in=used.order_by().values("point"))
    return rows


def _choices(reader: Reader) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """The values of each filter with how many points have them; counted once a minute for callers who see the same."""
    key = "pages.points" + ("" if policy.current().is_plain else f".{reader.caller.name}")
    found = cache.get(key)
    if found is None:
        rows = reader.visible(Point.objects.all()).order_by()
        found = [
            (name, label, list(rows.values_list(COLUMNS[name]).annotate(n=Count("pk")).order_by("-n")[:OFFERED]))
            for name, label in (("type", "Type"), ("units", "Units"), ("source", "Source"))
        ]
        cache.set(key, found, 60)
    return found


def _plants(reader: Reader) -> list[str]:
    roots = reader.visible(Element.objects.filter(parent=None)).order_by("name_key")
    return list(dict.fromkeys(roots.values_list("name", flat=True)[: OFFERED * 2]))


@page
def point(request: HttpRequest, reader: Reader, web_id: str) -> HttpResponseBase:
    """Value, attributes, statistics, recorded values and where it is used; all of it without script."""
    found = find(reader.caller, web_id, "Point")
    start, end = request.GET.get("start") or START, request.GET.get("end") or END
    own = found.web_id()
    context: dict[str, Any] = {
        "point": found,
        "web_id": own,
        "info": reader.get(f"points/{own}"),
        "stream": streams_of(reader, [own], 1)[0],
        "range": _range(found),
        "extras": sorted(found.extras.items()),
        "max_items": settings.OSIPI_MAX_ITEMS,
    }
    try:
        context |= _history(reader, own, start, end, request.GET.get("before", ""))
    except Refused as refused:
        context |= {"fault": str(refused), "bad_start": start, "bad_end": end}
        start, end = START, END
        context |= _history(reader, own, start, end)
    attributes = reader.visible(Attribute.objects.filter(point=found)).select_related("element__database__server")
    uses = list(attributes.order_by("element__path_key", "trail_key")[: USES + 1])
    context |= {"start": start, "end": end, "uses": uses[:USES], "more_uses": len(uses) > USES}
    return render(request, "streaming/point.html", context)


def _history(reader: Reader, web_id: str, start: str, end: str, before: str = "") -> dict[str, Any]:
    """Statistics of the range and its newest values, or those up to `before`."""
    window = {"startTime": start, "endTime": end}
    summary = reader.items(
        f"streams/{web_id}/summary", **window, summaryType=STATISTICS, calculationBasis="EventWeighted"
    )
    values = {one["Type"]: one["Value"].get("Value") for one in summary}
    recorded = reader.items(f"streams/{web_id}/recorded", startTime=before or end, endTime=start, maxCount=VALUES + 1)
    return {
        "statistics": [(name, shown(values.get(name))) for name in STATISTICS],
        "values": [_value(item) for item in recorded[:VALUES]],
        "older": recorded[VALUES]["Timestamp"] if len(recorded) > VALUES else "",
        "before": before,
    }


def _value(item: dict[str, Any]) -> dict[str, Any]:
    raw = item.get("Value")
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    return {"at": item["Timestamp"], "shown": shown(raw), "quality": quality(item), "number": number}


@page
def exported(request: HttpRequest, reader: Reader, web_id: str) -> HttpResponseBase:
    """The recorded values of the range; a last line says so when there are more than the server reads at once."""
    found = find(reader.caller, web_id, "Point")
    window = {"startTime": request.GET.get("start") or START, "endTime": request.GET.get("end") or END}
    most = settings.OSIPI_MAX_ITEMS
    items = reader.items(f"streams/{found.web_id()}/recorded", **window, maxCount=most)
    rows = [[item["Timestamp"], _plain(item.get("Value")), quality(item)] for item in items]
    if len(rows) == most:
        rows.append([f"Cut off after {most:,} values", "", ""])
    return table(found.name, ["Timestamp", "Value", "Quality"], rows)


def _plain(value: Any) -> Any:
    return shown(value) if isinstance(value, dict | list) else value


urlpatterns = [
    path("points/", points),
    path("points/<str:web_id>/", point),
    path("points/<str:web_id>/values.csv", exported),
]
