"""Remarks on stored values, as `associations=annotations` tells them.

A point holds its values itself; those of an attribute are those of its point, and so are their annotations. The
vendor's contract reads annotations and has no request that makes one; ours are `endpoints.annotations`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import uuid4

from django.db import transaction

from piwebapi.core.errors import Conflict, NotFound
from piwebapi.core.times import format_ticks
from piwebapi.services import objects
from streaming.archive import archive
from streaming.archive.reading import lists
from streaming.core.series import ANNOTATED, Series
from streaming.models import ValueAnnotation
from streaming.readers import Stored
from streaming.streams import Stream


def shown(annotation: Any) -> dict[str, Any]:
    """Of a value, or of an event frame, which has the same columns."""
    return {
        "Id": str(annotation.pk),
        "Name": annotation.name,
        "Description": annotation.description,
        "Value": annotation.value,
        "Creator": annotation.creator,
        "CreationDate": format_ticks(annotation.created),
        "Modifier": annotation.modifier,
        "ModifyDate": format_ticks(annotation.modified),
        "Errors": None,
    }


def by_time(stream: Stream, series: Series) -> dict[int, list[dict[str, Any]]]:
    """The annotations of the events that carry the flag; no query when none does."""
    times = set(series.times[(series.flags & ANNOTATED) > 0].tolist())
    if not times or not isinstance(stream.reader, Stored):
        return {}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for chunk in lists(times):
        rows = ValueAnnotation.objects.filter(point_id=stream.reader.point, ticks__in=chunk)
        for row in rows.order_by("created", "pk"):
            found[row.ticks].append(shown(row))
    return found


def point_of(stream: Stream) -> int:
    if not isinstance(stream.reader, Stored):
        raise Conflict(f"The values of '{stream.name}' are not stored, so they cannot be annotated.")
    return stream.reader.point


def annotate(stream: Stream, ticks: int, by: str, now: int, **values: Any) -> ValueAnnotation:
    """NotFound where the stream has no value at exactly this time."""
    point = point_of(stream)
    with transaction.atomic():
        if not archive.mark(point, ticks, True):
            raise NotFound(f"'{stream.name}' has no value at {format_ticks(ticks)}.")
        made = ValueAnnotation(id=uuid4(), point_id=point, ticks=ticks, creator=by, created=now)
        return change(made, by, now, **values)


def change(annotation: ValueAnnotation, by: str, now: int, **values: Any) -> ValueAnnotation:
    for column, value in values.items():
        setattr(annotation, column, value)
    annotation.modifier, annotation.modified = by, now
    objects.refuse_unfit(annotation)
    annotation.save()
    return annotation


def remove(annotation: ValueAnnotation) -> None:
    """The last one of a value takes the flag with it."""
    with transaction.atomic():
        point, ticks = annotation.point_id, annotation.ticks
        annotation.delete()
        if not ValueAnnotation.objects.filter(point_id=point, ticks=ticks).exists():
            archive.mark(point, ticks, False)
