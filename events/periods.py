"""Which event frames overlap a period. A short one is found on PostgreSQL by ranges and their index, because neither of
two conditions on start and end is selective in the middle of a long history. For a long one, which most frames that
are looked at overlap, the two conditions cost a fifth of a range for each."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, Func, Q, Value
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

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


LAST = 2**63 - 1


class EndOrOpen(Func):
    """A frame's end; for an open frame a number above all times. It stands in an index, where "after, or open" is one
    range, open frames lie together and the order by end needs no sorting."""

    template = f"COALESCE(%(expressions)s, {LAST})"
    output_field = BigIntegerField()


def still_open() -> Q:
    return Q(Exact(EndOrOpen(F("end")), LAST))


def ending_from(first: int) -> Q:
    return Q(GreaterThanOrEqual(EndOrOpen(F("end")), first))


def ending_by(last: int) -> Q:
    return Q(LessThanOrEqual(EndOrOpen(F("end")), last))


def overlapping_long(first: int, last: int) -> Q:
    """The same frames as `overlapping`."""
    return Q(start__lte=last) & ending_from(first)
