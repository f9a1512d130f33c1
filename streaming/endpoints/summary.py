"""The verb `summary`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from piwebapi.api import params
from piwebapi.api.resource import Call
from piwebapi.core.times import Interval, grid, parse_interval
from streaming.core.kernels import at_times
from streaming.core.rates import PER_DAY, amount_of
from streaming.core.series import Mask, Series, Times
from streaming.core.summaries import OF_SUMS, lines_between, summarize, summary_types, tell
from streaming.readers import Simulated, refuse_long
from streaming.rollups import fits, rolled
from streaming.streams import Stream

from .windows import Condition, conditions, in_window, refuse_many, windowed


def summary(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Any]:
    bounds = summary_bounds(call, start, end)
    refuse_many(len(streams) * len(summary_types(call["summaryType"])) * (len(bounds) - 1))
    edges = bounds[::-1] if end < start else bounds
    rolls = [_rolls(stream, edges, call) for stream in streams]
    read = [stream for stream, roll in zip(streams, rolls, strict=True) if not roll]
    refuse_long([stream.reader for stream in streams], int(edges[0]), int(edges[-1]))
    found = iter(windowed(read, call, start, end))
    kept = iter(conditions(call, read, in_window(call, start, end)))
    return [
        _rolled(stream, edges, bounds, call) if roll else _summary(stream, next(found), next(kept), bounds, call)
        for stream, roll in zip(streams, rolls, strict=True)
    ]


def _rolls(stream: Stream, edges: Times, call: Call) -> bool:
    """Whether the summary is put together from hours; a filter judges single events."""
    plain = stream.numeric and not call.params.get("filterExpression")
    return plain and call["calculationBasis"].startswith("Time") and fits(stream.reader, edges)


def _rolled(stream: Stream, edges: Times, bounds: Times, call: Call) -> Any:
    assert isinstance(stream.reader, Simulated)
    lines = lines_between(call["calculationBasis"], stream.step)
    kinds = summary_types(call["summaryType"])
    weighting = rolled(stream.reader, edges, lines=lines, now=call.now, sums_only=set(kinds) <= OF_SUMS)
    per = PER_DAY, amount_of(stream.fmt.units)[1]
    return tell(weighting, bounds, kinds, time_type=call["timeType"], per=per)


def summary_bounds(call: Call, start: int, end: int, duration: Interval | None = None) -> Times:
    """The edges of the intervals, by default of `summaryDuration`; the last one is cut at the end."""
    duration = duration or call["summaryDuration"]
    if duration is None or start == end:
        return np.array([start, end], np.int64)
    edges = grid(start, end, duration, call["zone"], limit=params.max_items())
    return edges if edges[-1] == end else np.append(edges, end)


def _summary(stream: Stream, series: Series, condition: Condition | None, bounds: Times, call: Call) -> Any:
    good, exact = None, series
    series = stream.numbers(series)
    if condition is not None and call["sampleType"] == "Interval":
        series, good = _by_samples(stream, series, condition, bounds, call)
    elif condition is not None:
        good = condition(series)
    found = summarize(
        series,
        bounds,
        call["summaryType"],
        basis=call["calculationBasis"],
        step=stream.step,
        now=call.now,
        time_type=call["timeType"],
        good=good,
        numeric=stream.numeric,
        rate_seconds=amount_of(stream.fmt.units)[1],
    )
    return found if exact is series else [(kind, _exactly(rows, exact, kind)) for kind, rows in found]


def _exactly(rows: Series, series: Series, kind: str) -> Series:
    """Extremes are values of the stream to the last digit, also where they were compared as doubles."""
    if kind not in ("Minimum", "Maximum"):
        return rows
    values = {float(value): value for value in series.values[series.good]}
    return Series.of(rows.times.tolist(), [values.get(value, value) for value in rows.values], rows.flags.tolist())


def _by_samples(stream: Stream, series: Series, condition: Condition, bounds: Times, call: Call) -> tuple[Series, Mask]:
    """The condition is asked every `sampleInterval`, and what it says holds until the next time; the values stay
    those of the stream. Weighted by time, a sample cuts the line or stair on which it lies into two."""
    low, high = int(min(bounds[0], bounds[-1])), int(max(bounds[0], bounds[-1]))
    known = max(call.now, int(series.times[-1])) if len(series) else call.now
    step = call["sampleInterval"] or parse_interval("1h")
    times = grid(low, max(low, min(high, known)), step, call["zone"], limit=params.max_items())
    holds = condition(stream.at(times, call.now))
    if call["calculationBasis"].startswith("Time"):
        stairs = not lines_between(call["calculationBasis"], stream.step)
        new = np.searchsorted(series.times, times, side="left") == np.searchsorted(series.times, times, side="right")
        cuts = at_times(series, times[new], step=stairs, now=call.now)
        both = Series.concat(series, cuts)
        series = both.take(np.argsort(both.times, kind="stable"))
    place = np.searchsorted(times, series.times, side="right") - 1
    return series, (place >= 0) & holds[place]
