"""What the explorer tells about one element, a tab at a time."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from piwebapi.models import Attribute, Element
from piwebapi.queries import tree

from .reading import Reader, Refused
from .values import quality, shown

TABS = ("attributes", "children", "events", "trend", "info")
ATTRIBUTE_FIELDS = (
    "WebId Name Path Description DefaultUnitsNameAbbreviation DisplayDigits DataReferencePlugIn "
    "IsConfigurationItem IsHidden CategoryNames Type Step".split()
)
COMPARED_CHILDREN = 50
COMPARED_ATTRIBUTES = 10


def context_of(request: HttpRequest, reader: Reader, element: Element) -> dict[str, Any]:
    web_id = element.web_id()
    tab = request.GET.get("tab", "attributes")
    tab = tab if tab in TABS else "attributes"
    [*ancestors, own] = tree.way(element, reader.visible(Element.objects.all()))
    context: dict[str, Any] = {
        "element": element,
        "web_id": web_id,
        "tab": tab,
        "tabs": TABS,
        "ancestors": [(row.name, row.web_id()) for row in ancestors],
        "child_count": own.child_count,  # type: ignore[attr-defined]
        "categories_of": [category.name for category in element.categories.all()],
    }
    return context | _BY_TAB[tab](request, reader, element)


def _attributes(request: HttpRequest, reader: Reader, element: Element) -> dict[str, Any]:
    hidden = request.GET.get("hidden") == "1"
    at = request.GET.get("at", "").strip()
    try:
        return {"attributes": attribute_rows(reader, element.web_id(), hidden, at), "hidden": hidden, "at": at}
    except Refused as refused:
        now = attribute_rows(reader, element.web_id(), hidden)
        return {"attributes": now, "hidden": hidden, "at": "", "bad_at": at, "fault": str(refused)}


def attribute_rows(
    reader: Reader, web_id: str, hidden: bool = False, at: str = "", owner: str = "elements"
) -> list[dict[str, Any]]:
    """The attributes of an element or event frame, each with its value now or at a PI time; children under parents."""
    asked: dict[str, Any] = {"searchFullHierarchy": "true", "showHidden": "true" if hidden else None}
    fields = ";".join(f"Items.{name}" for name in ATTRIBUTE_FIELDS)
    attributes = reader.items(f"{owner}/{web_id}/attributes", selectedFields=fields, **asked)
    values = reader.items(f"streamsets/{web_id}/value", time=at or None, **asked)
    by_id = {item["WebId"]: item.get("Value", {}) for item in values}
    rows = [_row(attribute, by_id.get(attribute["WebId"], {})) for attribute in attributes]
    return sorted(rows, key=lambda row: row["Trail"].lower().split("|"))


def _row(attribute: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    trail = attribute["Path"].partition("|")[2]
    raw = value.get("Value")
    return {
        **attribute,
        "Trail": trail,
        "Depth": trail.count("|"),
        "Shown": shown(raw, attribute["DisplayDigits"]) if value else "-",
        "IsNumber": isinstance(raw, int | float) and not isinstance(raw, bool),
        "IsSystem": isinstance(raw, dict) and bool(raw.get("IsSystem") or "Errors" in raw),
        "Units": value.get("UnitsAbbreviation") or attribute["DefaultUnitsNameAbbreviation"],
        "Timestamp": value.get("Timestamp", ""),
        "Quality": quality(value) if value else "Bad",
        "Source": attribute["DataReferencePlugIn"] or "Static",
        "CanTrend": attribute["Type"] in ("Double", "Single", "Int16", "Int32", "Int64", "Byte", "EnumerationValue"),
    }


def _children(request: HttpRequest, reader: Reader, element: Element) -> dict[str, Any]:
    """Children side by side: one query for their attributes, one reading for all values."""
    text = request.GET.get("start", "0")
    start = int(text) if text.isdecimal() and len(text) < 10 else 0
    children = list(tree.level(element, reader.visible(Element.objects.all()))[start : start + COMPARED_CHILDREN])
    rows = Attribute.objects.filter(element__in=children, parent=None, is_hidden=False, is_excluded=False)
    attributes = list(rows.select_related("element__database__server").order_by("name_key"))
    names = list(dict.fromkeys(attribute.name for attribute in attributes))
    columns = names[:COMPARED_ATTRIBUTES]
    compared = [attribute for attribute in attributes if attribute.name in columns]
    web_ids = [attribute.web_id() for attribute in compared]
    values = reader.items("streamsets/value", webId=web_ids) if web_ids else []
    cells = {
        (attribute.element_id, attribute.name): _cell(attribute, item.get("Value", {}))
        for attribute, item in zip(compared, values, strict=True)
    }
    numbers = {name for (_, name), cell in cells.items() if cell["number"]}
    return {
        "columns": [(name, name in numbers) for name in columns],
        "left_out": len(names) - len(columns),
        "start": start,
        "next": start + COMPARED_CHILDREN,
        "before": max(0, start - COMPARED_CHILDREN),
        "last": start + len(children),
        "children": [
            {"element": child, "web_id": child.web_id(), "cells": [cells.get((child.pk, name)) for name in columns]}
            for child in children
        ],
    }


def _cell(attribute: Attribute, value: dict[str, Any]) -> dict[str, Any]:
    raw = value.get("Value")
    return {
        "shown": shown(raw, attribute.display_digits),
        "units": value.get("UnitsAbbreviation", ""),
        "quality": quality(value),
        "number": isinstance(raw, int | float) and not isinstance(raw, bool),
        "is_time": attribute.type == "DateTime" and isinstance(raw, str),
    }


def _events(request: HttpRequest, reader: Reader, element: Element) -> dict[str, Any]:
    """The ten newest event frames that refer to the element, of any time."""
    asked = {"startTime": "*", "searchMode": "BackwardFromStartTime", "maxCount": 10}
    return {"events": reader.items(f"elements/{element.web_id()}/eventframes", **asked)}


def _trend(request: HttpRequest, reader: Reader, element: Element) -> dict[str, Any]:
    """Attributes that can be drawn; `attr` names those that are."""
    rows = [row for row in attribute_rows(reader, element.web_id()) if row["CanTrend"] and row["Source"] != "Static"]
    chosen = set(request.GET.getlist("attr")) or {row["WebId"] for row in rows[:3]}
    return {"trend_rows": rows, "trend_chosen": chosen}


def _info(request: HttpRequest, reader: Reader, element: Element) -> dict[str, Any]:
    return {"info": reader.get(f"elements/{element.web_id()}", associations="Paths")}


_BY_TAB = {"attributes": _attributes, "children": _children, "events": _events, "trend": _trend, "info": _info}
