"""Event frames beside each other: their facts in a table, one signal of their elements over each, begun together."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from events.models import EventFrame
from piwebapi.access import find
from piwebapi.core.errors import ApiError
from piwebapi.core.times import format_ticks
from piwebapi.models import Attribute
from piwebapi.pages.reading import Reader, page

from . import rows

MOST = 10
NUMBERS = ("Double", "Single", "Byte", "Int16", "Int32", "Int64", "EnumerationValue")


@page
def compare(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    asked = list(dict.fromkeys(web_id for web_id in request.GET.getlist("id") if web_id))
    keys, faults = [], []
    for web_id in asked[:MOST]:
        try:
            keys.append(find(reader.caller, web_id, "EventFrame").pk)
        except ApiError as error:
            faults.append(f"{web_id[:80]}: {error.messages[0]}")
    by_key = {frame.pk: frame for frame in rows.dressed(EventFrame.objects.filter(pk__in=keys), attributes=True)}
    frames = sorted((by_key[key] for key in keys), key=lambda frame: frame.start)
    signals = _signals(reader, frames)
    signal = request.GET.get("signal", "")
    if signal not in signals:
        signal = max(signals, key=lambda name: len(signals[name]), default="")
    told = [rows.row_of(frame, attributes=True) for frame in frames]
    context = {
        "frames": [_column(reader, frame, row) for frame, row in zip(frames, told, strict=True)],
        "facts": _facts(told),
        "faults": faults,
        "left_out": max(0, len(asked) - MOST),
        "signals": {name: len(web_ids) for name, web_ids in signals.items()},
        "signal": signal,
        "lines": _lines(reader, frames, signals.get(signal, {})),
    }
    return render(request, "events/compare.html", context)


def _signals(reader: Reader, frames: list[EventFrame]) -> dict[str, dict[Any, str]]:
    """By name the numeric attributes with a data reference that the first elements of the frames have: one query."""
    elements = {frame.pk: next((one.element_id for one in frame.references.all()), None) for frame in frames}
    query = Attribute.objects.filter(element__in=set(elements.values()) - {None}, type__in=NUMBERS, is_hidden=False)
    found = reader.visible(query.exclude(data_reference="")).select_related("element__database__server")
    signals: dict[str, dict[Any, str]] = {}
    for attribute in found.order_by("trail_key"):
        for pk, element in elements.items():
            if element == attribute.element_id:
                signals.setdefault(attribute.trail, {})[pk] = attribute.web_id()
    return signals


def _column(reader: Reader, frame: EventFrame, row: dict[str, Any]) -> dict[str, Any]:
    end = frame.end if frame.end is not None else reader.now
    return {**row, "seconds": (end - frame.start) / 10_000_000}


def _facts(told: list[dict[str, Any]]) -> list[tuple[str, list[str], bool]]:
    """The captured values by name, and whether they differ."""
    names = dict.fromkeys(name for row in told for name in row["Attributes"])
    table = [(name, [row["Attributes"].get(name, "-") for row in told]) for name in names]
    return [(name, texts, len(set(texts)) > 1) for name, texts in table]


def _lines(reader: Reader, frames: list[EventFrame], web_ids: dict[Any, str]) -> list[dict[str, Any]]:
    return [
        {
            "Name": frame.name,
            "WebId": web_ids[frame.pk],
            "StartTime": format_ticks(frame.start),
            "EndTime": format_ticks(frame.end if frame.end is not None else reader.now),
        }
        for frame in frames
        if frame.pk in web_ids
    ]


urlpatterns = [path("events/compare/", compare)]
