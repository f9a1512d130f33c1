"""Event frames as the page shows them: rows, counters, histogram."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BigIntegerField, BooleanField, Count, ExpressionWrapper, F, Prefetch, Q, QuerySet

from events.models import SEVERITIES, EventFrame, EventFrameReference
from events.numbering import COUNTER
from piwebapi.core.times import format_ticks
from piwebapi.models import Counter, Element, ElementTemplate
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


class Fact(NamedTuple):
    """So many frames are alike in what is counted."""

    bucket: int
    severity: int
    template: UUID | None
    is_open: bool
    can_be_acknowledged: bool
    is_acknowledged: bool
    count: int


def _is(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


def facts(asked: Asked, without: str = "") -> list[Fact]:
    """All frames of the filters, grouped: one query whatever is counted of them."""
    bucket = ExpressionWrapper((F("start") - asked.start) / _width(asked), output_field=BigIntegerField())
    told = (
        bucket,
        "severity",
        "template",
        _is(Q(end=None)),
        "can_be_acknowledged",
        _is(Q(acknowledged_at__isnull=False)),
    )
    return [Fact(*row) for row in asked.rows(without).order_by().values_list(*told).annotate(total=Count("pk"))]


def _width(asked: Asked) -> int:
    return max(1, -(-(asked.end - asked.start) // BUCKETS))


def summary(asked: Asked) -> dict[str, Any]:
    """How many began when, and counters, each by all filters but its own: one query, and one for each filter that is
    counted and set."""
    all_of_them = facts(asked)

    def of(name: str) -> list[Fact]:
        return facts(asked, name) if name in asked.conditions else all_of_them

    states = _sums(of("state"), lambda fact: "open" if fact.is_open else "closed")
    acks = _sums([fact for fact in of("ack") if fact.can_be_acknowledged], lambda fact: fact.is_acknowledged)
    severities = _sums(of("severity"), lambda fact: fact.severity)
    return {
        "Faults": dict(asked.faults),
        "Total": sum(fact.count for fact in all_of_them),
        "Changed": Counter.last(COUNTER),
        "StartTime": format_ticks(asked.start),
        "EndTime": format_ticks(asked.end),
        "Templates": _templates(_sums(of("template"), lambda fact: fact.template)),
        "Severities": [
            {"Name": SEVERITIES[rank], "Count": severities[rank]} for rank in range(len(SEVERITIES) - 1, -1, -1)
        ],
        "States": {name: states[name] for name in ("open", "closed")},
        "Acknowledged": {"yes": acks[True], "no": acks[False]},
        "Histogram": _histogram(asked, all_of_them),
    }


def _sums(found: Iterable[Fact], key: Callable[[Fact], Any]) -> defaultdict[Any, int]:
    sums: defaultdict[Any, int] = defaultdict(int)
    for fact in found:
        sums[key(fact)] += fact.count
    return sums


def _templates(counted: Mapping[UUID | None, int]) -> list[dict[str, Any]]:
    names = dict(ElementTemplate.objects.filter(pk__in=[pk for pk in counted if pk]).values_list("pk", "name"))
    found: defaultdict[str, int] = defaultdict(int)
    for pk, total in counted.items():
        found[names.get(pk, "") if pk else ""] += total
    return [{"Name": name, "Count": total} for name, total in sorted(found.items())]


def _histogram(asked: Asked, found: Iterable[Fact]) -> dict[str, Any]:
    """Frames by the time they began: those from before the window are in the first bucket."""
    buckets: dict[int, dict[str, int]] = {}
    for fact in found:
        here = buckets.setdefault(min(BUCKETS - 1, max(0, fact.bucket)), {})
        name = SEVERITIES[fact.severity]
        here[name] = here.get(name, 0) + fact.count
    return {"Width": _width(asked) / 10_000_000, "Buckets": _plain(buckets)}


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
