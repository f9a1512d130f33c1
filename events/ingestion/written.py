"""Written values into ``pi_timeseries`` as they come: out of the sequence log, in batches, every change once.

The log numbers changes in the order of their commits, so the number up to which it has been read is the watermark, and
neither a restart nor a lost message leaves anything out. A batch that was cut off is read again: its rows are compared
with the table. A point that another job reads from this server, or that has the values of another server, is left to
that job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from events.ingestion import ledger, neighbours
from events.ingestion.columns import Events, events_of
from events.ingestion.faults import SourceError
from events.ingestion.lake.table import LakeTable
from events.ingestion.portion import Portion
from events.ingestion.tables import TIMESERIES
from events.ingestion.tally import TICKS, Work
from events.models.ingest import IngestionJob, StreamMark
from piwebapi.core.chunks import chunks
from piwebapi.core.times import from_datetime
from piwebapi.core.wildcards import Pattern
from piwebapi.models import Counter, Point
from streaming.archive.rows import COLUMNS, COUNTER, Row, series_of
from streaming.archive.sealing import PRUNED
from streaming.live.sources import Source, event_texts, source_of
from streaming.models import ValueChange
from streaming.streams import streams_of

AT_ONCE = 500
#: (point, time in microseconds) -> what the table is to hold; None: nothing
Wanted = dict[tuple[int, int], Row | None]
#: number, point, action, when it was committed, and the columns of the row
Change = tuple[Any, ...]


def ingest(work: Work) -> None:
    """One run: all changes that the log holds by now, or as many as the time of a run allows."""
    job = work.job
    if job.source.url:
        raise SourceError("Only this server has a sequence log here: name a source without URL.", permanent=True)
    table = work.open(TIMESERIES)
    try:
        app = ledger.app_of(job, "log")
        ledger.recover(table, app)
        streams = Streams(work, table)
        position = _position(work)
        while not work.is_over:
            last = Counter.last(COUNTER)
            changes = _changes(position, last, job.batch_rows)
            if not changes:
                _reached(job, last, work.moment)
                return
            work.keep()
            position, at = _batch(work, streams, app, changes)
            _reached(job, position, from_datetime(at) // TICKS)
    finally:
        table.close()


def waiting(job: IngestionJob) -> int:
    """Changes that the job has not read yet."""
    return 0 if job.sequence is None else Counter.last(COUNTER) - job.sequence


def _position(work: Work) -> int:
    """Where the log goes on. A new job begins with what was written in the last `first_seconds`."""
    job, pruned = work.job, Counter.last(PRUNED)
    if job.sequence is None:
        since = work.now - timedelta(seconds=job.first_seconds)
        before = ValueChange.objects.filter(at__lt=since).order_by("-sequence").values_list("sequence", flat=True)
        job.sequence = max(before.first() or 0, pruned)
        IngestionJob.objects.filter(pk=job.pk).update(sequence=job.sequence)
    elif job.sequence < pruned:
        lost = pruned - job.sequence
        work.tally.rejected["change: no longer in the log when the job ran again; a backfill brings it"] += lost
        return pruned
    return job.sequence


def _changes(position: int, last: int, most: int) -> list[Change]:
    rows = ValueChange.objects.filter(sequence__gt=position, sequence__lte=last).order_by("sequence")
    return list(rows.values_list("sequence", "point_id", "action", "at", *COLUMNS)[: max(most, 1)])


def _reached(job: IngestionJob, sequence: int, moment: int) -> None:
    job.sequence, job.until = sequence, max(job.until or 0, moment * TICKS)
    IngestionJob.objects.filter(pk=job.pk).update(sequence=job.sequence, until=job.until)


def _batch(work: Work, streams: Streams, app: str, changes: Sequence[Change]) -> tuple[int, datetime]:
    """Number and time of the last change."""
    streams.look_up({point for _, point, *_ in changes})
    ours = [change for change in changes if change[1] in streams.known]
    read = work.tally.read + len(ours)
    wanted: Wanted = {}
    for _, point, action, _, *row in ours:
        wanted[point, row[0] // TICKS] = None if action == ValueChange.Action.DELETE else tuple(row)
    portion = Portion(work, streams.table, app, False)
    for point, events in streams.events(wanted):
        stream = streams.known[point]
        portion.add(stream.mark, stream.units, events)
    portion.commit()
    work.tally.read = read  # changes, not what is left of them
    _take_away(work, streams, [key for key, row in wanted.items() if row is None])
    sequence, _, _, at, *_ = changes[-1]
    return sequence, at


def _take_away(work: Work, streams: Streams, keys: Sequence[tuple[int, int]]) -> None:
    if not keys:
        return
    marks = [streams.known[point].mark for point, _ in keys]
    gone = streams.table.remove([mark.web_id for mark in marks], [moment for _, moment in keys])
    work.tally.written += gone
    if gone:
        ledger.recount(streams.table, sorted({mark.pk for mark in marks}))


@dataclass(frozen=True)
class Chosen:
    """A point whose written values this job brings into the lake."""

    mark: StreamMark
    source: Source

    @property
    def units(self) -> str:
        return self.mark.units


@dataclass
class Streams:
    """The points of the log that the job is about, by their ids."""

    work: Work
    table: LakeTable
    known: dict[int, Chosen] = field(default_factory=dict)

    def look_up(self, points: Iterable[int]) -> None:
        """Anew for each batch: a point may have been renamed since, or be read by another job."""
        found = {point.web_id(): point for point in _points(sorted(points)) if self._fits(point)}
        for web_id in neighbours.read_over_rest(list(found)) | neighbours.of_other_servers(found):
            del found[web_id]
        marks = self._marks(found)
        sources = [source_of(stream) for stream in streams_of(list(found.values()))]
        self.known = {
            point.pk: Chosen(marks[web_id], source)
            for (web_id, point), source in zip(found.items(), sources, strict=True)
        }

    def _fits(self, point: Point) -> bool:
        job = self.work.job
        if job.data_server and point.server.name.lower() != job.data_server.lower():
            return False
        patterns = [part.strip() for part in job.query.split(",") if part.strip()] or ["*"]
        return any(Pattern.parse(text).matches(point.name) for text in patterns)

    def _marks(self, points: Mapping[str, Point]) -> dict[str, StreamMark]:
        job = self.work.job
        marks = _marks_among(job, list(points))
        fresh = [web_id for web_id in points if web_id not in marks]
        held = neighbours.held(self.table, fresh)
        made = []
        for web_id in fresh:
            point, (last, rows) = points[web_id], held.get(web_id, (None, 0))
            more = {"units": point.engineering_units, "point_type": point.point_type, "last": last, "rows": rows}
            made.append(StreamMark(job=job, web_id=web_id, name=point.name, **more))
        StreamMark.objects.bulk_create(made, batch_size=AT_ONCE)
        return marks | {mark.web_id: mark for mark in made}

    def events(self, wanted: Mapping[tuple[int, int], Row | None]) -> Iterable[tuple[int, Events]]:
        """By point in the order of time, with the values that a client is told over REST."""
        rows = [(point, row) for (point, _), row in sorted(wanted.items(), key=lambda item: item[0]) if row is not None]
        texts = event_texts([(self.known[point].source, series_of([row])) for point, row in rows])
        by_point: dict[int, list[bytes]] = {}
        for (point, _), text in zip(rows, texts, strict=True):
            by_point.setdefault(point, []).append(text)
        for point, items in by_point.items():
            yield point, events_of([orjson.loads(item) for item in items])


def _points(ids: Sequence[int]) -> list[Point]:
    found: list[Point] = []
    for some in chunks(ids):
        rows = Point.objects.filter(pk__in=some).select_related("server", "digital_set")
        found += rows.order_by("pk")
    return found


def _marks_among(job: IngestionJob, web_ids: Sequence[str]) -> dict[str, StreamMark]:
    found: dict[str, StreamMark] = {}
    for some in chunks(web_ids):
        rows = job.marks.filter(web_id__in=some)
        found |= {mark.web_id: mark for mark in rows}
    return found
