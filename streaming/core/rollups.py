"""The statistics of long intervals, put together from those of their parts.

What is known of a part of the past is known for good, so that a long summary needs events at its two ends only.
Not for filtered events: where one lies at the limit of two parts, the line that leads to it would end in an
extreme, which within an interval does not count. Variances are put together after Chan, Golub,
LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from streaming.core.groups import Groups, Numbers
from streaming.core.series import Times, Values
from streaming.core.weighting import OfTime

#: A row for each statistic, a column for each part: what `OfTime` calls ticks and integral; ticks times the
#: squared distance from the part's own average; lowest and highest value (NaN where there is none), each with
#: its ticks after the start of the part. The first `SUMS` rows are enough for totals, averages and counts.
Parts = NDArray[np.float64]
SUMS = 2


def regular_parts(values: Values, every: int, cuts: Times, *, lines: bool, sums_only: bool) -> Parts:
    """Of the intervals between the ascending ``cuts``, from the ``values`` of good events ``every`` ticks apart, the
    first of them at tick 0, the last not before the last cut. What `TimeWeighted` tells, in a few passes.

    An interval is a head before its first event, whole pieces between its events, and a tail behind its last one;
    one without events is all head.
    """
    before, after = np.divmod(cuts, every)
    behind = before + (after > 0)
    low, high = values[before].astype(np.float64), values[behind].astype(np.float64)
    height = low + (high - low) * (after / every) if lines else low
    first, last = behind[:-1], before[1:]
    filled = last >= first
    ticks = cuts[1:] - cuts[:-1]
    head, tail = np.minimum(first * every - cuts[:-1], ticks), after[1:] * filled
    sums = np.add.reduceat(values, np.array((first, last)).T.ravel(), dtype=np.float64)[::2]
    sums *= last > first
    if lines:
        sums += (low[1:] - high[:-1]) * (filled / 2)
        head_sums = head * (height[:-1] + np.where(filled, high[:-1], height[1:])) / 2
        integral = sums * every + head_sums + tail * ((low[1:] + height[1:]) / 2)
    else:
        integral = sums * every + head * low[:-1] + tail * low[1:]
    parts = [ticks, integral]
    if not sums_only:
        rows = (first, last + 1, head, tail, height[:-1], height[1:], integral / np.maximum(ticks, 1))
        columns = [row.tolist() for row in rows]
        found = [_spread(values[a:b], every, lines, *more) for a, b, *more in zip(*columns, strict=True)]
        parts += zip(*found, strict=True)
    return np.array(parts, dtype=np.float64)


def _spread(
    inner: Values, every: int, lines: bool, head: int, tail: int, start: float, stop: float, average: float
) -> tuple[float, ...]:
    """The last five of `Parts` for one interval, of the values of its ``inner`` events and at its limits."""
    if not len(inner):
        squares = head * _square(start - average, stop - average if lines else start - average)
        ends = [(start, 0), (stop, head)] if head else [(math.nan, 0)]
        return squares, *min(ends, key=_value), *max(ends, key=_value)
    off = inner - np.float64(average)
    first, last = float(off[0]), float(off[-1])
    if lines:
        whole = (2 * float(off @ off) - first * first - last * last + float(off[:-1] @ off[1:])) / 3
        ends_squares = head * _square(start - average, first) + tail * _square(last, stop - average)
    else:
        whole = float(off[:-1] @ off[:-1])
        ends_squares = head * (start - average) ** 2 + tail * last * last
    low, high = int(inner.argmin()), int(inner.argmax())
    lows, highs = ([(float(inner[place]), head + place * every)] for place in (low, high))
    before = [(start, 0)] if head else []
    beyond = [(stop, head + (len(inner) - 1) * every + tail)] if tail else []
    lowest, highest = min(before + lows + beyond, key=_value), max(before + highs + beyond, key=_value)
    return whole * every + ends_squares, *lowest, *highest


def _value(candidate: tuple[float, int]) -> float:
    return candidate[0]


def _square(low: float, high: float) -> float:
    """The mean square of a line."""
    return (low * low + low * high + high * high) / 3


class Rolled(OfTime):
    """The intervals between ``edges``, of which all are among the ``starts`` of the parts but for the last, the end
    of all; ascending both, each once."""

    def __init__(self, parts: Parts, starts: Times, edges: Times) -> None:
        self._parts, self._starts = parts, starts
        self._cuts = np.searchsorted(starts, edges)
        ticks, integral = np.add.reduceat(parts[:SUMS], self._cuts[:-1], axis=1)
        self._told(ticks, integral, edges)

    @cached_property
    def _groups(self) -> Groups:
        return Groups.of(self._cuts[:-1], self._cuts[1:])

    @cached_property
    def population_deviation(self) -> Numbers:
        ticks, integral, squares = self._parts[:3]
        off = integral / np.maximum(ticks, 1) - self._groups.spread(np.nan_to_num(self.average))
        with np.errstate(invalid="ignore", divide="ignore"):
            deviation: Numbers = np.sqrt(self._groups.sums(squares + ticks * off * off) / self.ticks)
        return deviation

    def _extreme(self, highest: bool) -> tuple[Numbers, Times]:
        values, after = self._parts[5:7] if highest else self._parts[3:5]
        row = self._groups.first_extreme(values, ~np.isnan(values), highest=highest)
        return np.where(row >= 0, values[row], np.nan), self._starts[row] + after[row].astype(np.int64)
