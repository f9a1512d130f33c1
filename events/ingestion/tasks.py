"""Celery tasks of ingestion. They take no payload: what is due is read from the database."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.utils import timezone

from events.ingestion import backfills, jobs
from events.models.ingest import Backfill
from events.tasks import LIMITS

log = logging.getLogger(__name__)

#: a scheduled run begins no slice after so long, and waits so long for its source in all
RUN_SECONDS, PATIENCE = 40.0, 20.0


@shared_task(name="events.ingestion.tasks.run_due_jobs", **LIMITS)
def run_due_jobs() -> None:
    """Every job whose time has come. A fault of one is told in its run and holds up no other."""
    for job in jobs.due(timezone.now()):
        try:
            jobs.run_alone(job, timezone.now(), patience=PATIENCE, seconds=RUN_SECONDS)
        except Exception:
            log.exception("Ingestion job '%s' failed.", job.name)


@shared_task(name="events.ingestion.tasks.advance_backfills", **LIMITS)
def advance_backfills() -> None:
    began = time.monotonic()
    for backfill in Backfill.objects.filter(state__in=backfills.OPEN).select_related("job").order_by("pk"):
        left = RUN_SECONDS - (time.monotonic() - began)
        if left <= 0:
            return
        backfills.advance(backfill, seconds=left, patience=PATIENCE)
