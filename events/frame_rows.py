"""Event frames out of the database as rows of the lake's table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from events.lakehouse.rows import FrameRow
from events.models import EventFrame, EventFrameAttribute
from events.texts import as_text
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
        primary_referenced_element_webid=_primary(frame),
        description=frame.description,
        category_names=tuple(sorted(category.name for category in frame.categories.all())),
        attributes={
            attribute.trail: as_text(attribute.value, states.get(attribute.enumeration_set_id, {}))
            for attribute in frame.attributes.all()
        },
    )


def _end(ticks: int | None) -> datetime | None:
    return None if ticks is None or ticks >= OPEN_END else to_datetime(ticks)


LAKE_ELEMENT = "LakePrimaryReferencedElement"


def _primary(frame: EventFrame) -> str:
    """An element that the row named and that is not here is kept as a property, so that it is not lost there."""
    if frame.primary_element:
        return frame.primary_element.web_id()
    kept = frame.extended_properties.get(LAKE_ELEMENT)
    return str(kept.get("Value") or "") if isinstance(kept, dict) else ""


def _states(frames: Sequence[EventFrame]) -> States:
    sets = {attribute.enumeration_set_id for frame in frames for attribute in frame.attributes.all()}
    return states_of(sets - {None})


def states_of(sets: Collection[UUID]) -> States:
    """Code and name of the states of enumeration sets; one query."""
    found: dict[UUID, dict[int, str]] = {}
    if sets:
        values = EnumerationValue.objects.filter(enumeration_set__in=sets)
        for owner, code, name in values.values_list("enumeration_set_id", "value", "name"):
            found.setdefault(owner, {})[code] = name
    return found
