"""Functions of numbers. Source: PI Server documentation, PE functions by type.

Angles are radians. ``Sqr`` is the square root. What has no answer fails the row. The functions over several
arguments (Avg, Max, ...) leave out arguments that are bad, digital or text, and fail when none is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streaming.core.expressions.columns import (
    FAILED,
    GOOD,
    Column,
    Kind,
    as_number,
    as_text,
    constant,
    elementwise,
    number,
    spoiled,
)
from streaming.core.expressions.context import Context
from streaming.core.expressions.functions.signature import Function, Role
from streaming.core.expressions.operators import finite
from streaming.core.series import SECOND

Numbers = NDArray[np.float64]


def _of_one(compute: Callable[[Any], Any]) -> Callable[[Context, Column], Column]:
    def run(context: Context, x: Column) -> Column:
        given = as_number(x)
        return finite(compute(given.values), spoiled(given))

    return run


def _arc_tangent_of_two(context: Context, y: Column, x: Column) -> Column:
    above, beside = as_number(y), as_number(x)
    return finite(np.arctan2(above.values, beside.values), spoiled(above, beside))


def _integer(context: Context, x: Column) -> Column:
    """The integer part, towards zero; a text is read as a number first: Int("2.1") is 2."""
    if x.kind is Kind.OBJECT:
        words = as_text(x)
        readable = np.where(words.bad == 0, elementwise(_readable, words), np.nan).astype(np.float64)
        given = finite(np.where(as_number(x).bad == 0, as_number(x).values, readable), GOOD)
        return finite(np.trunc(given.values), np.where(x.bad != 0, FAILED, given.bad))
    return _of_one(np.trunc)(context, x)


def _readable(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _in_units(rounded: Callable[[Any], Any]) -> Callable[..., Column]:
    """Multiples of a unit, which is 1 when not given. A time is taken in seconds since 1970 UTC."""

    def run(context: Context, x: Column, unit: Column | None = None) -> Column:
        size = as_number(constant(1) if unit is None else unit)
        if x.kind is Kind.TIME:
            return _time_in_units(rounded, x, size)
        given = as_number(x)
        return finite(rounded(given.values / size.values) * size.values, spoiled(given, size))

    return run


def _time_in_units(rounded: Callable[[Any], Any], time: Column, unit: Column) -> Column:
    step = np.rint(unit.values * SECOND)
    usable = (step >= 1) & (step < 2.0**62)
    ticks = np.where(usable, step, 1.0).astype(np.int64)
    rest = time.values % ticks
    values = time.values - rest + (rounded(rest / ticks) * ticks).astype(np.int64)
    bad = spoiled(time, unit)
    return Column(Kind.TIME, values, np.where((bad == 0) & ~usable, FAILED, bad))


def _half_up(values: Numbers) -> Numbers:
    result: Numbers = np.floor(values + 0.5)
    return result


def _over(compute: Callable[[Numbers], Numbers], times: bool = False) -> Callable[..., Column]:
    """A summary over the arguments: ``compute`` gets a matrix, one line per argument, NaN where left out."""

    def run(context: Context, *arguments: Column) -> Column:
        if times and all(column.kind is Kind.TIME for column in arguments):
            return _over_times(compute, arguments)
        given = [as_number(column) for column in arguments]
        return _summary(compute, given)

    return run


def _summary(compute: Callable[[Numbers], Numbers], given: list[Column]) -> Column:
    lines = [np.where(column.bad == 0, column.values, np.nan) for column in given]
    matrix = np.stack(np.broadcast_arrays(*lines))
    none_left = np.isnan(matrix).all(axis=0)
    matrix[0, none_left] = 0.0  # keeps the nan-functions of numpy from warning of empty slices
    return finite(compute(matrix), np.where(none_left, FAILED, GOOD))


def _over_times(compute: Callable[[Numbers], Numbers], arguments: tuple[Column, ...]) -> Column:
    """Times are summed as seconds since the first argument, where float64 keeps every tick."""
    base = arguments[0].values
    seconds = [number((column.values - base) / SECOND, column.bad) for column in arguments]
    result = _summary(compute, seconds)
    ticks = np.rint(np.where(result.bad == 0, result.values, 0.0) * SECOND).astype(np.int64)
    return Column(Kind.TIME, base + ticks, result.bad)


def _spread(matrix: Numbers, less: int) -> Numbers:
    """The standard deviation; dividing by n - less. Fewer than two numbers give 0."""
    count = (~np.isnan(matrix)).sum(axis=0)
    squares = np.nansum((matrix - np.nanmean(matrix, axis=0)) ** 2, axis=0)
    result: Numbers = np.sqrt(squares / np.maximum(count - less, 1))
    return result


def _pi(context: Context) -> Column:
    return constant(float(np.pi))


_ONE: dict[str, Callable[[Any], Any]] = {
    "Abs": np.abs,
    "Acos": np.arccos,
    "Asin": np.arcsin,
    "Atn": np.arctan,
    "Atan": np.arctan,  # as formula data references spell it
    "Ceiling": np.ceil,
    "Cos": np.cos,
    "Exp": np.exp,
    "Floor": np.floor,
    "Frac": lambda x: x - np.trunc(x),
    "Log": np.log,
    "Log10": np.log10,
    "Sgn": np.sign,
    "Sin": np.sin,
    "Sqr": np.sqrt,
    "Sqrt": np.sqrt,
    "Tan": np.tan,
}
_SEVERAL: dict[str, Callable[..., Column]] = {
    "Avg": _over(lambda m: np.nanmean(m, axis=0), times=True),
    "Max": _over(lambda m: np.nanmax(m, axis=0), times=True),
    "Median": _over(lambda m: np.nanmedian(m, axis=0), times=True),
    "Min": _over(lambda m: np.nanmin(m, axis=0), times=True),
    "PStDev": _over(lambda m: _spread(m, 0)),
    "SStDev": _over(lambda m: _spread(m, 1)),
    "Total": _over(lambda m: np.nansum(m, axis=0)),
}
_VALUE = (Role.VALUE,)

FUNCTIONS: tuple[Function, ...] = (
    *(Function(name, _of_one(compute), _VALUE, 1) for name, compute in _ONE.items()),
    *(Function(name, run, _VALUE, 1, repeats=True) for name, run in _SEVERAL.items()),
    Function("Atn2", _arc_tangent_of_two, _VALUE * 2, 2),
    Function("Int", _integer, _VALUE, 1),
    Function("Round", _in_units(_half_up), _VALUE * 2, 1),
    Function("Trunc", _in_units(np.trunc), _VALUE * 2, 1),
    Function("Pi", _pi, (), 0),
)
