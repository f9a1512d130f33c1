"""Rows of the lake as event frames: found or made in bulk, whatever their number.

Templates and categories that are missing are made, attributes that the template does not know are kept, and an
element that is not here is kept as a property. What cannot be taken over is refused with a reason, row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone

from events import arrivedattributes, numbering, services
from events.capture import capture
from events.elements import elements_of
from events.frame_rows import LAKE_ELEMENT
from events.lakehouse.rows import FrameRow
from events.models import EventFrame, EventFrameAttribute, EventFrameReference
from piwebapi.core.errors import BadRequest
from piwebapi.core.paths import check_name
from piwebapi.core.times import from_datetime
from piwebapi.core.webid import fold
from piwebapi.demo.links import link_categories
from piwebapi.models import AssetDatabase, Element, ElementCategory, ElementTemplate

#: makes the id of a frame whose row names none; the same row always gets the same id
NAMESPACE = UUID("6e7f3f0a-52a1-5d8c-9a55-0b7c3f5c1e42")
AT_ONCE = 500
LONGEST_TRAIL = 2000
COLUMNS = (
    *("name", "name_key", "description", "template", "start", "end", "primary_element", "extended_properties"),
    *("values_captured", "changed", "modified"),
)


@dataclass(frozen=True)
class Arrival:
    """`frame` is the one that is there, or None for a new one of this id."""

    id: UUID
    row: FrameRow
    frame: EventFrame | None = None


def id_for(web_id: str) -> UUID:
    return uuid5(NAMESPACE, web_id)


def faults(arrival: Arrival) -> str:
    """Why the row cannot become a frame; empty when it can."""
    row = arrival.row
    try:
        check_name(row.name)
        trails = [arrivedattributes.trail_of(key) for key in row.attributes]
        for name in (row.template_name, *row.category_names):
            if name:
                check_name(name)
    except BadRequest as error:
        return error.messages[0]
    if len({fold(trail) for trail in trails}) < len(trails):
        return "Two attributes have names that differ by case only."
    if any(len(trail) > LONGEST_TRAIL for trail in trails):
        return f"The path of an attribute has more than {LONGEST_TRAIL} characters."
    if row.end is not None and row.end < row.start:
        return "end_time is before start_time."
    if arrival.frame is not None and arrival.frame.is_locked:
        return "The event frame is locked."
    return ""


def take_over(arrivals: Sequence[Arrival], now: int) -> dict[UUID, str]:
    """Stores the frames in the caller's transaction, numbered as changes. Gives by id the reasons for those refused.

    Some 30 queries for up to 500 frames.
    """
    refused = {arrival.id: reason for arrival in arrivals if (reason := faults(arrival))}
    fine = [arrival for arrival in arrivals if arrival.id not in refused]
    homes = _homes(fine)
    refused |= {arrival.id: _homeless() for arrival in fine if arrival.id not in homes}
    if not homes:
        return refused
    rows = {key: home.arrival.row for key, home in homes.items()}
    templates = {key: home.template and home.template.pk for key, home in homes.items()}
    values, unfit = arrivedattributes.convert(rows, templates)
    first = numbering.take(len(homes))  # from here on no other writer of event frames
    fit = [home for key, home in homes.items() if key not in unfit]
    frames = [_frame(home, first + position, now) for position, home in enumerate(fit)]
    new = {home.arrival.id for home in fit if home.arrival.frame is None}
    EventFrame.objects.bulk_create([frame for frame in frames if frame.pk in new], batch_size=AT_ONCE)
    EventFrame.objects.bulk_update([frame for frame in frames if frame.pk not in new], COLUMNS, batch_size=AT_ONCE)
    _refer(frames, new)
    _categorise(frames, rows)
    services.instantiate(frames, now)
    arrivedattributes.store(frames, values, now)
    _capture(frames, now)
    return refused | unfit


def _capture(frames: Sequence[EventFrame], now: int) -> None:
    """Frames that are over, of the few that have data references."""
    over = [frame for frame in frames if frame.end is not None]
    reading = EventFrameAttribute.objects.filter(frame__in=over).exclude(data_reference="")
    wanted = set(reading.values_list("frame_id", flat=True))
    for frame in over:
        if frame.pk in wanted:
            capture(frame, now)


@dataclass(frozen=True)
class Home:
    """Where an arrival belongs."""

    arrival: Arrival
    database: AssetDatabase
    element: Element | None
    template: ElementTemplate | None


def _homes(arrivals: Sequence[Arrival]) -> dict[UUID, Home]:
    """The database of the frame, else of its element, else the one of the settings, else the oldest one. An arrival
    for which there is none is left out."""
    elements = elements_of({arrival.row.primary_referenced_element_webid for arrival in arrivals} - {""})
    usual = _usual_home()
    placed = []
    for arrival in arrivals:
        element = elements.get(arrival.row.primary_referenced_element_webid)
        home = arrival.frame.database if arrival.frame else element.database if element else usual
        if home is not None:
            placed.append((arrival, home, element if element and element.database_id == home.pk else None))
    wanted = [(home, arrival.row.template_name) for arrival, home, _ in placed]
    templates = _named(ElementTemplate, wanted, instance_type="EventFrame")
    return {
        arrival.id: Home(arrival, home, element, templates.get((home.pk, fold(arrival.row.template_name))))
        for arrival, home, element in placed
    }


def _usual_home() -> AssetDatabase | None:
    rows = AssetDatabase.objects.select_related("server").order_by("created", "pk")
    server, _, name = settings.OSIPI_LAKE["database"].lstrip("\\").rpartition("\\")
    if name:
        rows = rows.filter(name_key=fold(name))
    if server:
        rows = rows.filter(server__name_key=fold(server))
    return rows.first()


def _homeless() -> str:
    named = settings.OSIPI_LAKE["database"]
    return f"There is no asset database '{named}' (OSIPI_LAKE_DATABASE)." if named else "There is no asset database."


def _frame(home: Home, changed: int, now: int) -> EventFrame:
    arrival, template = home.arrival, home.template
    frame = arrival.frame or EventFrame(id=arrival.id, database=home.database)
    _assign(frame, arrival.row, home.element)
    frame.template = template
    if arrival.frame is None and template is not None:
        frame.severity, frame.can_be_acknowledged = template.severity, template.can_be_acknowledged
    frame.changed, frame.modified = changed, timezone.now()
    return frame


def _assign(frame: EventFrame, row: FrameRow, element: Element | None) -> None:
    frame.name = check_name(row.name)
    frame.name_key = fold(frame.name)
    frame.description = row.description
    start, end = from_datetime(row.start), row.end and from_datetime(row.end)
    frame.start, frame.end = start, end
    frame.values_captured = end is not None
    frame.primary_element = element
    properties = {name: value for name, value in frame.extended_properties.items() if name != LAKE_ELEMENT}
    if row.primary_referenced_element_webid and element is None:
        properties[LAKE_ELEMENT] = {"Value": row.primary_referenced_element_webid}
    frame.extended_properties = properties


def _named(model: Any, wanted: Iterable[tuple[AssetDatabase, str]], **more: Any) -> dict[tuple[UUID, str], Any]:
    """Templates or categories by database and folded name; those that are missing are made."""
    names = {(database.pk, fold(name)): (database, name) for database, name in wanted if name}
    rows = model.objects.filter(database__in={database for database, _ in names}, **more)
    found = {(row.database_id, row.name_key): row for row in rows.filter(name_key__in={key for _, key in names})}
    for key, (database, name) in names.items():
        if key not in found:
            found[key] = model.objects.create(database=database, name=check_name(name), **more)
    return found


def _refer(frames: Sequence[EventFrame], new: Collection[UUID]) -> None:
    """The primary element becomes the first reference; further ones stay."""
    chosen = {frame.pk: frame.primary_element_id for frame in frames}
    rows = EventFrameReference.objects.filter(frame__in=[pk for pk in chosen if pk not in new])
    kept = {row.frame_id for row in rows if row.position == 0 and row.element_id == chosen[row.frame_id]}
    doomed = [
        row.pk
        for row in rows
        if row.frame_id not in kept and (row.position == 0 or row.element_id == chosen[row.frame_id])
    ]
    EventFrameReference.objects.filter(pk__in=doomed).delete()
    EventFrameReference.objects.bulk_create(
        EventFrameReference(frame_id=pk, element_id=element, position=0)
        for pk, element in chosen.items()
        if element is not None and pk not in kept
    )


def _categorise(frames: Sequence[EventFrame], rows: Mapping[UUID, FrameRow]) -> None:
    names = {key: row.category_names for key, row in rows.items()}
    found = _named(ElementCategory, [(frame.database, name) for frame in frames for name in names[frame.pk]])
    wanted = {
        (frame.pk, found[frame.database_id, fold(name)].pk) for frame in frames for name in names[frame.pk] if name
    }
    links: Any = EventFrame.categories.through
    present = {
        (frame, category): pk
        for pk, frame, category in links.objects.filter(eventframe__in=[frame.pk for frame in frames]).values_list(
            "pk", "eventframe_id", "elementcategory_id"
        )
    }
    links.objects.filter(pk__in=[pk for pair, pk in present.items() if pair not in wanted]).delete()
    link_categories(EventFrame, wanted - present.keys())
