"""What an expression sees of the streams that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import parse_time
from streaming.core.kernels import recorded, recorded_at_times
from streaming.core.series import BAD, Series, Times
from streaming.core.states import NO_DATA
from streaming.core.summaries import summarize
from streaming.readers import events_in, refuse

if TYPE_CHECKING:
    from streaming.streams import Stream

#: how many different windows one function may summarise (0.1 ms each, and the reading)
MOST_WINDOWS = 10_000
#: how many events these may hold together, each as often as it lies in one (20 ns each)
MOST_SEEN = 100_000_000


@dataclass(frozen=True)
class StreamEnvironment:
    """`streams`: name, as it stands between the quotes, to stream; names are known whatever their case."""

    times: Times
    zone: tzinfo
    now: int
    streams: Mapping[str, Stream]
    #: how many events were read besides those at the times, by all functions of a request together
    looked: list[int] = field(default_factory=lambda: [0])

    def _stream(self, name: str) -> Stream:
        for known, stream in self.streams.items():
            if known.lower() == name.lower():
                return stream
        raise BadRequest(f"'{name}' is not known here.")

    def knows(self, name: str) -> bool:
        return any(known.lower() == name.lower() for known in self.streams)

    def value(self, name: str, times: Times) -> Series:
        stream = self._stream(name)
        return stream.numbers(stream.at(times, self.now))

    def states(self, name: str) -> Mapping[int, str] | None:
        return self._stream(name).fmt.states

    def stepped(self, name: str) -> bool:
        return self._stream(name).step

    def _look(self, stream: Stream, start: int, end: int) -> None:
        """Before a function reads a range; as `refuse_long`, for all of them together."""
        self.looked[0] += events_in([stream.reader], start, end)
        refuse(self.looked[0])

    def history(self, name: str, start: int, end: int) -> Series:
        stream = self._stream(name)
        self._look(stream, start, end)
        series = stream.numbers(stream.reader.read(start, end, now=self.now, outer=True))
        return recorded(series, start, end, boundary="Interpolated", step=stream.step, now=self.now)

    def neighbours(self, name: str, times: Times, forward: bool) -> Series:
        stream = self._stream(name)
        if not len(times):
            return Series.empty()
        self._look(stream, int(times.min()), int(times.max()))
        series = stream.numbers(stream.reader.read(int(times.min()), int(times.max()), now=self.now, outer=True))
        rows = recorded_at_times(series, times, "After" if forward else "Before")
        missing = rows < 0
        if not len(series):
            return Series(times, np.full(len(times), float(NO_DATA)), np.full(len(times), BAD, np.uint8))
        found = series.take(np.maximum(rows, 0))
        values = found.values.copy()
        values[missing] = NO_DATA
        flags = np.where(missing, np.uint8(BAD), found.flags)
        return Series(np.where(missing, times, found.times), values, flags)

    def aggregate(
        self, name: str, summary: str, basis: str, starts: Times, ends: Times
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        stream = self._stream(name)
        windows, back = _different(starts, ends)
        if windows.shape[1] > MOST_WINDOWS:
            raise BadRequest(f"The expression asks for more than {MOST_WINDOWS} summaries of '{name}'.")
        self._look(stream, *_Windows.span(windows))
        read = _Windows(stream, windows, self.now)
        if read.seen > MOST_SEEN:
            raise BadRequest(f"The summaries of '{name}' in the expression overlap too much; ask for fewer times.")
        values, codes = np.zeros(windows.shape[1]), np.zeros(windows.shape[1], np.int32)
        for row, bounds in enumerate(np.ascontiguousarray(windows.T)):
            found = summarize(
                read.around(bounds),
                bounds,
                [summary],
                basis=basis,  # type: ignore[arg-type]
                step=stream.step,
                now=self.now,
                numeric=stream.numeric,
            )[0][1]
            if found.flags[0] & BAD:
                codes[row] = int(found.values[0])
            else:
                values[row] = float(found.values[0])
        return values[back], codes[back]

    def time(self, text: str, at: int) -> int:
        return parse_time(text, now=at, zone=self.zone)


def _different(starts: Times, ends: Times) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """The windows, each once, and which of them each one is."""
    order = np.lexsort((ends, starts))
    windows = np.stack((starts[order], ends[order]))
    new = np.append(True, (windows[:, 1:] != windows[:, :-1]).any(axis=0))
    back = np.empty(len(order), np.intp)
    back[order] = np.cumsum(new) - 1
    return windows[:, new], back


class _Windows:
    """The events of windows: read in one go where the windows cover most of the time between them."""

    def __init__(self, stream: Stream, windows: NDArray[np.int64], now: int) -> None:
        self.stream, self.now = stream, now
        low, high = int(windows[0].min()), int(windows[1].max())
        self.all = self._read(low, high) if self._dense(windows) else None
        self.seen = 0
        if self.all is not None:
            self.seen = int(np.diff(np.searchsorted(self.all.times, windows), axis=0).sum())

    @staticmethod
    def _dense(windows: NDArray[np.int64]) -> bool:
        length = float((windows[1] - windows[0]).astype(np.float64).sum())
        return bool(windows[1].max() - windows[0].min() <= 4 * length)

    @classmethod
    def span(cls, windows: NDArray[np.int64]) -> tuple[int, int]:
        """A stretch of time as long as what is read."""
        low, high = int(windows[0].min()), int(windows[1].max())
        return (low, high) if cls._dense(windows) else (high - int((windows[1] - windows[0]).sum()), high)

    def _read(self, low: int, high: int) -> Series:
        return self.stream.numbers(self.stream.reader.read(low, high, now=self.now, outer=True))

    def around(self, bounds: NDArray[np.int64]) -> Series:
        low, high = bounds.tolist()
        if self.all is None:
            return self._read(low, high)
        first = int(np.searchsorted(self.all.times, low, side="left"))
        last = int(np.searchsorted(self.all.times, high, side="right"))
        return self.all.take(slice(max(first - 1, 0), last + 1))
