"""Celery tasks of event frames. They take no payload: what there is to do is read from the database, so a lost
or doubled message does no harm and the next tick repairs."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import Any

from celery import shared_task
from celery.signals import task_failure
from django.conf import settings
from django.utils import timezone

from events import demo, health, markers, runs, sync, turns
from events.lakehouse.gateway import GatewayError
from events.models.sync import SyncReport, SyncRun
from events.reconcile import reconcile
from events.runs import Options
from piwebapi.core.times import from_datetime

log = logging.getLogger(__name__)

LAKE = "event frames and the lake"
#: a scheduled run begins no chunk after so long; the next tick goes on from the mark
RUN_SECONDS = 50.0
LIMITS = {"soft_time_limit": turns.SOFT_SECONDS, "time_limit": turns.HARD_SECONDS, "ignore_result": True}


@shared_task(name="events.tasks.synchronise_event_frames", **LIMITS)
def synchronise_event_frames(asked: bool = False) -> None:
    """One scheduled run, unless another process is at it or the last one met what somebody has to mend. ``asked``: by
    somebody, who may do so right after a tick."""
    now = timezone.now()
    if not asked and not turns.is_first(LAKE, now):
        return
    try:
        gateway = sync.open_gateway()
    except GatewayError:
        sync.synchronise(now, as_configured())  # tells it in a run
        return
    if not runs.is_paused(gateway.name, now):
        synchronise_alone(now, as_configured(seconds=RUN_SECONDS))


def as_configured(**more: Any) -> Options:
    lake = settings.OSIPI_LAKE
    return Options(**{"direction": lake["direction"], "policy": lake["policy"]} | more)


def synchronise_alone(now: datetime, options: Options) -> list[SyncRun] | None:
    """The runs, or None where another process is at it."""

    def work(keep: Any) -> list[SyncRun]:
        def kept() -> None:
            options.keep()
            keep()

        return sync.synchronise(now, options.but(keep=kept))

    return turns.alone(LAKE, now, work)


@shared_task(name="events.tasks.reconcile_event_frames", **LIMITS)
def reconcile_event_frames() -> None:
    """The comparison of everything, after a run that also follows rows that have gone."""
    now = timezone.now()
    if turns.is_first("reconcile event frames", now):
        turns.alone(LAKE, now, partial(reconcile_now, now, as_configured(asked=True, follow=True)))


def reconcile_now(now: datetime, options: Options, keep: Any, *, repair: bool = False) -> SyncReport | None:
    """Synchronises, compares; with `repair` synchronises and compares once more. None where the settings or the
    table do not allow it, which a run tells."""
    options = options.but(keep=keep)
    if repair and not _compared(now, options, repair=True):
        return None
    if any(run.is_broken for run in sync.synchronise(now, options)):
        return None
    return _compared(now, options, repair=False)


def _compared(now: datetime, options: Options, *, repair: bool) -> SyncReport | None:
    try:
        gateway = sync.open_gateway()
    except GatewayError:
        return None
    gateway.keep = options.keep
    try:
        return reconcile(gateway, now, repair=repair, options=options)
    finally:
        gateway.close()


@shared_task(name="events.tasks.forget_deletions", **LIMITS)
def forget_deletions() -> None:
    """Deletions that nobody can ask for any more."""
    markers.forget(timezone.now(), settings.OSIPI_DELETED_DAYS)


@shared_task(name="events.tasks.advance_demo_plant", **LIMITS)
def advance_demo_plant() -> None:
    """Begins and ends the simulated event frames that are due. Safe to run twice or late."""
    demo.advance(from_datetime(timezone.now()))


@shared_task(name="events.tasks.watch", **LIMITS)
def watch() -> None:
    """Tells in the log, once, what has come to a stop, and once that it goes on."""
    for sentence in health.news(timezone.now()):
        log.warning("%s", sentence)


@task_failure.connect(dispatch_uid="event frames: dead letters")
def remember_failure(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    """A task that ended with an exception is told in a dead letter, one for each task and kind of fault."""
    name = getattr(sender, "name", "")
    if name.startswith("events."):
        fault = type(exception).__name__
        key = f"{name.rpartition('.')[2]} {fault}"[:64]
        runs.dead_letter("task", key, name, f"{fault}: {exception}", timezone.now())
