"""Whose turn it is: a schedule's slot is carried out once, and one process at a time works on a thing.

Beat may send a tick twice and a broker may deliver it twice, to several workers (django-celery-beat 558, 1040; Celery
5935). So the work is claimed in the database: (schedule, slot) by a unique row, the thing by a lease.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils import timezone

from events.models.sync import Lease, ScheduleClaim, new_owner
from events.runs import LeaseLost

T = TypeVar("T")

#: a task is killed after so long (where the worker can: processes, not threads) ...
SOFT_SECONDS, HARD_SECONDS = 840, 900
#: ... so that a lease, which lasts longer, never outlives a task that still works
LENGTH = timedelta(seconds=HARD_SECONDS + 60)
#: two ticks within so many seconds are one
SLOT_SECONDS = 10


def is_first(schedule: str, now: datetime) -> bool:
    """Whether nobody has carried out this tick of the schedule."""
    return ScheduleClaim.claim(schedule, int(now.timestamp()) // SLOT_SECONDS)


def alone(name: str, now: datetime, work: Callable[[Callable[[], None]], T]) -> T | None:
    """What the work gives, or None where another process holds the lease or has taken it over meanwhile.

    The work gets a function that renews the lease; it calls it before each step and stops on LeaseLost.
    """
    owner = new_owner()
    if not Lease.take(name, owner, now, LENGTH):
        return None

    def keep() -> None:
        if not Lease.keep(name, owner, timezone.now(), LENGTH):
            raise LeaseLost

    try:
        return work(keep)
    except LeaseLost:
        return None
    finally:
        Lease.release(name, owner)
