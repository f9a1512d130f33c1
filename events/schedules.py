"""The beat schedules of event frames, as rows that the admin may change."""

from __future__ import annotations

from typing import Any

from django.apps import apps

NAME = "Event frames to the lake"
SECONDS = 30


def create_schedules(using: str = "default", **_: Any) -> None:
    """For the signal post_migrate. A row that exists is left alone, so what was edited or switched off stays so."""
    if not apps.is_installed("django_celery_beat"):
        return
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    if PeriodicTask.objects.using(using).filter(name=NAME).exists():
        return
    every = {"every": SECONDS, "period": IntervalSchedule.SECONDS}
    intervals = IntervalSchedule.objects.using(using)
    PeriodicTask.objects.using(using).create(
        name=NAME,
        task="events.tasks.export_event_frames",
        interval=intervals.filter(**every).first() or intervals.create(**every),
        expire_seconds=SECONDS,  # ticks that waited for a worker longer than that are not carried out
        description="Exports changed event frames to the lakehouse table.",
    )
