"""Past ranges of time series jobs, a chunk at a time: each chunk is committed and then counts, so that a backfill goes
on where it was when it is paused, resumed, or its process dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import F
from django.utils import timezone

from events import turns
from events.ingestion import ledger, points
from events.ingestion.client import PiClient
from events.ingestion.faults import SourceError
from events.ingestion.recorded import Cursor
from events.ingestion.tables import TIMESERIES
from events.ingestion.tally import SECOND, TICKS, Work
from events.ingestion.timeseries import read
from events.lakehouse.gateway import GatewayError
from events.models.ingest import Backfill, IngestionJob, StreamMark
from piwebapi.core.errors import BadRequest

OPEN = ("waiting", "running")


def create(job: IngestionJob, start: int, end: int, **values: Any) -> Backfill:
    """`start` and `end` in ticks."""
    if job.kind != "timeseries":
        raise BadRequest("Only time series jobs can be backfilled: the others read their whole source again.")
    if end <= start:
        raise BadRequest("The end of a backfill must be after its start.")
    return Backfill.objects.create(job=job, start=start, end=end, done_until=start, **values)


def change(backfill: Backfill, act: str) -> bool:
    """pause, resume, cancel; False where it is too late for that."""
    allowed = {"pause": OPEN, "resume": ("paused", "failed"), "cancel": (*OPEN, "paused", "failed")}[act]
    state = {"pause": "paused", "resume": "waiting", "cancel": "cancelled"}[act]
    rows = Backfill.objects.filter(pk=backfill.pk, state__in=allowed)
    return rows.update(state=state, error="", changed=timezone.now()) == 1


def advance(
    backfill: Backfill,
    *,
    seconds: float | None = None,
    patience: float = 120.0,
    progress: Callable[[Backfill], None] = lambda backfill: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Backfill:
    """Chunks until the end, for so long at most; stops at a chunk when somebody pauses or cancels it."""
    began = time.monotonic()
    while seconds is None or time.monotonic() - began < seconds:
        taken = Backfill.objects.filter(pk=backfill.pk, state__in=OPEN).update(state="running")
        if not taken:
            break
        now = timezone.now()
        done = turns.alone(backfill.job.lease, now, partial(_chunk, backfill.pk, now, patience=patience))
        if done is None:
            if seconds is not None:
                break  # the job itself is running; the next tick goes on
            sleep(1.0)
            continue
        progress(done)
        if done.state != "running":
            break
        if done.pause_seconds:
            sleep(done.pause_seconds)
    backfill.refresh_from_db()
    return backfill


def _chunk(pk: int, now: datetime, keep: Callable[[], None], *, patience: float) -> Backfill:
    """One chunk, under the lease of its job. The progress is saved after the commit, and a chunk that is read again
    finds its rows in the table."""
    backfill = Backfill.objects.select_related("job__source").get(pk=pk)
    stop = min(backfill.done_until + backfill.chunk_seconds * SECOND * TICKS, backfill.end)
    try:
        with PiClient(backfill.job.source, patience=patience) as client:
            work = Work(backfill.job, client, now, keep=keep)
            _read(work, backfill, stop)
    except (SourceError, GatewayError) as error:
        Backfill.objects.filter(pk=pk, state="running").update(
            state="failed" if error.permanent else "waiting", error=error.sentence, changed=timezone.now()
        )
        backfill.refresh_from_db()
        return backfill
    tally = work.tally
    reasons = "; ".join(f"{reason} ({count})" for reason, count in tally.rejected.items())[:2000]
    Backfill.objects.filter(pk=pk).update(
        done_until=stop,
        read=F("read") + tally.read,
        written=F("written") + tally.written,
        kept=F("kept") + tally.kept,
        error=reasons,
        changed=timezone.now(),
    )
    if stop >= backfill.end:
        Backfill.objects.filter(pk=pk, state="running").update(state="done")
    backfill.refresh_from_db()
    return backfill


def _read(work: Work, backfill: Backfill, stop: int) -> None:
    table = work.open(TIMESERIES)
    try:
        app = ledger.app_of(work.job, f"backfill {backfill.pk}")
        ledger.recover(table, app)
        marks = points.marks_of(work)
        begin = backfill.done_until // TICKS
        # the end belongs to the next chunk, but for the last one
        end = stop // TICKS if stop >= backfill.end else stop // TICKS - 1
        streams: list[tuple[StreamMark, Cursor]] = [(mark, Cursor(mark.web_id, begin)) for mark in marks]
        read(work, table, app, streams, end, past=True)
    finally:
        table.close()
