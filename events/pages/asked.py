"""What the address of the event page asks for. A bad value is told beside its field; the default holds instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from events import search
from events.models import SEVERITIES, EventFrame, EventFrameReference
from piwebapi.access import find
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.times import parse_time
from piwebapi.core.wildcards import Pattern
from piwebapi.models import AssetDatabase, Element
from piwebapi.pages.reading import Reader
from piwebapi.queries import filters

MODES = {
    "Overlapped": "active between",
    "Inclusive": "entirely between",
    "StartInclusive": "started between",
    "EndInclusive": "ended between",
    "InProgress": "started between, still open",
}
SORTS = ("start", "end", "severity", "name", "template")
VIEWS = ("table", "cards", "timeline")
START, END, MODE, SORT = "*-7d", "*", "Overlapped", "-start"
_ORDERS = {"start": "starttime", "end": "endtime", "template": "type"}


@dataclass(frozen=True)
class Asked:
    """`conditions` by the name of their filter, so that a counter can leave its own filter out."""

    database: AssetDatabase
    #: what the caller may see
    frames: QuerySet[EventFrame]
    start: int
    end: int
    texts: Mapping[str, Any]
    conditions: Mapping[str, Q]
    element: Element | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    def rows(self, without: str = "") -> QuerySet[EventFrame]:
        rows = self.frames.filter(search.WINDOWS[self.texts["mode"]](self.start, self.end))
        kept = [condition for name, condition in self.conditions.items() if name != without]
        return rows.filter(*kept, database=self.database)

    def ordered(self) -> QuerySet[EventFrame]:
        sort = self.texts["sort"]
        name = sort.removeprefix("-")
        order = search.SORTS[_ORDERS.get(name, name)][sort.startswith("-")]
        return self.rows().order_by(order, "-start", "pk")

    def address(self, **changes: Any) -> str:
        """The query of the same page with some things changed; what is as usual is left out."""
        usual = {"start": START, "end": END, "mode": MODE, "sort": SORT, "view": "table"}
        pairs = {**self.texts, **changes}
        return urlencode(
            {name: value for name, value in pairs.items() if value and value != usual.get(name)}, doseq=True
        )


def read(query: QueryDict, reader: Reader, database: AssetDatabase) -> Asked:
    faults: dict[str, str] = {}
    start, end = _window(query, reader.now, faults)
    element = _element(query, reader, faults)
    texts = {
        "start": query.get("start") or START,
        "end": query.get("end") or END,
        "mode": _known(query.get("mode"), MODES, MODE, "mode", faults),
        "template": [name for name in query.getlist("template") if name],
        "severity": [name for name in query.getlist("severity") if name in SEVERITIES],
        "state": _known(query.get("state"), ("", "open", "closed"), "", "state", faults),
        "ack": _known(query.get("ack"), ("", "yes", "no"), "", "ack", faults),
        "element": query.get("element", ""),
        "name": query.get("name", "").strip(),
        "category": query.get("category", ""),
        "sort": _sort(query.get("sort")),
        "view": _known(query.get("view"), VIEWS, "table", "view", faults),
        "id": query.get("id", ""),
    }
    frames = reader.visible(EventFrame.objects.all())
    return Asked(database, frames, start, end, texts, _conditions(texts, database, element), element, faults)


def _window(query: QueryDict, now: int, faults: dict[str, str]) -> tuple[int, int]:
    zone = timezone.get_default_timezone()
    found = {}
    for name, usual in (("start", START), ("end", END)):
        try:
            found[name] = parse_time(query.get(name) or usual, now=now, zone=zone, name=name)
        except BadRequest as error:
            faults[name] = f"{error.messages[0]} Instead, {usual} holds."
            found[name] = parse_time(usual, now=now, zone=zone)
    if found["end"] < found["start"]:
        faults["end"] = "The end must not be before the start; they are swapped."
        return found["end"], found["start"]
    return found["start"], found["end"]


def _element(query: QueryDict, reader: Reader, faults: dict[str, str]) -> Element | None:
    try:
        return find(reader.caller, query["element"], "Element") if query.get("element") else None
    except ApiError as error:
        faults["element"] = error.messages[0]
        return None


def _known(text: str | None, known: Any, usual: str, name: str, faults: dict[str, str]) -> str:
    if not text or text in known:
        return text or usual
    faults[name] = f"'{text}' is not known here."
    return usual


def _sort(text: str | None) -> str:
    return text if text and text.removeprefix("-") in SORTS else SORT


def _conditions(texts: Mapping[str, Any], database: AssetDatabase, element: Element | None) -> dict[str, Q]:
    found: dict[str, Q] = {}
    if texts["template"]:
        found["template"] = filters.any_of(filters.templated(database, name) for name in texts["template"])
    if texts["severity"]:
        found["severity"] = Q(severity__in=[SEVERITIES.index(name) for name in texts["severity"]])
    if texts["state"]:
        found["state"] = Q(end__isnull=texts["state"] == "open")
    if texts["ack"]:
        wanted = Q(acknowledged_at__isnull=texts["ack"] == "no")
        found["ack"] = wanted & Q(can_be_acknowledged=True)
    if texts["name"]:
        name = texts["name"] if any(sign in texts["name"] for sign in "*?[") else f"*{texts['name']}*"
        found["name"] = filters.named(Pattern.parse(name))
    if texts["category"]:
        found["category"] = filters.categorised(texts["category"])
    if element is not None:
        below = Q(element__path_key__wild=filters.below(element.path_key)) | Q(element=element)
        references = EventFrameReference.objects.filter(below, element__database=database)
        found["element"] = Q(pk__in=references.values("frame"))
    return found
