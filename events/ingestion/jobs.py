"""Runs of jobs: one at a time for each job, remembered with what they counted, tried again later when they failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from events import runs, turns
from events.ingestion import frames, hierarchy, metrics, quality, taken, timeseries, written
from events.ingestion.client import PiClient
from events.ingestion.faults import SourceError
from events.ingestion.tally import TICKS, Work
from events.lakehouse.gateway import GatewayError
from events.models.ingest import IngestionJob, IngestionRun
from events.models.sync import ScheduleClaim
from piwebapi.core.errors import ApiError

KINDS: Mapping[str, Callable[[Work], None]] = {
    "timeseries": timeseries.ingest,
    "written": written.ingest,
    "metrics": metrics.ingest,
    "event_frames": frames.ingest,
    "hierarchy": hierarchy.ingest,
    "points": taken.points,
    "elements": taken.elements,
}
#: after a failure the schedule rests: first and longest; twice as long each time
FIRST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=10)
KEPT = timedelta(days=14)
#: no job runs more often
LEAST_SECONDS = 5


def due(now: datetime) -> list[IngestionJob]:
    """Jobs whose time has come, and whose slot nobody else has taken."""
    jobs = IngestionJob.objects.filter(enabled=True, source__enabled=True).select_related("source")
    ready = [job for job in jobs if job.retry_at is None or job.retry_at <= now]
    return [job for job in ready if _claimed(job, int(now.timestamp()))]


def _claimed(job: IngestionJob, now: int) -> bool:
    """A slot comes with its time, that of a batch when enough rows wait."""
    slot = ScheduleClaim.claim(job.lease, now // max(job.every_seconds, LEAST_SECONDS))
    if slot or job.kind != "written" or written.waiting(job) < job.batch_rows:
        return slot
    return ScheduleClaim.claim(f"{job.lease} full", now // LEAST_SECONDS)


def run_alone(job: IngestionJob, now: datetime, **options: Any) -> IngestionRun | None:
    """None where another process is at it."""

    def work(keep: Callable[[], None]) -> IngestionRun:
        fresh = IngestionJob.objects.select_related("source").get(pk=job.pk)  # marks have moved since it was read
        return run(fresh, now, keep=keep, **options)

    return turns.alone(job.lease, now, work)


def run(
    job: IngestionJob,
    now: datetime,
    *,
    patience: float = 120.0,
    seconds: float | None = None,
    keep: Callable[[], None] = lambda: None,
    progress: Callable[[int], None] = lambda rows: None,
) -> IngestionRun:
    """A failure of the source or of the lake is told in the run; anything else too, and raised."""
    told = IngestionRun(job=job, started=now, finished=now)
    began = time.monotonic()
    work: Work | None = None
    try:
        with PiClient(job.source, patience=patience) as client:
            work = Work(job, client, now, keep=keep, seconds=seconds, progress=progress)
            try:
                KINDS[job.kind](work)
            finally:
                told.requests, told.retries = client.requests, client.retries
    except (SourceError, GatewayError) as error:
        _failed(told, error.sentence, error.permanent)
    except ApiError as error:
        _failed(told, " ".join(error.messages), True)
    except runs.LeaseLost:
        raise
    except Exception as error:
        _failed(told, f"{type(error).__name__}: {error}", False)
        _stored(told, work, began)
        raise
    return _stored(told, work, began)


def _failed(told: IngestionRun, sentence: str, permanent: bool) -> None:
    told.state, told.error, told.is_permanent = "failed", sentence, permanent


def _stored(told: IngestionRun, work: Work | None, began: float) -> IngestionRun:
    job, tally = told.job, work.tally if work else None
    told.seconds = round(time.monotonic() - began, 3)
    told.finished = timezone.now()
    if tally is not None:
        for name in ("read", "written", "kept", "late", "changed", "duplicates"):
            setattr(told, name, getattr(tally, name))
        told.rejected = sum(tally.rejected.values())
    if job.until is not None:
        told.lag_seconds = round(told.finished.timestamp() - job.until / (TICKS * 1e6), 3)
    _schedule(told)
    if work is not None and (told.written or told.rejected):
        quality.remember(told, work.tally)
    return _joined(told)


def _schedule(told: IngestionRun) -> None:
    failures = told.job.failures + 1 if told.state == "failed" else 0
    values: dict[str, Any] = {"failures": failures, "retry_at": None, "succeeded": told.finished}
    if failures:
        rest = LONGEST_REST if told.is_permanent else min(FIRST_REST * 2 ** min(failures - 1, 10), LONGEST_REST)
        values = {"failures": failures, "retry_at": told.finished + rest}
    IngestionJob.objects.filter(pk=told.job.pk).update(**values)
    for name, value in values.items():
        setattr(told.job, name, value)


def _joined(told: IngestionRun) -> IngestionRun:
    """The run, or its predecessor where both did nothing and ended alike."""
    last = IngestionRun.objects.filter(job=told.job).first()
    idle = last and not any(run.written or run.kept for run in (told, last))
    if last and idle and (last.state, last.error) == (told.state, told.error):
        for name in ("finished", "seconds", "lag_seconds", "requests", "retries"):
            setattr(last, name, getattr(told, name))
        last.repeats += 1
        last.save()
        return last
    told.save()
    IngestionRun.objects.filter(started__lt=told.started - KEPT).delete()
    return told
