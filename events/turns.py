"""Whose turn it is, and for how long: a schedule's slot is carried out once, one process at a time works on a thing,
and a task ends at its limit.

Beat may send a tick twice and a broker may deliver it twice, to several workers (django-celery-beat 558, 1040; Celery
5935). So the work is claimed in the database: (schedule, slot) by a unique row, the thing by a lease. Celery enforces
time limits by killing processes; a thread cannot be killed, so a task's own limit is checked here before each step,
and a step is bounded by the time-outs of the connector (`Gateway.patience`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from threading import Event
from typing import Any, TypeVar

from celery.signals import task_postrun, task_prerun, worker_shutting_down
from django.utils import timezone

from events.models.sync import Lease, ScheduleClaim, new_owner
from events.runs import LeaseLost, OutOfTime

T = TypeVar("T")

#: a task begins no step after so long, and is killed (by a worker with processes) after so long ...
SOFT_SECONDS, HARD_SECONDS = 840, 900
#: ... while its lease, which each step renews, lasts longer than both
LENGTH = timedelta(seconds=HARD_SECONDS + 60)
#: two ticks within so many seconds are one
SLOT_SECONDS = 10

#: when the task of this thread has to end, by time.monotonic; none outside a task
_end: ContextVar[float | None] = ContextVar("end of the task", default=None)

#: set when this worker has been asked to end; what it does not finish within seconds is killed
_ending = Event()


@worker_shutting_down.connect(dispatch_uid="event frames: a worker ends")
def _end_soon(**_: Any) -> None:
    _ending.set()


@task_prerun.connect(dispatch_uid="event frames: a task begins")
def _begin(task: Any = None, **_: Any) -> None:
    limit = getattr(task, "soft_time_limit", None)
    _end.set(time.monotonic() + limit if limit else None)


@task_postrun.connect(dispatch_uid="event frames: a task is over")
def _finish(**_: Any) -> None:
    _end.set(None)


def check_time() -> None:
    """Raises OutOfTime in a task that has reached its limit."""
    end = _end.get()
    if end is not None and time.monotonic() > end:
        raise OutOfTime("The task has reached its time limit; the next one goes on.")


def pause(seconds: float) -> None:
    """Sleeps. Raises OutOfTime as soon as the worker is to end: what waits for a server then would be killed."""
    if _ending.wait(seconds):
        raise OutOfTime("The worker ends; the next run goes on.")


def is_first(schedule: str, now: datetime) -> bool:
    """Whether nobody has carried out this tick of the schedule."""
    return ScheduleClaim.claim(schedule, int(now.timestamp()) // SLOT_SECONDS)


def alone(name: str, now: datetime, work: Callable[[Callable[[], None]], T]) -> T | None:
    """What the work gives, or None where another process holds the lease or has taken it over meanwhile.

    The work gets a function that renews the lease; it calls it before each step and stops on LeaseLost, which is also
    raised when the task has reached its limit.
    """
    owner = new_owner()
    if not Lease.take(name, owner, now, LENGTH):
        return None

    def keep() -> None:
        check_time()
        if not Lease.keep(name, owner, timezone.now(), LENGTH):
            raise LeaseLost

    try:
        return work(keep)
    except LeaseLost:
        return None
    finally:
        Lease.release(name, owner)
