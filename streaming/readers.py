"""Where the values of a stream come from: one class per kind of source, one way to read them all.

A reader gives ascending events. `read` with `outer` adds the nearest event on each side of the window,
which is what the kernels need to interpolate at its limits; `around` gives just enough to tell the value
at some times, however far apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from piwebapi.api.params import max_items
from piwebapi.core.errors import BadRequest
from streaming.archive import archive
from streaming.core import simulator
from streaming.core.series import BAD, SECOND, Series, Times
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

    def around(self, times: Times, *, now: int) -> Series:
        """Enough events to tell the value at each of the (sorted) times."""

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

    def around(self, times: Times, *, now: int) -> Series:
        return simulator.read_around(self.signal, times, begin=self.begin, now=now)

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

    def around(self, times: Times, *, now: int) -> Series:
        return self.read(int(times[0]), int(times[-1]), now=now, outer=True)

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

    def around(self, times: Times, *, now: int) -> Series:
        return self._at(int(times[0]))

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
        times = np.unique(np.concatenate(parts)) if parts else np.array([start], np.int64)
        return self.at(times, now)

    def around(self, times: Times, *, now: int) -> Series:
        return self.at(times, now)

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

    def around(self, times: Times, *, now: int) -> Series:
        return self._at(int(times[0]))

    def newest(self, now: int) -> Series:
        return self._at(0)


def refuse_long(readers: Sequence[Reader], low: int, high: int) -> None:
    """More events than a request may look through would hold too much memory. Simulated points have them
    regularly, so what a range would bring is known beforehand."""
    most = 200 * max_items()
    count = sum(
        max(high - max(low, reader.begin), 0) // (reader.every * SECOND)
        for reader in readers
        if isinstance(reader, Simulated)
    )
    if count > most:
        raise BadRequest(f"The number of events in the time range is greater than the maximum allowed ({most}).")


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
    found: list[Series | None] = [None] * len(readers)
    alike: dict[int, list[int]] = {}
    stored: dict[int, list[int]] = {}
    for place, reader in enumerate(readers):
        if isinstance(reader, Simulated):
            alike.setdefault(reader.begin, []).append(place)
        elif isinstance(reader, Stored):
            stored.setdefault(reader.point, []).append(place)
        else:
            found[place] = reader.read(start, end, now=now, outer=outer, limit=limit, reverse=reverse)
    for begin, places in alike.items():
        table = simulator.SignalTable([readers[place].signal for place in places])  # type: ignore[attr-defined]
        rows = simulator.read_many(table, start, end, begin=begin, now=now, outer=outer, limit=limit, reverse=reverse)
        for place, row in zip(places, rows, strict=True):
            found[place] = row
    if stored:
        values = archive.read(list(stored), start, end, outer=outer, limit=limit, reverse=reverse)
        for point, places in stored.items():
            for place in places:
                found[place] = values[point]
    return [row if row is not None else Series.empty() for row in found]


def newest_all(readers: Sequence[Reader], now: int) -> list[Series]:
    """The current event of each reader."""
    found: list[Series | None] = [None] * len(readers)
    simulated = [place for place, reader in enumerate(readers) if isinstance(reader, Simulated)]
    if simulated:
        table = simulator.SignalTable([readers[place].signal for place in simulated])  # type: ignore[attr-defined]
        times, values, flags = simulator.snapshot(table, now)
        for row, place in enumerate(simulated):
            found[place] = Series(times[row : row + 1], values[row : row + 1], flags[row : row + 1])
    points = {reader.point for reader in readers if isinstance(reader, Stored)}
    written = archive.newest(sorted(points)) if points else {}
    for place, reader in enumerate(readers):
        if isinstance(reader, Stored):
            found[place] = written.get(reader.point) or reader.birth()
        elif found[place] is None:
            found[place] = reader.newest(now)
    return [row if row is not None else Series.empty() for row in found]
