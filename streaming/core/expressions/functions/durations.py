"""For how many seconds of a range a stream stood in a relation to a value: TimeEq, TimeGt, TimeLt, ...

Source: PI Server documentation, PE functions TimeEq to TimeNE. Between events a value that does not step
runs straight, so that the crossing is found between them; bad time does not count. The history is read
once, from the first start to the last end. Within a segment between two events the relation holds on one
stretch; with the running sum of the stretches a range costs two look-ups, so all ranges together cost
O((events + ranges) log events); each different wanted value (a stream as the last argument) is one more pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streaming.core.expressions.columns import FAILED, Codes, Column, Kind, as_text, from_series, number
from streaming.core.expressions.comparison import compare
from streaming.core.expressions.context import Context
from streaming.core.expressions.operators import truth
from streaming.core.series import SECOND, Mask, Times
from streaming.core.states import NO_DATA


@dataclass(frozen=True, slots=True)
class Stretches:
    """Per segment between two events the part [since, until] in which the relation holds."""

    times: Times
    since: Times
    until: Times

    def before(self, moments: Times) -> Times:
        """The ticks for which the relation held from the first event to each moment."""
        passed = np.concatenate(([0], np.cumsum(self.until - self.since)))
        segment = np.clip(np.searchsorted(self.times, moments, side="right") - 1, 0, len(self.since) - 1)
        inside = np.clip(moments, self.since[segment], self.until[segment]) - self.since[segment]
        held: Times = passed[segment] + inside
        return held


def ranges(context: Context, start: Column, end: Column) -> tuple[Times, Times, Mask]:
    """Starts and ends per evaluation time, and in which rows they are a range."""
    starts, ends = context.ticks(start), context.ticks(end)
    usable: Mask = (start.bad == 0) & (end.bad == 0) & (starts < ends)
    return starts, ends, usable


def time_when(relation: str) -> Callable[[Context, str, Column, Column, Column], Column]:
    def run(context: Context, tag: str, start: Column, end: Column, wanted: Column) -> Column:
        starts, ends, usable = ranges(context, start, end)
        seconds = np.zeros(len(usable))
        if wanted.kind is Kind.OBJECT:
            wanted = as_text(wanted)
        bad: Codes = np.where(usable & (wanted.bad == 0), 0, FAILED).astype(np.int32)
        rows = np.flatnonzero(bad == 0)
        if not len(rows):
            return number(seconds, bad)
        history = context.environment.history(tag, int(starts[rows].min()), int(ends[rows].max()))
        if len(history) < 2:
            return number(seconds, np.where(bad == 0, np.int32(NO_DATA), bad))
        column = from_series(history, context.environment.states(tag))
        straight = column.kind is Kind.NUMBER and not context.environment.stepped(tag)
        for one, among in _distinct(wanted, np.broadcast_to(wanted.values, usable.shape), rows):
            held = _stretches(relation, history.times, column, one, straight)
            seconds[among] = (held.before(ends[among]) - held.before(starts[among])) / SECOND
        return number(seconds, bad)

    return run


def _distinct(wanted: Column, values: NDArray[Any], rows: NDArray[np.intp]) -> list[tuple[Column, NDArray[np.intp]]]:
    """Each wanted value as a column of one row, with the evaluation times that want it."""
    groups: dict[object, list[int]] = {}
    for row, value in zip(rows.tolist(), values[rows].tolist(), strict=True):
        groups.setdefault(value, []).append(row)
    dtype = wanted.values.dtype
    return [
        (Column(wanted.kind, np.array([value], dtype=dtype), states=wanted.states), np.array(members))
        for value, members in groups.items()
    ]


def _stretches(relation: str, times: Times, column: Column, wanted: Column, straight: bool) -> Stretches:
    since, until = times[:-1], times[1:]
    holds, failed = truth(compare(relation, column, wanted))
    steady = np.broadcast_to(holds & (failed == 0), times.shape)[:-1]
    stops = np.where(steady, until, since)
    if not straight or wanted.kind is not Kind.NUMBER:
        return Stretches(times, since, stops)
    here, there = column.values[:-1], column.values[1:]
    good = np.broadcast_to(column.bad == 0, times.shape)
    sloped = good[:-1] & good[1:] & (here != there)
    share = np.clip((wanted.values - here) / (there - here), 0.0, 1.0)
    crossing = since + np.rint(np.where(sloped, share, 0.0) * (until - since)).astype(np.int64)
    if relation in ("=", "<>"):  # a slope passes a value in no time
        return Stretches(times, since, np.where(sloped, since if relation == "=" else until, stops))
    late = (there > here) == (relation in (">", ">="))
    return Stretches(
        times,
        np.where(sloped & late, crossing, since),
        np.where(sloped, np.where(late, until, crossing), stops),
    )
