"""Whether the synchronisation goes on: what a watchdog, a page or a person asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from events.ingestion import status
from events.models.sync import DeadLetter, Lease, SyncReport, SyncRun, SyncTarget

#: scheduled runs come every half minute; none for so long means that beat or the worker stands still
OVERDUE = timedelta(minutes=10)
SOURCE = "watchdog"


class Problem(NamedTuple):
    """Something that does not go on; `topic` stays the same while it lasts, the sentence may change."""

    topic: str
    sentence: str


def problems(now: datetime) -> list[Problem]:
    """What stands still or waits for somebody. Nine queries."""
    ingestion = (Problem(*problem) for problem in status.problems(now))
    return [*_runs(now), *_waiting(now), *ingestion]


def _runs(now: datetime) -> Iterator[Problem]:
    newest = SyncRun.objects.order_by("-finished").first()
    if newest is None:
        return
    if now - newest.finished > OVERDUE:
        sentence = f"Event frames have not been synchronised since {newest.finished:%Y-%m-%d %H:%M} UTC."
        yield Problem("overdue", f"{sentence} Is a worker running, and beat?")
    for direction in ("to", "from"):
        run = SyncRun.objects.filter(direction=direction).first()
        if run is not None and run.state != "done":
            where = "into the lake" if direction == "to" else "out of the lake"
            yield Problem(f"run {direction}", f"The run {where} {run.state}: {run.error}")


def _waiting(now: datetime) -> Iterator[Problem]:
    for lease in Lease.objects.filter(until__lt=now - timedelta(minutes=1)).exclude(owner=""):
        yield Problem(f"lease {lease.name}", f"The process that worked on {lease.name} has died in its work.")
    paused = SyncTarget.objects.filter(paused_until__gt=now).first()
    if paused is not None:
        yield Problem("paused", f"Scheduled runs wait until {paused.paused_until:%H:%M} UTC after a lasting failure.")
    report = SyncReport.objects.first()
    if report is not None and not report.is_equal:
        yield Problem("report", f"The last comparison with the lake found differences: {report}.")
    letters = DeadLetter.objects.exclude(source=SOURCE).count()
    if letters:
        told = (
            "There is 1 dead letter: a row or task"
            if letters == 1
            else f"There are {letters:,} dead letters: rows or tasks"
        )
        yield Problem("dead letters", f"{told} that will not be tried again.")


def news(now: datetime) -> list[str]:
    """Sentences on problems that are new or over since the last call; open ones are kept as dead letters."""
    found = {problem.topic[:64]: problem.sentence for problem in problems(now)}
    known = {letter.key: letter for letter in DeadLetter.objects.filter(source=SOURCE)}
    for topic in found.keys() - known.keys():
        DeadLetter.objects.create(source=SOURCE, key=topic, subject=topic, reason=found[topic], first=now, last=now)
    over = known.keys() - found.keys()
    DeadLetter.objects.filter(source=SOURCE, key__in=over).delete()
    return [found[topic] for topic in sorted(found.keys() - known.keys())] + [
        f"No longer: {known[topic].reason}" for topic in sorted(over)
    ]
