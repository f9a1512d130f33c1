"""Summaries of a stream over intervals: Total, Average, Minimum and their family.

Source: PI Web API reference, summary-type, calculation-basis, time-type; AF SDK reference, AFSummaryTypes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from piwebapi.core.errors import BadRequest
from streaming.core.groups import Numbers
from streaming.core.rates import PER_DAY
from streaming.core.series import BAD, Mask, Series, Times
from streaming.core.states import CALC_FAILED, NO_DATA
from streaming.core.weighting import Events, EventWeighted, TimeWeighted, Weighting

Basis = Literal[
    "TimeWeighted",
    "EventWeighted",
    "TimeWeightedContinuous",
    "TimeWeightedDiscrete",
    "EventWeightedExcludeMostRecentEvent",
    "EventWeightedExcludeEarliestEvent",
    "EventWeightedIncludeBothEnds",
]
TimeType = Literal["Auto", "EarliestTime", "MostRecentTime"]

TYPES = (
    "Total",
    "Average",
    "Minimum",
    "Maximum",
    "Range",
    "StdDev",
    "PopulationStdDev",
    "Count",
    "PercentGood",
    "TotalWithUOM",
)
_NON_NUMERIC = ("Count", "PercentGood")
#: what neither deviations nor extremes are needed for
OF_SUMS = frozenset(("Total", "Average", "Count", "PercentGood", "TotalWithUOM"))
_CANONICAL = {name.casefold(): (name,) for name in TYPES} | {
    "all": TYPES,
    "allfornonnumeric": _NON_NUMERIC,
    "none": (),
}


def summary_types(names: Sequence[str]) -> tuple[str, ...]:
    """The types to compute, each once, in the order of asking; BadRequest for an unknown name."""
    unknown = [name for name in names if name.casefold() not in _CANONICAL]
    if unknown:
        raise BadRequest(f"The parameter summaryType knows no {', '.join(unknown)}.")
    return tuple(dict.fromkeys(kind for name in names for kind in _CANONICAL[name.casefold()]))


def summarize(
    series: Series,
    bounds: Times,
    types: Sequence[str],
    *,
    basis: Basis = "TimeWeighted",
    step: bool,
    now: int,
    time_type: TimeType = "Auto",
    good: Mask | None = None,
    numeric: bool = True,
    rate_seconds: float = PER_DAY,
) -> list[tuple[str, Series]]:
    """One series per type, in the order of asking, with one row per interval.

    ``bounds``: the edges of k intervals, k + 1 ticks, ascending or descending; the rows follow them. ``good``
    judges the series' events (a filter): the time and the events where it is false count as bad. ``numeric``
    is false for digital streams, and never true of object columns: of these only Count and PercentGood can
    be told. Totals by time are per day; TotalWithUOM is per ``rate_seconds`` (`streaming.core.rates`).
    What cannot be told is bad: No Data without any good value, else Calc Failed.
    """
    descending = bool(bounds[0] > bounds[-1])
    edges = np.ascontiguousarray(bounds[::-1]) if descending else bounds
    numeric = numeric and not series.is_object
    events = events_of(series, good, numeric)
    weighting = _weighting(basis, events, edges, step=step, now=now, descending=descending)
    per = (PER_DAY, rate_seconds) if basis.startswith("Time") else (1.0, 1.0)
    return tell(weighting, bounds, types, time_type=time_type, numeric=numeric, per=per)


def tell(
    weighting: Weighting,
    bounds: Times,
    types: Sequence[str],
    *,
    time_type: TimeType = "Auto",
    numeric: bool = True,
    per: tuple[float, float] = (PER_DAY, PER_DAY),
) -> list[tuple[str, Series]]:
    """As `summarize`, of intervals that have been weighed already, in ascending order. ``per``: what the totals of
    both types are divided by."""
    wanted = summary_types(types)
    descending = bool(bounds[0] > bounds[-1])
    edges = np.ascontiguousarray(bounds[::-1]) if descending else bounds
    times = edges[1:] if time_type == "MostRecentTime" or (time_type == "Auto" and descending) else edges[:-1]
    summaries = []
    for kind in wanted:
        values, extreme_times = _values(kind, weighting, per)
        moments = times if extreme_times is None or time_type != "Auto" else extreme_times
        if not numeric and kind not in _NON_NUMERIC:
            values = np.full(len(times), np.nan)
        told = ~np.isnan(values)
        flags = (~told).astype(np.uint8) * BAD
        if not told.all():
            state = np.where(weighting.count > 0, CALC_FAILED, NO_DATA) if numeric else CALC_FAILED
            moments, values = np.where(told, moments, times), np.where(told, values, state)
        rows = Series(moments, values, flags)
        summaries.append((kind, rows.reversed() if descending else rows))
    return summaries


def lines_between(basis: Basis, step: bool) -> bool:
    """Whether time is weighted by straight lines between events, else by stairs."""
    return basis.endswith("Continuous") or (basis == "TimeWeighted" and not step)


def _weighting(basis: Basis, events: Events, edges: Times, *, step: bool, now: int, descending: bool) -> Weighting:
    if basis.startswith("Time"):
        return TimeWeighted(events, edges, lines=lines_between(basis, step), now=now)
    at_start, at_end = _ends_that_count(basis, len(edges) - 1, descending)
    return EventWeighted(events, edges, at_start=at_start, at_end=at_end)


def events_of(series: Series, good: Mask | None = None, numeric: bool = True) -> Events:
    """Numbers that are not finite count as bad."""
    valued, values = series.good, np.zeros(len(series))
    if numeric:
        valued &= np.isfinite(series.values)
        values = series.values if valued.all() else np.where(valued, series.values, 0.0)
    return Events(series.times, values, valued, valued if good is None else valued & good)


def _ends_that_count(basis: str, intervals: int, descending: bool) -> tuple[bool, bool]:
    """Whether events at the earlier and at the later end of an interval count: at both ends of a single
    interval, of several at the one where the interval starts."""
    if basis == "EventWeighted":
        return (True, True) if intervals == 1 else (not descending, descending)
    return basis != "EventWeightedExcludeEarliestEvent", basis != "EventWeightedExcludeMostRecentEvent"


def _values(kind: str, weighting: Weighting, per: tuple[float, float]) -> tuple[Numbers, Times | None]:
    """The values of one type, with their own times if it has any."""
    match kind:
        case "Total":
            return weighting.total / per[0], None
        case "TotalWithUOM":
            return weighting.total / per[1], None
        case "Average":
            return weighting.average, None
        case "Minimum":
            return weighting.lowest
        case "Maximum":
            return weighting.highest
        case "Range":
            return weighting.highest[0] - weighting.lowest[0], None
        case "StdDev":
            return weighting.sample_deviation, None
        case "PopulationStdDev":
            return weighting.population_deviation, None
        case "Count":
            return weighting.count, None
        case _:
            return weighting.percent_good, None
