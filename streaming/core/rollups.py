"""The statistics of long intervals, put together from those of their parts.

What is known of a part of the past is known for good, so that a long summary needs events at its two ends only.
Not for filtered events: where one lies at the limit of two parts, the line that leads to it would end in an
extreme, which within an interval does not count. Variances are put together after Chan, Golub,
LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from streaming.core.groups import Groups, Numbers
from streaming.core.series import Times
from streaming.core.weighting import OfTime, TimeWeighted

#: A row for each statistic, a column for each part: what `OfTime` calls ticks and integral; ticks times the
#: squared distance from the part's own average; lowest and highest value (NaN where there is none), each with
#: its ticks after the start of the part. The first `SUMS` rows are enough for totals, averages and counts.
Parts = NDArray[np.float64]
SUMS = 2


def parts_of(found: TimeWeighted, starts: Times, *, sums_only: bool) -> Parts:
    """Of intervals with a length, that begin at ``starts``."""
    rows = [found.ticks, found.integral]
    if not sums_only:
        deviation = np.nan_to_num(found.population_deviation)
        rows.append(found.ticks * deviation * deviation)
        for values, times in (found.lowest, found.highest):
            rows += [values, (times - starts).astype(np.float64)]
    return np.array(rows)


def regular_parts(values: Numbers, size: int, every: int, *, lines: bool, sums_only: bool) -> Parts:
    """Of intervals of ``size`` good events each, ``every`` ticks apart, the first of them at the interval's start;
    ``values`` ends with the event after the last interval. What `TimeWeighted` tells, in a few passes."""
    rows = sliding_window_view(values, size + 1)[::size]
    first, last = rows[:, 0], rows[:, -1]
    ticks = np.full(len(rows), float(size * every))
    sums = values[:-1].reshape(-1, size).sum(axis=1)
    if lines:
        sums += (last - first) / 2
    parts = [ticks, sums * every]
    if not sums_only:
        off = rows - (sums / size)[:, None]
        squares = np.einsum("ij,ij->i", off[:, :-1], off[:, :-1])
        if lines:
            between = np.einsum("ij,ij->i", off[:, :-1], off[:, 1:])
            squares = (2 * squares + off[:, -1] ** 2 - off[:, 0] ** 2 + between) / 3
        parts.append(squares * every)
        for place in (rows.argmin(axis=1), rows.argmax(axis=1)):
            parts += [rows[np.arange(len(rows)), place], place * float(every)]
    return np.array(parts)


class Rolled(OfTime):
    """The intervals between ``edges``, of which all are among the ``starts`` of the parts or the end of the last;
    ascending both."""

    def __init__(self, parts: Parts, starts: Times, edges: Times) -> None:
        self._parts, self._starts = parts, starts
        cuts = np.searchsorted(starts, edges)
        self._groups = Groups.of(cuts[:-1], cuts[1:])
        self._told(self._groups.sums(parts[0]), self._groups.sums(parts[1]), edges)

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
