"""Where the values of a stream come from: one class per kind of source, one way to read them all.

A reader gives ascending events. `read` with `outer` adds the nearest event on each side of the window,
which is what the kernels need to interpolate at its limits; `around` gives just enough to tell the value
at some times, however far apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from piwebapi.api.params import max_items
from piwebapi.core.errors import BadRequest
from streaming.archive import archive
from streaming.archive.reading import count_about
from streaming.core import simulator
from streaming.core.series import BAD, DAY, SECOND, Series, Times, distinct
from streaming.core.signals import Signal
from streaming.core.states import PT_CREATED


class Reader(Protocol):
    def read(
        self,
        start: int,
        end: int,
        *,
        now: int,
        outer: bool = False,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Series:
        """The events with start <= time <= end."""

    def around(self, times: Times, *, now: int, wide: bool = False) -> Series:
        """Enough events to tell the value at each of the (ascending) times; `wide`: also those before and after
        events at these times, which retrieval modes pick."""

    def newest(self, now: int) -> Series:
        """The current event, as a series of one; empty when there is none."""


@dataclass(frozen=True)
class Simulated:
    """A computed point; its history begins at `begin`."""

    signal: Signal
    begin: int

    @property
    def every(self) -> int:
        """Seconds between two events."""
        return self.signal.period if self.signal.kind == "states" else self.signal.interval

    def read(
        self, start: int, end: int, *, now: int, outer: bool = False, limit: int | None = None, reverse: bool = False
    ) -> Series:
        return simulator.read(
            self.signal, start, end, begin=self.begin, now=now, outer=outer, limit=limit, reverse=reverse
        )

    def around(self, times: Times, *, now: int, wide: bool = False) -> Series:
        return simulator.read_around(self.signal, times, begin=self.begin, now=now, wide=wide)

    def newest(self, now: int) -> Series:
        return simulator.read_around(self.signal, np.array([now], np.int64), begin=self.begin, now=now).take(-1)


@dataclass(frozen=True)
class Stored:
    """A point with written values. A new one holds `Pt Created` until the first value comes."""

    point: int
    created: int

    def read(
        self, start: int, end: int, *, now: int, outer: bool = False, limit: int | None = None, reverse: bool = False
    ) -> Series:
        found = archive.read([self.point], start, end, outer=outer, limit=limit, reverse=reverse)
        return found[self.point]

    def around(self, times: Times, *, now: int, wide: bool = False) -> Series:
        return written_around([self.point], times, wide)[self.point]

    def newest(self, now: int) -> Series:
        return archive.newest([self.point]).get(self.point) or self.birth()

    def birth(self) -> Series:
        return Series.of([self.created], [float(PT_CREATED)], BAD)


@dataclass(frozen=True)
class Constant:
    """A static value: it is there at any time, and set at `ticks`."""

    value: Any
    ticks: int
    flags: int = 0

    def _at(self, ticks: int) -> Series:
        return Series.of([ticks], [self.value], self.flags)

    def read(
        self, start: int, end: int, *, now: int, outer: bool = False, limit: int | None = None, reverse: bool = False
    ) -> Series:
        inside = start <= self.ticks <= end
        return self._at(min(start, self.ticks)) if outer or inside else self._at(0).take(slice(0, 0))

    def around(self, times: Times, *, now: int, wide: bool = False) -> Series:
        return self._at(self.ticks if wide else int(times[0]))

    def newest(self, now: int) -> Series:
        return self._at(self.ticks)


@dataclass(frozen=True)
class Computed:
    """An expression over other streams; it has an event wherever one of its inputs has one."""

    inputs: tuple[Reader, ...]
    #: values at times, as a series of the same length
    at: Any = field(compare=False)

    def read(
        self, start: int, end: int, *, now: int, outer: bool = False, limit: int | None = None, reverse: bool = False
    ) -> Series:
        parts = [
            reader.read(start, end, now=now, outer=outer, limit=limit, reverse=reverse).times
            for reader in self.inputs
            if not isinstance(reader, Constant)
        ]
        times = distinct(np.concatenate(parts)) if parts else np.array([start], np.int64)
        return self.at(times, now)

    def around(self, times: Times, *, now: int, wide: bool = False) -> Series:
        if not wide:
            return self.at(times, now)
        moving = [reader for reader in self.inputs if not isinstance(reader, Constant)]
        events = [reader.around(times, now=now, wide=True).times for reader in moving]
        return self.at(distinct(np.concatenate(events)) if events else times, now)

    def newest(self, now: int) -> Series:
        moments = [reader.newest(now) for reader in self.inputs if not isinstance(reader, Constant)]
        latest = max((int(moment.times[0]) for moment in moments if len(moment)), default=now)
        return self.at(np.array([latest], np.int64), now)


@dataclass(frozen=True)
class Failed:
    """A source that cannot be read: every value tells why."""

    message: str

    def _at(self, ticks: int) -> Series:
        return Series.of([ticks], [{"Errors": [self.message]}], BAD)

    def read(
        self, start: int, end: int, *, now: int, outer: bool = False, limit: int | None = None, reverse: bool = False
    ) -> Series:
        return self._at(start)

    def around(self, times: Times, *, now: int, wide: bool = False) -> Series:
        return self._at(int(times[0]))

    def newest(self, now: int) -> Series:
        return self._at(0)


#: what it costs to evaluate an expression at an event, in events that are only read
JUDGED = 6
#: in less time an archive is not asked beforehand how many events it has
SHORT = 7 * DAY


def refuse_long(readers: Sequence[Reader], low: int, high: int, cost: int = 1) -> None:
    """More events than a request may look through, each at a ``cost``, would take too much time and memory: two
    seconds, as many as a point with one a second has in a year, and 58 days of them with an expression."""
    refuse(events_in(readers, low, high, cost), cost)


def refuse(events: int, cost: int = 1) -> None:
    most = 200 * max_items()
    if events > most:
        raise BadRequest(
            f"The number of events in the time range is greater than the maximum allowed ({most // cost})."
        )


def events_in(readers: Sequence[Reader], low: int, high: int, cost: int = 1) -> int:
    """About how many events a range would bring, times what each costs; those of formulas cost more."""
    count, points = 0, []
    for reader in readers:
        if isinstance(reader, Simulated):
            count += cost * (max(high - max(low, reader.begin), 0) // (reader.every * SECOND))
        elif isinstance(reader, Computed):
            count += events_in(reader.inputs, low, high, cost + JUDGED)
        elif isinstance(reader, Stored):
            points.append(reader.point)
    return count + cost * _written_in(points, low, high)


def _written_in(points: Sequence[int], low: int, high: int) -> int:
    return count_about(points, low, high) if points and high - low > SHORT else 0


def written_around(points: Sequence[int], times: Times, wide: bool) -> Mapping[int, Series]:
    """The events of written points from before the first time to behind the last: all between are read."""
    low, high = stretch(times, wide)
    refuse(_written_in(points, low, high))
    return archive.read(points, low, high, outer=True)


def stretch(times: Times, wide: bool) -> tuple[int, int]:
    """First and last time; `wide`: a little more, so that events at these times have their neighbours."""
    return int(times[0]) - wide, int(times[-1]) + wide


def read_all(
    readers: Sequence[Reader],
    start: int,
    end: int,
    *,
    now: int,
    outer: bool = False,
    limit: int | None = None,
    reverse: bool = False,
) -> list[Series]:
    """One series per reader: simulated points in one vectorised step, stored ones in one query."""
    how = {"outer": outer, "limit": limit, "reverse": reverse}
    return _together(
        readers,
        lambda reader: reader.read(start, end, now=now, **how),
        lambda table, begin: simulator.read_many(table, start, end, begin=begin, now=now, **how),
        lambda points: archive.read(points, start, end, **how),
    )


def around_all(readers: Sequence[Reader], times: Times, *, now: int, wide: bool = False) -> list[Series]:
    """`Reader.around` for all of them, with as few steps as `read_all`."""
    return _together(
        readers,
        lambda reader: reader.around(times, now=now, wide=wide),
        lambda table, begin: simulator.around_many(table, times, begin=begin, now=now, wide=wide),
        lambda points: written_around(points, times, wide),
    )


def _together(
    readers: Sequence[Reader],
    one: Callable[[Reader], Series],
    simulated: Callable[[simulator.SignalTable, int], list[Series]],
    stored: Callable[[list[int]], Mapping[int, Series]],
) -> list[Series]:
    """Each kind of reader in its own way, the answers in the order of the readers."""
    if len(readers) == 1:
        return [one(readers[0])]
    found: dict[int, Series] = {}
    alike: dict[int, list[int]] = {}
    points: dict[int, int] = {}
    for place, reader in enumerate(readers):
        if isinstance(reader, Simulated):
            alike.setdefault(reader.begin, []).append(place)
        elif isinstance(reader, Stored):
            points[place] = reader.point
        else:
            found[place] = one(reader)
    for begin, places in alike.items():
        table = table_of(tuple(readers[place].signal for place in places))  # type: ignore[attr-defined]
        found.update(zip(places, simulated(table, begin), strict=True))
    if points:
        written = stored(list(dict.fromkeys(points.values())))
        found.update({place: written[point] for place, point in points.items()})
    return [found[place] for place in range(len(readers))]


@lru_cache(maxsize=64)
def table_of(signals: tuple[Signal, ...]) -> simulator.SignalTable:
    """Clients ask for the same sets again and again; building a table costs 3 us a signal."""
    return simulator.SignalTable(signals)
