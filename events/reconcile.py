"""The comparison of all that is here with all that is in the lake, partition by partition.

Each side of a partition has a count and a digest; where the digests differ, rows are named. The report is stored. A
repair forgets what was known of those rows, so that the next synchronisation decides about them by its policy, and
writes rows again that have gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F

from events.export import renumber
from events.frame_rows import frame_rows, readable
from events.lakehouse.gateway import Gateway, GatewayError
from events.lakehouse.rows import FrameRow, digest, partition_date
from events.models import EventFrame
from events.models.sync import SyncReport, SyncTarget
from events.runs import KEPT, Clock, Options, OutOfTime
from events.targets import target_of
from piwebapi.core.chunks import chunks
from piwebapi.core.times import TICKS_PER_DAY, from_datetime, to_datetime

#: rows of one read; a partition is never cut
AT_ONCE = 20_000
#: web ids that a report names for each partition and kind of difference
NAMED = 20


@dataclass
class Partition:
    """Digests by web id; `frames` are the ids of ours."""

    day: date
    here: dict[str, str] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)
    frames: dict[str, UUID] = field(default_factory=dict)

    @property
    def only_here(self) -> list[str]:
        return sorted(self.here.keys() - self.there.keys())

    @property
    def only_there(self) -> list[str]:
        return sorted(self.there.keys() - self.here.keys())

    @property
    def different(self) -> list[str]:
        return sorted(key for key, value in self.here.items() if self.there.get(key, value) != value)

    def told(self) -> dict[str, Any]:
        return {
            "date": self.day.isoformat(),
            "here": len(self.here),
            "there": len(self.there),
            "digest_here": _sum(self.here.values()),
            "digest_there": _sum(self.there.values()),
            "only_here": self.only_here[:NAMED],
            "only_there": self.only_there[:NAMED],
            "different": self.different[:NAMED],
        }


def _sum(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()[:16]


def reconcile(
    gateway: Gateway,
    now: datetime,
    *,
    repair: bool = False,
    options: Options = Options(),  # noqa: B008 - frozen
) -> SyncReport:
    """Compares, stores the report and, when asked, prepares the repair; a synchronisation carries it out."""
    clock, target = Clock(), target_of(gateway)
    report = SyncReport(target=target, started=now, repaired=repair)
    try:
        counts = dict(gateway.partitions())
        total = sum(counts.values())
        for window in _windows(counts):
            options.keep()
            for partition in _compared(gateway, target, *window):
                _tell(report, partition)
                if repair:
                    _forget(target, partition)
            options.progress(report.there, max(total, report.there))
        if repair:
            SyncTarget.objects.filter(pk=target.pk).update(watermark=None, version=None, read=None)
    except GatewayError as error:
        report.error = error.sentence
    except OutOfTime as reason:
        report.error = f"{reason} `manage.py reconcile_event_frames` has no limit."
    report.seconds = clock.seconds()
    report.save()
    SyncReport.objects.filter(started__lt=now - KEPT).delete()
    return report


def _windows(there: Mapping[date, int]) -> Iterator[tuple[date, date]]:
    """First and last day of ranges that cover both sides, each of not much more than so many rows."""
    counts = dict(there)
    for day, number in _per_day():
        counts[day] = max(counts.get(day, 0), number)
    first, rows, last = None, 0, None
    for day in sorted(counts):
        first, last, rows = first or day, day, rows + counts[day]
        if rows >= AT_ONCE:
            yield first, last
            first, rows = None, 0
    if first and last:
        yield first, last


def _per_day() -> Iterator[tuple[date, int]]:
    days = EventFrame.objects.values(day=F("start") / TICKS_PER_DAY).annotate(number=Count("pk")).order_by("day")
    for row in days.iterator():
        yield to_datetime(int(row["day"]) * TICKS_PER_DAY).date(), row["number"]


def _compared(gateway: Gateway, target: SyncTarget, first: date, last: date) -> Iterator[Partition]:
    partitions: dict[date, Partition] = {}

    def of(day: date) -> Partition:
        return partitions.setdefault(day, Partition(day))

    there: dict[str, tuple[date, str]] = {}
    for batch in gateway.read_between(first, last):
        there |= {
            stored.row.webid: (stored.partition or partition_date(stored.row.start), digest(stored.row))
            for stored in batch
        }
    for frame_id, row, agreed in _ours(target, first, last):
        own = digest(row)
        day, theirs = there.get(row.webid, (partition_date(row.start), ""))
        as_theirs = theirs if agreed and agreed == (theirs, own) else own
        of(day).here[row.webid] = as_theirs
        of(day).frames[row.webid] = frame_id
    for web_id, (day, theirs) in there.items():
        of(day).there[web_id] = theirs
    yield from (partitions[day] for day in sorted(partitions))


def _ours(target: SyncTarget, first: date, last: date) -> Iterator[tuple[UUID, FrameRow, tuple[str, str] | None]]:
    """Our frames as rows, with the digests on which both sides have agreed."""
    low, high = (from_datetime(datetime(*day.timetuple()[:3], tzinfo=UTC)) for day in (first, last + timedelta(days=1)))
    frames = readable(EventFrame.objects.filter(start__gte=low, start__lt=high).order_by("pk"))
    for chunk in _chunks(frames):
        states = {state.frame_id: state for state in target.states.filter(frame_id__in=[frame.pk for frame in chunk])}
        rows = frame_rows(chunk, {key: state.web_id for key, state in states.items()})
        for key, row in rows.items():
            yield key, row, (states[key].digest, states[key].ours) if key in states else None


def _chunks(frames: Any, size: int = 1000) -> Iterator[list[EventFrame]]:
    last = None
    while chunk := list((frames.filter(pk__gt=last) if last else frames)[:size]):
        last = chunk[-1].pk
        yield chunk


def _tell(report: SyncReport, partition: Partition) -> None:
    report.compared += 1
    report.here += len(partition.here)
    report.there += len(partition.there)
    only_here, only_there, different = partition.only_here, partition.only_there, partition.different
    report.only_here += len(only_here)
    report.only_there += len(only_there)
    report.different += len(different)
    if only_here or only_there or different:
        report.partitions.append(partition.told())


def _forget(target: SyncTarget, partition: Partition) -> None:
    """Rows that are missing there are written again; about others the policy decides anew."""
    missing = [partition.frames[key] for key in partition.only_here]
    others = partition.only_there + partition.different
    with transaction.atomic():
        for some in chunks(missing):
            target.states.filter(frame_id__in=some).delete()
            renumber(some)
        for some in chunks(others):
            target.states.filter(web_id__in=some).update(digest="", ours="")
