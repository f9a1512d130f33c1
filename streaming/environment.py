"""What an expression sees of the streams that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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

if TYPE_CHECKING:
    from streaming.streams import Stream


@dataclass(frozen=True)
class StreamEnvironment:
    """`streams`: name, as it stands between the quotes, to stream; names are known whatever their case."""

    times: Times
    zone: tzinfo
    now: int
    streams: Mapping[str, Stream]

    def _stream(self, name: str) -> Stream:
        for known, stream in self.streams.items():
            if known.lower() == name.lower():
                return stream
        raise BadRequest(f"'{name}' is not known here.")

    def knows(self, name: str) -> bool:
        return any(known.lower() == name.lower() for known in self.streams)

    def value(self, name: str, times: Times) -> Series:
        return self._stream(name).at(times, self.now)

    def states(self, name: str) -> Mapping[int, str] | None:
        return self._stream(name).fmt.states

    def stepped(self, name: str) -> bool:
        return self._stream(name).step

    def history(self, name: str, start: int, end: int) -> Series:
        stream = self._stream(name)
        series = stream.reader.read(start, end, now=self.now, outer=True)
        return recorded(series, start, end, boundary="Interpolated", step=stream.step, now=self.now)

    def neighbours(self, name: str, times: Times, forward: bool) -> Series:
        stream = self._stream(name)
        if not len(times):
            return Series.empty()
        series = stream.reader.read(int(times.min()), int(times.max()), now=self.now, outer=True)
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
        values, codes = np.empty(len(starts)), np.zeros(len(starts), np.int32)
        for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            series = stream.reader.read(start, end, now=self.now, outer=True)
            bounds = np.array([start, end], np.int64)
            found = summarize(series, bounds, [summary], basis=basis, step=stream.step, now=self.now)[0][1]  # type: ignore[arg-type]
            bad = bool(found.flags[0] & BAD)
            values[row], codes[row] = (0.0, int(found.values[0])) if bad else (float(found.values[0]), 0)
        return values, codes

    def time(self, text: str, at: int) -> int:
        return parse_time(text, now=at, zone=self.zone)
