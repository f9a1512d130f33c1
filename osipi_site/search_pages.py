"""One search over everything that has a name: elements, attributes, points, event frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from events.models import EventFrame
from piwebapi.core.times import format_ticks
from piwebapi.core.wildcards import Pattern
from piwebapi.models import Attribute, Element, Point
from piwebapi.pages.reading import Reader, data, page
from piwebapi.queries import filters

IN_DIALOG, ON_PAGE = 6, 20


@dataclass(frozen=True)
class Kind:
    label: str
    icon: str
    rows: QuerySet[Any]
    order: tuple[str, ...]
    told: Callable[[Any], tuple[str, str]]  # address and what stands below the name
    #: the page that lists all of them
    all: Callable[[str], str] | None


def _element(row: Any) -> tuple[str, str]:
    return f"/elements/?webid={row.web_id()}", row.path


def _attribute(row: Any) -> tuple[str, str]:
    return f"/elements/?webid={row.element.web_id()}", row.element.path


def _point(row: Any) -> tuple[str, str]:
    return f"/points/{row.web_id()}/", row.descriptor or row.point_type


def _frame(row: Any) -> tuple[str, str]:
    start = format_ticks(row.start)
    return f"/events/?{urlencode({'start': start, 'id': row.web_id()})}", f"began {start[:19]}Z"


KINDS = (
    Kind(
        *("Elements", "tree", Element.objects.select_related("database__server"), ("path_key",), _element),
        lambda text: f"/elements/?{urlencode({'q': text})}",
    ),
    Kind(
        *("Points", "wave", Point.objects.select_related("server"), ("name_key", "pk"), _point),
        lambda text: f"/points/?{urlencode({'q': text})}",
    ),
    Kind(
        *("Event frames", "bell", EventFrame.objects.select_related("database__server"), ("-start", "pk"), _frame),
        lambda text: f"/events/?{urlencode({'name': text, 'start': '*-30d'})}",
    ),
    Kind(
        *("Attributes", "chart", Attribute.objects.select_related("element__database__server"), ("name_key", "pk")),
        _attribute,
        None,
    ),
)


def found(reader: Reader, text: str, count: int) -> list[dict[str, Any]]:
    """Of each kind: names that begin so, then those that hold the text anywhere; with wildcards what fits."""
    return [_found(kind, reader, text, count) for kind in KINDS]


def _found(kind: Kind, reader: Reader, text: str, count: int) -> dict[str, Any]:
    is_pattern = any(sign in text for sign in "*?[")
    rows: list[Model] = []
    for pattern in (text,) if is_pattern else (f"{text}*", f"*{text}*"):
        left = count + 1 - len(rows)
        if left > 0:
            known = [row.pk for row in rows]
            visible = reader.visible(kind.rows).filter(filters.named(Pattern.parse(pattern))).exclude(pk__in=known)
            rows += visible.order_by(*kind.order)[:left]
    items = []
    for row in rows[:count]:
        url, about = kind.told(row)
        items.append({"Name": str(row.name), "Url": url, "About": about})
    more = len(rows) > count and kind.all is not None
    return {
        "Label": kind.label,
        "Icon": kind.icon,
        "Items": items,
        "More": more,
        "All": kind.all(text) if kind.all is not None and more else "",
    }


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200]


@page
def search(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """For whom the dialog does not open: without script."""
    text = _text(request)
    kinds = found(reader, text, ON_PAGE) if text else []
    context = {"q": text, "kinds": kinds, "nothing": text and not any(kind["Items"] for kind in kinds)}
    return render(request, "search.html", context)


@data
def answered(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    text = _text(request)
    return {"Kinds": found(reader, text, IN_DIALOG) if text else []}


urlpatterns = [path("search/", search), path("search/found", answered)]
