"""The statistics of intervals, weighted by time or by event.

Source: PI Web API reference, summary-type, calculation-basis; AF SDK reference, AFCalculationBasis. Intervals
are given by their ascending edges, k + 1 ticks for k intervals; every answer has k rows, NaN where there is
nothing to tell. Each statistic is computed when asked for, in one pass over the events: average and total
cost about 10 ns an event, deviations and extremes as much again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from streaming.core.groups import Groups, Numbers
from streaming.core.series import SECOND, Mask, Rows, Times


@dataclass(frozen=True, slots=True)
class Events:
    """Ascending, with finite numbers only. ``valued`` events hold a measurement, to which a line may lead;
    ``usable`` ones (never more) count, the time of the others is lost."""

    times: Times
    values: Numbers
    valued: Mask
    usable: Mask


class Weighting(ABC):
    """The statistics of k intervals."""

    count: Numbers
    percent_good: Numbers
    total: Numbers
    average: Numbers

    @property
    @abstractmethod
    def population_deviation(self) -> Numbers: ...

    @property
    @abstractmethod
    def sample_deviation(self) -> Numbers: ...

    @cached_property
    def lowest(self) -> tuple[Numbers, Times]:
        """The value and its time, the earliest of equals."""
        return self._extreme(False)

    @cached_property
    def highest(self) -> tuple[Numbers, Times]:
        return self._extreme(True)

    @abstractmethod
    def _extreme(self, highest: bool) -> tuple[Numbers, Times]: ...


class OfEvents(Weighting):
    """``groups``: the events inside of each interval."""

    events: Events
    groups: Groups

    def _extreme_event(self, groups: Groups, highest: bool) -> tuple[Numbers, Times]:
        values, times = self.events.values[groups.rows], self.events.times[groups.rows]
        if not len(values):
            return np.full(len(groups.starts), np.nan), np.zeros(len(groups.starts), dtype=np.int64)
        row = groups.first_extreme(values, self.events.usable[groups.rows], highest=highest)
        return np.where(row >= 0, values[row], np.nan), times[row]


class OfTime(Weighting):
    """``ticks`` are good; ``integral`` is value times ticks. ``count`` is seconds; ``total`` is in value times
    seconds, as if all the time were like the good time: average times length."""

    ticks: Numbers
    integral: Numbers

    def _told(self, ticks: Numbers, integral: Numbers, edges: Times) -> None:
        self.ticks, self.integral = ticks, integral
        self.count = ticks / SECOND
        length = np.diff(edges) / SECOND
        with np.errstate(invalid="ignore", divide="ignore"):
            self.average = integral / ticks
            self.percent_good = np.where(length > 0, 100 * self.count / length, 0.0)
        self.total = self.average * length

    @property
    def sample_deviation(self) -> Numbers:
        return self.population_deviation


class TimeWeighted(OfTime, OfEvents):
    """Between events a straight line (``lines``) or the earlier value; beside a bad event always the latter.

    A usable event's time lasts until the next event, the last one's until ``now``.
    """

    def __init__(self, events: Events, edges: Times, *, lines: bool, now: int) -> None:
        self.events, self._lines = events, lines
        self._starts, self._stops = edges[:-1], edges[1:]
        self._horizon = max(now, int(events.times[-1])) if len(events.times) else now
        # An interval consists of a head, from its start to its first event, which belongs to the event before,
        # and of one piece from each event inside to the next event or to the interval's end.
        cuts = np.searchsorted(events.times, edges)
        self.groups = Groups.of(cuts[:-1], cuts[1:])
        self._cuts, self._before = cuts, cuts[:-1] - 1
        self._full = np.flatnonzero(self.groups.lengths)
        self._tails = (self.groups.starts + self.groups.lengths - 1)[self._full]
        self._low, self._high = self._sides()
        self._piece_ticks = self._lengths()
        until = self._stops.copy()
        until[self._full] = events.times[cuts[:-1][self._full]]
        self._head_low = self._height(self._before, self._starts)
        self._head_high = self._height(self._before, until)
        self._head_ticks = self._known_ticks(self._before, self._starts, until)

        areas = self._low + self._high
        areas *= self._piece_ticks
        area = self.groups.sums(areas) + self._head_ticks * (self._head_low + self._head_high)
        self._told(self.groups.sums(self._piece_ticks) + self._head_ticks, area / 2, edges)

    def _sides(self) -> tuple[Numbers, Numbers]:
        """The values at both ends of each piece."""
        low, valued = self.events.values[self.groups.rows], self.events.valued[self.groups.rows]
        if not self._lines:
            return low, low
        high = np.empty_like(low)
        high[:-1] = low[1:] if valued.all() else np.where(valued[1:], low[1:], low[:-1])
        high[self._tails] = self._height(self._cuts[1:][self._full] - 1, self._stops[self._full])
        return low, high

    def _lengths(self) -> Numbers:
        """The usable ticks of each piece."""
        times, usable = self.events.times[self.groups.rows], self.events.usable[self.groups.rows]
        ticks = np.zeros(len(times))
        np.subtract(times[1:], times[:-1], out=ticks[:-1])
        if not usable.all():
            ticks *= usable
        owners = self._cuts[1:][self._full] - 1
        ticks[self._tails] = self._known_ticks(owners, self.events.times[owners], self._stops[self._full])
        return ticks

    def _height(self, owners: Rows, moments: Times) -> Numbers:
        """The value at a moment between the owning event and the next; 0 before the first event."""
        events = self.events
        if not len(events.times):
            return np.zeros(len(moments))
        after = np.minimum(owners + 1, len(events.times) - 1)
        value = events.values[owners]
        if self._lines:
            span = np.maximum(events.times[after] - events.times[owners], 1)
            rise = (events.values[after] - value) * (events.valued[after] & events.valued[owners])
            value = value + rise * ((moments - events.times[owners]) / span)
        return np.where(owners >= 0, value, 0.0)

    def _counts(self, owners: Rows, moments: Times) -> Mask:
        """Whether the value at a moment is known and wanted."""
        if not len(self.events.times):
            return np.zeros(len(moments), dtype=np.bool_)
        known: Mask = (owners >= 0) & self.events.usable[owners] & (moments <= self._horizon)
        return known

    def _known_ticks(self, owners: Rows, starts: Times, stops: Times) -> Numbers:
        ticks: Numbers = np.maximum(np.minimum(stops, self._horizon) - starts, 0) * self._counts(owners, starts)
        return ticks.astype(np.float64)

    @cached_property
    def population_deviation(self) -> Numbers:
        """The root of the mean square distance from the average, exact for lines."""
        middle = np.nan_to_num(self.average)
        squares = self.groups.sums(self._piece_ticks * _square(self._low, self._high, self.groups.spread(middle)))
        squares += self._head_ticks * _square(self._head_low, self._head_high, middle)
        with np.errstate(invalid="ignore", divide="ignore"):
            deviation: Numbers = np.sqrt(squares / 3 / self.ticks)
        return deviation

    def _extreme(self, highest: bool) -> tuple[Numbers, Times]:
        """Over the usable events, those at both limits included, and the values at the limits. Of an interval without
        length the events there, else the value."""
        past = np.searchsorted(self.events.times, self._stops, side="right")
        before_stop = self._cuts[1:] - 1
        start_known = self._counts(self._before, self._starts) & (self._head_ticks > 0)
        stop_known = self._counts(before_stop, self._stops)
        stop_known &= (self._stops > self._starts) | (past == self._cuts[1:])
        candidates = [
            (np.where(start_known, self._head_low, np.nan), self._starts),
            self._extreme_event(self.groups, highest),
            (np.where(stop_known, self._height(before_stop, self._stops), np.nan), self._stops),
            self._extreme_event(Groups.of(self._cuts[1:], past), highest),
        ]
        values = np.array([value for value, _ in candidates])
        ranks = np.where(np.isnan(values), np.inf, -values if highest else values)
        best = np.argmin(ranks, axis=0), np.arange(len(self._starts))
        return values[best], np.array([times for _, times in candidates])[best]


class EventWeighted(OfEvents):
    """Every usable event counts the same; one at an interval's very start or end only if told so."""

    def __init__(self, events: Events, edges: Times, *, at_start: bool, at_end: bool) -> None:
        self.events = events
        first = np.searchsorted(events.times, edges[:-1], side="left" if at_start else "right")
        last = np.searchsorted(events.times, edges[1:], side="right" if at_end else "left")
        self.groups = Groups.of(first, np.maximum(first, last))
        self._values, self._usable = events.values[self.groups.rows], events.usable[self.groups.rows]
        self.count = self.groups.sums(self._usable)
        known, number = self.count > 0, np.maximum(self.count, 1)
        self.total = np.where(known, self.groups.sums(self._values * self._usable), np.nan)
        self.average = self.total / number
        self.percent_good = 100 * self.count / np.maximum(self.groups.lengths, 1)

    @cached_property
    def _squares(self) -> Numbers:
        off = (self._values - self.groups.spread(np.nan_to_num(self.average))) * self._usable
        return self.groups.sums(off * off)

    @property
    def population_deviation(self) -> Numbers:
        return np.where(self.count > 0, np.sqrt(self._squares / np.maximum(self.count, 1)), np.nan)

    @property
    def sample_deviation(self) -> Numbers:
        return np.where(self.count > 1, np.sqrt(self._squares / np.maximum(self.count - 1, 1)), np.nan)

    def _extreme(self, highest: bool) -> tuple[Numbers, Times]:
        return self._extreme_event(self.groups, highest)


def _square(low: Numbers, high: Numbers, middle: Numbers) -> Numbers:
    """Three times the mean square distance of a line from ``middle``."""
    low, high = low - middle, high - middle
    return low * low + low * high + high * high
