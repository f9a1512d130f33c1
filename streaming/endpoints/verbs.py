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
from piwebapi.core.times import Interval, grid
from streaming.core import kernels
from streaming.core.plot import plot as plotted
from streaming.core.series import BAD, Series, Times
from streaming.core.states import NO_DATA
from streaming.readers import around_all
from streaming.streams import Stream, converted, current, newest, values_at

from .parameters import (
    ASSOCIATIONS,
    BASIS,
    BOUNDARY,
    DURATION,
    FILTER,
    FILTERS,
    INTERVAL,
    INTERVALS,
    ONE_TIME,
    RANGE,
    RETRIEVAL,
    SAMPLE_INTERVAL,
    SAMPLE_TYPE,
    SORT_ORDER,
    SUMMARY_TYPE,
    SYNC_BOUNDARY,
    SYNC_TIME,
    TIME_TYPE,
    TIMES,
)
from .shapes import Rows
from .summary import summary
from .windows import at_the, conditions, in_window, refuse_many, windowed

Compute = Callable[[Sequence[Stream], Call, int, int], list[Any]]


@dataclass(frozen=True)
class Verb:
    """`kind`: "value" (one timed value), "list" or "summary"."""

    name: str
    kind: str
    compute: Compute
    params: tuple[params.Param, ...]
    units: bool = True


def value(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    """The current value; at a time the interpolated (stepped: carried) one."""
    if call["time"] is None:
        return current(streams, call.now)
    times = np.array([call["time"]], np.int64)
    return values_at(streams, times, call.now)


def end_value(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    return newest(streams, call.now)


def recorded(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    filtered = call.params.get("filterExpression")
    limit = None if filtered else call["maxCount"]
    found = windowed(streams, call, start, end, limit=limit)
    kept = conditions(call, streams, in_window(call, start, end))
    rows = [
        kernels.recorded(
            series,
            start,
            end,
            boundary=call["boundaryType"],
            step=stream.step,
            now=call.now,
            max_count=call["maxCount"],
            keep=condition,
            include_filtered=call["includeFilteredValues"],
        )
        for stream, series, condition in zip(streams, found, kept, strict=True)
    ]
    refuse_many(sum(len(row) for row in rows))
    return rows


def sample_times(call: Call, start: int, end: int) -> Times:
    """Every `interval` from start on, or on the grid through `syncTime`."""
    step: Interval = call["interval"]
    zone, sync = call["zone"], call.params.get("syncTime")
    if sync is None:
        return grid(start, end, step, zone, limit=params.max_items())
    times = _synced(step, zone, sync, min(start, end), max(start, end), call["syncTimeBoundaryType"] == "Outside")
    return times[::-1] if end < start else times


def _synced(step: Interval, zone: Any, sync: int, low: int, high: int, outside: bool) -> Times:
    """The times of the grid through `sync` from low to high; `outside`: and the next one beyond each limit at which
    there is none. All are counted from `sync`, so that its day of the month and its hour are those of the grid."""
    place = (low - sync) // max(1, step.add(sync, zone) - sync)  # near it: months and days differ in length
    while step.add(sync, zone, place) > low:
        place -= 1
    while step.add(sync, zone, place) < low:
        place += 1
    limit, found = params.max_items(), [step.add(sync, zone, place)]
    if step.fixed and found[0] <= high:
        times = grid(found[0], high, step, zone, limit=limit)
    else:
        while found[-1] <= high:
            refuse_many(len(found))
            found.append(step.add(sync, zone, place + len(found)))
        times = np.array(found[:-1], np.int64)
    if not outside:
        return times
    before = [step.add(sync, zone, place - 1)] if found[0] > low else []
    after = [] if len(times) and times[-1] == high else [step.add(sync, zone, place + len(times))]
    return np.concatenate([np.array(before, np.int64), times, np.array(after, np.int64)])


def interpolated(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    times = sample_times(call, start, end)
    refuse_many(len(times) * len(streams))
    return _sampled(streams, call, times)


def interpolated_at_times(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    times = sorted_times(call)
    refuse_many(len(times) * len(streams))
    return _sampled(streams, call, times)


def sorted_times(call: Call) -> Times:
    times = np.sort(np.array(call["time"], np.int64))
    return times[::-1] if call["sortOrder"] == "Descending" else times


def _sampled(streams: Sequence[Stream], call: Call, times: Times) -> list[Series]:
    rows = values_at(streams, times, call.now)
    return [
        series if condition is None else kernels.filtered(series, condition(series), call["includeFilteredValues"])
        for series, condition in zip(rows, conditions(call, streams, at_the(times, call)), strict=True)
    ]


def recorded_at_time(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    return _picked_all(streams, call, np.array([call["time"]], np.int64))


def recorded_at_times(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    times = sorted_times(call)
    refuse_many(len(times) * len(streams))
    return _picked_all(streams, call, times)


def _picked_all(streams: Sequence[Stream], call: Call, times: Times) -> list[Series]:
    wide = call["retrievalMode"] not in ("Auto", "AtOrBefore")
    events = around_all([stream.reader for stream in streams], np.unique(times), now=call.now, wide=wide)
    return [_picked(stream, series, call, times) for stream, series in zip(streams, events, strict=True)]


def _picked(stream: Stream, series: Series, call: Call, times: Times) -> Series:
    """For each time the event that the mode picks; No Data at the time itself where there is none."""
    mode = call["retrievalMode"]
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


def plot(streams: Sequence[Stream], call: Call, start: int, end: int) -> list[Series]:
    intervals = call["intervals"]
    if intervals <= 0:
        raise BadRequest("The parameter 'intervals' must be greater than zero.")
    refuse_many(5 * intervals)
    rows = [
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
    refuse_many(sum(len(row) for row in rows))
    return rows


VERBS = (
    Verb("value", "value", value, (params.time("time", about="A PI time; absent: now."), params.TIME_ZONE)),
    Verb("end", "value", end_value, ()),
    Verb("recorded", "list", recorded, (*RANGE, BOUNDARY, params.MAX_COUNT, *FILTERS, ASSOCIATIONS)),
    Verb("interpolated", "list", interpolated, (*RANGE, INTERVAL, SYNC_TIME, SYNC_BOUNDARY, *FILTERS)),
    Verb("interpolatedattimes", "list", interpolated_at_times, (TIMES, SORT_ORDER, params.TIME_ZONE, *FILTERS)),
    Verb("recordedattime", "value", recorded_at_time, (ONE_TIME, RETRIEVAL, params.TIME_ZONE, ASSOCIATIONS)),
    Verb(
        "recordedattimes",
        "list",
        recorded_at_times,
        (TIMES, RETRIEVAL, SORT_ORDER, params.TIME_ZONE, ASSOCIATIONS),
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
