"""Recorded values into ``pi_timeseries``: every value of the source once.

A window is read in slices, a slice in requests, and what has come is committed in portions, so memory stays bounded
whatever the window. Each stream has its own mark. The overlap before it is read again: what arrived late is added, what
has changed is written over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from django.db.models import Min

from events.ingestion import ledger, points
from events.ingestion.columns import Events
from events.ingestion.faults import SourceError
from events.ingestion.lake.table import LakeTable
from events.ingestion.recorded import Cursor, recorded
from events.ingestion.tables import TIMESERIES, Tag, pattern_of, series_rows
from events.ingestion.tally import SECOND, TICKS, Work
from events.models.ingest import IngestionJob, StreamMark

#: rows that are held and committed together
PORTION = 250_000
#: values that a slice of time is expected to bring, at one a second
SLICE_VALUES = 2_000_000


def ingest(work: Work) -> None:
    job = work.job
    try:
        pattern_of(job.name_pattern)
    except ValueError as error:
        raise SourceError(f"The name pattern of job '{job.name}': {error}.", permanent=True) from None
    table = work.open(TIMESERIES)
    try:
        app = ledger.app_of(job)
        ledger.recover(job, table, app)
        marks = _begun(points.marks_of(job, work.client), work)
        while marks and not work.is_over:
            begin = min(_begin(mark, work) for mark in marks)
            end = min(work.moment, begin + slice_of(len(marks)) * SECOND)
            failed = read(work, table, app, [(mark, _cursor(mark, work)) for mark in marks], end)
            marks = [mark for mark in marks if mark.pk not in failed]  # in this run; the next one tries again
            if end >= work.moment:
                break
        move(job)
    finally:
        table.close()


def slice_of(streams: int) -> int:
    """Seconds."""
    return int(min(max(SLICE_VALUES // max(streams, 1), 60), 3600))


def _begun(marks: list[StreamMark], work: Work) -> list[StreamMark]:
    """Where a new stream begins is remembered before it is read, so that a first run that breaks off leaves no gap."""
    fresh = [mark for mark in marks if mark.until is None]
    for mark in fresh:
        mark.until = (work.moment - work.job.first_seconds * SECOND) * TICKS
    StreamMark.objects.bulk_update(fresh, ["until"], batch_size=500)
    return marks


def _begin(mark: StreamMark, work: Work) -> int:
    return work.moment if mark.until is None else mark.until // TICKS


def _cursor(mark: StreamMark, work: Work) -> Cursor:
    """A stream goes on at its newest value, which has to come again, with the overlap before it. So even an answer that
    lacked its end leaves no gap: the next run begins where it broke off."""
    overlap = work.job.overlap_seconds * SECOND
    if mark.last is None:
        return Cursor(mark.web_id, _begin(mark, work))
    return Cursor(mark.web_id, mark.last // TICKS - overlap, mark.last // TICKS)


def move(job: IngestionJob) -> None:
    """The job stands where the stream stands that is the furthest behind."""
    job.until = job.marks.filter(chosen=True).aggregate(until=Min("until"))["until"]
    IngestionJob.objects.filter(pk=job.pk).update(until=job.until)


def read(
    work: Work,
    table: LakeTable,
    app: str,
    streams: Sequence[tuple[StreamMark, Cursor]],
    end: int,
    *,
    past: bool = False,
) -> set[int]:
    """Everything up to `end` (microseconds). `past`: a backfill; it moves no marks, and any row may be there. Gives the
    marks of the streams that failed."""
    portion = Portion(work, table, app, past)
    by_id = {cursor.web_id: mark for mark, cursor in streams}
    cursors = [cursor for _, cursor in streams]
    for cursor, events in recorded(work.client, cursors, end):
        portion.add(by_id[cursor.web_id], cursor.units, events)
        if portion.rows >= PORTION:
            portion.commit()
    portion.commit()
    for cursor in cursors:
        if cursor.error:
            work.tally.rejected[f"stream: {cursor.error}"[:200]] += 1
    if not past:
        _reached(streams, end)
    return {mark.pk for mark, cursor in streams if cursor.error}


def _reached(streams: Sequence[tuple[StreamMark, Cursor]], end: int) -> None:
    """Streams without a fault have been read up to the end of the window."""
    moved = [mark for mark, cursor in streams if not cursor.error]
    for mark in moved:
        mark.until = max(mark.until or 0, end * TICKS)
    ids = [mark.pk for mark in moved]
    for start in range(0, len(ids), 5_000):
        part = ids[start : start + 5_000]
        StreamMark.objects.filter(pk__in=part, until__lt=end * TICKS).update(until=end * TICKS)


class Portion:
    """Rows that wait for their commit."""

    def __init__(self, work: Work, table: LakeTable, app: str, past: bool) -> None:
        self.work, self.table, self.app, self.past = work, table, app, past
        self._empty()

    def _empty(self) -> None:
        self.rows = 0
        self.new: list[tuple[Tag, Events]] = []
        self.maybe: list[tuple[Tag, Events]] = []
        self.marks: dict[int, tuple[int, int]] = {}
        self.reached: dict[int, StreamMark] = {}

    def add(self, mark: StreamMark, units: str, events: Events) -> None:
        tally = self.work.tally
        tally.read += len(events)
        events = self._unique(self._fit(events))
        if not len(events):
            return
        tag = Tag(mark.web_id, mark.name, units or mark.units)
        fresh = self._fresh(mark, events)
        for target, chosen in ((self.new, fresh), (self.maybe, ~fresh)):
            if chosen.any():
                target.append((tag, events.take(chosen)))
        if mark.until is not None and not self.past:
            tally.late += int((fresh & (events.times <= mark.until // TICKS)).sum())
        last, count = self.marks.get(mark.pk, (0, 0))
        self.marks[mark.pk] = (max(last, int(events.times[-1]) * TICKS), count + int(fresh.sum()))
        self.reached[mark.pk] = mark
        tally.saw(int(events.times[-1]))
        self.rows += len(events)

    def _fresh(self, mark: StreamMark, events: Events) -> np.ndarray:
        """Which rows are certainly not in the table."""
        if self.past:
            return np.zeros(len(events), np.bool_)
        if mark.last is None:
            return np.ones(len(events), np.bool_)
        return events.times > mark.last // TICKS

    def _fit(self, events: Events) -> Events:
        if not events.refused.any():
            return events
        self.work.tally.rejected["value: a text that is no number"] += int(events.refused.sum())
        return events.take(~events.refused)

    def _unique(self, events: Events) -> Events:
        """Of values at the same time the last one counts."""
        if len(events) < 2:
            return events
        kept = np.append(np.diff(events.times) > 0, True)
        self.work.tally.duplicates += int((~kept).sum())
        return events if kept.all() else events.take(kept)

    def commit(self) -> None:
        if not self.rows:
            return
        work, job = self.work, self.work.job
        work.keep()
        new, maybe = (self._table(parts) for parts in (self.new, self.maybe))
        marks = dict.fromkeys(self.marks, (0, 0)) if self.past else self.marks
        stored = ledger.commit(job, self.table, self.app, new, maybe, marks, work.now)
        tally = work.tally
        tally.nulls += new["value"].null_count + maybe["value"].null_count
        tally.questionable += sum(int(events.questionable.sum()) for _, events in (*self.new, *self.maybe))
        tally.written += stored.inserted + stored.changed
        tally.changed += stored.changed
        if not self.past:
            tally.late += max(stored.inserted - new.num_rows, 0)
            for pk, mark in self.reached.items():
                mark.last = max(mark.last or 0, marks[pk][0])
        work.progress(stored.inserted)
        self._empty()

    def _table(self, parts: Sequence[tuple[Tag, Events]]) -> pa.Table:
        if not parts:
            return TIMESERIES.arrow.empty_table()
        return series_rows(parts, self.work.job.name_pattern, self.work.moment)
