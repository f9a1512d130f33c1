"""The beat schedules of event frames, as rows that the admin may change."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections


class Schedule(NamedTuple):
    name: str
    task: str
    seconds: int
    description: str


SCHEDULES = (
    Schedule(
        "Event frames and the lake",
        "events.tasks.synchronise_event_frames",
        30,
        "Takes over what others have written into the lakehouse table, then writes what has changed here.",
    ),
    Schedule(
        "Event frames: comparison with the lake",
        "events.tasks.reconcile_event_frames",
        86_400,
        "Compares all event frames with the lakehouse table and stores a report.",
    ),
    Schedule(
        "Event frames of the demo plant",
        "events.tasks.advance_demo_plant",
        30,
        "Begins and ends simulated event frames; does nothing without the demo plant.",
    ),
    Schedule(
        "Event frames: watchdog",
        "events.tasks.watch",
        60,
        "Tells in the log when the synchronisation stands still.",
    ),
    Schedule(
        "Event frames: old deletions",
        "events.tasks.forget_deletions",
        86_400,
        "Forgets deleted event frames after OSIPI_DELETED_DAYS; whoever follows the changes is told no more of them.",
    ),
    Schedule(
        "Ingestion",
        "events.ingestion.tasks.run_due_jobs",
        10,
        "Runs the ingestion jobs whose time has come; how often each runs stands in the job.",
    ),
    Schedule(
        "Event frames by rules",
        "events.rules.tasks.evaluate_rules",
        60,
        "Evaluates the rules that make event frames out of data.",
    ),
    Schedule(
        "Ingestion: backfills",
        "events.ingestion.tasks.advance_backfills",
        20,
        "Goes on with the backfills that are waiting.",
    ),
)


def create_schedules(using: str = "default", **_: Any) -> None:
    """For the signal post_migrate. A row that exists is left alone, so what was edited or switched off stays so."""
    if not apps.is_installed("django_celery_beat"):
        return
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    if PeriodicTask._meta.db_table not in connections[using].introspection.table_names():
        return  # only some apps have been migrated
    known = set(PeriodicTask.objects.using(using).values_list("name", flat=True))
    intervals = IntervalSchedule.objects.using(using)
    for schedule in SCHEDULES:
        if schedule.name in known:
            continue
        every = {"every": schedule.seconds, "period": IntervalSchedule.SECONDS}
        PeriodicTask.objects.using(using).create(
            name=schedule.name,
            task=schedule.task,
            interval=intervals.filter(**every).first() or intervals.create(**every),
            expire_seconds=schedule.seconds,  # ticks that waited longer for a worker are not carried out
            description=schedule.description,
        )
