"""The events that a trend of so many pixels needs: same picture, few events.

Source: PI Web API reference, Stream GetPlot; AF SDK reference, AFData.PlotValues.
"""

from __future__ import annotations

import numpy as np

from streaming.core.groups import Groups
from streaming.core.kernels import at_times
from streaming.core.series import Rows, Series, Times, distinct


def plot(
    series: Series,
    start: int,
    end: int,
    intervals: int,
    *,
    step: bool,
    now: int,
    digital: bool = False,
    future: bool = False,
) -> Series:
    """At most 5 * intervals + 2 events, with their own times; descending when end < start.

    The range is cut into equal intervals, each of which shows its first, last, lowest, highest and first bad
    event, each event once and the earliest among equals; a ``digital`` (or object) stream has no lowest and
    highest, but shows the first event of another value than the interval's first. Fewer than 5 * intervals
    events all come. The first and last row stand at the limits of the range, interpolated if no event is
    there; a range beyond ``now`` is cut there, with ``future`` data beyond the last event.
    """
    low, high = min(start, end), max(start, end)
    edges = _edges(low, high, intervals)
    high = min(high, max(now, int(series.times[-1])) if future and len(series) else now)
    if high < low:
        return series.take(slice(0, 0))
    first = int(np.searchsorted(series.times, low, side="left"))
    last = int(np.searchsorted(series.times, high, side="right"))
    inside = series.take(slice(first, last))
    if len(inside) >= 5 * intervals:
        inside = inside.take(_shown(inside, edges, digital or series.is_object))
    ends = {int(inside.times[0]), int(inside.times[-1])} if len(inside) else set()
    limits = sorted({low, high} - ends)
    edge = at_times(series, np.array(limits, dtype=np.int64), step=step or digital, now=now)
    before = edge.take(edge.times == low)
    rows = Series.concat(before, inside, edge.take(slice(len(before), None)))
    return rows.reversed() if end < start else rows


def _edges(low: int, high: int, intervals: int) -> Times:
    """The first tick of each interval, rounded up, without overflow for long ranges."""
    whole, rest = divmod(high - low, intervals)
    number = np.arange(intervals, dtype=np.int64)
    return low + whole * number - (-rest * number // intervals)


def _shown(series: Series, edges: Times, digital: bool) -> Rows:
    """The chosen events of the intervals that begin at ``edges``, ascending."""
    first = np.searchsorted(series.times, edges)
    last = np.append(first[1:], len(series))
    groups = Groups.of(first, last)
    full = groups.lengths > 0
    chosen = [first[full], last[full] - 1]
    usual = series.good
    if digital:
        opening = groups.spread(series.values[np.minimum(first, len(series) - 1)])
        chosen.append(groups.first_true(series.values != opening))
    else:
        usual &= np.isfinite(series.values)
        chosen += [groups.first_extreme(series.values, usual, highest=highest) for highest in (False, True)]
    chosen.append(groups.first_true(~usual))
    rows = distinct(np.concatenate(chosen))
    return rows[rows >= 0]
