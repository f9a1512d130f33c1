"""The stream monitor, the trend page, and the search of points that both use."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from piwebapi.access import find_many
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.wildcards import Pattern
from piwebapi.models import Point
from piwebapi.pages.reading import Reader, Refused, data, page
from piwebapi.pages.values import quality, shown
from piwebapi.queries import filters

IN_ADDRESS = 50  # streams that an address may name
DRAWN = 8
FOUND_MAX = 1000
EXAMPLES = ("*Temperature*", "*Unit001*", "SINUSOID")


def streams_of(reader: Reader, web_ids: list[str], most: int) -> list[dict[str, Any]]:
    """Name, unit and current value of each; a WebId of nothing keeps its place and tells why."""
    wanted = list(dict.fromkeys(web_ids))[:most]
    try:
        return _read(reader, wanted)
    except ApiError as error:  # one is malformed, which refuses all: each is asked by itself
        if len(wanted) == 1:
            return [{"WebId": wanted[0], "Name": wanted[0], "Fault": error.messages[0]}]
    return [row for web_id in wanted for row in streams_of(reader, [web_id], 1)]


def _read(reader: Reader, web_ids: list[str]) -> list[dict[str, Any]]:
    if not web_ids:
        return []
    objects = find_many(reader.caller, web_ids, "Point", "Attribute")
    items = reader.items("streamsets/value", webId=web_ids)
    return [_row(*triple) for triple in zip(web_ids, objects, items, strict=True)]


def _row(web_id: str, obj: Any, item: dict[str, Any]) -> dict[str, Any]:
    if isinstance(obj, ApiError):
        return {"WebId": web_id, "Name": web_id, "Fault": obj.messages[0]}
    value = item.get("Value", {})
    own_unit = getattr(obj, "engineering_units", "")
    return {
        "WebId": web_id,
        "Name": obj.name if isinstance(obj, Point) else obj.full_path.split("\\", 4)[-1],
        "Path": obj.full_path,
        "Units": own_unit or value.get("UnitsAbbreviation", ""),
        "Digits": obj.display_digits,
        "Shown": shown(value.get("Value"), obj.display_digits),
        "Timestamp": value.get("Timestamp", ""),
        "Quality": quality(value),
        "Step": bool(getattr(obj, "step", False)),
    }


@page
def monitor(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """The chosen streams with their values now; scripts go on from there."""
    web_ids = [web_id for web_id in request.GET.getlist("webid") if web_id]
    context = {
        "streams": streams_of(reader, web_ids, IN_ADDRESS),
        "left_out": max(0, len(web_ids) - IN_ADDRESS),
        "total": reader.visible(Point.objects.all()).count(),
        "examples": EXAMPLES,
        "found": _found(reader, request.GET.get("q", ""), 50) if request.GET.get("q") else None,
        "q": request.GET.get("q", ""),
    }
    return render(request, "streaming/monitor.html", context)


@data
def found(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """Points by name with their number, which the API does not tell; PI wildcards, else anywhere in the name."""
    start, count = _number(request, "startIndex", 0), _number(request, "maxCount", 100)
    return _found(reader, request.GET.get("q", ""), min(FOUND_MAX, count), start)


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else usual


def _found(reader: Reader, text: str, count: int, start: int = 0) -> dict[str, Any]:
    text = text.strip()
    name = text if any(sign in text for sign in "*?[") or not text else f"*{text}*"
    rows = reader.visible(Point.objects.filter(filters.named(Pattern.parse(name)))).select_related("server")
    items = [
        {
            "WebId": point.web_id(),
            "Name": point.name,
            "Descriptor": point.descriptor,
            "Units": point.engineering_units,
            "PointType": point.point_type,
        }
        for point in rows.order_by("name_key", "pk")[start : start + count]
    ]
    return {"Total": rows.count(), "Items": items}


@data
def described(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """What scripts need to know of streams that were added: name, unit, digits, value now."""
    web_ids = request.GET.getlist("webid")
    if len(web_ids) > FOUND_MAX:
        raise BadRequest(f"At most {FOUND_MAX} streams are described at once.")
    return {"Items": streams_of(reader, web_ids, FOUND_MAX)}


@page
def trend(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """Up to eight streams over one range; without script a table of their summaries."""
    web_ids = [web_id for web_id in request.GET.getlist("webid") if web_id]
    streams = streams_of(reader, web_ids, DRAWN)
    good = [stream for stream in streams if "Fault" not in stream]
    start, end = request.GET.get("start") or "*-8h", request.GET.get("end") or "*"
    context: dict[str, Any] = {"streams": streams, "left_out": max(0, len(web_ids) - DRAWN), "start": start, "end": end}
    try:
        context["summaries"] = _summaries(reader, good, start, end)
    except Refused as refused:
        context |= {"fault": str(refused), "start": "*-8h", "end": "*", "bad_start": start, "bad_end": end}
        context["summaries"] = _summaries(reader, good, "*-8h", "*")
    return render(request, "streaming/trend.html", context)


SUMMARIES = ("Minimum", "Average", "Maximum", "StdDev", "Count", "PercentGood")


def _summaries(reader: Reader, streams: list[dict[str, Any]], start: str, end: str) -> list[dict[str, Any]]:
    if not streams:
        return []
    items = reader.items(
        "streamsets/summary",
        webId=[stream["WebId"] for stream in streams],
        startTime=start,
        endTime=end,
        summaryType=SUMMARIES,
        calculationBasis="EventWeighted",
    )
    return [
        {**stream, "Cells": [_summary_text(item, kind, stream["Digits"]) for kind in SUMMARIES]}
        for stream, item in zip(streams, items, strict=True)
    ]


def _summary_text(item: dict[str, Any], kind: str, digits: int) -> str:
    for one in item.get("Items", []):
        if one["Type"] == kind:
            return shown(one["Value"].get("Value"), digits if kind != "Count" else 0)
    return "-"


urlpatterns = [
    path("streams/", monitor),
    path("streams/found", found),
    path("streams/described", described),
    path("trend/", trend),
]
