"""Functions that read a stream at other times than the evaluation times, or over a range of time.

Source: PI Server documentation, PE archive functions; totals are value-units x days, as in summaries. Every
function asks the environment once for all evaluation times. A range must end after it starts. The optional
last argument of the summaries is the least percentage of good time; below it the row fails.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streaming.core.expressions.columns import (
    FAILED,
    Codes,
    Column,
    Kind,
    as_number,
    from_series,
    number,
)
from streaming.core.expressions.context import Context
from streaming.core.expressions.functions.durations import ranges, time_when
from streaming.core.expressions.functions.quality import bad_value
from streaming.core.expressions.functions.signature import Function, Role


def _tag_value(context: Context, tag: str, moment: Column | None = None) -> Column:
    return context.value(tag) if moment is None else context.value_at(tag, moment)


def _tag_bad(context: Context, tag: str, moment: Column | None = None) -> Column:
    return bad_value(context, _tag_value(context, tag, moment))


def _summary(summary: str, basis: str) -> Callable[..., Column]:
    def run(context: Context, tag: str, start: Column, end: Column, least: Column | None = None) -> Column:
        result = _aggregate(context, tag, summary, basis, start, end)
        if least is None:
            return result
        share = _aggregate(context, tag, "PercentGood", "TimeWeighted", start, end)
        asked = as_number(least)
        poor = (share.bad != 0) | (asked.bad != 0) | (share.values < asked.values)
        return number(result.values, np.where((result.bad == 0) & poor, FAILED, result.bad))

    return run


def _aggregate(context: Context, tag: str, summary: str, basis: str, start: Column, end: Column) -> Column:
    starts, ends, usable = ranges(context, start, end)
    values = np.zeros(len(usable))
    bad: Codes = np.where(usable, 0, FAILED).astype(np.int32)
    if usable.any():
        answer = context.environment.aggregate(tag, summary, basis, starts[usable], ends[usable])
        values[usable], bad[usable] = answer
    return number(values, bad)


def _neighbour(forward: bool, times: bool) -> Callable[[Context, str, Column], Column]:
    """The value, or the time, of the nearest recorded event strictly after (before) a time."""

    def run(context: Context, tag: str, moment: Column) -> Column:
        asked = context.ticks(moment)
        events = context.environment.neighbours(tag, asked, forward)
        if times:  # an event with a bad value has a time all the same; no event repeats the asked time
            missing = (events.times == asked) | (moment.bad != 0)
            return Column(Kind.TIME, events.times, np.where(missing, FAILED, 0).astype(np.int32))
        found = from_series(events, context.environment.states(tag))
        bad: Codes = np.where(moment.bad != 0, FAILED, found.bad)
        return Column(found.kind, found.values, bad, found.states, found.flags)

    return run


_SUMMARIES = {
    "TagAvg": ("Average", "TimeWeighted"),
    "TagMean": ("Average", "EventWeighted"),
    "TagMin": ("Minimum", "TimeWeighted"),
    "TagMax": ("Maximum", "TimeWeighted"),
    "TagTot": ("Total", "TimeWeighted"),
    "EventCount": ("Count", "EventWeighted"),
}
_NEIGHBOURS = {
    "PrevVal": (False, False),
    "NextVal": (True, False),
    "PrevEvent": (False, True),
    "NextEvent": (True, True),
}
_DURATIONS = {"TimeEq": "=", "TimeNe": "<>", "TimeGt": ">", "TimeGe": ">=", "TimeLt": "<", "TimeLe": "<="}
_AT = (Role.TAG, Role.TIME)
_OVER = (Role.TAG, Role.START, Role.END)

FUNCTIONS: tuple[Function, ...] = (
    Function("TagVal", _tag_value, _AT, 1, history=2),
    Function("TagBad", _tag_bad, _AT, 1, history=2),
    *(Function(n, _summary(*how), (*_OVER, Role.VALUE), 3, history=1) for n, how in _SUMMARIES.items()),
    Function("PctGood", _summary("PercentGood", "TimeWeighted"), _OVER, 3, history=1),
    *(Function(name, _neighbour(*how), _AT, 2, history=1) for name, how in _NEIGHBOURS.items()),
    *(Function(n, time_when(how), (*_OVER, Role.VALUE), 4, history=1) for n, how in _DURATIONS.items()),
)
