"""The events of streams in a window, and conditions on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from piwebapi.api.resource import Call
from streaming.core.expressions import evaluate, parse
from streaming.core.series import Series, Times
from streaming.environment import StreamEnvironment
from streaming.readers import read_all, refuse_long
from streaming.streams import Stream


def windowed(streams: Sequence[Stream], call: Call, start: int, end: int, **more: Any) -> list[Series]:
    """The events of all streams in a window, and those beside it."""
    low, high = min(start, end), max(start, end)
    readers = [stream.reader for stream in streams]
    if more.get("limit") is None:
        refuse_long(readers, low, high)
    return read_all(readers, low, high, now=call.now, outer=True, reverse=end < start, **more)


def conditioned(call: Call, stream: Stream) -> Any:
    """`filterExpression` as a condition on events of the stream, or None."""
    text = call.params.get("filterExpression")
    if not text:
        return None
    expression = parse(text)

    def condition(series: Series) -> Any:
        environment = StreamEnvironment(series.times, call["zone"], call.now, {".": _Given(stream, series)})  # type: ignore[dict-item]
        return evaluate(expression, environment).holds

    return condition


@dataclass(frozen=True)
class _Given:
    """A stream whose values at the asked times are known already."""

    stream: Stream
    series: Series

    def at(self, times: Times, now: int) -> Series:
        return self.series if np.array_equal(times, self.series.times) else self.stream.at(times, now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
