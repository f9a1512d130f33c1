"""The archive in the database: recent events as rows, older ones as packed blocks; SQLite and PostgreSQL alike.

A row can be written, replaced and removed by itself; a block holds 1,024 events. Measured with a Float32 signal
every second, SQLite and PostgreSQL: 64 and 130 bytes a row, 4.1 and 4.8 an event of a block; reading a day of
86,400 events takes 35 and 20 times as long from rows. So new events become rows, and `sealing` packs them when
they have settled. A write whose time lies in a block unpacks it: values of any age can come in any order.
Out of 1,001,881,600 values of 1,000 points on PostgreSQL (random walks of 20 points, packed, and copied to the others;
978,400 blocks, 3.98 GB with indexes) a point's day takes 7 to 10 ms of processor time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.utils import timezone

from piwebapi.models import Counter
from streaming.core.series import ANNOTATED, SUBSTITUTED, Series
from streaming.live import bell
from streaming.models import ArchivedBlock, ArchivedEvent, ValueAnnotation, ValueChange

from . import reading
from .base import Outcome
from .blocks import unpack
from .plan import Plan, Stored
from .rows import COLUMNS, COUNTER, rows_of
from .statements import delete, insert, matching

#: so many changes a point, and it is asked first whether any of them can be where an event is
FOLLOWING = 4


class TableArchive:
    def read(
        self,
        points: Sequence[int],
        start: int,
        end: int,
        *,
        outer: bool = False,
        limit: int | None = None,
        reverse: bool = False,
    ) -> dict[int, Series]:
        found = reading.Found()
        for chunk in reading.chunks(points):
            inner = (
                reading.inside(chunk, start, end)
                if limit is None
                else reading.limited(chunk, start, end, limit, reverse)
            )
            found.ask([*inner, *(reading.beside(chunk, start, end) if outer else ())])
        return {point: reading.trimmed(found.of(point), start, end, outer, limit, reverse) for point in points}

    def newest(self, points: Sequence[int]) -> dict[int, Series]:
        found = reading.Found()
        for chunk in reading.chunks(points):
            found.ask(reading.beside(chunk, reading.LATEST, reading.LATEST)[:2])
        series = {point: found.of(point) for point in points}
        return {point: one.take(-1) for point, one in series.items() if len(one)}

    def write(self, changes: Mapping[int, Series], option: str, needless: Mapping[int, int] | None = None) -> Outcome:
        with transaction.atomic():
            number = Counter.take(COUNTER, 0)  # one writer after the other: what was seen stays as it was
            unseal(changes)
            rows = {point: rows_of(series) for point, series in changes.items()}
            present = {} if option.startswith("Insert") else _present(rows)
            plan = Plan(option, SUBSTITUTED, ANNOTATED)
            for point, told in rows.items():
                plan.take(point, told, present.get(point, {}))
            if needless:
                found = matching(ArchivedEvent._meta.db_table, "e.id, e.flags", needless.items())
                plan.removed += [key for key, flags in found if not flags & ANNOTATED]
            return _carry_out(plan, number)

    def mark(self, point: int, ticks: int, annotated: bool) -> bool:
        with transaction.atomic():
            number = Counter.take(COUNTER, 0)
            at = Series.of([ticks], [0.0])
            unseal({point: at})
            events = _present({point: rows_of(at)}).get(point, {}).get(ticks)
            if not events:
                return False
            plan = Plan("", SUBSTITUTED, ANNOTATED)
            for event in events[-1:] if annotated else events:
                plan.mark(point, event, annotated)
            _carry_out(plan, number)
            return True


def unseal(changes: Mapping[int, Series]) -> None:
    """Blocks into whose time something is written become rows again."""
    ranges = {
        point: (int(series.times.min()), int(series.times.max())) for point, series in changes.items() if len(series)
    }
    if not ranges:
        return
    low, high = min(pair[0] for pair in ranges.values()), max(pair[1] for pair in ranges.values())
    gone: list[int] = []
    with connection.cursor() as cursor:
        for chunk in reading.chunks(list(ranges)):
            cursor.execute(f"SELECT b.id, p.id, b.first, b.last, b.payload FROM {reading.touching(chunk, low, high)}")
            for key, point, first, last, payload in cursor.fetchall():
                times = changes[point].times
                if ((times >= first) & (times <= last)).any():
                    insert(ArchivedEvent, ("point", *COLUMNS), [(point, *row) for row in rows_of(unpack(payload))])
                    gone.append(key)
    delete(ArchivedBlock, gone)


def _present(rows: Mapping[int, Sequence[tuple]]) -> dict[int, dict[int, list[Stored]]]:
    """The events at the times of the changes, by point and time, the oldest first."""
    if sum(map(len, rows.values())) > FOLLOWING * len(rows):
        rows = _not_following(rows)
    pairs = ((point, row[0]) for point, told in rows.items() for row in told)
    found: dict[int, dict[int, list[Stored]]] = defaultdict(lambda: defaultdict(list))
    columns = "e.point_id, e.id, e.ticks, e.number, e.text, e.flags"
    seen: set[int] = set()
    for point, key, *row in matching(ArchivedEvent._meta.db_table, columns, pairs):
        if key not in seen:  # a time may be asked twice
            seen.add(key)
            found[point][row[0]].append(Stored(tuple(row), key))
    return found


def _not_following(rows: Mapping[int, Sequence[tuple]]) -> dict[int, Sequence[tuple]]:
    """Without the points all of whose changes are newer than what is there: one look-up a point instead of one a
    change."""
    newest: dict[int, int | None] = {}
    with connection.cursor() as cursor:
        for chunk in reading.chunks(list(rows)):
            row = f"SELECT MAX(e.ticks) FROM {reading.EVENTS} e WHERE e.point_id = p.id"
            cursor.execute(f"SELECT p.id, ({row}) FROM {reading.asked(chunk)}")
            newest |= dict(cursor.fetchall())
    return {
        point: told
        for point, told in rows.items()
        if (last := newest[point]) is not None and last >= min(row[0] for row in told)
    }


def _carry_out(plan: Plan, number: int) -> Outcome:
    """`number`: the first free one of the log."""
    if not plan.log:
        return Outcome(sequence=number - 1)
    delete(ArchivedEvent, plan.removed)
    for point, ticks in plan.bare:
        ValueAnnotation.objects.filter(point_id=point, ticks=ticks).delete()
    insert(ArchivedEvent, ("point", *COLUMNS), [(point, *event.row) for point, event in plan.added])
    if plan.updated:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {ArchivedEvent._meta.db_table} SET number = %s, text = %s, flags = %s WHERE id = %s",
                [(*event.row[1:], event.key) for event in plan.updated],
            )
    last = number + len(plan.log) - 1
    Counter.take(COUNTER, len(plan.log))
    at = timezone.now()
    stamp = at if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value(at)
    insert(
        ValueChange,
        ("sequence", "action", "point_id", *COLUMNS, "at"),
        [(number + place, action, point, *row, stamp) for place, (action, point, row) in enumerate(plan.log)],
    )
    bell.ring()
    counts = [sum(entry[0] == action for entry in plan.log) for action in (0, 1, 2)]
    return Outcome(*counts, sequence=last)
