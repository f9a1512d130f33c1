"""What a rule's condition sees: the attributes of all its elements at the same times, as one long column.

The rows are the times of the first element, then those of the second, and so on, so one pass of the expression engine
evaluates all elements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from events.rules.episodes import Truth
from piwebapi.core.errors import BadRequest
from piwebapi.core.times import parse_time
from piwebapi.core.webid import fold
from streaming.core.expressions import Expression, evaluate, parse
from streaming.core.series import BAD, QUESTIONABLE, Series, Times
from streaming.core.states import NO_DATA
from streaming.readers import around_all
from streaming.streams import Stream, values_at

#: a condition reads so many attributes at most
MOST_NAMES = 20


def condition(text: str, name: str) -> Expression:
    """BadRequest when it is no performance equation, names nothing, or looks at other times."""
    try:
        expression = parse(text)
    except BadRequest as error:
        raise BadRequest(*(f"{name}: {message}" for message in error.messages)) from None
    if expression.history:
        functions = ", ".join(expression.history)
        raise BadRequest(f"{name} uses {functions}: a rule looks at the values of the present; use its true-for time.")
    if not expression.variables:
        raise BadRequest(f"{name} names no attribute; write it between apostrophes, as 'Temperature' > 90.")
    if len(expression.variables) > MOST_NAMES:
        raise BadRequest(f"{name} names {len(expression.variables)} attributes; the maximum allowed is {MOST_NAMES}.")
    return expression


@dataclass(frozen=True, eq=False)
class Fleet:
    """`columns`: by folded name one stream for each element, None where an element has no such attribute."""

    columns: Mapping[str, Sequence[Stream | None]]
    elements: int
    grid: Times
    zone: tzinfo
    now: int

    @cached_property
    def times(self) -> Times:
        return np.tile(self.grid, self.elements)

    def knows(self, name: str) -> bool:
        return fold(name) in self.columns

    def value(self, name: str, times: Times) -> Series:
        if times is not self.times and not np.array_equal(times, self.times):
            raise BadRequest(f"A rule looks at the present value of '{name}' only.")
        streams = self.columns[fold(name)]
        there = [stream for stream in streams if stream is not None]
        found = iter(_at_times(there, self.grid, self.now) if there else [])
        count = len(self.grid)
        missing = Series(self.grid, np.full(count, float(NO_DATA)), np.full(count, BAD, np.uint8))
        return Series.concat(*(missing if stream is None else next(found) for stream in streams))

    def states(self, name: str) -> Mapping[int, str] | None:
        return next((stream.fmt.states for stream in self.columns[fold(name)] if stream is not None), None)

    def stepped(self, name: str) -> bool:
        return any(stream.step for stream in self.columns[fold(name)] if stream is not None)

    def history(self, name: str, start: int, end: int) -> Series:
        raise BadRequest(f"A rule cannot look at the history of '{name}'.")

    def neighbours(self, name: str, times: Times, forward: bool) -> Series:
        raise BadRequest(f"A rule cannot look at the events around of '{name}'.")

    def aggregate(
        self, name: str, summary: str, basis: str, starts: Times, ends: Times
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        raise BadRequest(f"A rule cannot summarise '{name}'.")

    def time(self, text: str, at: int) -> int:
        return parse_time(text, now=at, zone=self.zone)

    def truth(self, expression: Expression) -> Truth:
        """(elements, times): 1, 0, or -1 where it cannot be known."""
        found = evaluate(expression, self)
        known = (found.series.flags & BAD) == 0
        answer = np.where(known, found.holds.astype(np.int8), np.int8(-1)).astype(np.int8)
        return answer.reshape(self.elements, len(self.grid))


def _at_times(streams: Sequence[Stream], grid: Times, now: int) -> list[Series]:
    """`values_at`, faster for the many streams that have an event at every time of the grid: their rows are taken."""
    found: list[Series] = []
    rest: list[int] = []
    rows: dict[int, NDArray[np.intp] | None] = {}
    events = around_all([stream.reader for stream in streams], grid, now=now)
    for place, series in enumerate(events):
        key = id(series.times)
        if key not in rows:
            rows[key] = _rows_at(series.times, grid)
        picked = rows[key]
        if picked is None or series.is_object:
            rest.append(place)
            found.append(series)
        else:
            found.append(Series(grid, series.values[picked], series.flags[picked] & np.uint8(BAD | QUESTIONABLE)))
    for place, series in zip(
        rest, values_at([streams[place] for place in rest], grid, now) if rest else (), strict=True
    ):
        found[place] = series
    return found


def _rows_at(times: Times, grid: Times) -> NDArray[np.intp] | None:
    """Where each time of the grid stands among the events; None when one does not."""
    if not len(times):
        return None
    rows = np.searchsorted(times, grid, side="right") - 1
    return rows if bool((rows >= 0).all()) and np.array_equal(times[rows], grid) else None
