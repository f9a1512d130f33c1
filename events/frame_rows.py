"""Event frames out of the database as rows of the lake's table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from events.lakehouse.rows import FrameRow
from events.models import EventFrame, EventFrameAttribute
from piwebapi.core.times import OPEN_END, to_datetime
from piwebapi.models import EnumerationValue

States = Mapping[UUID, Mapping[int, str]]


def readable(frames: QuerySet[EventFrame]) -> QuerySet[EventFrame]:
    """With all that a row needs: three queries for any number of frames, and one in `frame_rows`."""
    attributes = EventFrameAttribute.objects.only("frame_id", "trail", "value", "enumeration_set_id")
    return frames.select_related("database__server", "template", "primary_element__database__server").prefetch_related(
        "categories", Prefetch("attributes", attributes.order_by("trail_key"))
    )


def frame_rows(frames: Iterable[EventFrame], web_ids: Mapping[UUID, str]) -> dict[UUID, FrameRow]:
    """Rows by the frame's id. `web_ids` holds the keys of rows that exist; others get their full web id."""
    frames = list(frames)
    states = _states(frames)
    return {frame.pk: _row(frame, web_ids.get(frame.pk) or frame.web_id(), states) for frame in frames}


def _row(frame: EventFrame, web_id: str, states: States) -> FrameRow:
    return FrameRow(
        webid=web_id,
        name=frame.name,
        template_name=frame.template.name if frame.template else "",
        start=to_datetime(frame.start),
        end=_end(frame.end),
        primary_referenced_element_webid=frame.primary_element.web_id() if frame.primary_element else "",
        description=frame.description,
        category_names=tuple(sorted(category.name for category in frame.categories.all())),
        attributes={
            attribute.trail: as_text(attribute.value, states.get(attribute.enumeration_set_id, {}))
            for attribute in frame.attributes.all()
        },
    )


def _end(ticks: int | None) -> datetime | None:
    return None if ticks is None or ticks >= OPEN_END else to_datetime(ticks)


def as_text(value: Any, states: Mapping[int, str]) -> str | None:
    """A value as MAP<STRING,STRING> holds it: the state's name for an enumeration, True and False as AF writes
    them, numbers as in JSON, arrays and objects as JSON; None where there is no value."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int) and value in states:
        return states[value]
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _states(frames: Sequence[EventFrame]) -> States:
    sets = {attribute.enumeration_set_id for frame in frames for attribute in frame.attributes.all()} - {None}
    found: dict[UUID, dict[int, str]] = {}
    if sets:
        values = EnumerationValue.objects.filter(enumeration_set__in=sets)
        for owner, code, name in values.values_list("enumeration_set_id", "value", "name"):
            found.setdefault(owner, {})[code] = name
    return found
