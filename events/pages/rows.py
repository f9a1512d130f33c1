"""Event frames as the page shows them: rows, counters, histogram."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Prefetch, Q, QuerySet

from events.models import SEVERITIES, EventFrame, EventFrameReference
from events.numbering import COUNTER
from piwebapi.core.times import format_ticks
from piwebapi.models import Counter, Element
from piwebapi.pages.values import shown

from .asked import Asked

BUCKETS = 72


def dressed(rows: QuerySet[EventFrame], attributes: bool = False) -> QuerySet[EventFrame]:
    """With template, database and referenced elements: three queries for a page of any length."""
    elements = Element.objects.select_related("database__server")
    references = EventFrameReference.objects.order_by("position").prefetch_related(Prefetch("element", elements))
    rows = rows.select_related("database__server", "template").prefetch_related(Prefetch("references", references))
    return rows.prefetch_related("attributes__enumeration_set__values") if attributes else rows


def row_of(frame: EventFrame, attributes: bool = False) -> dict[str, Any]:
    first = next(iter(frame.references.all()), None)
    row = {
        "WebId": frame.web_id(),
        "Name": frame.name,
        "Description": frame.description,
        "TemplateName": frame.template.name if frame.template else "",
        "Severity": SEVERITIES[frame.severity],
        "StartTime": format_ticks(frame.start),
        "EndTime": format_ticks(frame.end) if frame.end is not None else None,
        "Element": first.element.path if first else "",
        "ElementWebId": first.element.web_id() if first else "",
        "CanBeAcknowledged": frame.can_be_acknowledged,
        "IsAcknowledged": frame.is_acknowledged,
        "AcknowledgedBy": frame.acknowledged_by,
    }
    if attributes:
        row["Attributes"] = attribute_texts(frame)
    return row


def attribute_texts(frame: EventFrame) -> dict[str, str]:
    """The captured values by name; codes of an enumeration by their names."""
    found = {}
    for attribute in sorted(frame.attributes.all(), key=lambda attribute: attribute.name_key):
        value = attribute.value
        if attribute.enumeration_set is not None:
            states = {state.value: state.name for state in attribute.enumeration_set.values.all()}
            value = states.get(value, value)
        found[attribute.trail] = shown(value, attribute.display_digits)
    return found


def page_of(asked: Asked, start: int, count: int, attributes: bool = False) -> list[dict[str, Any]]:
    return [row_of(frame, attributes) for frame in dressed(asked.ordered(), attributes)[start : start + count]]


def summary(asked: Asked) -> dict[str, Any]:
    """Counters, each by all filters but its own, and how many began when: five queries."""
    states = asked.rows("state").aggregate(open=Count("pk", filter=Q(end=None)), total=Count("pk"))
    acks = asked.rows("ack").filter(can_be_acknowledged=True)
    return {
        "Total": asked.rows().count(),
        "Changed": Counter.last(COUNTER),
        "StartTime": format_ticks(asked.start),
        "EndTime": format_ticks(asked.end),
        "Templates": _counted(asked.rows("template"), "template__name"),
        "Severities": _severities(asked.rows("severity")),
        "States": {"open": states["open"], "closed": states["total"] - states["open"]},
        "Acknowledged": acks.aggregate(
            yes=Count("pk", filter=Q(acknowledged_at__isnull=False)), no=Count("pk", filter=Q(acknowledged_at=None))
        ),
        "Histogram": histogram(asked),
    }


def _counted(rows: QuerySet[EventFrame], column: str) -> list[dict[str, Any]]:
    counted = rows.order_by(column).values_list(column).annotate(total=Count("pk"))
    return [{"Name": name or "", "Count": total} for name, total in counted]


def _severities(rows: QuerySet[EventFrame]) -> list[dict[str, Any]]:
    counted = dict(rows.order_by("severity").values_list("severity").annotate(total=Count("pk")))
    ranks = range(len(SEVERITIES) - 1, -1, -1)
    return [{"Name": SEVERITIES[rank], "Count": counted.get(rank, 0)} for rank in ranks]


def histogram(asked: Asked) -> dict[str, Any]:
    """Frames by the time they began: those from before the window are in the first bucket."""
    width = max(1, -(-(asked.end - asked.start) // BUCKETS))
    bucket = ExpressionWrapper((F("start") - asked.start) / width, output_field=BigIntegerField())
    counted = asked.rows().order_by().values_list(bucket, "severity").annotate(total=Count("pk"))
    buckets: dict[int, dict[str, int]] = {}
    for place, severity, total in counted:
        here = buckets.setdefault(min(BUCKETS - 1, max(0, place)), {})
        here[SEVERITIES[severity]] = here.get(SEVERITIES[severity], 0) + total
    return {"Width": width / 10_000_000, "Buckets": _plain(buckets)}


def _plain(buckets: dict[int, dict[str, int]]) -> list[dict[str, Any]]:
    return [{"Bucket": place, "Counts": counts} for place, counts in sorted(buckets.items())]


CSV_HEADER = (
    "Name Template Severity StartTime EndTime Element Acknowledgeable Acknowledged AcknowledgedBy "
    "Description Attributes WebId".split()
)


def csv_rows(asked: Asked, limit: int) -> Iterable[list[Any]]:
    """All rows of the filter, read in chunks of 500; open frames have no end."""
    for start in range(0, limit, 500):
        rows = page_of(asked, start, min(500, limit - start), attributes=True)
        for row in rows:
            attributes = "; ".join(f"{name}={text}" for name, text in row["Attributes"].items())
            yield [
                *(row[name] for name in ("Name", "TemplateName", "Severity", "StartTime", "EndTime", "Element")),
                *(row[name] for name in ("CanBeAcknowledged", "IsAcknowledged", "AcknowledgedBy", "Description")),
                attributes,
                row["WebId"],
            ]
        if len(rows) < 500:
            return
