"""Query parameters of streams: what the verbs of `verbs.py` and the calculations share."""

from __future__ import annotations

from piwebapi.api import params
from streaming.core.summaries import TYPES

ASSOCIATIONS = params.ASSOCIATIONS.but(about="Annotations: those of each value along with it.")
DESIRED_UNITS = params.text("desiredUnits", about="The name or abbreviation of a unit to convert values to.")
FILTER = params.text("filterExpression", about="A condition: '.' is the stream, other names are relative to it.")
INCLUDE_FILTERED = params.flag("includeFilteredValues", about="Tell where values were left out.")
TIMES = params.time("time", many=True, required=True, about="A PI time; repeat the parameter.")
ONE_TIME = params.time("time", required=True, about="A PI time.")
SORT_ORDER = params.SORT_ORDER
START, END = params.START_TIME.but(default=None), params.END_TIME.but(default=None)
BOUNDARY = params.choice(
    "boundaryType", ("Inside", "Outside", "Interpolated"), "Inside", about="What to do at the ends."
)
RETRIEVAL = params.choice(
    "retrievalMode",
    ("Auto", "AtOrBefore", "Before", "AtOrAfter", "After", "Exact"),
    "Auto",
    about="Which event a time picks.",
)
INTERVALS = params.number("intervals", "24", about="Into how many intervals the range is cut.")
INTERVAL = params.interval("interval", "1h", about="The time between two values.")
SYNC_TIME = params.time("syncTime", about="The values lie on the grid through this time.")
SYNC_BOUNDARY = params.choice("syncTimeBoundaryType", ("Inside", "Outside"), "Inside", about="Grid times at the ends.")
SUMMARY_TYPE = params.choice(
    "summaryType", (*TYPES, "All", "AllForNonNumeric", "None"), "Total", many=True, about="Repeat the parameter."
)
BASES = (
    "TimeWeighted EventWeighted TimeWeightedContinuous TimeWeightedDiscrete EventWeightedExcludeMostRecentEvent "
    "EventWeightedExcludeEarliestEvent EventWeightedIncludeBothEnds"
).split()
BASIS = params.choice("calculationBasis", BASES, "TimeWeighted", about="How values are weighted.")
TIME_TYPE = params.choice("timeType", ("Auto", "EarliestTime", "MostRecentTime"), "Auto", about="The time of a result.")
DURATION = params.interval("summaryDuration", about="The length of each interval; absent: one interval.")
SAMPLE_TYPE = params.choice(
    "sampleType", ("ExpressionRecordedValues", "Interval"), "ExpressionRecordedValues", about="When a filter is asked."
)
SAMPLE_INTERVAL = params.interval("sampleInterval", about="The time between two samples.")
RANGE = (START, END, params.TIME_ZONE)
FILTERS = (FILTER, INCLUDE_FILTERED)
