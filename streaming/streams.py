"""Streams: points and attributes as something that has values over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from piwebapi.core.errors import BadRequest, Conflict
from piwebapi.core.ticks import MAX_TICKS
from piwebapi.core.times import from_datetime
from piwebapi.models import EnumerationValue, OwnedAttribute, Point, Unit
from piwebapi.references.context import BadConfig, Unresolved
from piwebapi.references.relative import locate
from piwebapi.services import units
from piwebapi.services.surroundings import Surroundings
from streaming.board import newest_all
from streaming.core.expressions import Formula, evaluate, parse_formula
from streaming.core.kernels import at_times
from streaming.core.render import ValueFormat
from streaming.core.series import BAD, Series, Times
from streaming.core.signals import Signal
from streaming.core.simulator import signal_key
from streaming.core.states import NO_DATA
from streaming.environment import StreamEnvironment
from streaming.readers import Computed, Constant, Failed, Reader, Simulated, Stored, around_all

POINT_FORMATS = {
    "Float16": "Float32",
    "Float32": "Float32",
    "Float64": "Float64",
    "Int16": "Int32",
    "Int32": "Int32",
    "Digital": "Digital",
    "String": "String",
    "Timestamp": "DateTime",
}
ATTRIBUTE_FORMATS = {
    "Boolean": "Boolean",
    "Byte": "Int32",
    "Int16": "Int32",
    "Int32": "Int32",
    "Int64": "Int32",
    "Single": "Float32",
    "Double": "Float64",
    "String": "String",
    "Guid": "String",
    "DateTime": "DateTime",
    "EnumerationValue": "Digital",
}
UNSUPPORTED = Failed("Values of the point type Blob are not supported.")
States = Mapping[UUID, Mapping[int, str]]


@dataclass(frozen=True)
class Stream:
    """`obj` is the point or attribute by whose name the stream goes."""

    obj: Point | OwnedAttribute
    reader: Reader
    fmt: ValueFormat
    step: bool = False
    future: bool = False
    unit: Unit | None = None
    #: what answers say of the stream, as it was made first (`endpoints.shapes`)
    told: dict[tuple[str, str], bytes] = field(default_factory=dict, compare=False, repr=False)

    def web_id(self, form: str = "F") -> str:
        return self.obj.web_id(form)

    @property
    def name(self) -> str:
        return self.obj.name

    @property
    def path(self) -> str:
        return self.obj.full_path

    @property
    def segment(self) -> str:
        return "points" if isinstance(self.obj, Point) else "attributes"

    @property
    def static(self) -> bool:
        return isinstance(self.reader, Constant)

    def until(self, now: int) -> int:
        """How long its last value holds: until now, a static one for ever."""
        return MAX_TICKS if self.static else now

    def numbers(self, series: Series) -> Series:
        """Its values for computing: large integers, which are kept exactly, become the nearest doubles."""
        return series.as_numbers() if self.fmt.type == "Int32" else series

    @property
    def numeric(self) -> bool:
        return self.fmt.type in ("Float32", "Float64", "Int32", "Boolean")

    def at(self, times: Times, now: int) -> Series:
        """The value at each time, in the order of the times."""
        return values_at([self], times, now)[0]


def values_at(streams: Sequence[Stream], times: Times, now: int) -> list[Series]:
    """The values of all streams at each time, in the order of the times."""
    ordered, back = np.unique(times, return_inverse=True)
    if not len(ordered):
        return [Series.empty()] * len(streams)
    events = around_all([stream.reader for stream in streams], ordered, now=now)
    found = [
        at_times(series, ordered, step=stream.step, now=stream.until(now))
        for stream, series in zip(streams, events, strict=True)
    ]
    return found if np.array_equal(ordered, times) else [series.take(back.ravel()) for series in found]


def streams_of(objects: Sequence[Point | OwnedAttribute]) -> list[Stream]:
    """Queries: one for the states of all digital streams, and for attributes with other data references
    what those ask for."""
    states = _states(objects)
    around = Surroundings([obj for obj in objects if isinstance(obj, OwnedAttribute) and _asks_around(obj)])
    return [stream_of(obj, states, around) for obj in objects]


def _asks_around(obj: OwnedAttribute) -> bool:
    """Whether its value depends on more than its point."""
    return bool(obj.data_reference) and not (obj.data_reference == "PI Point" and obj.point_id is not None)


def stream_of(obj: Point | OwnedAttribute, states: States, around: Surroundings) -> Stream:
    if isinstance(obj, Point):
        return _of_point(obj, states)
    if obj.is_captured:
        return _of_capture(obj, states)
    if obj.point is not None and obj.data_reference == "PI Point":
        base = _of_point(obj.point, states)
        units_text = obj.unit.abbreviation if obj.unit else ""
        return replace(base, obj=obj, fmt=replace(base.fmt, units=units_text), unit=obj.unit, told={})
    if obj.data_reference == "Formula":
        return _of_formula(obj, states, around)
    if obj.data_reference == "PI Point":
        return _plain(obj, Failed(f"PI Point not found '{obj.config_string}'."), states)
    if obj.data_reference:
        return _plain(obj, _evaluated(obj, around), states)
    return _plain(obj, _constant(obj, obj.value), states)


def _of_capture(obj: OwnedAttribute, states: States) -> Stream:
    """The value that was stored when the event frame was over; none stands for a bad one."""
    like = _of_point(obj.point, states) if obj.point is not None else None
    reader = _constant(obj, obj.value) if obj.value is not None else Constant(float(NO_DATA), obj.value_ticks or 0, BAD)
    plain = _plain(obj, reader, states)
    return plain if like is None else replace(plain, fmt=replace(like.fmt, units=plain.fmt.units))


def _states(objects: Iterable[Point | OwnedAttribute]) -> States:
    wanted: set[UUID] = set()
    for obj in objects:
        point = obj if isinstance(obj, Point) else obj.point
        if point is not None and point.digital_set_id:
            wanted.add(point.digital_set_id)
        if isinstance(obj, OwnedAttribute) and obj.enumeration_set_id:
            wanted.add(obj.enumeration_set_id)
    found: dict[UUID, dict[int, str]] = {key: {} for key in wanted}
    if wanted:
        rows = EnumerationValue.objects.filter(enumeration_set__in=wanted)
        for key, value, name in rows.values_list("enumeration_set_id", "value", "name"):
            found[key][value] = name
    return found


def _of_point(point: Point, states: States) -> Stream:
    kind = POINT_FORMATS.get(point.point_type, "Object")
    fmt = ValueFormat(kind, states.get(point.digital_set_id) if point.digital_set_id else None)  # type: ignore[arg-type]
    created = point.created_ticks
    reader: Reader = Simulated(signal_of(point), created) if point.simulated else Stored(point.pk, created)
    if point.point_type == "Blob":
        reader = UNSUPPORTED
    return Stream(point, reader, fmt, point.step or kind in ("Digital", "String", "DateTime"), point.future)


def signal_of(point: Point) -> Signal:
    """The key follows from the ids of server and point: it outlives a renaming, and a demo plant of the same
    seed has the same ids."""
    key = signal_key(point.server_id.int % 2**63, str(point.pk))
    top = point.zero + point.span
    states = round(point.span) + 1 if point.signal == "states" else 2
    return Signal(point.signal, key, point.zero, top, point.noise, states=states)  # type: ignore[arg-type]


def _plain(obj: OwnedAttribute, reader: Reader, states: States) -> Stream:
    kind = ATTRIBUTE_FORMATS.get(obj.type, "Object")
    table = states.get(obj.enumeration_set_id) if obj.enumeration_set_id else None
    fmt = ValueFormat(kind, table, obj.unit.abbreviation if obj.unit else "")  # type: ignore[arg-type]
    return Stream(obj, reader, fmt, step=True, unit=obj.unit)


def _constant(obj: OwnedAttribute, value: Any) -> Reader:
    """The stored JSON as the value that its type means."""
    ticks = obj.value_ticks or 0
    if value is None:
        if obj.type == "EnumerationValue" or obj.type.endswith("Array"):
            return Constant(float(NO_DATA), ticks, BAD)
        return Constant(_EMPTY.get(obj.type, 0.0), ticks)
    if obj.type == "DateTime" and isinstance(value, str):
        from piwebapi.core.times import parse_time

        try:
            return Constant(parse_time(value, now=ticks, zone=timezone.get_default_timezone()), ticks)
        except BadRequest:
            return Constant(value, ticks)
    if obj.type == "EnumerationValue" and isinstance(value, bool | int | float):
        return Constant(float(value), ticks)
    return Constant(value, ticks)


#: What an attribute without a value holds, as in AF.
_EMPTY: dict[str, Any] = {"String": "", "Guid": "", "Boolean": False, "DateTime": 0, "Anything": ""}


def _evaluated(obj: OwnedAttribute, around: Surroundings) -> Reader:
    """Table Lookup, String Builder: a value now; a data reference that we do not know says so."""
    try:
        value = around.evaluate(obj)
    except (Unresolved, BadConfig) as error:
        return Failed(str(error))
    if value is None:
        return Constant(float(NO_DATA), obj.value_ticks or 0, BAD)
    if hasattr(value, "tzinfo"):
        return Constant(from_datetime(value), obj.value_ticks or 0)
    return Constant(value, obj.value_ticks or 0)


def _of_formula(obj: OwnedAttribute, states: States, around: Surroundings) -> Stream:
    try:
        formula = parse_formula(obj.config_string)
        inputs = {variable.name: _input(obj, variable.path, states, around) for variable in formula.variables}
    except (BadRequest, Unresolved) as error:
        return _plain(obj, Failed(str(error)), states)
    reader = Computed(tuple(stream.reader for stream in inputs.values()), partial(_compute, formula, inputs))
    return replace(_plain(obj, reader, states), step=False)


def _input(obj: OwnedAttribute, path: str, states: States, around: Surroundings) -> Stream:
    context = around.of(obj)
    place = locate(path, context.elements, context.attributes)
    found = around.find(context.owner.database, place)
    if found.pk == obj.pk:
        raise Unresolved(f"The formula of '{obj.trail}' refers to itself.")
    return stream_of(found, {**states, **_states([found])}, around)


def _compute(formula: Formula, inputs: Mapping[str, Stream], times: Times, now: int) -> Series:
    environment = StreamEnvironment(times, timezone.get_default_timezone(), now, inputs)
    return evaluate(formula.expression, environment).series


def newest(streams: Sequence[Stream], now: int) -> list[Series]:
    """The current event of each stream, in one step for all simulated and one query for all stored ones."""
    return newest_all([stream.reader for stream in streams], now)


def current(streams: Sequence[Stream], now: int) -> list[Series]:
    """What `value` means: the newest event, or where that lies ahead the value at `now` (PI DataLink, PICurrVal)."""
    found = newest(streams, now)
    ahead = [place for place, stream in enumerate(streams) if stream.future and (found[place].times > now).any()]
    if ahead:
        values = values_at([streams[place] for place in ahead], np.array([now], np.int64), now)
        for place, series in zip(ahead, values, strict=True):
            found[place] = series
    return found


def refuse_other_class(source: Unit, target: Unit) -> None:
    """The vendor answers 409 where values are to be read or written in a unit of another class."""
    if source.unit_class_id != target.unit_class_id:
        raise Conflict(f"'{source.name}' cannot be converted to '{target.name}'.")


def converted(stream: Stream, series: Series, text: str | None) -> tuple[Series, ValueFormat]:
    """The series in `desiredUnits`. Points have no unit and refuse it."""
    if not text:
        return series, stream.fmt
    if stream.unit is None:
        raise BadRequest(f"desiredUnits cannot be given for '{stream.name}': it has no unit of measure.")
    target = units.find_unit(stream.unit.unit_class.server_id, text)
    assert target is not None
    refuse_other_class(stream.unit, target)
    series = stream.numbers(series)
    if series.is_object:
        return series, stream.fmt
    values = np.where(series.good, units.convert(series.values, stream.unit, target), series.values)
    kind = "Float64" if stream.fmt.type in ("Float32", "Int32") else stream.fmt.type
    fmt = replace(stream.fmt, units=target.abbreviation, type=kind)
    return Series(series.times, values, series.flags), fmt
