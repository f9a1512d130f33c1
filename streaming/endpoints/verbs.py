"""What can be read from streams: per verb its parameters and the function that computes it.

A verb gets all streams of the request at once and gives one result per stream: columns in, columns out.
Source: PI Web API reference, controllers Stream and StreamSet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from piwebapi.api import params
from piwebapi.api.resource import Call
from piwebapi.core.errors import BadRequest, NotFound
from piwebapi.core.times import Interval, grid, parse_interval
from streaming.core import kernels
from streaming.core.expressions import evaluate, parse
from streaming.core.plot import plot as plotted
from streaming.core.series import BAD, Series, Times
from streaming.core.states import NO_DATA
from streaming.core.summaries import TYPES, summarize
from streaming.environment import StreamEnvironment
from streaming.readers import read_all
from streaming.streams import Stream, converted, newest

from .shapes import Rows

DESIRED_UNITS = params.text("desiredUnits", about="The name or abbreviation of a unit to convert values to.")
FILTER = params.text("filterExpression", about="A condition in which '.' is the stream: '.' > 30.")
INCLUDE_FILTERED = params.flag("includeFilteredValues", about="Tell where values were left out.")
TIMES = params.time("time", many=True, required=True, about="A PI time; repeat the parameter.")
ONE_TIME = params.time("time", required=True, about="A PI time.")
SORT_ORDER = params.SORT_ORDER
START, END = params.START_TIME.but(default=None), params.END_TIME.but(default=None)
BOUNDARY = params.choice(
    "boundaryType", ("Inside", "Outside", "Interpolated"), "Inside", about="What to do at the ends."
)
RETRIEVAL = params.choice(
    "retrievalMode",
    ("Auto", "AtOrBefore", "Before", "AtOrAfter", "After", "Exact"),
    "Auto",
    about="Which event a time picks.",
)
INTERVALS = params.number("intervals", "24", about="Into how many intervals the range is cut.")
INTERVAL = params.interval("interval", "1h", about="The time between two values.")
SYNC_TIME = params.time("syncTime", about="The values lie on the grid through this time.")
SYNC_BOUNDARY = params.choice("syncTimeBoundaryType", ("Inside", "Outside"), "Inside", about="Grid times at the ends.")
SUMMARY_TYPE = params.choice(
    "summaryType", (*TYPES, "All", "AllForNonNumeric", "None"), "Total", many=True, about="Repeat the parameter."
)
BASES = (
    "TimeWeighted EventWeighted TimeWeightedContinuous TimeWeightedDiscrete EventWeightedExcludeMostRecentEvent "
    "EventWeightedExcludeEarliestEvent EventWeightedIncludeBothEnds"
).split()
BASIS = params.choice("calculationBasis", BASES, "TimeWeighted", about="How values are weighted.")
TIME_TYPE = params.choice("timeType", ("Auto", "EarliestTime", "MostRecentTime"), "Auto", about="The time of a result.")
DURATION = params.interval("summaryDuration", about="The length of each interval; absent: one interval.")
SAMPLE_TYPE = params.choice(
    "sampleType", ("ExpressionRecordedValues", "Interval"), "ExpressionRecordedValues", about="When a filter is asked."
)
SAMPLE_INTERVAL = params.interval("sampleInterval", about="The time between two samples.")

Compute = Callable[[Sequence[Stream], Call, int, int], list[Any]]


@dataclass(frozen=True)
class Verb:
    """`kind`: "value" (one timed value), "list" or "summary"."""

    name: str
    kind: str
    compute: Compute
    params: tuple[params.Param, ...]
    units: bool = True


def _max_scan() -> int:
    """How many events one request may look through; more would hold too much memory."""
    return 200 * params.max_items()


def windowed(streams: Sequence[Stream], call: Call, start: int, end: int, **more: Any) -> list[Series]:
    """The events of all streams in a window, and those beside it."""
    _refuse_long(streams, start, end, more)
    low, high = min(start, end), max(start, end)
    readers = [stream.reader for stream in streams]
    return read_all(readers, low, high, now=call.now, outer=True, reverse=end < start, **more)


def _refuse_long(streams: Sequence[Stream], start: int, end: int, more: dict[str, Any]) -> None:
    """Simulated points have an event a second: what a range would bring is known beforehand."""
    if more.get("limit") is not None:
        return
    seconds = abs(end - start) // 10_000_000
    rate = sum(1 / stream.reader.signal.interval for stream in streams if hasattr(stream.reader, "signal"))
    if seconds * rate > _max_scan():
        raise BadRequest(f"The number of events in the time range is greater than the maximum allowed ({_max_scan()}).")


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


def value(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    """The current value; at a time the interpolated (stepped: carried) one."""
    if call["time"] is None:
        return newest(streams, call.now)
    times = np.array([call["time"]], np.int64)
    return [stream.at(times, call.now) for stream in streams]


def end_value(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    return newest(streams, call.now)


def recorded(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    filtered = call.params.get("filterExpression")
    limit = None if filtered else call["maxCount"]
    found = windowed(streams, call, start, end, limit=limit)
    rows = [
        kernels.recorded(
            series,
            start,
            end,
            boundary=call["boundaryType"],
            step=stream.step,
            now=call.now,
            max_count=call["maxCount"],
            keep=conditioned(call, stream),
            include_filtered=call["includeFilteredValues"],
            future=stream.future,
        )
        for stream, series in zip(streams, found, strict=True)
    ]
    _refuse_many(sum(len(row) for row in rows))
    return rows


def _refuse_many(count: int) -> None:
    if count > params.max_items():
        raise BadRequest(f"The number of values is greater than the maximum allowed ({params.max_items()}).")


def sample_times(call: Call, start: int, end: int) -> Times:
    """Every `interval` from start on, or on the grid through `syncTime`."""
    step: Interval = call["interval"]
    zone, sync = call["zone"], call.params.get("syncTime")
    if sync is None:
        return grid(start, end, step, zone, limit=params.max_items())
    low, high = min(start, end), max(start, end)
    first = step.add(sync, zone, -((sync - low) // _length(step, sync, zone)) - 2)
    while first < low:
        first = step.add(first, zone)
    times = grid(first, high, step, zone, limit=params.max_items())
    if call["syncTimeBoundaryType"] == "Outside":
        before = [step.add(first, zone, -1)] if first > low else []
        last = int(times[-1]) if len(times) else first
        after = [step.add(last, zone)] if last < high else []
        times = np.concatenate([np.array(before, np.int64), times, np.array(after, np.int64)])
    return times[::-1] if end < start else times


def _length(step: Interval, start: int, zone: Any) -> int:
    return max(1, step.add(start, zone) - start)


def interpolated(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    times = sample_times(call, start, end)
    _refuse_many(len(times) * len(streams))
    return [_sampled(stream, call, times) for stream in streams]


def interpolated_at_times(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    return [_sampled(stream, call, _sorted_times(call)) for stream in streams]


def _sorted_times(call: Call) -> Times:
    times = np.sort(np.array(call["time"], np.int64))
    return times[::-1] if call["sortOrder"] == "Descending" else times


def _sampled(stream: Stream, call: Call, times: Times) -> Series:
    series = stream.at(times, call.now)
    condition = conditioned(call, stream)
    if condition is None:
        return series
    return kernels.filtered(series, condition(series), call["includeFilteredValues"])


def recorded_at_time(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    times = np.array([call["time"]], np.int64)
    return [_picked(stream, call, times) for stream in streams]


def recorded_at_times(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    times = _sorted_times(call)
    return [_picked(stream, call, times) for stream in streams]


def _picked(stream: Stream, call: Call, times: Times) -> Series:
    """For each time the event that the mode picks; No Data at the time itself where there is none."""
    mode = call["retrievalMode"]
    ordered = np.sort(times)
    series = (
        stream.reader.around(ordered, now=call.now) if mode in ("Auto", "AtOrBefore") else _wider(stream, call, ordered)
    )
    rows = kernels.recorded_at_times(series, times, mode)
    missing = rows < 0
    if mode == "Exact" and missing.all() and len(times) == 1 and call.endpoint.operation == "Stream_GetRecordedAtTime":
        raise NotFound(f"There is no event of '{stream.name}' at exactly this time.")
    if not len(series):
        return Series(times, np.full(len(times), float(NO_DATA)), np.full(len(times), BAD, np.uint8))
    found = series.take(np.maximum(rows, 0))
    values = found.values.copy()
    values[missing] = NO_DATA
    return Series(
        np.where(missing, times, found.times), values, np.where(missing, np.uint8(BAD), found.flags).astype(np.uint8)
    )


def _wider(stream: Stream, call: Call, times: Times) -> Series:
    """With the events before and after each time, also when an event is at the time itself."""
    parts = [stream.reader.read(time - 1, time + 1, now=call.now, outer=True) for time in np.unique(times).tolist()]
    joined = Series.concat(*parts)
    order = np.argsort(joined.times, kind="stable")
    joined = joined.take(order)
    if len(joined) < 2:
        return joined
    fresh = np.ones(len(joined), dtype=bool)
    fresh[1:] = joined.times[1:] != joined.times[:-1]
    return joined.take(fresh) if len(parts) > 1 else joined


def plot(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    intervals = call["intervals"]
    if intervals <= 0:
        raise BadRequest("The parameter 'intervals' must be greater than zero.")
    _refuse_many(5 * intervals)
    return [
        plotted(
            series,
            start,
            end,
            intervals,
            step=stream.step,
            now=call.now,
            digital=stream.fmt.type == "Digital",
            future=stream.future,
        )
        for stream, series in zip(streams, windowed(streams, call, start, end), strict=True)
    ]


def summary(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Any]:
    bounds = summary_bounds(call, start, end)
    found = windowed(streams, call, start, end)
    return [_summary(stream, series, bounds, call) for stream, series in zip(streams, found, strict=True)]


def summary_bounds(call: Call, start: int, end: int) -> Times:
    """The edges of the intervals; the last one is cut at the end."""
    duration: Interval | None = call["summaryDuration"]
    if duration is None or start == end:
        return np.array([start, end], np.int64)
    edges = grid(start, end, duration, call["zone"], limit=params.max_items())
    return edges if edges[-1] == end else np.append(edges, end)


def _summary(stream: Stream, series: Series, bounds: Times, call: Call) -> Any:
    condition = conditioned(call, stream)
    if condition is not None and call["sampleType"] == "Interval":
        series = _on_samples(stream, bounds, call)
    good = condition(series) if condition is not None else None
    numeric = stream.fmt.type in ("Float32", "Float64", "Int32", "Boolean") and not series.is_object
    return summarize(
        series,
        bounds,
        call["summaryType"],
        basis=call["calculationBasis"],
        step=stream.step,
        now=call.now,
        time_type=call["timeType"],
        good=good,
        numeric=numeric,
    )


def _on_samples(stream: Stream, bounds: Times, call: Call) -> Series:
    step = call["sampleInterval"] or parse_interval("1h")
    low, high = int(min(bounds[0], bounds[-1])), int(max(bounds[0], bounds[-1]))
    return stream.at(grid(low, high, step, call["zone"], limit=params.max_items()), call.now)


RANGE = (START, END, params.TIME_ZONE)
FILTERS = (FILTER, INCLUDE_FILTERED)
VERBS = (
    Verb("value", "value", value, (params.time("time", about="A PI time; absent: now."), params.TIME_ZONE)),
    Verb("end", "value", end_value, ()),
    Verb("recorded", "list", recorded, (*RANGE, BOUNDARY, params.MAX_COUNT, *FILTERS, params.ASSOCIATIONS)),
    Verb("interpolated", "list", interpolated, (*RANGE, INTERVAL, SYNC_TIME, SYNC_BOUNDARY, *FILTERS)),
    Verb("interpolatedattimes", "list", interpolated_at_times, (TIMES, SORT_ORDER, params.TIME_ZONE, *FILTERS)),
    Verb("recordedattime", "value", recorded_at_time, (ONE_TIME, RETRIEVAL, params.TIME_ZONE, params.ASSOCIATIONS)),
    Verb(
        "recordedattimes",
        "list",
        recorded_at_times,
        (TIMES, RETRIEVAL, SORT_ORDER, params.TIME_ZONE, params.ASSOCIATIONS),
    ),
    Verb("plot", "list", plot, (*RANGE, INTERVALS)),
    Verb(
        "summary",
        "summary",
        summary,
        (*RANGE, SUMMARY_TYPE, BASIS, TIME_TYPE, DURATION, SAMPLE_TYPE, SAMPLE_INTERVAL, FILTER),
        units=False,
    ),
)


def in_units(stream: Stream, series: Series, call: Call) -> Rows:
    return converted(stream, series, call.params.get("desiredUnits"))
