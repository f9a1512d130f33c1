"""Runs of the synchronisation: what they are told, and how they are remembered."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from events.lakehouse.gateway import GatewayError
from events.lakehouse.plan import Decision, told
from events.lakehouse.rows import FrameRow, StoredRow
from events.models import DeadLetter, SyncConflict, SyncRun, SyncTarget

#: a scheduled run after a permanent failure
PAUSE = timedelta(minutes=10)
#: how long runs, conflicts and reports are remembered
KEPT = timedelta(days=30)

Progress = Callable[[int, int], None]


class LeaseLost(Exception):
    """Another process synchronises; this one stops without moving its mark."""


class OutOfTime(LeaseLost):
    """The task has reached its limit; the next one goes on from the mark."""


class Stopped(Exception):
    """The run ends here, for a reason that a person has to look at; the other direction may go on."""


@dataclass(frozen=True)
class Options:
    """`seconds`: begin no further chunk after so long. `keep` is called before each chunk and may raise LeaseLost.
    `progress(done, total)` counts changes. `dry_run` compares and counts, but touches neither table nor database.
    `policy` decides conflicts (`lakehouse.plan`). `accept_deletes` lets many rows go at once. `asked`: by a person,
    so that even a table that costs money is read now. `follow`: also look there for rows that have gone."""

    seconds: float | None = None
    keep: Callable[[], None] = lambda: None
    progress: Progress = lambda done, total: None
    dry_run: bool = False
    direction: str = "both"
    policy: str = "server"
    accept_deletes: bool = False
    asked: bool = False
    follow: bool = False

    def but(self, **changes: Any) -> Options:
        return replace(self, **changes)


class Clock:
    """Since when a run goes on."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def seconds(self) -> float:
        return round(time.monotonic() - self.began, 3)

    def is_over(self, options: Options) -> bool:
        return options.seconds is not None and self.seconds() > options.seconds


def perform(run: SyncRun, now: datetime, options: Options, work: Callable[[Clock], None]) -> SyncRun:
    """Does the work and remembers the run, except after a dry run without a fault.

    A failure of the table ends the run and is told in it; anything else is told in it and raised.
    """
    clock = Clock()
    try:
        work(clock)
    except GatewayError as error:
        return failed(run, error.sentence, error.permanent, now, clock)
    except Stopped as reason:
        return failed(run, str(reason), False, now, clock, "stopped")
    except OutOfTime as reason:
        return failed(run, str(reason), False, now, clock)
    except LeaseLost:
        raise
    except Exception as error:
        failed(run, f"{type(error).__name__}: {error}", False, now, clock)
        raise
    if options.dry_run:
        run.seconds = clock.seconds()
        return run
    SyncTarget.objects.filter(name=run.target, paused_until__isnull=False).update(paused_until=None)
    return _stored(run, now, clock)


def failed(
    run: SyncRun, sentence: str, permanent: bool, now: datetime, clock: Clock | None = None, state: str = "failed"
) -> SyncRun:
    """Stores the run as failed. `permanent`: scheduled runs pause, because the next would fail alike."""
    run.state, run.error, run.permanent = state, sentence, permanent
    if permanent:
        SyncTarget.objects.filter(name=run.target).update(paused_until=now + PAUSE)
    return _stored(run, now, clock)


def _stored(run: SyncRun, now: datetime, clock: Clock | None) -> SyncRun:
    """The run, or its predecessor that now tells both."""
    run.seconds = clock.seconds() if clock else 0.0
    run.finished = now + timedelta(seconds=run.seconds)
    last = SyncRun.objects.filter(target=run.target, direction=run.direction).first()
    if last and last.is_like(run):
        last.finished, last.seconds, last.repeats = run.finished, run.seconds, last.repeats + 1
        last.save(update_fields=["finished", "seconds", "repeats"])
        return last
    run.save()
    SyncRun.objects.filter(started__lt=now - KEPT).delete()
    return run


def is_paused(gateway_name: str, now: datetime) -> bool:
    return SyncTarget.objects.filter(name=gateway_name, paused_until__gt=now).exists()


def conflict(target: SyncTarget, decision: Decision, now: datetime, options: Options, **versions: Any) -> SyncConflict:
    """A row for the record; `versions`: frame_id, web_id, ours (FrameRow or None), theirs (StoredRow or None)."""
    ours: FrameRow | None = versions["ours"]
    theirs: StoredRow | None = versions["theirs"]
    return SyncConflict(
        target=target,
        frame_id=versions["frame_id"],
        web_id=versions["web_id"],
        found=now,
        what=decision.conflict,
        policy=options.policy,
        winner=decision.winner,
        ours=told(ours),
        theirs=told(theirs.row if theirs else None),
    )


def dead_letter(source: str, key: str, subject: str, reason: str, now: datetime, content: Any = None) -> None:
    """Told once per key; a repetition is counted."""
    made, fresh = DeadLetter.objects.get_or_create(
        source=source,
        key=key,
        defaults={"subject": subject, "reason": reason, "content": content, "first": now, "last": now},
    )
    if not fresh:
        made.reason, made.content, made.last, made.times = reason, content, now, made.times + 1
        made.save(update_fields=["reason", "content", "last", "times"])
