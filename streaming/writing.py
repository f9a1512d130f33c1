"""Writing values: from JSON to the archive, to the log, to live subscribers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from piwebapi.core.errors import ApiError, BadRequest, Conflict, NotSupported
from piwebapi.core.times import TICKS_PER_MINUTE, format_ticks, from_datetime, parse_time
from piwebapi.models import Attribute, EnumerationValue, OwnedAttribute, Point
from piwebapi.services import attributes as attribute_services
from piwebapi.services import units
from streaming import compression
from streaming.archive import Outcome, archive
from streaming.compression import Event
from streaming.conversion import is_bad, moment, number, plain_text, state, static_value, system_state, truth
from streaming.core.series import BAD, QUESTIONABLE, Series
from streaming.core.states import BAD_INPUT
from streaming.streams import UNSUPPORTED, refuse_other_class

#: How far into the future an ordinary point takes values.
AHEAD = 10 * TICKS_PER_MINUTE
#: PI's history begins in 1970; lakes that count nanoseconds end in 2262.
EARLIEST, LATEST = 0, from_datetime(datetime(2262, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Fate:
    """What became of one value: 204, or a status with a sentence."""

    status: int = 204
    message: str = ""


DONE = Fate()


Target = Point | OwnedAttribute


def write(writes: Sequence[tuple[Target, Sequence[Any]]], option: str, now: int) -> list[list[Fate]]:
    """Values to streams; those that cannot be written are told, all others are durable on return, by one set
    of statements for all streams.

    A stream that cannot be written at all gives every one of its values the reason.
    """
    states = states_of(target for target, _ in writes)
    events: dict[int, list[Event]] = {}
    fates: list[list[Fate]] = []
    for target, values in writes:
        try:
            fates.append(_prepare(target, values, option, now, states, events))
        except ApiError as error:
            fates.append([Fate(error.status, error.messages[0])] * len(values))
    if events:
        store(events, (target if isinstance(target, Point) else target.point for target, _ in writes), option)
    return fates


def store(events: dict[int, list[Event]], points: Iterable[Point | None], option: str) -> Outcome:
    """The events of each point, compressed where its attributes say so. `points`: all that are written."""
    with transaction.atomic():
        needless = compression.leave_out(events, points, option)
        return archive.write({point: _series(changes) for point, changes in events.items()}, option, needless)


def _prepare(
    target: Target,
    values: Sequence[Any],
    option: str,
    now: int,
    states: Mapping[Any, Mapping[str, int]],
    events: dict[int, list[Event]],
) -> list[Fate]:
    """What becomes of each value; the good ones are added to `events`, static attributes are set here."""
    point = target if isinstance(target, Point) else target.point
    if point is None or (isinstance(target, OwnedAttribute) and target.data_reference != "PI Point"):
        return [_write_static(target, value, now) for value in values]
    refuse_unwritable(point)
    fates: list[Fate] = []
    for value in values:
        try:
            value = value if option == "Remove" else _converted(target, value)
            event = event_of(point, value, states.get(point.digital_set_id, {}), now, option)
            events.setdefault(point.pk, []).append(event)
            fates.append(DONE)
        except (BadRequest, Conflict) as error:
            fates.append(Fate(error.status, error.messages[0]))
    return fates


def refuse_unwritable(point: Point) -> None:
    if point.point_type == "Blob":
        raise NotSupported(UNSUPPORTED.message)
    if point.simulated:
        raise Conflict(f"'{point.name}' is a simulated point; its values are computed and cannot be written.")


def _series(events: Sequence[Event]) -> Series:
    """Texts and moments make an object column."""
    times, values, flags = zip(*events, strict=True)
    plain = all(isinstance(value, float) for value in values)
    column = np.empty(len(values), dtype=np.float64 if plain else np.object_)
    column[:] = values
    return Series(np.array(times, np.int64), column, np.array(flags, np.uint8))


def states_of(targets: Iterable[Target]) -> dict[Any, dict[str, int]]:
    """The states of all digital points, by set: names in lower case to codes."""
    points = (target if isinstance(target, Point) else target.point for target in targets)
    wanted = {point.digital_set_id for point in points if point is not None and point.digital_set_id}
    found: dict[Any, dict[str, int]] = {key: {} for key in wanted}
    if wanted:
        rows = EnumerationValue.objects.filter(enumeration_set__in=wanted)
        for key, name, value in rows.values_list("enumeration_set_id", "name", "value"):
            found[key][name.lower()] = value
    return found


def _converted(target: Point | OwnedAttribute, value: Any) -> Any:
    """A value in another unit becomes one in the attribute's; points take no unit."""
    given = members(value)
    text = given.get("unitsabbreviation")
    if not text:
        return value
    if isinstance(target, Point) or target.unit is None:
        raise BadRequest("UnitsAbbreviation cannot be given for a stream without a unit of measure.")
    if not isinstance(text, str):
        raise BadRequest("UnitsAbbreviation must be a text.")
    source = units.find_unit(target.unit.unit_class.server_id, text)
    number = given.get("value")
    if source is None or source.pk == target.unit.pk or not isinstance(number, int | float):
        return value
    refuse_other_class(source, target.unit)
    return {**given, "value": units.convert(number, source, target.unit)}


def members(value: Any) -> Mapping[str, Any]:
    """The members of a timed value by their names in lower case."""
    if not isinstance(value, Mapping):
        raise BadRequest("A value must be a JSON object with Timestamp and Value.")
    return {name.lower(): item for name, item in value.items()}


def time_of(given: Mapping[str, Any], now: int) -> int:
    text = given.get("timestamp")
    if text is None or text == "":
        return now
    if not isinstance(text, str):
        raise BadRequest("Timestamp must be a text.")
    return parse_time(text, now=now, zone=timezone.get_default_timezone(), name="Timestamp")


def event_of(point: Point, value: Any, states: Mapping[str, int], now: int, option: str = "Replace") -> Event:
    """A timed value as what the archive keeps."""
    given = members(value)
    ticks = time_of(given, now)
    refuse_out_of_time(point, ticks, now)
    if option == "Remove":
        return ticks, 0.0, 0
    if "value" not in given:
        raise BadRequest("Value is required.")
    value, bad = kept_of(point, given["value"], states, now, is_bad(given))
    return ticks, value, bad | (QUESTIONABLE if truth(given, "questionable") else 0)


def refuse_out_of_time(point: Point, ticks: int, now: int) -> None:
    if not EARLIEST <= ticks < LATEST:
        raise BadRequest(f"A value's time must lie from {format_ticks(EARLIEST)} to {format_ticks(LATEST)}.")
    if not point.future and ticks > now + AHEAD:
        raise BadRequest(f"'{point.name}' takes no values in the future, but {format_ticks(ticks)} is.")


def kept_of(point: Point, raw: Any, states: Mapping[str, int], now: int, bad: bool = False) -> tuple[Any, int]:
    """What the archive keeps of a value, and BAD where that is a system state."""
    system = system_state(raw, point, states)
    if system is None and bad:
        system = BAD_INPUT  # a point holds no number that is bad
    if system is not None:
        return float(system), BAD
    if point.point_type == "String":
        return (raw if isinstance(raw, str) else plain_text(raw)), 0
    if point.point_type == "Digital":
        return float(state(raw, states)), 0
    if point.point_type == "Timestamp":
        return moment(raw, now), 0
    return number(raw, point.point_type), 0


def _write_static(target: Any, value: Any, now: int) -> Fate:
    """An attribute without data reference holds one value."""
    try:
        set_static(target, value, now)
    except ApiError as error:
        if isinstance(error, BadRequest):
            return Fate(400, error.messages[0])
        raise
    return DONE


def set_static(target: Attribute | OwnedAttribute, value: Any, now: int) -> None:
    if target.data_reference == "PI Point":
        raise BadRequest(f"The point of '{target.name}' was not found.")
    if target.data_reference:
        raise Conflict(f"The data reference {target.data_reference} of '{target.name}' cannot be written.")
    given = members(_converted(target, value))
    if "value" not in given:
        raise BadRequest("Value is required.")
    attribute_services.set_value(target, static_value(target, given["value"], now), time_of(given, now))
