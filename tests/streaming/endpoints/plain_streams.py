"""Streams once more, event by event in exact fractions: the oracle of what the verbs answer.

Events are (ticks, value, questionable), ascending, those of one time in the order of insertion; the value None is
the state I/O Timeout. Answers are such triples too; NO_DATA and FILTERED stand for these states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

NO_DATA, FILTERED = "No Data", "Filtered"

Event = tuple[int, Fraction | str | None, bool]


def value_at(events: Sequence[Event], time: int, step: bool, now: int) -> Event:
    before = [event for event in events if event[0] <= time]
    after = [event for event in events if event[0] > time]
    if not before or (not after and time > max(now, before[-1][0])):
        return time, NO_DATA, False
    begin, low, doubtful = before[-1]
    if low is None or step or begin == time or not after or after[0][1] is None:
        return time, low, doubtful
    end, high, too = after[0]
    return time, low + (high - low) * Fraction(time - begin, end - begin), doubtful or too  # type: ignore[operator]


def picked(events: Sequence[Event], time: int, mode: str) -> Event:
    at = [event for event in events if event[0] == time]
    before = [event for event in events if event[0] < time]
    after = [event for event in events if event[0] > time][:1]
    order = {
        "Before": before,
        "After": after,
        "Exact": at,
        "AtOrAfter": at or after,
    }.get(mode, before + at)
    return order[-1] if order else (time, NO_DATA, False)


def on_grid(low: int, high: int, step: int, sync: int, outside: bool) -> list[int]:
    """By going along the grid from far before the window."""
    time = sync - (abs(sync - low) // step + 3) * step
    times = []
    while time <= high + step:
        times.append(time)
        time += step
    inside = [time for time in times if low <= time <= high]
    before = [time for time in times if time < low][-1:] if outside and low not in times else []
    after = [time for time in times if time > high][:1] if outside and high not in times else []
    return before + inside + after


def recorded(
    events: Sequence[Event], start: int, end: int, boundary: str, now: int, keep: Callable[[Event], bool] | None
) -> list[Event]:
    """With a condition, a run of events that fail it leaves one trace."""
    low, high = min(start, end), max(start, end)
    rows = [event for event in events if low <= event[0] <= high]
    times = {event[0] for event in rows}
    first: list[Event] = []
    last: list[Event] = []
    if boundary == "Outside":
        first = [event for event in events if event[0] < low][-1:] if low not in times else []
        last = [event for event in events if event[0] > high][:1] if high not in times else []
    if boundary == "Interpolated":
        edges = [value_at(events, edge, False, now) for edge in sorted({low, high}) if edge not in times]
        known = [edge for edge in edges if edge[1] != NO_DATA]
        first, last = [edge for edge in known if edge[0] == low], [edge for edge in known if edge[0] != low]
    rows = first + rows + last
    rows = rows if start <= end else rows[::-1]
    if keep is None:
        return rows
    fails = [not keep(row) for row in rows]
    marked = [
        (time, FILTERED, False) if failed else (time, *rest) for (time, *rest), failed in zip(rows, fails, strict=True)
    ]
    return [row for place, row in enumerate(marked) if not (fails[place] and place and fails[place - 1])]  # type: ignore[misc]


def plotted(events: Sequence[Event], low: int, high: int, intervals: int, now: int) -> list[Event]:
    rows = [event for event in events if low <= event[0] <= high]
    if len(rows) >= 5 * intervals:
        chosen: set[int] = set()
        for part in range(intervals):
            ends = [low + Fraction((high - low) * edge, intervals) for edge in (part, part + 1)]
            here = [i for i, row in enumerate(rows) if ends[0] <= row[0] < ends[1] or row[0] == high == ends[1]]
            good = [(rows[i][1], i) for i in here if rows[i][1] is not None]
            bad = [i for i in here if rows[i][1] is None]
            extremes = [min(good), max(good, key=lambda pair: (pair[0], -pair[1]))] if good else []  # type: ignore[type-var]
            chosen |= {*here[:1], *here[-1:], *bad[:1], *(i for _, i in extremes)}
        rows = [rows[i] for i in sorted(chosen)]
    times = {row[0] for row in rows}
    first = [value_at(events, low, False, now)] if low not in times else []
    return first + rows + ([value_at(events, high, False, now)] if high not in times and high != low else [])
