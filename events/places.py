"""Where event frames and their attributes are found: finders for `piwebapi.access`."""

from __future__ import annotations

from django.db.models import QuerySet

from events.models import EventFrame, EventFrameAttribute
from piwebapi.access import Finder, Parts, register
from piwebapi.core.webid import fold
from piwebapi.places.parts import condition, in_database, is_collection, split_trail


def frame_rows() -> QuerySet[EventFrame]:
    return EventFrame.objects.select_related("database__server", "template")


def frame_by_path(parts: Parts) -> EventFrame | None:
    """Names need not be unique: the most recent frame of the name is meant.

    A child may be told below its parent (``EventFrames[Parent]\\Child``) or by its own name alone.
    """
    if len(parts) < 3 or not is_collection(parts[2], "EventFrames"):
        return None
    rows = frame_rows().filter(in_database(parts)).order_by("-start", "pk")
    here = rows.filter(condition(parts[2])).first()
    for part in parts[3:]:
        if here is None or not is_collection(part, "", "EventFrames"):
            return None
        here = rows.filter(condition(part), parent=here).first()
    return here


def attribute_rows() -> QuerySet[EventFrameAttribute]:
    return EventFrameAttribute.objects.select_related(
        "frame__database__server",
        "unit",
        "enumeration_set",
        "point__server",
        "point__digital_set",
        "template",
    )


def attribute_by_path(parts: Parts) -> EventFrameAttribute | None:
    owner, trail = split_trail(parts)
    frame = frame_by_path(owner) if trail else None
    return frame and attribute_rows().filter(frame=frame, trail_key=fold(trail)).first()


def register_all() -> None:
    register("EventFrame", Finder(frame_rows, frame_by_path, "database__server"))
    register("Attribute", Finder(attribute_rows, attribute_by_path, "frame__database__server", "frame"), "F")
