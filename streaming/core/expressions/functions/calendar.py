"""Functions of times: their parts, and the starts of days and months, in the zone of the environment.

Source: PI Server documentation, PE time functions. Weekday 1 is Sunday.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streaming.core.expressions.columns import Column, Kind, number
from streaming.core.expressions.context import Context
from streaming.core.expressions.functions.signature import Function, Role
from streaming.core.expressions.zones import local_offsets
from streaming.core.series import DAY, SECOND, Times


def _part(of_local: Callable[[Times], NDArray[Any]]) -> Callable[[Context, Column], Column]:
    """A number read off the local clock."""

    def run(context: Context, time: Column) -> Column:
        local = time.values + local_offsets(time.values, context.environment.zone)
        return number(of_local(local).astype(np.float64), time.bad)

    return run


def _start(of_local: Callable[[Times], Times]) -> Callable[[Context, Column], Column]:
    """A time given by the local clock, turned back with the offset that holds there, not the one now."""

    def run(context: Context, time: Column) -> Column:
        zone = context.environment.zone
        offset = local_offsets(time.values, zone)
        wanted = of_local(time.values + offset)
        return Column(Kind.TIME, wanted - local_offsets(wanted - offset, zone), time.bad)

    return run


def _in_months(local: Times) -> NDArray[np.int64]:
    return (local // DAY).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _month_start(local: Times) -> Times:
    return _in_months(local).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) * DAY


def _of_day(local: Times) -> Times:
    return (local % DAY) // SECOND


def _parse_time(context: Context, time: Column) -> Column:
    return time


_PARTS: dict[str, Callable[[Times], NDArray[Any]]] = {
    "Year": lambda local: 1970 + _in_months(local) // 12,
    "Month": lambda local: 1 + _in_months(local) % 12,
    "Day": lambda local: 1 + (local - _month_start(local)) // DAY,
    "Hour": lambda local: _of_day(local) // 3600,
    "Minute": lambda local: _of_day(local) // 60 % 60,
    "Second": lambda local: _of_day(local) % 60,
    "DaySec": _of_day,
    "Weekday": lambda local: 1 + (local // DAY + 4) % 7,  # 1 January 1970 was a Thursday
}
_STARTS: dict[str, Callable[[Times], Times]] = {
    "Bod": lambda local: local // DAY * DAY,
    "Noon": lambda local: local // DAY * DAY + DAY // 2,
    "Bom": _month_start,
}

FUNCTIONS: tuple[Function, ...] = (
    *(Function(name, _part(part), (Role.TIME,), 1) for name, part in _PARTS.items()),
    *(Function(name, _start(start), (Role.TIME,), 1) for name, start in _STARTS.items()),
    Function("ParseTime", _parse_time, (Role.TIME,), 1),
)
