"""Reading events out of both tables by one statement, so that a run that is just being packed is seen once.

Points and times are numbers of our own, written into the statement: there may be thousands of points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from django.db import connection

from streaming.core.series import Series
from streaming.models import ArchivedBlock, ArchivedEvent

from .blocks import SIZE, unpack
from .rows import Row, series_of

EVENTS, BLOCKS = ArchivedEvent._meta.db_table, ArchivedBlock._meta.db_table
AT_ONCE = 2_000
#: later than any event
LATEST = 2**63 - 1
_EVENT = "SELECT e.point_id, e.id, e.ticks, e.number, e.text, e.flags, NULL AS payload"
_BLOCK = "SELECT b.point_id, b.id, b.first, NULL, NULL, 0, b.payload"


class Found:
    """What a statement brought of each point."""

    def __init__(self) -> None:
        self.rows: dict[int, list[Row]] = defaultdict(list)
        self.ids: dict[int, list[int]] = defaultdict(list)
        self.blocks: dict[int, list[Series]] = defaultdict(list)

    def ask(self, statements: Sequence[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements))
            for point, key, ticks, number, text, flags, payload in cursor.fetchall():
                if payload is None:
                    self.rows[point].append((ticks, number, text, flags))
                    self.ids[point].append(key)
                else:
                    self.blocks[point].append(unpack(payload))

    def of(self, point: int) -> Series:
        """Ascending; the rows of one time in the order of their ids."""
        rows = series_of(self.rows[point])
        rows = rows.take(np.lexsort((np.array(self.ids[point], np.int64), rows.times)))
        parts = self.blocks[point]
        if not parts:
            return rows
        series = Series.concat(*parts, rows)
        return series.take(np.argsort(series.times, kind="stable"))


def lists(items: Iterable[int]) -> Iterator[list[int]]:
    """As long as a statement may be."""
    every = list(items)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]


def count_about(points: Sequence[int], start: int, end: int) -> int:
    """How many events a range has, out of the indexes alone; blocks count as full."""
    count = 0
    for part in lists(points):
        rows = ArchivedEvent.objects.filter(point_id__in=part, ticks__range=(start, end))
        blocks = ArchivedBlock.objects.filter(point_id__in=part, first__range=(start, end))
        count += rows.count() + SIZE * blocks.count()
    return count


def chunks(points: Sequence[int]) -> Iterator[str]:
    """The points as they stand in a statement."""
    for part in lists(points):
        yield ",".join(str(int(point)) for point in part)


def asked(points: str) -> str:
    """The points as a table `p` with the column `id`, whether they exist or not."""
    rows = "),(".join(points.split(","))
    return f"(WITH given(id) AS (VALUES ({rows})) SELECT id FROM given) p"


def touching(points: str, start: int, end: int) -> str:
    """The points `p` with those of their blocks `b` that have a time of the range. Blocks of a point lie one after the
    other: from the last one that begins before the range. Told so, an engine reads none of the others of ten years."""
    before = (
        f"SELECT n.first FROM {BLOCKS} n WHERE n.point_id = p.id AND n.first <= {start} ORDER BY n.first DESC LIMIT 1"
    )
    return (
        f"{asked(points)} JOIN {BLOCKS} b ON b.point_id = p.id AND b.first >= COALESCE(({before}), {start}) "
        f"AND b.first <= {end} AND b.last >= {start}"
    )


def inside(points: str, start: int, end: int) -> list[str]:
    return [
        f"{_EVENT} FROM {EVENTS} e WHERE e.point_id IN ({points}) AND e.ticks BETWEEN {start} AND {end}",
        f"{_BLOCK} FROM {touching(points, start, end)}",
    ]


def limited(points: str, start: int, end: int, limit: int, reverse: bool) -> list[str]:
    """As `inside`, but hardly more than `limit` of each point, from the start or the end; one more at least, so
    that it is seen where the limit cuts."""
    way, side = ("DESC", ">=") if reverse else ("ASC", "<=")
    cut = (
        f"SELECT c.ticks FROM {EVENTS} c WHERE c.point_id = p.id AND c.ticks BETWEEN {start} AND {end} "
        f"ORDER BY c.ticks {way}, c.id {way} LIMIT 1 OFFSET {limit}"
    )
    enough = (
        f"SELECT id, SUM(count) OVER (PARTITION BY point_id ORDER BY first {way}) - count AS before FROM {BLOCKS} "
        f"WHERE point_id IN ({points}) AND last >= {start} AND first <= {end}"
    )
    return [
        f"{_EVENT} FROM {asked(points)} JOIN {EVENTS} e ON e.point_id = p.id AND e.ticks BETWEEN {start} AND {end} "
        f"AND e.ticks {side} COALESCE(({cut}), {start if reverse else end})",
        # the outermost block may lie beyond the limit of the range with all but one of its events
        f"{_BLOCK} FROM {BLOCKS} b WHERE b.id IN (SELECT id FROM ({enough}) AS run WHERE before < {limit + SIZE * 2})",
    ]


def beside(points: str, start: int, end: int) -> list[str]:
    """The nearest row and the nearest block on each side."""
    found = []
    for side, moment, way, event, block in (
        ("<", start, "DESC", "ticks", "last"),
        (">", end, "ASC", "ticks", "first"),
    ):
        row = (
            f"SELECT n.id FROM {EVENTS} n WHERE n.point_id = p.id AND n.{event} {side} {moment} "
            f"ORDER BY n.{event} {way}, n.id {way} LIMIT 1"
        )
        run = (
            f"SELECT n.id FROM {BLOCKS} n WHERE n.point_id = p.id AND n.{block} {side} {moment} "
            f"ORDER BY n.{block} {way} LIMIT 1"
        )
        found.append(f"{_EVENT} FROM {asked(points)} JOIN {EVENTS} e ON e.id = ({row})")
        found.append(f"{_BLOCK} FROM {asked(points)} JOIN {BLOCKS} b ON b.id = ({run})")
    return found


def trimmed(series: Series, start: int, end: int, outer: bool, limit: int | None, reverse: bool) -> Series:
    """The events of the range, and of those beside it the nearest."""
    first = int(np.searchsorted(series.times, start, side="left"))
    last = int(np.searchsorted(series.times, end, side="right"))
    low, high = max(first - outer, 0), last + outer
    if limit is not None and last - first > limit:
        first, last = (last - limit, last) if reverse else (first, first + limit)
        low, high = (first, high) if reverse else (low, last)
    return series.take(slice(low, high))
