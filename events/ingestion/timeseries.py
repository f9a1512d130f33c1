"""Recorded values into ``pi_timeseries``, and of other servers into this one's archive: every value of the source once.

A window is read in slices, a slice in requests, and what has come is committed in portions, so memory stays bounded
whatever the window. Each stream has its own mark. The overlap before it is read again: what arrived late is added, what
has changed is written over.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Min, Q

from events.ingestion import kept, ledger, neighbours, points
from events.ingestion.faults import SourceError
from events.ingestion.lake.table import LakeTable
from events.ingestion.portion import Portion
from events.ingestion.recorded import Cursor, recorded
from events.ingestion.tables import TIMESERIES, pattern_of
from events.ingestion.tally import SECOND, TICKS, Work
from events.models.ingest import IngestionJob, StreamMark
from piwebapi.core.chunks import chunks

#: rows that are held and committed together
PORTION = 250_000
#: values that a slice of time is expected to bring, at one a second
SLICE_VALUES = 2_000_000


def ingest(work: Work) -> None:
    """One run: all streams up to now, or as far as the time of a run reaches. One that fails is left for the next."""
    job = work.job
    try:
        pattern_of(job.name_pattern)
    except ValueError as error:
        raise SourceError(f"The name pattern of job '{job.name}': {error}.", permanent=True) from None
    table = work.open(TIMESERIES)
    try:
        app = ledger.app_of(job)
        ledger.recover(table, app)
        marks = _begun(points.marks_of(work), work, table)
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


def _begun(marks: list[StreamMark], work: Work, table: LakeTable) -> list[StreamMark]:
    """Where a new stream begins is remembered before it is read, so that a first run that breaks off leaves no gap.
    What the table holds of it already is where it goes on; while another job may be writing it, it waits."""
    fresh = [mark for mark in marks if mark.until is None]
    if not fresh:
        return marks
    if neighbours.is_at_work(work.now):
        return [mark for mark in marks if mark.until is not None]
    held = neighbours.held(table, [mark.web_id for mark in fresh])
    for mark in fresh:
        mark.until = _first(work) * TICKS
        mark.last, mark.rows = held.get(mark.web_id, (mark.last, mark.rows))
    StreamMark.objects.bulk_update(fresh, ["until", "last", "rows"], batch_size=500)
    return marks


def _first(work: Work) -> int:
    """Where a new stream begins."""
    return work.moment - work.job.first_seconds * SECOND


def _begin(mark: StreamMark, work: Work) -> int:
    if mark.until is None:
        return work.moment
    since = kept.behind(mark, _first(work) * TICKS) if work.job.source.keeps else None
    return (mark.until if since is None else min(mark.until, since)) // TICKS


def _cursor(mark: StreamMark, work: Work) -> Cursor:
    """A stream goes on at its newest value, which has to come again, with the overlap before it. So even an answer that
    lacked its end leaves no gap: the next run begins where it broke off. Where less is kept here than in the lake, it
    begins there."""
    begin, overlap = _begin(mark, work), work.job.overlap_seconds * SECOND
    if mark.last is None:
        return Cursor(mark.web_id, begin if begin == _first(work) else begin - overlap)
    last = mark.last // TICKS
    return Cursor(mark.web_id, (last if begin * TICKS == mark.until else min(begin, last)) - overlap, last)


def move(job: IngestionJob) -> None:
    """The job stands where the stream stands that is the furthest behind."""
    job.reach(job.marks.filter(chosen=True).aggregate(until=Min("until"))["until"])


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
        if portion.waiting >= PORTION:
            portion.commit()
    portion.commit()
    for cursor in cursors:
        if cursor.error:
            work.tally.rejected[f"stream: {cursor.error}"[:200]] += 1
    if not past:
        _reached(streams, end, work.job.source.keeps)
    return {mark.pk for mark, cursor in streams if cursor.error}


def _reached(streams: Sequence[tuple[StreamMark, Cursor]], end: int, keeps: bool) -> None:
    """Streams without a fault have been read up to the end of the window."""
    moved = [mark for mark, cursor in streams if not cursor.error]
    for name in ("until", "kept_until") if keeps else ("until",):
        for mark in moved:
            setattr(mark, name, max(getattr(mark, name) or 0, end * TICKS))
        ids = [mark.pk for mark in moved]
        late = Q(**{f"{name}__lt": end * TICKS}) | Q(**{name: None})
        for some in chunks(ids, 5_000):
            StreamMark.objects.filter(late, pk__in=some).update(**{name: end * TICKS})
