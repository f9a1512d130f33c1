"""Summaries of a stream over intervals: Total, Average, Minimum and their family.

Source: PI Web API reference, summary-type, calculation-basis, time-type; AF SDK reference, AFSummaryTypes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from piwebapi.core.errors import BadRequest
from streaming.core.groups import Numbers
from streaming.core.series import BAD, Mask, Series, Times
from streaming.core.states import CALC_FAILED, NO_DATA
from streaming.core.weighting import Statistics, event_weighted, time_weighted

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
    rate_base_seconds: float = 86_400,
) -> list[tuple[str, Series]]:
    """One series per type, in the order of asking, with one row per interval.

    ``bounds``: the edges of k intervals, k + 1 ticks, ascending or descending; the rows follow them. ``good``
    judges the series' events (a filter): the time and the events where it is false count as bad. ``numeric``
    is false for digital streams, and never true of object columns: of these only Count and PercentGood can
    be told. Totals by time are per ``rate_base_seconds``, a day unless the unit is a rate with another base.
    What cannot be told is bad: No Data without any good value, else Calc Failed.
    """
    wanted = summary_types(types)
    descending = bool(bounds[0] > bounds[-1])
    edges = bounds[::-1] if descending else bounds
    numeric = numeric and not series.is_object
    number = np.nan_to_num(series.values, posinf=0.0, neginf=0.0) if numeric else np.zeros(len(series))
    usable = series.good & np.isfinite(series.values) if numeric else series.good
    clean = Series(series.times, number, np.where(usable, 0, BAD).astype(np.uint8))
    if good is not None:
        usable &= good
    if basis.startswith("Time"):
        lines = basis.endswith("Continuous") or (basis == "TimeWeighted" and not step)
        found = time_weighted(clean, edges, usable, lines=lines, now=now)
        per = rate_base_seconds
    else:
        at_start, at_end = _ends_that_count(basis, len(edges) - 1, descending)
        found = event_weighted(clean, edges, usable, at_start=at_start, at_end=at_end)
        per = 1.0
    summaries = []
    for kind in wanted:
        rows = _rows(kind, found, edges, time_type, descending, numeric, per)
        summaries.append((kind, rows.reversed() if descending else rows))
    return summaries


def _ends_that_count(basis: str, intervals: int, descending: bool) -> tuple[bool, bool]:
    """Whether events at the earlier and at the later end of an interval count: at both ends of a single
    interval, of several at the one where the interval starts."""
    if basis == "EventWeighted":
        return (True, True) if intervals == 1 else (not descending, descending)
    return basis != "EventWeightedExcludeEarliestEvent", basis != "EventWeightedExcludeMostRecentEvent"


def _rows(
    kind: str,
    found: Statistics,
    edges: Times,
    time_type: TimeType,
    descending: bool,
    numeric: bool,
    per: float,
) -> Series:
    """One summary type of all intervals, in ascending order."""
    values = _values(kind, found, per)
    if not numeric and kind not in _NON_NUMERIC:
        values = np.full(len(values), np.nan)
    told = ~np.isnan(values)
    state = np.where((found.count > 0) | (not numeric), CALC_FAILED, NO_DATA)
    later = time_type == "MostRecentTime" or (time_type == "Auto" and descending)
    times = edges[1:] if later else edges[:-1]
    if time_type == "Auto" and kind in ("Minimum", "Maximum"):
        times = np.where(told, found.minimum_time if kind == "Minimum" else found.maximum_time, times)
    return Series(times, np.where(told, values, state), np.where(told, 0, BAD).astype(np.uint8))


def _values(kind: str, found: Statistics, per: float) -> Numbers:
    if kind in ("Total", "TotalWithUOM"):
        return found.total / per
    if kind == "Range":
        return found.maximum - found.minimum
    columns = {
        "Average": found.average,
        "Minimum": found.minimum,
        "Maximum": found.maximum,
        "StdDev": found.sample_deviation,
        "PopulationStdDev": found.population_deviation,
        "Count": found.count,
        "PercentGood": found.percent_good,
    }
    return columns[kind]
