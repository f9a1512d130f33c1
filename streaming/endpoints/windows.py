"""The events of streams in a window, and conditions on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from piwebapi.api import params
from piwebapi.api.resource import Call
from piwebapi.core.errors import BadRequest
from streaming.binding import bind_each
from streaming.core.expressions import evaluate, parse
from streaming.core.kernels import at_times
from streaming.core.series import Series, Times
from streaming.environment import StreamEnvironment
from streaming.readers import JUDGED, read_all, refuse_long
from streaming.streams import Stream, values_at

#: which of the events hold
Condition = Callable[[Series], Any]
#: streams that have been read: they answer `at` from that
Look = Callable[[Sequence[Stream]], Sequence["_Seen"]]


def refuse_many(count: int) -> None:
    """Of values of all streams together."""
    if count > params.max_items():
        raise BadRequest(f"The number of values is greater than the maximum allowed ({params.max_items()}).")


def windowed(streams: Sequence[Stream], call: Call, start: int, end: int, **more: Any) -> list[Series]:
    """The events of all streams in a window, and those beside it."""
    low, high = min(start, end), max(start, end)
    readers = [stream.reader for stream in streams]
    if more.get("limit") is None:
        refuse_long(readers, low, high, JUDGED if call.params.get("filterExpression") else 1)
    return read_all(readers, low, high, now=call.now, outer=True, reverse=end < start, **more)


def conditions(call: Call, streams: Sequence[Stream], look: Look) -> Sequence[Condition | None]:
    """`filterExpression` for each stream as a condition on its events. Names other than '.' are relative to the
    stream's point or attribute; `look` reads those streams, all in one go."""
    text = call.params.get("filterExpression")
    if not text:
        return [None] * len(streams)
    expression = parse(text)
    bound = bind_each(expression, [stream.obj for stream in streams], call.caller)
    others = {id(stream): stream for names in bound for stream in names.values()}
    looked = [0]
    seen = dict(zip(others, look(list(others.values())), strict=True)) if others else {}

    def condition(stream: Stream, names: dict[str, Stream]) -> Condition:
        known = {name: seen[id(other)] for name, other in names.items()}

        def holds(series: Series) -> Any:
            mine = {**known, ".": _Given(stream, series)}
            environment = StreamEnvironment(series.times, call["zone"], call.now, mine, looked)  # type: ignore[arg-type]
            return evaluate(expression, environment).holds

        return holds

    return [condition(stream, names) for stream, names in zip(streams, bound, strict=True)]


def in_window(call: Call, start: int, end: int) -> Look:
    """Reads the events of a window."""
    low, high = min(start, end), max(start, end)

    def look(streams: Sequence[Stream]) -> Sequence[_Seen]:
        found = windowed(streams, call, low, high)
        return [_Read(stream, series, low, high) for stream, series in zip(streams, found, strict=True)]

    return look


def at_the(times: Times, call: Call) -> Look:
    """Reads the values at some times."""

    def look(streams: Sequence[Stream]) -> Sequence[_Seen]:
        found = values_at(streams, times, call.now)
        return [_Given(stream, series) for stream, series in zip(streams, found, strict=True)]

    return look


@dataclass(frozen=True)
class _Seen:
    stream: Stream
    series: Series

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@dataclass(frozen=True)
class _Given(_Seen):
    """A stream whose values at the asked times are known already."""

    def at(self, times: Times, now: int) -> Series:
        return self.series if np.array_equal(times, self.series.times) else self.stream.at(times, now)


@dataclass(frozen=True)
class _Read(_Seen):
    """A stream whose events in a window, and those beside it, are known already."""

    low: int
    high: int

    def at(self, times: Times, now: int) -> Series:
        if not len(times) or times.min() < self.low or times.max() > self.high:
            return self.stream.at(times, now)
        ordered, back = np.unique(times, return_inverse=True)
        until = self.stream.until(now)
        return at_times(self.series, ordered, step=self.stream.step, now=until).take(back.ravel())
