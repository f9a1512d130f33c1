"""Which event frames overlap a period. On PostgreSQL by ranges and their index, because neither of two conditions on
start and end is selective for a short period in the middle of a long history."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, F, Func, Q, Value

#: of the index; the columns are qualified in a query
RANGE = (
    "int8range({start}, CASE WHEN {end} IS NULL THEN NULL ELSE GREATEST({start}, {end}) END, '[]')"  # open: no bound
)
INDEX = "events_eventframe_period"


class Overlaps(Func):
    """A frame's start and end against first and last tick of a period."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        (start, _), (end, _), (first, low), (last, high) = map(compiler.compile, self.get_source_expressions())
        if connection.vendor == "postgresql":
            sql = f"{RANGE.format(start=start, end=end)} && int8range({first}, {last}, '[]')"
            return f"({sql})", [*low, *high]
        return f"({start} <= {last} AND ({end} IS NULL OR {end} >= {first}))", [*high, *low]


def overlapping(first: int, last: int) -> Q:
    return Q(Overlaps(F("start"), F("end"), Value(first), Value(max(first, last))))
