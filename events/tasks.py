"""Celery tasks of event frames. They take no payload: what there is to do is read from the database, so a lost
or doubled message does no harm and the next tick repairs."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from celery import shared_task
from django.utils import timezone

from events import demo, sync
from events.lakehouse.gateway import GatewayError
from events.models.sync import Lease, ScheduleClaim
from piwebapi.core.times import from_datetime

EXPORT = "export_event_frames"
#: two ticks within so many seconds are one
SLOT_SECONDS = 10
#: a scheduled run begins no chunk after so long; the next tick goes on from the mark
RUN_SECONDS = 50.0


@shared_task(name="events.tasks.export_event_frames", ignore_result=True)
def export_event_frames() -> None:
    """One scheduled export, unless another process is at it or the last one met what somebody has to mend."""
    now = timezone.now()
    if not ScheduleClaim.claim(EXPORT, int(now.timestamp()) // SLOT_SECONDS):
        return
    try:
        gateway = sync.open_gateway()
    except GatewayError:
        sync.run_export(now)  # tells it in a run
        return
    if not sync.is_paused(gateway.name, now):
        export_under_lease(now, sync.Options(seconds=RUN_SECONDS))


def export_under_lease(now: datetime, options: sync.Options) -> sync.SyncRun | None:
    """The run, or None where another process holds the lease. The lease is renewed before each chunk and outlasts
    the longest call of the gateway, so two exports never overlap."""
    owner, length = uuid4().hex, _lease_length()
    if not Lease.take(EXPORT, owner, now, length):
        return None

    def keep() -> None:
        options.keep()
        if not Lease.keep(EXPORT, owner, timezone.now(), length):
            raise sync.LeaseLost

    try:
        kept = sync.Options(options.seconds, keep, options.progress, options.dry_run)
        return sync.run_export(now, kept)
    except sync.LeaseLost:
        return None
    finally:
        Lease.release(EXPORT, owner)


def _lease_length() -> timedelta:
    try:
        return sync.open_gateway().patience + timedelta(minutes=1)
    except GatewayError:
        return timedelta(minutes=1)


@shared_task(name="events.tasks.advance_demo_plant", ignore_result=True)
def advance_demo_plant() -> None:
    """Begins and ends the simulated event frames that are due. Safe to run twice or late."""
    demo.advance(from_datetime(timezone.now()))
