"""Event frames out of the database as rows of the lake's table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from events.lakehouse.rows import FrameRow
from events.models import EventFrame, EventFrameAttribute
from events.texts import as_text
from piwebapi.core.chunks import chunks
from piwebapi.core.times import OPEN_END, to_datetime
from piwebapi.models import AssetDatabase, ElementTemplate, EnumerationValue

AT_ONCE = 1000

States = Mapping[UUID, Mapping[int, str]]


def readable(frames: QuerySet[EventFrame]) -> QuerySet[EventFrame]:
    """With the related objects that a row names: three queries, and three more in `frame_rows` for a thousand frames.

    Elements come by a join: of more than a thousand at once, Django asks SQLite a condition that is too deep for it."""
    return frames.select_related("primary_element").prefetch_related(
        Prefetch("database", AssetDatabase.objects.select_related("server")),
        Prefetch("template", ElementTemplate.objects.only("name")),
    )


def frame_rows(frames: Iterable[EventFrame], web_ids: Mapping[UUID, str]) -> dict[UUID, FrameRow]:
    """Rows by the frame's id. `web_ids` holds the keys of rows that exist; others get their full web id."""
    frames = list(frames)
    parts = _Parts(frames)
    return {frame.pk: _row(frame, web_ids.get(frame.pk) or frame.web_id(), parts) for frame in frames}


class _Parts:
    """Attributes and categories of frames, as plain values: building objects of them would cost twice the rest."""

    def __init__(self, frames: Sequence[EventFrame]) -> None:
        self.attributes: dict[UUID, list[tuple[str, Any, UUID | None]]] = {}
        self.categories: dict[UUID, list[str]] = {}
        for some in chunks(frames, AT_ONCE):
            self._read([frame.pk for frame in some])
        sets = {kind for some in self.attributes.values() for _, _, kind in some}
        self.states = states_of(sets - {None})

    def _read(self, ids: Sequence[UUID]) -> None:
        rows = EventFrameAttribute.objects.filter(frame__in=ids).order_by("trail_key")
        for frame_id, *attribute in rows.values_list("frame_id", "trail", "value", "enumeration_set_id"):
            self.attributes.setdefault(frame_id, []).append(tuple(attribute))
        links: Any = EventFrame.categories.through
        named = links.objects.filter(eventframe__in=ids).values_list("eventframe_id", "elementcategory__name")
        for frame_id, name in named:
            self.categories.setdefault(frame_id, []).append(name)


def _row(frame: EventFrame, web_id: str, parts: _Parts) -> FrameRow:
    return FrameRow(
        webid=web_id,
        name=frame.name,
        template_name=frame.template.name if frame.template else "",
        start=to_datetime(frame.start),
        end=_end(frame.end),
        primary_referenced_element_webid=_primary(frame),
        description=frame.description,
        category_names=tuple(sorted(parts.categories.get(frame.pk, ()))),
        attributes={
            trail: as_text(value, parts.states.get(kind, {}))
            for trail, value, kind in parts.attributes.get(frame.pk, ())
        },
    )


def _end(ticks: int | None) -> datetime | None:
    return None if ticks is None or ticks >= OPEN_END else to_datetime(ticks)


LAKE_ELEMENT = "LakePrimaryReferencedElement"


def _primary(frame: EventFrame) -> str:
    """An element that the row named and that is not here is kept as a property, so that it is not lost there."""
    if frame.primary_element:
        frame.primary_element.database = frame.database  # one object for all
        return frame.primary_element.web_id()
    kept = frame.extended_properties.get(LAKE_ELEMENT)
    return str(kept.get("Value") or "") if isinstance(kept, dict) else ""


def states_of(sets: Collection[UUID]) -> States:
    """Code and name of the states of enumeration sets; one query."""
    found: dict[UUID, dict[int, str]] = {}
    if sets:
        values = EnumerationValue.objects.filter(enumeration_set__in=sets)
        for owner, code, name in values.values_list("enumeration_set_id", "value", "name"):
            found.setdefault(owner, {})[code] = name
    return found
