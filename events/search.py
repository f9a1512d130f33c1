"""Searching event frames by time.

With S and E for start and end of a frame (an open frame never ends) and a and b for the asked times, a
mode is a condition on S and E; the Forward and Backward modes go from one time and bring their own order.
Source: PI Web API reference, topic search mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from events.models import Annotation, EventFrame, EventFrameReference
from piwebapi.api import params
from piwebapi.core.errors import BadRequest
from piwebapi.models import AssetDatabase, Element, ElementTemplate
from piwebapi.queries import filters
from piwebapi.queries import search as language

OPEN = Q(end__isnull=True)

Window = Callable[[int, int], Q]
WINDOWS: dict[str, Window] = {
    "Overlapped": lambda a, b: Q(start__lte=b) & (OPEN | Q(end__gte=a)),
    "Inclusive": lambda a, b: Q(start__gte=a, end__lte=b),
    "StartInclusive": lambda a, b: Q(start__gte=a, start__lte=b),
    "EndInclusive": lambda a, b: Q(end__gte=a, end__lte=b),
    "InProgress": lambda a, b: Q(start__gte=a, start__lte=b) & OPEN,
}
BY_START = F("start").asc(), F("start").desc()
BY_END = F("end").asc(nulls_last=True), F("end").desc(nulls_first=True)
#: mode -> condition on one time, order
RAYS: dict[str, tuple[Callable[[int], Q], Any]] = {
    "ForwardFromStartTime": (lambda a: Q(start__gte=a), BY_START[0]),
    "BackwardFromStartTime": (lambda a: Q(start__lte=a), BY_START[1]),
    "ForwardFromEndTime": (lambda a: OPEN | Q(end__gte=a), BY_END[0]),
    "BackwardFromEndTime": (lambda a: Q(end__lte=a), BY_END[1]),
    "ForwardInProgress": (lambda a: Q(start__gte=a) & OPEN, BY_START[0]),
    "BackwardInProgress": (lambda a: Q(start__lte=a) & OPEN, BY_START[1]),
}
SORTS: dict[str, tuple[Any, Any]] = {
    "name": (F("name_key").asc(), F("name_key").desc()),
    "id": (F("pk").asc(), F("pk").desc()),
    "starttime": BY_START,
    "endtime": BY_END,
    "severity": (F("severity").asc(), F("severity").desc()),
    "type": (F("template__name_key").asc(nulls_first=True), F("template__name_key").desc(nulls_last=True)),
    "description": (F("description").asc(), F("description").desc()),
}
SEVERITIES = ("None", "Information", "Warning", "Minor", "Major", "Critical")

TIME_PARAMS = (
    params.choice("searchMode", (*WINDOWS, *RAYS), "Overlapped", about="How frames relate to the asked times."),
    params.START_TIME.but(default="*-8h"),
    params.time("endTime", about="A PI time; only for the modes with a window. Default: now."),
    params.text("sortField", about="Name, StartTime, EndTime or Severity; not for Forward and Backward modes."),
    params.SORT_ORDER.but(default=None),
    params.START_INDEX,
    params.MAX_COUNT,
)
CHILD_PARAMS = (
    params.NAME_FILTER,
    params.CATEGORY_NAME,
    params.TEMPLATE_NAME,
    params.choice("severity", SEVERITIES, many=True, about="Only frames of these severities."),
    params.flag("isAcknowledged", None, about="Only frames that are acknowledged, or not."),
    params.flag("canBeAcknowledged", None, about="Only frames that can be acknowledged, or not."),
    *TIME_PARAMS,
)
PARAMS = (
    params.pattern("referencedElementNameFilter", about="Wildcards for the names of referenced elements."),
    params.text("referencedElementTemplateName", about="Only frames that reference elements of this template."),
    params.FULL_HIERARCHY,
    *CHILD_PARAMS,
)

FILTERS: language.Table = {
    **language.CATEGORISED,
    "template": language.by_template(),
    "templatename": language.by_template(),
    "start": language.by_moment("start", ticks=True),
    "end": language.by_moment("end", ticks=True),
    "inprogress": language.by_truth(OPEN),
    "severity": language.by_rank("severity", SEVERITIES),
    "element": language.nested(language.ELEMENTS, "references__element__"),
    "elementname": language.by_name("references__element__name_key"),
    "isacknowledged": language.by_truth(Q(acknowledged_at__isnull=False)),
    "canbeacknowledged": language.by_truth(Q(can_be_acknowledged=True)),
    "alldescendants": language.ignored,
}


def everything(database: AssetDatabase) -> QuerySet[EventFrame]:
    return dressed(EventFrame.objects.filter(database=database)).distinct()


def in_database(database: AssetDatabase, asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    rows = EventFrame.objects.filter(database=database)
    if not asked.get("searchFullHierarchy"):
        rows = rows.filter(parent=None)
    return found(rows, database, asked)


def below(frame: EventFrame, asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    rows = EventFrame.objects.filter(parent__in=_branch(frame) if asked.get("searchFullHierarchy") else [frame.pk])
    return found(rows, frame.database, asked)


def _branch(frame: EventFrame) -> list[Any]:
    """The frame and all below it, level by level."""
    everything, level = [frame.pk], [frame.pk]
    while level:
        level = list(EventFrame.objects.filter(parent__in=level).values_list("pk", flat=True))
        everything += level
    return everything


def of_element(element: Element, asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    """The frames that refer to an element."""
    references = EventFrameReference.objects.filter(element=element)
    rows = EventFrame.objects.filter(pk__in=references.values("frame"))
    return found(rows, element.database, asked)


def found(rows: QuerySet[EventFrame], database: AssetDatabase, asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    rows = rows.filter(matching(database, asked))
    return dressed(timed(rows, asked))


def matching(database: AssetDatabase, asked: Mapping[str, Any]) -> Q:
    """The conditions that have nothing to do with time."""
    condition = filters.named(asked.get("nameFilter"))
    condition &= filters.categorised(asked.get("categoryName"))
    condition &= filters.templated(database, asked.get("templateName"))
    if asked.get("severity"):
        condition &= Q(severity__in=[SEVERITIES.index(name) for name in asked["severity"]])
    if asked.get("isAcknowledged") is not None:
        condition &= Q(acknowledged_at__isnull=not asked["isAcknowledged"])
    if asked.get("canBeAcknowledged") is not None:
        condition &= Q(can_be_acknowledged=asked["canBeAcknowledged"])
    elements = Q()
    if asked.get("referencedElementNameFilter"):
        elements &= filters.named(asked["referencedElementNameFilter"], "element__name_key")
    if asked.get("referencedElementTemplateName"):
        name = asked["referencedElementTemplateName"]
        elements &= filters.templated(database, name, "element__template")
    if elements:
        references = EventFrameReference.objects.filter(elements, frame=OuterRef("pk"))
        condition &= Q(Exists(references))
    return condition


def timed(rows: QuerySet[EventFrame], asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    """The condition and the order of the search mode."""
    mode, start = asked["searchMode"], asked["startTime"]
    if mode in RAYS:
        given = [name for name in ("endTime", "sortField", "sortOrder") if asked.get(name) is not None]
        if given:
            raise BadRequest(f"With searchMode={mode} the parameter '{given[0]}' must not be given.")
        condition, order = RAYS[mode]
        return rows.filter(condition(start)).order_by(order, "pk")
    end = asked["now"] if asked.get("endTime") is None else asked["endTime"]
    if end < start:
        raise BadRequest("The endTime must not be before the startTime.")
    orders = SORTS.get((asked.get("sortField") or "name").lower(), SORTS["name"])
    return rows.filter(WINDOWS[mode](start, end)).order_by(orders[asked.get("sortOrder") == "Descending"], "pk")


def dressed(rows: QuerySet[EventFrame]) -> QuerySet[EventFrame]:
    """With everything that a frame shows, in a fixed number of queries."""
    elements = Element.objects.only("id", "path", "database")
    references = EventFrameReference.objects.order_by("position").prefetch_related(Prefetch("element", elements))
    return rows.annotate(
        has_children=Exists(EventFrame.objects.filter(parent=OuterRef("pk"))),
        is_annotated=Exists(Annotation.objects.filter(frame=OuterRef("pk"))),
    ).prefetch_related(
        Prefetch("database", AssetDatabase.objects.select_related("server")),
        Prefetch("template", ElementTemplate.objects.select_related("database__server")),
        Prefetch("parent", EventFrame.objects.select_related("database__server")),
        Prefetch("references", references),
        "categories",
    )
