"""Columns as JSON: timed values without a Python object per value.

Source: PI Web API reference, timed value, value-types. A row has the `FIELDS` in their order. A bad value is
its SYSTEM state, an object of three members, and has no unit. Float32 numbers have the fewest digits that
tell them apart as float32. NaN and the infinities, which JSON lacks, are strings. Cost: 0.14 us a row for
numbers (written by orjson, timestamps by table look-up, one join), 0.5 us for object columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import numpy as np
import orjson

from piwebapi.core.ticks import format_ticks
from streaming.core.series import ANNOTATED, BAD, QUESTIONABLE, SUBSTITUTED, Flags, Series, Times, Values
from streaming.core.states import system_name
from streaming.core.timestamps import stamps

ValueType = Literal["Float32", "Float64", "Int32", "Digital", "String", "Boolean", "DateTime", "Object"]

FIELDS = (
    "Timestamp",
    "Value",
    "UnitsAbbreviation",
    "Good",
    "Questionable",
    "Substituted",
    "Annotated",
)
_NUMBERS = orjson.OPT_SERIALIZE_NUMPY
_LARGEST = 2.0**63 - 1024  # the largest double that an int64 holds
_NO_UNIT = b'""'
_READY = (bool, str, dict, type(None))


@dataclass(frozen=True)
class ValueFormat:
    """How the values of one stream are written. ``states``: the digital set, code to name; ``units``: the
    abbreviation of an attribute's unit, empty for points (PI Web API reference, timed value)."""

    type: ValueType = "Float32"
    states: Mapping[int, str] | None = None
    units: str = ""


_USUAL = ValueFormat()


def timed_values(
    series: Series, fmt: ValueFormat, select: Sequence[str] | None = None, around: tuple[bytes, bytes] = (b"", b"")
) -> bytes:
    """The rows joined by commas, without brackets, each between the two texts ``around`` it. ``select``: the wanted
    fields, in any case and order; unknown names select nothing."""
    count = len(series)
    if not count:
        return b""
    wanted = _wanted(tuple(select)) if select is not None else FIELDS
    columns: list[bytes | list[bytes]] = [around[0] + b"{"]
    if "Timestamp" in wanted:
        columns += [b'"Timestamp":"', stamps(series.times), b'"' if len(wanted) == 1 else b'",']
    if "Value" in wanted:
        columns += [b'"Value":', value_texts(series, fmt)]
    columns += [_tail_column(series.flags, orjson.dumps(fmt.units), wanted), around[1] + b","]
    return _joined(columns, count)[:-1]


def _wanted(select: tuple[str, ...]) -> tuple[str, ...]:
    names = {name.casefold() for name in select}
    return tuple(field for field in FIELDS if field.casefold() in names)


def _joined(columns: list[bytes | list[bytes]], count: int) -> bytes:
    """Row by row, one cell of every column; constants between two lists are put together first."""
    merged: list[bytes | list[bytes]] = []
    for column in columns:
        if merged and isinstance(column, bytes) and isinstance(merged[-1], bytes):
            merged[-1] += column
        else:
            merged.append(column)
    parts: list[bytes] = [b""] * (len(merged) * count)
    for place, column in enumerate(merged):
        parts[place :: len(merged)] = [column] * count if isinstance(column, bytes) else column
    return b"".join(parts)


@lru_cache(maxsize=4_096)
def _tail(flags: int, units: bytes, wanted: tuple[str, ...]) -> bytes:
    """What follows the value: the unit (none for a bad value), the flags and the closing brace."""
    fields = {
        "UnitsAbbreviation": b'""' if flags & BAD else units,
        "Good": b"false" if flags & BAD else b"true",
        "Questionable": b"true" if flags & QUESTIONABLE else b"false",
        "Substituted": b"true" if flags & SUBSTITUTED else b"false",
        "Annotated": b"true" if flags & ANNOTATED else b"false",
    }
    text = b",".join(b'"%b":%b' % (name.encode(), fields[name]) for name in wanted if name in fields)
    return (b"," if text and "Value" in wanted else b"") + text + b"}"


#: by their flags
_TAILS = tuple(_tail(bits, b"", FIELDS[3:]) for bits in range(16))


def _tail_column(flags: Flags, units: bytes, wanted: tuple[str, ...]) -> bytes | list[bytes]:
    first = int(flags[0])
    if (flags == first).all():
        return _tail(first, units, wanted)
    tails = np.empty(256, dtype=np.object_)
    for bits in np.unique(flags).tolist():
        tails[bits] = _tail(bits, units, wanted)
    chosen: list[bytes] = tails[flags].tolist()
    return chosen


def value_texts(series: Series, fmt: ValueFormat) -> list[bytes]:
    """The JSON text of every value, bad ones included."""
    values, rows = series.values, np.flatnonzero(~series.good).tolist()
    if series.is_object:
        texts = [orjson.dumps(_plain(value, fmt), option=_NUMBERS) for value in values]
    else:
        if rows:
            values = np.where(series.good, values, 0.0)
        texts = _state_texts(values, fmt) if fmt.type == "Digital" else _number_texts(values, fmt.type)
    for row in rows:
        texts[row] = _bad_text(series.values[row])
    return texts


def _number_texts(values: Values, kind: ValueType) -> list[bytes]:
    if kind == "Boolean":
        return [b"true" if value else b"false" for value in values.tolist()]
    if kind == "DateTime":
        return [b'"%b"' % text for text in stamps(values.astype(np.int64))]
    if kind == "Float32":
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)
    finite = np.isfinite(values)
    odd: list[int] = [] if finite.all() else np.flatnonzero(~finite).tolist()
    numbers = np.where(finite, values, values.dtype.type(0)) if odd else np.ascontiguousarray(values)
    if kind == "Int32":
        numbers = np.rint(numbers).clip(-_LARGEST, _LARGEST).astype(np.int64)
    texts = orjson.dumps(numbers, option=_NUMBERS)[1:-1].split(b",")
    for row in odd:
        texts[row] = b'"%b"' % _not_a_number(float(values[row])).encode()
    return texts


def _not_a_number(value: float) -> str:
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _state(code: int, states: Mapping[int, str]) -> dict[str, object]:
    """A code outside its set shows as itself behind a question mark, as PI clients show it."""
    return {"Name": states.get(code) or f"?{code}", "Value": code, "IsSystem": False}


def _state_texts(codes: Values, fmt: ValueFormat) -> list[bytes]:
    distinct, where = np.unique(np.rint(codes), return_inverse=True)
    states = [orjson.dumps(_state(int(code), fmt.states or {})) for code in distinct.tolist()]
    texts: list[bytes] = np.array(states, dtype=np.object_)[where].tolist()
    return texts


@cache
def _system_text(code: int) -> bytes:
    return orjson.dumps({"Name": system_name(code), "Value": code, "IsSystem": True})


def _bad_text(value: Any) -> bytes:
    """A SYSTEM state by its code; a string or ``{"Errors": [...]}`` as it is."""
    return orjson.dumps(value) if isinstance(value, (str, dict)) else _system_text(int(value))


def _plain(value: Any, fmt: ValueFormat) -> object:
    """One value of an object column as orjson takes it."""
    if isinstance(value, _READY):
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item, fmt) for item in value]
    if fmt.type == "DateTime":
        return format_ticks(value)
    if fmt.type == "Digital":
        return _state(int(value), fmt.states or {})
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            return _not_a_number(float(value))
        return np.float32(value) if fmt.type == "Float32" else float(value)
    return value


def timed_objects(series: Series, fmt: ValueFormat) -> list[dict[str, Any]]:
    """The same rows as Python objects, for whoever adds to them; 0.5 us a row, so not for long lists."""
    rows: list[dict[str, Any]] = orjson.loads(b"[" + timed_values(series, fmt) + b"]")
    return rows


def fragments(
    times: Times,
    values: Values,
    flags: Flags,
    units: Sequence[bytes],
    formats: Mapping[int, ValueFormat] | None = None,
    usual: ValueFormat = _USUAL,
) -> list[bytes]:
    """One timed value for each of many points: row ``i`` belongs to the i-th point.

    ``units`` are JSON strings, quotes included, made once with `unit_text`. ``formats`` tells of the rows
    that are not as ``usual``; those, and all rows of an object column, cost 10 us each, the others 0.25.
    """
    series = Series(times, values, flags)
    if not len(series):
        return []
    formats = formats or {}
    texts = [b""] * len(series) if series.is_object else value_texts(series, usual)
    for row in range(len(series)) if series.is_object else formats:
        texts[row] = value_texts(series.take(row), formats.get(row, usual))[0]
    return [
        b'{"Timestamp":"%b","Value":%b,"UnitsAbbreviation":%b,%b'
        % (stamp, text, _NO_UNIT if bits & BAD else unit, _TAILS[bits])
        for stamp, text, unit, bits in zip(stamps(times), texts, units, flags.tolist(), strict=True)
    ]


def unit_text(units: str) -> bytes:
    """An abbreviation as `fragments` wants it."""
    return orjson.dumps(units)
