"""A small plant for the tests: four streams with literal events, read by plain Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from piwebapi.core.errors import BadRequest
from streaming.core.expressions import Evaluation, evaluate, parse
from streaming.core.series import BAD, Series, Times

SECOND = 10_000_000
HOUR = 3600 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIDNIGHT = 19_793 * 24 * HOUR
"""2024-03-11T00:00:00Z, a Monday."""
NOW = MIDNIGHT + 33 * HOUR + HOUR // 2
"""2024-03-12T09:30:00Z, a Tuesday; 10:30 in Berlin."""
NO_DATA = 248

PHASES = {0: "Stopped", 1: "Running", 2: "Cleaning"}
UNITS = {"h": HOUR, "m": 60 * SECOND, "s": SECOND}

# (hours after MIDNIGHT, value); a state code of the SYSTEM set in a tuple stands for a bad event
EVENTS: dict[str, list[tuple[float, object]]] = {
    "temp": [(0, 10.0), (6, 20.0), (12, (246,)), (18, 30.0), (24, 30.0), (48, 30.0)],
    "pump": [(0, 0.0), (6, 1.0), (12, 2.0), (18, (254,)), (24, 1.0), (48, 1.0)],
    "name": [(0, "ACME"), (24, "Bolt"), (48, "Bolt")],
    "when": [(0, MIDNIGHT - HOUR), (48, MIDNIGHT - HOUR)],
    "open": [(0, True), (12, False), (48, False)],
}


class World:
    """An `Environment`. ``asked`` keeps what `aggregate` was asked for; its answer is the hours asked for."""

    zone: tzinfo = ZoneInfo("Europe/Berlin")

    def __init__(self, *hours: float) -> None:
        self.times: Times = np.array([MIDNIGHT + int(hour * HOUR) for hour in hours], dtype=np.int64)
        self.asked: list[tuple[str, str, str]] = []
        self.reads = 0

    def knows(self, name: str) -> bool:
        return name in EVENTS

    def states(self, name: str) -> Mapping[int, str] | None:
        return PHASES if name == "pump" else None

    def stepped(self, name: str) -> bool:
        return name != "temp"

    def value(self, name: str, times: Times) -> Series:
        self.reads += 1
        rows = [self._at(name, ticks) for ticks in times.tolist()]
        return _series(times.tolist(), rows)

    def history(self, name: str, start: int, end: int) -> Series:
        inside = [MIDNIGHT + int(hour * HOUR) for hour, _ in EVENTS[name]]
        ticks = sorted({start, end, *(t for t in inside if start <= t <= end)})
        return _series(ticks, [self._at(name, t) for t in ticks])

    def neighbours(self, name: str, times: Times, forward: bool) -> Series:
        events = [(MIDNIGHT + int(hour * HOUR), value) for hour, value in EVENTS[name]]
        found = []
        for asked in times.tolist():
            beside = [e for e in events if (e[0] > asked if forward else e[0] < asked)]
            found.append((min if forward else max)(beside, key=lambda e: e[0]) if beside else (asked, (248,)))
        return _series([t for t, _ in found], [value for _, value in found])

    def aggregate(self, name: str, summary: str, basis: str, starts: Times, ends: Times):  # noqa: ANN201
        self.asked.append((name, summary, basis))
        hours = (ends - starts) / HOUR
        return hours, np.where(hours > 100, NO_DATA, 0).astype(np.int32)

    def time(self, text: str, at: int) -> int:
        match = re.fullmatch(r"(\*|t|y|\d{4}-\d\d-\d\d)?((?:[+-]\d+[dhms])*)", text.strip())
        if match is None or not match[0]:
            raise BadRequest(f"'{text}' is not a time")
        local = (EPOCH + timedelta(microseconds=at // 10)).astimezone(self.zone)
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if match[1] == "y":
            start -= timedelta(days=1)
        elif match[1] not in (None, "*", "t"):
            start = datetime.fromisoformat(match[1]).replace(tzinfo=self.zone)
        ticks = at if match[1] in (None, "*") else int((start - EPOCH).total_seconds()) * SECOND
        for count, unit in re.findall(r"([+-]\d+)([dhms])", match[2]):
            ticks = self._days_on(ticks, int(count)) if unit == "d" else ticks + int(count) * UNITS[unit]
        return ticks

    def _days_on(self, ticks: int, days: int) -> int:
        """By the wall clock."""
        local = (EPOCH + timedelta(microseconds=ticks // 10)).astimezone(self.zone) + timedelta(days=days)
        return int((local - EPOCH).total_seconds()) * SECOND

    def _at(self, name: str, ticks: int) -> object:
        events = [(MIDNIGHT + int(hour * HOUR), value) for hour, value in EVENTS[name]]
        before = [e for e in events if e[0] <= ticks]
        if not before:
            return (NO_DATA,)
        (since, here), after = before[-1], events[len(before) :]
        if self.stepped(name) or not after or isinstance(here, tuple) or isinstance(after[0][1], tuple):
            return here
        until, there = after[0]
        return here + (there - here) * (ticks - since) / (until - since)


def _series(times: list[int], rows: list[object]) -> Series:
    """Floats (and codes) in a float64 column; anything else, ticks too, in an object column."""
    floats = all(isinstance(row, float | tuple) for row in rows)
    values: np.ndarray = np.empty(len(rows), dtype=np.float64 if floats else np.object_)
    values[:] = [row[0] if isinstance(row, tuple) else row for row in rows]
    flags = [BAD if isinstance(row, tuple) else 0 for row in rows]
    return Series(np.array(times, dtype=np.int64), values, np.array(flags, dtype=np.uint8))


def ask(text: str, *hours: float) -> Evaluation:
    """The expression at hours after MIDNIGHT; without hours at NOW."""
    return evaluate(parse(text), World(*(hours or (33.5,))))


def answer(text: str, *hours: float) -> list[object]:
    """The values; a bad one as a tuple of its code."""
    series = ask(text, *hours).series
    return [
        (int(value),) if flags & BAD else value
        for value, flags in zip(series.values.tolist(), series.flags.tolist(), strict=True)
    ]
