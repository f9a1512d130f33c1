"""Points in time as clients write them: ``[date or time] [interval part]``, read left to right.

``*`` is now, ``t`` and ``y`` the midnights of today and yesterday, ``mon`` the latest Monday,
``jun`` or ``12`` or ``2012`` name one part of today's date; besides ISO 8601 there are the
forms of .NET's ``DateTime.Parse`` under en-US. Everything without a zone of its own means the
zone given. (PI Web API reference: time-strings; AF: AFTime.) Readers import the other parts of
the subject from here too: ticks, zones, intervals.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from piwebapi.core.errors import BadRequest
from piwebapi.core.intervals import Interval, grid, parse_interval, parse_terms
from piwebapi.core.ticks import (
    EPOCH,
    MAX_TICKS,
    MIN_TICKS,
    OPEN_END,
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MILLISECOND,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
    format_ticks,
    from_datetime,
    from_wall,
    to_datetime,
    to_wall,
    wall_of,
)
from piwebapi.core.zones import zone

__all__ = [
    "EPOCH",
    "MAX_TICKS",
    "MIN_TICKS",
    "OPEN_END",
    "TICKS_PER_DAY",
    "TICKS_PER_HOUR",
    "TICKS_PER_MILLISECOND",
    "TICKS_PER_MINUTE",
    "TICKS_PER_SECOND",
    "Interval",
    "format_ticks",
    "from_datetime",
    "from_wall",
    "grid",
    "parse_interval",
    "parse_time",
    "to_datetime",
    "to_wall",
    "zone",
]

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = {name[:size]: number for number, name in enumerate(_DAY_NAMES) for size in (None, 3)}
_MONTHS = {name[:size]: number for number, name in enumerate(_MONTH_NAMES, 1) for size in (None, 3)}

_DAY = f"(?:(?P<weekday>{'|'.join(_WEEKDAYS)}),?\\s+)?"
_MONTH = f"(?P<name>{'|'.join(_MONTHS)})"
_GAP = r"(?:\s+|[-/.])"
_YEAR = r"(?:[-\s/.,]+(?P<year>\d{4}|\d{2}))?"
_TIME = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+)|:(?P<millis>\d{3}))?)?)?"
    r"(?:\s*(?P<half>[ap]m))?"
)
_OFFSET = r"(?:\s*(?P<zone>z|gmt|utc|[+-]\d{1,2}:\d{2}z?|[+-]\d{4}z?|[+-]\d{2}$))?"
# What may stand behind a date; so the 10 of `dec 25 10h` is not taken for a year.
_END = r"(?=t\d|[\s,+-]|$)"
_CLOCK_TIME = rf"{_END}(?:(?:t|,?\s+){_TIME}{_OFFSET}(?![\w:.]))?"

_EXACT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7})\d*)?Z", re.ASCII)


class _Now(NamedTuple):
    """What the words of a request are relative to."""

    ticks: int
    zone: tzinfo

    @property
    def today(self) -> date:
        return to_datetime(to_wall(self.ticks, self.zone)[0]).date()

    def midnight(self, day: date) -> int:
        return from_wall(wall_of(day), self.zone)


def parse_time(text: str | None, *, now: int, zone: tzinfo, name: str = "time") -> int:
    """The ticks of a PI time string; no text means now. A request passes one ``now`` to all its
    parameters, so that ``*-1h`` to ``*`` is one hour. 2 us for ISO with ``Z``, 4 to 10 for others.

    BadRequest, which names the parameter ``name``, for anything that is no time or lies outside
    the years 1 to 9999.
    """
    bare = (text or "").strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
        bare = bare[1:-1].strip()
    if bare in ("", "*"):
        return now
    try:
        if exact := _EXACT.fullmatch(bare):
            return _exact(*exact.groups())
        found = _read(bare.lower(), _Now(now, zone)) if len(bare) <= 100 else None
    except (ValueError, OverflowError, BadRequest):
        found = None
    if found is None or not MIN_TICKS <= found <= MAX_TICKS:
        raise BadRequest(f"The value '{text}' of parameter '{name}' is not a valid time.")
    return found


def _exact(year: str, month: str, day: str, hour: str, minute: str, second: str, rest: str | None) -> int:
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return from_datetime(moment) + (int(rest.ljust(7, "0")) if rest else 0)


def _read(text: str, now: _Now) -> int | None:
    """The first form that explains the whole text, be it that an interval part follows."""
    for form in _FORMS:
        match = form.pattern.match(text)
        terms = _offset(text[match.end() :], form.hours) if match else None
        if match and terms is not None:
            try:
                start = form.read(match, now)
            except ValueError:  # the 13th month: perhaps another form
                continue
            return _shift(start, terms, now)
    terms = parse_terms(text, hours=text[0] in "+-")
    return None if terms is None else _shift(now.ticks, terms, now)


def _offset(text: str, hours: bool) -> tuple[Interval, ...] | None:
    """The interval part behind a date, which a sign or a blank must separate from it. ``-8`` and
    ``-08:00`` are intervals only behind words: behind figures they look like more of the date."""
    bare = text.lstrip()
    if not bare:
        return ()
    signed = bare[0] in "+-"
    return parse_terms(bare, hours=hours and signed) if signed or bare != text else None


def _shift(start: int, terms: tuple[Interval, ...], now: _Now) -> int:
    for term in terms:
        start = term.add(start, now.zone)
    return start


def _word(match: re.Match[str], now: _Now) -> int:
    word = match[0]
    if word == "*":
        return now.ticks
    today = now.today
    if word in _MONTHS:
        return now.midnight(_like_today(today, today.year, _MONTHS[word]))
    back = (today.weekday() - _WEEKDAYS[word]) % 7 if word in _WEEKDAYS else int(word[0] == "y")
    return now.midnight(today - timedelta(days=back))


def _number(match: re.Match[str], now: _Now) -> int:
    number, today = int(match[0]), now.today
    if len(match[0]) <= 2:
        return now.midnight(today.replace(day=number))
    if len(match[0]) != 4 or number < 1970:
        raise ValueError(match[0])
    return now.midnight(_like_today(today, number, today.month))


def _like_today(today: date, year: int, month: int) -> date:
    """Today's day number in another month, or that month's last day."""
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _date(match: re.Match[str], now: _Now) -> int:
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else now.today.year
    if len(parts.get("year") or "") == 2:
        year += 2000 if year < 50 else 1900
    month = _MONTHS[parts["name"]] if parts.get("name") else int(parts["month"])
    day = date(year, month, int(parts.get("day") or 1))
    if parts.get("weekday") and _WEEKDAYS[parts["weekday"]] != day.weekday():
        raise ValueError(match[0])
    wall = wall_of(day) + (_time_of_day(parts) if parts.get("hour") else 0)
    zone = parts.get("zone")
    return wall - _zone_offset(zone) if zone else from_wall(wall, now.zone)


def _time(match: re.Match[str], now: _Now) -> int:
    return from_wall(wall_of(now.today) + _time_of_day(match.groupdict()), now.zone)


def _time_of_day(parts: dict[str, str | None]) -> int:
    hour, half = int(parts["hour"] or 0), parts["half"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif parts["minute"] is None:
        raise ValueError(hour)
    clock = time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))  # refuses 25:61
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    fraction = (parts["fraction"] or parts["millis"] or "")[:7].ljust(7, "0")
    return seconds * TICKS_PER_SECOND + int(fraction)


def _zone_offset(zone: str) -> int:
    """``z``, ``+02:00``, ``+0200``, ``+02``, and Python's ``isoformat() + "Z"`` with both."""
    if zone[0] not in "+-":
        return 0
    figures = zone.rstrip("z").replace(":", "")[1:]
    hours, minutes = (int(figures), 0) if len(figures) == 2 else (int(figures[:-2]), int(figures[-2:]))
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    return (hours * TICKS_PER_HOUR + minutes * TICKS_PER_MINUTE) * (-1 if zone[0] == "-" else 1)


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], _Now], int]
    hours: bool = False  # whether an interval without a unit may follow


def _form(pattern: str, read: Callable[[re.Match[str], _Now], int], hours: bool = False) -> _Form:
    return _Form(re.compile(pattern, re.ASCII), read, hours)


_FORMS = (
    _form(rf"(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}}){_CLOCK_TIME}", _date),
    _form(rf"(?:\*|today|t|yesterday|y|{'|'.join([*_WEEKDAYS, *_MONTHS])})(?![a-z])", _word, hours=True),
    _form(
        rf"(?P<month>\d{{1,2}})(?P<sep>[-/])(?P<day>\d{{1,2}})(?:(?P=sep)(?P<year>\d{{4}}|\d{{2}}))?{_CLOCK_TIME}",
        _date,
    ),
    _form(rf"{_DAY}(?P<day>\d{{1,2}}){_GAP}?{_MONTH}\.?{_YEAR}{_CLOCK_TIME}", _date),
    _form(rf"{_DAY}{_MONTH}\.?{_GAP}?(?P<day>\d{{1,2}}){_YEAR}{_CLOCK_TIME}", _date),
    _form(rf"{_MONTH}(?:\s+|[-/,]\s*)(?P<year>\d{{4}}){_END}", _date),
    _form(rf"(?P<year>\d{{4}})-(?P<month>\d{{2}}){_END}", _date),
    _form(rf"{_TIME}(?![\w:.])", _time),
    _form(rf"\d{{1,4}}{_END}", _number),
)
