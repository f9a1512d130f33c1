"""Lengths of time as PI writes them, and evenly spaced times made with them.

Hours and less are fixed lengths. Days, weeks, months and years go by the clock on the wall: a
day after midnight is the next midnight, though it may be 23 or 25 hours away. ``m`` is a minute
and ``mo`` a month; a number without a unit is hours. (PI Web API reference: time-strings; AF:
AFTimeSpan.Parse. Its recurrence units, weekday and yearday, are no lengths and are refused.)
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
import numpy.typing as npt

from piwebapi.core.errors import BadRequest
from piwebapi.core.ticks import (
    MAX_TICKS,
    MIN_TICKS,
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MILLISECOND,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
    from_wall,
    to_wall,
    wall_of,
)

_EPOCH_DAY = date(1970, 1, 1).toordinal()

_FIXED = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), TICKS_PER_MILLISECOND),
    **dict.fromkeys(("s", "sec", "second", "seconds"), TICKS_PER_SECOND),
    **dict.fromkeys(("m", "min", "minute", "minutes"), TICKS_PER_MINUTE),
    **dict.fromkeys(("h", "hr", "hour", "hours"), TICKS_PER_HOUR),
}
_DAYS = {
    **dict.fromkeys(("d", "day", "days"), 1),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7),
}
_MONTHS = {
    **dict.fromkeys(("mo", "mon", "month", "months"), 1),
    **dict.fromkeys(("y", "yr", "year", "years"), 12),
}
_TERM = re.compile(r"\s*([+-]?)\s*(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})\s*([a-z]+)\s*", re.ASCII)
_CLOCK = re.compile(r"\s*([+-]?)\s*(?=[\d:])(\d{0,9}(?:\.\d{1,12})?)(?::(\d{0,2})(?::(\d{0,2}(?:\.\d{0,12})?))?)?\s*")


@dataclass(frozen=True, slots=True)
class Interval:
    """A length in three parts: months and days of the wall clock, ticks of the fixed kind."""

    months: int = 0
    days: float = 0
    ticks: int = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.ticks)

    @property
    def fixed(self) -> bool:
        """Whether it has the same length everywhere."""
        return not (self.months or self.days)

    def add(self, start: int, zone: tzinfo, times: int = 1) -> int:
        """``times`` intervals after ``start``: months first (a day that the month lacks becomes
        its last), then days, then the rest; BadRequest outside the years 1 to 9999.

        A part of a day counts in fixed hours, so that equal steps never run backwards when the
        clock is set back.
        """
        try:
            if not self.fixed:
                start = self._add_wall(start, zone, times)
            start += self.ticks * times
        except (ValueError, OverflowError):
            start = MAX_TICKS + 1
        if not MIN_TICKS <= start <= MAX_TICKS:
            raise BadRequest("The interval leads to a time outside the years 1 to 9999.")
        return start

    def _add_wall(self, start: int, zone: tzinfo, times: int) -> int:
        wall, fold = to_wall(start, zone)
        if self.months:
            wall = _add_months(wall, self.months * times)
        span = round(self.days * times * TICKS_PER_DAY)
        days, rest = divmod(abs(span), TICKS_PER_DAY)
        sign = -1 if span < 0 else 1
        return from_wall(wall + sign * days * TICKS_PER_DAY, zone, fold) + sign * rest


def parse_interval(text: str | None, *, name: str = "interval", allow_zero: bool = False) -> Interval:
    """``1h``, ``1mo``, ``1h30m``, ``0.5s``, ``01:30:00`` or ``10`` (hours).

    BadRequest for anything else, for a negative length, and, unless ``allow_zero``, for zero,
    which is also what no text means.
    """
    bare = (text or "").strip().lower()
    terms = parse_terms(bare) if bare else ()
    if terms is None:
        raise BadRequest(f"The value '{text}' of parameter '{name}' is not a valid time interval.")
    total = Interval(*(sum(parts) for parts in zip(*((t.months, t.days, t.ticks) for t in terms), strict=True)))
    if min(total.months, total.days, total.ticks) < 0 or not (total or allow_zero):
        raise BadRequest(f"The value '{text}' of parameter '{name}' must be a positive time interval.")
    return total


def parse_terms(text: str, *, hours: bool = True) -> tuple[Interval, ...] | None:
    """The terms of a chain such as ``-1d+4h30m`` in lower case, each with a sign of its own, plus
    when it has none; or, with ``hours``, one ``8`` or ``8:30:15.5``. None when it is no chain."""
    clock = _CLOCK.fullmatch(text) if hours else None
    if clock is not None:
        term = _clock(*clock.groups())
        return None if term is None else (term,)
    terms: list[Interval] = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        term = _term(*match.groups()) if match else None
        if match is None or term is None:
            return None
        terms.append(term)
        at = match.end()
    return tuple(terms) or None


def _term(sign: str, number: str, unit: str) -> Interval | None:
    minus = -1 if sign == "-" else 1
    if unit in _MONTHS:  # what half a month is, nobody knows
        return None if "." in number else Interval(months=minus * int(number) * _MONTHS[unit])
    size = _FIXED.get(unit) or _DAYS.get(unit, 0)
    if not size:
        return None
    count = float(number) * size if "." in number else int(number) * size
    if unit in _FIXED:
        return Interval(ticks=minus * round(count))
    if count < 1:  # a part of a day alone is a fixed length
        return Interval(ticks=minus * round(count * TICKS_PER_DAY))
    return Interval(days=minus * count)


def _clock(sign: str, hours: str, minutes: str | None, seconds: str | None) -> Interval | None:
    if ("." in hours and minutes is not None) or int(minutes or 0) > 59 or float(seconds or 0) >= 60:
        return None
    if not any(character.isdigit() for character in f"{hours}{minutes}{seconds}"):
        return None
    total = float(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)
    return Interval(ticks=(-1 if sign == "-" else 1) * round(total * TICKS_PER_SECOND))


def grid(start: int, end: int, step: Interval, zone: tzinfo, *, limit: int) -> npt.NDArray[np.int64]:
    """start, start + step, ... as far as ``end``, which is included when it falls on a step;
    backwards when ``end`` lies before ``start``. int64 ticks, shape (n,).

    Fixed steps cost nothing; steps by the wall clock about 4 us each, and each is counted from
    the start, so that month ends do not wear off. More than ``limit`` times: BadRequest.
    """
    if not step:
        raise BadRequest("Parameter 'interval' must be a positive time interval.")
    direction = 1 if end >= start else -1
    if step.fixed:
        count = abs(end - start) // step.ticks + 1
        _check(count, limit)
        size = step.ticks if count > 1 else 0  # a single huge step may not fit into int64
        return start + direction * size * np.arange(count, dtype=np.int64)
    found = [start]
    while True:
        try:
            following = step.add(start, zone, direction * len(found))
        except BadRequest:  # past the calendar, so past the end
            break
        if (end - following) * direction < 0:
            break
        found.append(following)
        _check(len(found), limit)
    return np.array(found, dtype=np.int64)


def _check(count: int, limit: int) -> None:
    if count > limit:
        raise BadRequest(
            f"The number of values that parameter 'interval' yields is greater than the maximum allowed ({limit})."
        )


def _add_months(wall: int, months: int) -> int:
    days, clock = divmod(wall, TICKS_PER_DAY)
    day = date.fromordinal(_EPOCH_DAY + days)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    day = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return wall_of(day) + clock
