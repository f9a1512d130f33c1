"""The values that the engine computes with: columns of one kind, with a reason where a row is bad.

Shapes: ``values`` and ``bad`` have n rows, or one row that stands for all of them (constants stay small).
``bad`` is 0 where the row is good, else the SYSTEM state code; what stands in ``values`` of a bad row is
meaningless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from piwebapi.core.ticks import MAX_TICKS, MIN_TICKS
from streaming.core.series import BAD, Mask, Series, Times
from streaming.core.states import CALC_FAILED, SYSTEM, system_name

Codes = NDArray[np.int32]

GOOD: Codes = np.zeros(1, dtype=np.int32)
FAILED: Codes = np.full(1, CALC_FAILED, dtype=np.int32)
_END_OF_CODES = 100_000


class Kind(Enum):
    """NUMBER float64 (true is 1, false 0); STATE float64 state codes with a table; TIME int64 ticks;
    OBJECT Python objects: str, and where an if has branches of several kinds, float and int (ticks) too."""

    NUMBER = "Number"
    STATE = "State"
    TIME = "Time"
    OBJECT = "Object"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """``states`` belongs to a STATE column. ``flags``: the archive flags, on columns read from a stream."""

    kind: Kind
    values: NDArray[Any]
    bad: Codes = field(default_factory=lambda: GOOD)
    states: Mapping[int, str] | None = None
    flags: NDArray[np.uint8] | None = None

    @property
    def is_system_state(self) -> bool:
        return self.states is SYSTEM


def number(values: NDArray[Any], bad: Codes = GOOD) -> Column:
    return Column(Kind.NUMBER, values, bad)


def constant(value: float) -> Column:
    return Column(Kind.NUMBER, np.full(1, value, dtype=np.float64))


def text(value: str) -> Column:
    return Column(Kind.OBJECT, objects([value]))


def truths(values: Mask, bad: Codes = GOOD) -> Column:
    return Column(Kind.NUMBER, values.astype(np.float64), bad)


def failure(code: int = CALC_FAILED) -> Column:
    """Bad in every row."""
    return Column(Kind.NUMBER, np.zeros(1), np.full(1, code, dtype=np.int32))


def objects(values: list[Any]) -> NDArray[np.object_]:
    array = np.empty(len(values), dtype=np.object_)
    array[:] = values
    return array


def spoiled(*columns: Column) -> Codes:
    """The rows in which an operation on these columns fails, because one of them is bad."""
    bad = GOOD != 0
    for column in columns:
        if column.bad is not GOOD:
            bad = bad | (column.bad != 0)
    return marked(bad)


def marked(failed: Mask) -> Codes:
    return np.where(failed, FAILED, GOOD) if failed.any() else GOOD


def from_series(series: Series, states: Mapping[int, str] | None) -> Column:
    """A stream as a column. A good row that is not a number (NaN) is Calc Failed."""
    bad = _codes(series)
    if series.values.dtype != np.object_:
        values = series.values.astype(np.float64, copy=False)
        strange = np.isnan(values) if states is None else ~np.isfinite(values)
        if strange.any():
            values = np.where(strange, 0.0, values)
            bad = np.where(strange & (bad == 0), FAILED, bad)
        kind = Kind.NUMBER if states is None else Kind.STATE
        return Column(kind, values, bad, states, series.flags)
    kind, values = _unfold(series.values, series.good)
    return Column(kind, values, bad, None, series.flags)


def _codes(series: Series) -> Codes:
    flagged = (series.flags & BAD) != 0
    if not flagged.any():
        return GOOD
    raw = series.values[flagged]
    if raw.dtype == np.object_:  # a bad row may hold a message there instead of a code
        raw = np.array([value if isinstance(value, int | float) else 0 for value in raw], dtype=np.float64)
    codes = np.zeros(len(series), dtype=np.int32)
    codes[flagged] = np.where((raw > 0) & (raw < _END_OF_CODES), raw, CALC_FAILED).astype(np.int32)
    return codes


def _unfold(values: NDArray[np.object_], good: Mask) -> tuple[Kind, NDArray[Any]]:
    """A column of one Python type becomes an array of it. An int is a date (ticks): numbers are float64."""
    sorts = {_sort(value) for value in values[good]}
    if sorts == {int}:
        times = np.zeros(len(values), dtype=np.int64)
        times[good] = values[good].astype(np.int64)
        return Kind.TIME, times
    if sorts and sorts <= {bool, float}:
        numbers = np.zeros(len(values), dtype=np.float64)
        numbers[good] = values[good].astype(np.float64)
        return Kind.NUMBER, numbers
    return Kind.OBJECT, values


def _sort(value: object) -> type:
    if isinstance(value, bool | np.bool_):
        return bool
    if isinstance(value, int | np.integer):
        return int if MIN_TICKS <= value <= MAX_TICKS else object
    if isinstance(value, float | np.floating):
        return float
    return str if isinstance(value, str) else object


def to_series(column: Column, times: Times) -> Series:
    """n rows again; bad rows carry their state code as the value."""
    bad = np.broadcast_to(column.bad, times.shape)
    dtype = np.float64 if column.kind in (Kind.NUMBER, Kind.STATE) else np.object_
    values = np.broadcast_to(column.values, times.shape).astype(dtype)
    flagged = bad != 0
    if flagged.any():
        values[flagged] = bad[flagged]
    return Series(times, values, np.where(flagged, BAD, 0).astype(np.uint8))


def as_number(column: Column) -> Column:
    """Numbers; every row that is none (a state, a time, a text) fails."""
    if column.kind is Kind.NUMBER:
        return column
    if column.kind is not Kind.OBJECT:
        return Column(Kind.NUMBER, np.zeros(1), _all_failed(column))
    return _picked(column, Kind.NUMBER, np.dtype(np.float64), (float, bool), 0.0)


def as_time(column: Column) -> Column:
    """Times; every row that is none fails."""
    if column.kind is Kind.TIME:
        return column
    if column.kind is not Kind.OBJECT:
        return Column(Kind.TIME, np.zeros(1, dtype=np.int64), _all_failed(column))
    return _picked(column, Kind.TIME, np.dtype(np.int64), (int,), 0)


def as_text(column: Column) -> Column:
    """Texts, a digital state by its name; every row that is none fails."""
    elements = as_objects(column) if column.kind is Kind.STATE else column
    if elements.kind is not Kind.OBJECT:
        return Column(Kind.OBJECT, objects([""]), _all_failed(column))
    return _picked(elements, Kind.OBJECT, np.dtype(np.object_), (str,), "")


def as_objects(column: Column) -> Column:
    """Every kind as Python objects: float, int (ticks), str; a state by its name."""
    if column.kind is Kind.OBJECT:
        return column
    values = column.values.astype(np.object_)
    if column.kind is Kind.STATE:
        table = column.states or {}
        values = objects([table.get(int(code)) or system_name(int(code)) for code in column.values])
    return Column(Kind.OBJECT, values, column.bad)


def _all_failed(column: Column) -> Codes:
    return np.where(column.bad != 0, column.bad, FAILED)


def _picked(column: Column, kind: Kind, dtype: np.dtype[Any], sorts: tuple[type, ...], filler: object) -> Column:
    fits = np.array([_sort(value) in sorts for value in column.values], dtype=np.bool_)
    values = np.where(fits, column.values, np.array(filler, dtype=np.object_)).astype(dtype)
    return Column(kind, values, np.where((column.bad == 0) & ~fits, FAILED, column.bad), None, column.flags)


def elementwise(function: Callable[..., object], *columns: Column) -> NDArray[np.object_]:
    """A Python function over the rows of object columns; one-row columns stand for all rows."""
    result: NDArray[np.object_] = np.frompyfunc(function, len(columns), 1)(*[c.values for c in columns])
    return result
