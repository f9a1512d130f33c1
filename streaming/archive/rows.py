"""The archive as a table of events, on SQLite and PostgreSQL alike.

A read of n events costs one query and about 0.5 us an event; a write one query for the events that are
there and three for all changes together, however many they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from piwebapi.models import Counter, Point
from streaming.core.series import BAD, SUBSTITUTED, Series
from streaming.models import ArchivedEvent, ValueChange

from .base import Change, Outcome

COUNTER = "values"
COLUMNS = ("ticks", "number", "text", "flags")
AT_ONCE = 400

Row = tuple[int, float | None, str | None, int]


class RowArchive:
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
        if len(points) == 1 or limit is not None:
            found = {point: self._read_one(point, start, end, outer, limit, reverse) for point in points}
        else:
            found = self._read_all(points, start, end, outer)
        return {point: series_of(rows) for point, rows in found.items()}

    def _read_one(self, point: int, start: int, end: int, outer: bool, limit: int | None, reverse: bool) -> list[Row]:
        rows = ArchivedEvent.objects.filter(point_id=point)
        inner = rows.filter(ticks__gte=start, ticks__lte=end)
        order = ("-ticks", "-id") if reverse else ("ticks", "id")
        chosen: QuerySet = inner.order_by(*order).values_list(*COLUMNS)
        found = list(chosen[:limit] if limit is not None else chosen)
        if reverse:
            found.reverse()
        if outer:
            before = rows.filter(ticks__lt=found[0][0] if found and reverse else start).order_by("-ticks", "-id")
            after = rows.filter(ticks__gt=found[-1][0] if found and not reverse else end).order_by("ticks", "id")
            found = [*before.values_list(*COLUMNS)[:1], *found, *after.values_list(*COLUMNS)[:1]]
        return found

    def _read_all(self, points: Sequence[int], start: int, end: int, outer: bool) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {point: [] for point in points}
        for chunk in _chunks(points):
            rows = ArchivedEvent.objects.filter(point_id__in=chunk)
            condition = Q(ticks__gte=start, ticks__lte=end)
            if outer:
                condition |= Q(pk__in=self._neighbours(chunk, start, end))
            for point, *row in rows.filter(condition).order_by("ticks", "id").values_list("point_id", *COLUMNS):
                found[point].append(tuple(row))
        return found

    def _neighbours(self, points: Sequence[int], start: int, end: int) -> list[int]:
        """The events just outside: one query with an index look-up per point and side."""
        rows = ArchivedEvent.objects.filter(point_id=OuterRef("pk"))
        before = rows.filter(ticks__lt=start).order_by("-ticks", "-id").values("pk")[:1]
        after = rows.filter(ticks__gt=end).order_by("ticks", "id").values("pk")[:1]
        sides = Point.objects.filter(pk__in=points).values_list(Subquery(before), Subquery(after))
        return [pk for pair in sides for pk in pair if pk is not None]

    def newest(self, points: Sequence[int], until: int | None = None) -> dict[int, Series]:
        found: dict[int, Series] = {}
        for chunk in _chunks(points):
            rows = ArchivedEvent.objects.filter(point_id__in=chunk)
            if until is not None:
                rows = rows.filter(ticks__lte=until)
            tops = dict(rows.values_list("point_id").annotate(Max("ticks")).order_by())
            conditions = Q(pk__in=[])
            for point, ticks in tops.items():
                conditions |= Q(point_id=point, ticks=ticks)
            for point, *row in (
                ArchivedEvent.objects.filter(conditions).order_by("id").values_list("point_id", *COLUMNS)
            ):
                found[point] = series_of([tuple(row)])
        return found

    def write(self, point: int, changes: Sequence[Change], option: str) -> Outcome:
        with transaction.atomic():
            plan = _Plan(point, self._existing(point, changes), option)
            for change in changes:
                plan.take(change)
            return plan.carry_out()

    def _existing(self, point: int, changes: Sequence[Change]) -> dict[int, list[ArchivedEvent]]:
        found: dict[int, list[ArchivedEvent]] = defaultdict(list)
        for chunk in _chunks(sorted({change.ticks for change in changes})):
            for event in ArchivedEvent.objects.filter(point_id=point, ticks__in=chunk).order_by("id"):
                found[event.ticks].append(event)
        return found


class _Plan:
    """What the changes come to, decided one after the other (they may share a time)."""

    def __init__(self, point: int, existing: dict[int, list[ArchivedEvent]], option: str) -> None:
        self.point, self.existing, self.option = point, existing, option
        self.log: list[tuple[int, ArchivedEvent]] = []
        self.removed: list[int] = []

    def take(self, change: Change) -> None:
        present = self.existing.get(change.ticks) or []
        if self.option == "Remove":
            for event in present:
                if event.pk is not None:
                    self.removed.append(event.pk)
                self.log.append((ValueChange.Action.DELETE, event))
            self.existing.pop(change.ticks, None)
        elif self.option in ("Insert", "InsertNoCompression") or not present:
            if self.option != "ReplaceOnly":
                self._add(change)
        elif self.option in ("Replace", "ReplaceOnly"):
            self._replace(present[-1], change)

    def _add(self, change: Change) -> None:
        event = ArchivedEvent(
            point_id=self.point,
            ticks=change.ticks,
            number=change.number,
            text=change.text,
            flags=change.flags,
        )
        self.existing.setdefault(change.ticks, []).append(event)
        self.log.append((ValueChange.Action.ADD, event))

    def _replace(self, event: ArchivedEvent, change: Change) -> None:
        event.number, event.text = change.number, change.text
        event.flags = change.flags | SUBSTITUTED
        self.log.append((ValueChange.Action.UPDATE, event))

    def carry_out(self) -> Outcome:
        if not self.log:
            return Outcome(sequence=Counter.last(COUNTER))
        kept = [event for events in self.existing.values() for event in events]
        ArchivedEvent.objects.filter(pk__in=self.removed).delete()
        touched = {id(event) for _, event in self.log}
        ArchivedEvent.objects.bulk_create([event for event in kept if event.pk is None], batch_size=AT_ONCE)
        old = [event for event in kept if event.pk is not None and id(event) in touched]
        ArchivedEvent.objects.bulk_update(old, ["number", "text", "flags"], batch_size=AT_ONCE)
        first = Counter.take(COUNTER, len(self.log))
        ValueChange.objects.bulk_create(
            [_logged(first + place, *entry) for place, entry in enumerate(self.log)], batch_size=AT_ONCE
        )
        counts = [sum(action == kind for action, _ in self.log) for kind in ValueChange.Action.values]
        return Outcome(*counts, sequence=first + len(self.log) - 1)


def _logged(sequence: int, action: int, event: ArchivedEvent) -> ValueChange:
    return ValueChange(
        sequence=sequence,
        point_id=event.point_id,
        action=action,
        ticks=event.ticks,
        number=event.number,
        text=event.text,
        flags=event.flags,
    )


def series_of(rows: Iterable[Row]) -> Series:
    """Rows of (ticks, number, text, flags) as columns; texts make an object column."""
    rows = list(rows)
    if not rows:
        return Series.empty()
    times, numbers, texts, flags = zip(*rows, strict=True)
    bits = np.array(flags, dtype=np.uint8)
    if any(text is not None for text in texts):
        values = np.empty(len(rows), dtype=np.object_)
        for place, (number, text, flag) in enumerate(zip(numbers, texts, flags, strict=True)):
            values[place] = int(number or 0) if flag & BAD else text
    else:
        values = np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
    return Series(np.array(times, dtype=np.int64), values, bits)


def _chunks(items: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
