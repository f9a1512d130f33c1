"""What the stream verbs do with a series: columns in, columns out.

A kernel takes an ascending `Series` that covers the window plus the nearest event outside on each side, where
there is one (a reader's "outer" events): a missing neighbour means that none exists. ``now`` ends the life of
a last value: it is held until then and unknown afterwards, of points with future data, too. Where
events share a time, the last inserted one is the value at that time. Digital streams are read with
``step=True``; object columns always step. Nothing here costs more than a few ns an event and a binary search
a time. Source: PI Web API reference: boundary-type, retrieval-mode; AF SDK reference: AFData.

`plot` is in `streaming.core.plot`, `summarize` in `streaming.core.summaries`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from streaming.core.series import BAD, QUESTIONABLE, Flags, Mask, Rows, Series, Times, Values
from streaming.core.states import FILTERED, NO_DATA

Boundary = Literal["Inside", "Outside", "Interpolated"]
Mode = Literal["Auto", "AtOrBefore", "Before", "AtOrAfter", "After", "Exact"]
Condition = Callable[[Series], Mask]


def at_times(series: Series, times: Times, *, step: bool, now: int) -> Series:
    """The value at each time: interpolated, held, or No Data where none can be known.

    Between two good numbers a straight line, with ``step`` or beside a bad event the earlier event's value or
    state. Questionable when an end is; Substituted and Annotated belong to events and are not passed on.
    """
    count = len(series)
    values = np.full(len(times), NO_DATA, dtype=series.values.dtype)
    flags = np.full(len(times), BAD, dtype=np.uint8)
    if not count:
        return Series(times, values, flags)
    before = np.searchsorted(series.times, times, side="right") - 1
    known = (before >= 0) & ((before < count - 1) | (times <= max(now, int(series.times[-1]))))
    held = before[known]
    values[known] = series.values[held]
    flags[known] = series.flags[held] & (BAD | QUESTIONABLE)
    if not (step or series.is_object):
        _draw_lines(series, times, before, known, values, flags)
    return Series(times, values, flags)


def _draw_lines(series: Series, times: Times, before: Rows, known: Mask, values: Values, flags: Flags) -> None:
    """Replace held values by points on the line to the next event, in place."""
    good = np.append(series.good, False)  # so that the last event has a bad successor
    rows = np.flatnonzero(known & good[before] & good[before + 1])
    left = before[rows]
    moved = series.times[left] < times[rows]
    rows, left = rows[moved], left[moved]
    start, stop = series.times[left], series.times[left + 1]
    low, high = series.values[left], series.values[left + 1]
    with np.errstate(invalid="ignore", over="ignore"):
        values[rows] = low + (high - low) * ((times[rows] - start) / (stop - start))
    flags[rows] |= series.flags[left + 1] & QUESTIONABLE


def recorded_at_times(series: Series, times: Times, mode: Mode) -> Rows:
    """The index of the event that each time picks, -1 where there is none.

    Of events that share a time, the last inserted one at or before the asked time, the first one after it: the
    nearest in the order in which they are recorded.
    """
    count = len(series)
    if not count:
        return np.full(len(times), -1, dtype=np.intp)
    until = np.searchsorted(series.times, times, side="right") - 1
    if mode in ("Auto", "AtOrBefore"):
        return until
    before = np.searchsorted(series.times, times, side="left") - 1
    if mode == "Before":
        return before
    hit = until > before
    if mode == "Exact":
        return np.where(hit, until, -1)
    after = np.where(until + 1 < count, until + 1, -1)
    return after if mode == "After" else np.where(hit, until, after)


def recorded_at(series: Series, time: int, mode: Mode) -> int | None:
    """The index of the event that one time picks."""
    index = int(recorded_at_times(series, np.array([time], dtype=np.int64), mode)[0])
    return None if index < 0 else index


def filtered(series: Series, mask: Mask, include_filtered: bool) -> Series:
    """The events whose mask is true. With ``include_filtered`` every run of others leaves one trace: a bad
    event in the state Filtered, at the time of the run's first event in the order of the series."""
    if not include_filtered:
        return series.take(mask)
    first = ~mask
    first[1:] &= mask[:-1]
    values, flags = series.values.copy(), series.flags.copy()
    values[first] = FILTERED
    flags[first] = BAD
    return Series(series.times, values, flags).take(mask | first)


def recorded(
    series: Series,
    start: int,
    end: int,
    *,
    boundary: Boundary = "Inside",
    step: bool = False,
    now: int,
    max_count: int | None = None,
    keep: Condition | None = None,
    include_filtered: bool = False,
) -> Series:
    """The events from start to end, both included; descending when end < start.

    Outside adds the nearest event on a side without an event at the very limit. Interpolated adds the value
    at such a limit, if one is known there. ``keep`` judges all these, made up ones too; ``max_count`` cuts
    last, counting from ``start``.
    """
    low, high = min(start, end), max(start, end)
    first = int(np.searchsorted(series.times, low, side="left"))
    last = int(np.searchsorted(series.times, high, side="right"))
    if boundary == "Outside":
        if first == len(series) or series.times[first] != low:
            first = max(first - 1, 0)
        if last == 0 or series.times[last - 1] != high:
            last = min(last + 1, len(series))
    rows = series.take(slice(first, last))
    if boundary == "Interpolated":
        limits = [low, high] if low != high else [low]
        edges = [_edge(series, limit, step, now) for limit in limits]
        rows = Series.concat(edges[0], rows, *edges[1:])
    if end < start:
        rows = rows.reversed()
    if keep is not None:
        rows = filtered(rows, keep(rows), include_filtered)
    return rows if max_count is None else rows.take(slice(0, max_count))


def _edge(series: Series, time: int, step: bool, now: int) -> Series:
    """The value at a limit of the window; empty if an event is there, or before the first, or unknown yet."""
    before = int(np.searchsorted(series.times, time, side="right")) - 1
    if before < 0 or series.times[before] == time:
        return series.take(slice(0, 0))
    if before == len(series) - 1 and time > now:
        return series.take(slice(0, 0))
    return at_times(series, np.array([time], dtype=np.int64), step=step, now=now)
