"""Recorded values of another server into this server's own archive, under the points that `mirror` has made.

At the times that were read the archive holds what the source holds: numbers, states, texts, moments, several events of
one time, and what is bad as a state of the SYSTEM set. Events and the marks of their streams are one transaction. They
are written before the lake is, and a stream goes on at its newest value in the lake: so what a crash left undone comes
again to both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import transaction

from events.ingestion.columns import PLAIN, TICKS, Events, moments
from events.ingestion.tally import SECOND, Work
from events.models.ingest import StreamMark
from piwebapi.core.times import from_datetime
from streaming.archive.loading import load
from streaming.core.series import BAD, QUESTIONABLE, SUBSTITUTED, Series, Values
from streaming.core.states import BAD_INPUT, NO_DATA, system_code

#: events of one transaction: other writers wait meanwhile
AT_ONCE = 25_000
#: what is older is history: sockets are told of its newest value only
RECENT = 600 * SECOND * TICKS
UNFIT = "kept here: a value that does not fit the type of the point"
NUMBERS = {"Digital", "Int16", "Int32", "Float16", "Float32", "Float64"}


class Keeping:
    """What waits to be written. `past`: a backfill; it tells sockets nothing that is not newer than all they know."""

    def __init__(self, work: Work, past: bool) -> None:
        self.work, self.past = work, past
        self.rows = 0
        self._waiting: dict[int, tuple[StreamMark, list[Series]]] = {}

    def add(self, mark: StreamMark, events: Events) -> None:
        if mark.point is None or not self.work.job.source.keeps:
            return
        series = series_of(mark.point.point_type, events, self.work.tally.rejected)
        if len(series):
            self._waiting.setdefault(mark.pk, (mark, []))[1].append(series)
            self.rows += len(series)

    def write(self) -> None:
        part: list[tuple[StreamMark, Series]] = []
        for mark, several in self._waiting.values():
            part.append((mark, _ascending(Series.concat(*several))))
            if sum(len(series) for _, series in part) >= AT_ONCE:
                self._write(part)
                part = []
        if part:
            self._write(part)
        self._waiting, self.rows = {}, 0

    def _write(self, part: Sequence[tuple[StreamMark, Series]]) -> None:
        self.work.keep()
        now = from_datetime(self.work.now)
        with transaction.atomic():
            done = load(
                {mark.point_id: series for mark, series in part if mark.point_id},
                recent=now + 1 if self.past else now - RECENT,
            )
            marks = [mark for mark, _ in part]
            fresh = {row.pk: row for row in StreamMark.objects.filter(pk__in=[mark.pk for mark in marks])}
            for mark, series in part:
                row = fresh[mark.pk]
                row.kept += done.more.get(mark.point_id or 0, 0)
                if not self.past:
                    row.kept_until = max(row.kept_until or 0, int(series.times[-1]))
            StreamMark.objects.bulk_update(fresh.values(), ["kept", "kept_until"], batch_size=500)
        for mark in marks:
            mark.kept, mark.kept_until = fresh[mark.pk].kept, fresh[mark.pk].kept_until
        self.work.tally.kept += sum(done.more.values())


def behind(mark: StreamMark, first: int) -> int | None:
    """Where a stream has to be read from (ticks) because less of it is here than in the lake; None where that is not
    so. `first`: where it begins when nothing has been kept yet."""
    if mark.point is None:
        return None
    since = first if mark.kept_until is None else mark.kept_until
    reached = mark.until if mark.last is None else mark.last
    return since if reached is None or since < reached else None


def _ascending(series: Series) -> Series:
    if len(series) > 1 and bool((np.diff(series.times) < 0).any()):
        return series.take(np.argsort(series.times, kind="stable"))
    return series


def series_of(kind: str, events: Events, refused: Counter[str]) -> Series:
    """As the archive holds them, for a point of this type; what it cannot hold is counted in `refused`, unless the lake
    refuses it, too."""
    flags = (~events.good) * BAD | events.questionable * QUESTIONABLE | events.substituted * SUBSTITUTED
    times = events.times * TICKS + events.rest
    if kind in NUMBERS and events.raw is None:
        values: Values = np.where(events.good, events.values, float(BAD_INPUT))
        bad = ~events.good
        fits = bad | np.isfinite(_rounded(kind, values))
    else:
        raw = events.values if events.raw is None else events.raw
        rows = [_held(kind, *row) for row in zip(raw, events.values, events.good, strict=True)]
        values = np.fromiter((value for value, _ in rows), np.object_, len(rows))
        bad = np.array([is_bad for _, is_bad in rows], np.bool_)
        fits = np.array([value is not None for value, _ in rows], np.bool_)
        flags = np.where(bad, flags | BAD, flags)
    if unfit := int((~fits & ~events.refused).sum()):
        refused[UNFIT] += unfit
    values = values[fits]
    if kind in NUMBERS:
        numbers = values.astype(np.float64)
        values = np.where(bad[fits], numbers, _rounded(kind, numbers))
    return Series(times[fits], values, flags[fits].astype(np.uint8))


def _rounded(kind: str, values: Values) -> Values:
    if kind not in ("Float16", "Float32"):
        return values
    with np.errstate(over="ignore"):
        return values.astype(np.float32).astype(np.float64)


def _held(kind: str, raw: Any, number: float, good: bool) -> tuple[Any, bool]:
    """The value, or the code of the state that stands for a bad one; None where there is neither."""
    if raw is None or not good or (isinstance(raw, dict) and raw.get("IsSystem")):
        return _state(raw), True
    if kind in NUMBERS:
        return (float(number) if np.isfinite(_rounded(kind, np.array([number]))[0]) else None), False
    if kind == "String":
        return (raw if isinstance(raw, str) else str(raw) if type(raw) in PLAIN else None), False
    if kind == "Timestamp" and isinstance(raw, str):
        try:
            return int(moments([raw])[0]) // 100, False
        except ValueError:
            pass
    return None, False


def _state(raw: Any) -> int:
    """A point cannot hold a number and that it is bad: then it holds Bad Input."""
    if raw is None:
        return NO_DATA
    value = raw.get("Value", raw.get("Name")) if isinstance(raw, dict) else raw
    if isinstance(value, str):
        value = system_code(value)
    return int(value) if isinstance(raw, dict | str) and isinstance(value, int) else BAD_INPUT
