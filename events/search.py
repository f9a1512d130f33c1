"""Searching event frames by time.

With S and E for start and end of a frame (an open frame never ends) and a and b for the asked times, a
mode is a condition on S and E; the Forward and Backward modes go from one time and bring their own order.
Source: PI Web API reference, topic search mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Exists, F, Lookup, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from events import listing
from events.dressing import dress
from events.models import EventFrame, EventFrameAttribute, EventFrameReference
from events.periods import EndOrOpen, ending_by, ending_from, overlapping, overlapping_long, still_open
from piwebapi.api import params
from piwebapi.core.errors import BadRequest
from piwebapi.core.intervals import parse_interval
from piwebapi.core.querylang import Filter
from piwebapi.models import AssetDatabase, Element
from piwebapi.queries import filters, related
from piwebapi.queries import search as language

OPEN = Q(end__isnull=True)

Window = Callable[[int, int], Q]
WINDOWS: dict[str, Window] = {
    "Overlapped": overlapping,
    "Inclusive": lambda a, b: Q(start__gte=a, start__lte=b, end__lte=b),  # both bounds of one column: an index range
    "StartInclusive": lambda a, b: Q(start__gte=a, start__lte=b),
    "EndInclusive": lambda a, b: ending_from(a) & ending_by(b),
    "InProgress": lambda a, b: Q(start__gte=a, start__lte=b) & still_open(),
}
#: the same, for a window in which many frames lie
LONG: Mapping[str, Window] = WINDOWS | {"Overlapped": overlapping_long}
BY_START = F("start").asc(), F("start").desc()
BY_END = EndOrOpen(F("end")).asc(), EndOrOpen(F("end")).desc()
#: mode -> condition on one time, order
RAYS: dict[str, tuple[Callable[[int], Q], Any]] = {
    "ForwardFromStartTime": (lambda a: Q(start__gte=a), BY_START[0]),
    "BackwardFromStartTime": (lambda a: Q(start__lte=a), BY_START[1]),
    "ForwardFromEndTime": (ending_from, BY_END[0]),
    "BackwardFromEndTime": (ending_by, BY_END[1]),
    "ForwardInProgress": (lambda a: Q(start__gte=a) & still_open(), BY_START[0]),
    "BackwardInProgress": (lambda a: Q(start__lte=a) & still_open(), BY_START[1]),
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
BY_TIME = ("starttime", "endtime")
FEW = 10_000
SEVERITIES = ("None", "Information", "Warning", "Minor", "Major", "Critical")

WHEN = (
    params.choice("searchMode", (*WINDOWS, *RAYS), "Overlapped", about="How frames relate to the asked times."),
    params.START_TIME.but(default="*-8h"),
    params.time("endTime", about="A PI time; only for the modes with a window. Default: now."),
)
TIME_PARAMS = (
    *WHEN,
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

COMPARED: Mapping[str, type[Lookup]] = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}


def by_duration(item: Filter, ground: language.Ground) -> Q:
    """How long a frame took, or has taken so far."""
    [text] = language.texts_of(item)
    if item.op not in COMPARED:
        raise BadRequest(f"The filter '{item.name}' cannot be compared by '{item.op}'.")
    wanted = ground.now - parse_interval(text, name=item.name).add(ground.now, ground.zone, -1)
    return Q(COMPARED[item.op](Coalesce("end", Value(ground.now)) - F("start"), Value(wanted)))


def apart(condition: language.Condition) -> language.Condition:
    """A condition on rows of which a frame may have several: a frame that fits twice is still one."""

    def fitting(item: Filter, ground: language.Ground) -> Q:
        return Q(pk__in=EventFrame.objects.filter(condition(item, ground)).values("pk"))

    return fitting


FILTERS: language.Table = {
    **language.NAMED,
    "template": language.by_template(),
    "templatename": language.by_template(),
    "start": language.by_moment("start", ticks=True),
    "end": language.by_moment("end", ticks=True),
    "inprogress": language.by_truth(OPEN),
    "severity": language.by_rank("severity", SEVERITIES),
    "category": apart(language.by_name("categories__name_key")),
    "categoryname": apart(language.by_name("categories__name_key")),
    "element": apart(language.nested(language.ELEMENTS, "references__element__")),
    "elementname": apart(language.by_name("references__element__name_key")),
    "isacknowledged": language.by_truth(Q(acknowledged_at__isnull=False)),
    "canbeacknowledged": language.by_truth(Q(can_be_acknowledged=True)),
    "isannotated": apart(language.by_truth(Q(annotations__isnull=False))),
    "duration": by_duration,
    "|": language.by_value(EventFrameAttribute, "frame"),
    "alldescendants": language.ignored,
}


def everything(database: AssetDatabase) -> QuerySet[EventFrame]:
    return listing.stored(EventFrame.objects.filter(database=database))


def listed(owner: AssetDatabase | EventFrame, asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    """The frames below a database or a frame that fit."""
    return found(roots(owner, asked), owner if isinstance(owner, AssetDatabase) else owner.database, asked)


def roots(owner: AssetDatabase | EventFrame, asked: Mapping[str, Any]) -> QuerySet[EventFrame]:
    """The frames directly below a database or a frame, or all of them."""
    deep = asked.get("searchFullHierarchy")
    if isinstance(owner, AssetDatabase):
        rows = EventFrame.objects.filter(database=owner)
        return rows if deep else rows.filter(parent=None)
    return EventFrame.objects.filter(parent__in=branch(owner) if deep else [owner.pk])


def branch(frame: EventFrame) -> list[Any]:
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
    """With `number`, how many there are, where that is known: `paging.counted` need not ask again."""
    chosen, number = timed(rows, asked)
    condition = matching(database, asked)
    chosen = listing.stored(chosen.filter(condition) if condition else chosen)
    chosen.number = None if condition else number
    return chosen


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


def timed(rows: QuerySet[EventFrame], asked: Mapping[str, Any]) -> tuple[QuerySet[EventFrame], int | None]:
    """With the condition and the order of the search mode; and how many there are, if they are few."""
    mode = asked["searchMode"]
    if mode in RAYS:
        given = [name for name in ("sortField", "sortOrder") if asked.get(name) is not None]
        if given:
            raise BadRequest(f"With searchMode={mode} the parameter '{given[0]}' must not be given.")
        return rows.filter(within(asked)).order_by(RAYS[mode][1], "pk"), None
    chosen = rows.filter(within(asked))
    field = (asked.get("sortField") or "name").lower()
    order = SORTS.get(field, SORTS["name"])[asked.get("sortOrder") == "Descending"]
    number = counted(chosen)
    if number > FEW:
        return rows.filter(within(asked, LONG)).order_by(order, "pk"), None
    if field not in BY_TIME:
        [column] = order.get_source_expressions()
        order = order.copy()
        order.set_source_expressions([Coalesce(column, column)])
    return chosen.order_by(order, "pk"), number


def counted(rows: QuerySet[EventFrame]) -> int:
    """Up to `FEW`, of which sorting all costs less than following the index of the order until a page is full.
    Databases guess it, and guess wrong where a period is short; an expression as the order keeps them from it. Asked
    by every list: `count` takes twice as long to say the same."""
    sql, values = rows.order_by().values("pk")[: FEW + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS few", values)
        return int(cursor.fetchone()[0])


def within(asked: Mapping[str, Any], windows: Mapping[str, Window] = WINDOWS) -> Q:
    """The condition of the search mode."""
    mode, start, end = asked["searchMode"], asked["startTime"], asked.get("endTime")
    if mode in RAYS:
        if end is not None:
            raise BadRequest(f"With searchMode={mode} the parameter 'endTime' must not be given.")
        return RAYS[mode][0](start)
    end = asked["now"] if end is None else end
    if end < start:
        raise BadRequest("The endTime must not be before the startTime.")
    return windows[mode](start, end)


def dressed(rows: QuerySet[EventFrame]) -> QuerySet[EventFrame]:
    """With everything that a frame shows, in a fixed number of queries."""
    return related.together(rows, dress)
