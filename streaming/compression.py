"""Which values of a write need not be kept, by the point attributes of the Data Archive.

A numeric point whose `Compressing` is on leaves out what lines between its values stand for (with `Step`, the value
before them): within `CompDev` (in the point's unit), but never values further apart than `CompMax` seconds, and always
those closer than `CompMin`. Only values that follow the newest one in time are compressed, as in the Data Archive, and
only with the update option Insert: whoever replaces a value or writes an old one wants just that one. `ExcDev` and its
like are not applied: exceptions are reported by the interface that reads the device, before it writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from piwebapi.models import Counter, Point
from streaming.archive import archive
from streaming.archive.rows import COUNTER
from streaming.archive.statements import delete
from streaming.core.compression import Door, Limits, compress
from streaming.core.series import SECOND, Series
from streaming.models import CompressionDoor

#: when, what (a number, a text, the ticks of a moment, the code of a system state) and the flags
Event = tuple[int, Any, int]

NUMERIC = frozenset(("Float16", "Float32", "Float64", "Int16", "Int32"))
_USUAL = {"compdev": 0.0, "compmin": 0.0, "compmax": 28_800.0}


def limits_of(point: Point) -> Limits | None:
    """None for a point that keeps every value."""
    extras = {**_USUAL, **{name.lower(): value for name, value in point.extras.items()}}
    if not extras.get("compressing") or point.point_type not in NUMERIC:
        return None
    try:
        deviation, least, greatest = (float(extras[name]) for name in ("compdev", "compmin", "compmax"))
    except (TypeError, ValueError):
        return None
    return Limits(deviation, round(least * SECOND), round(greatest * SECOND), point.step)


def leave_out(events: dict[int, list[Event]], points: Iterable[Point | None], option: str) -> dict[int, int]:
    """Takes needless values out of `events`; answers the times of newest values that are needless now, by point.

    Call it inside the transaction of the write, whatever its option: a write that is not compressed may change what
    the doors of its points were made of, so it ends them. Queries: one where nothing is compressed, else five.
    """
    limits = {point.pk: found for point in points if point is not None and (found := limits_of(point)) is not None}
    wanted = [point for point in events if point in limits] if option == "Insert" else []
    needless: dict[int, int] = {}
    moved: list[CompressionDoor] = []
    if wanted:
        Counter.take(COUNTER, 0)  # as a writer of the archive does: the newest value must stay the newest
        newest, doors = archive.newest(wanted), CompressionDoor.objects.in_bulk(wanted)
        for point in wanted:
            door = _compressed(point, events, newest.get(point), doors.get(point), limits[point], needless)
            if door is not None:
                moved.append(
                    CompressionDoor(point_id=point, ticks=door.ticks, value=door.value, low=door.low, high=door.high)
                )
        fields = ["ticks", "value", "low", "high"]
        CompressionDoor.objects.bulk_create(moved, update_conflicts=True, unique_fields=["point"], update_fields=fields)
    delete(CompressionDoor, set(events) - {door.point_id for door in moved})
    return needless


def _compressed(
    point: int,
    events: dict[int, list[Event]],
    newest: Series | None,
    stored: CompressionDoor | None,
    limits: Limits,
    needless: dict[int, int],
) -> Door | None:
    """None where values cannot be compressed: bad ones, and those that do not follow each other."""
    held = (int(newest.times[0]), float(newest.values[0])) if newest is not None and newest.good[0] else None
    times = [*(newest.times.tolist() if newest is not None else ()), *(event[0] for event in events[point])]
    if any(event[2] for event in events[point]) or any(after <= before for before, after in pairwise(times)):
        return None
    door = Door(stored.ticks, stored.value, stored.low, stored.high) if stored is not None else None
    outcome = compress(door, held, [(event[0], event[1]) for event in events[point]], limits)
    events[point] = [(ticks, value, 0) for ticks, value in outcome.kept]
    if outcome.drops_newest and held is not None:
        needless[point] = held[0]
    return outcome.door
