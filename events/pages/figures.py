"""What the ingestion page shows: figures of runs and jobs, all from our own database, none from the lake.

A run that found nothing to do is not a row of its own (`SyncRun.repeats`), so counts of runs weigh rows by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max, Sum
from django.utils import timezone

from events import health, log
from events.models import DeadLetter, EventFrame, SyncConflict, SyncReport, SyncRun, SyncTarget
from events.models.ingest import IngestionRun
from events.schedules import SCHEDULES
from events.tasks import LAKE
from piwebapi.models import Element, Point
from piwebapi.templatetags.site import span

from . import jobs, running
from .paging import mean_seconds, success_rate

#: range -> its length and the width of one bar
RANGES = {
    "1h": (timedelta(hours=1), timedelta(minutes=1)),
    "24h": (timedelta(hours=24), timedelta(minutes=15)),
    "7d": (timedelta(days=7), timedelta(hours=2)),
}
DIRECTIONS = {"to": "Event frames into the lake", "from": "Event frames out of the lake"}
SYNC = SCHEDULES[0]
_SENSOR = re.compile(r"^(?P<plant>.+)_Unit\d+_(?P<sensor>[^_]+)_PV$")
GROUPS_SHOWN = 12


def source() -> dict[str, Any]:
    """Where the tables are, and whether what fills them is invented; nothing here is a secret."""
    names = settings.DATABRICKS
    host = names["host"].removeprefix("https://").strip("/")
    table = f"{names['catalog']}.{names['schema']}"
    explore = f"https://{host}/explore/data/{table.replace('.', '/')}" if host else ""
    total, simulated = Point.objects.count(), Point.objects.exclude(signal="").count()
    if simulated:
        kind, label = "demo", "Demo data" if simulated == total else "Partly demo data"
    else:
        kind, label = ("live", "Unity Catalog") if host else ("local", "Local lake")
    where = {"host": host, "table": table, "explore": explore}
    return where | {"kind": kind, "label": label, "points": total, "simulated": simulated}


def tiles(now: datetime) -> dict[str, Any]:
    """Twelve figures of ten queries."""
    newest = SyncRun.objects.order_by("-finished").first()
    problems = health.problems(now)
    day = SyncRun.objects.filter(finished__gte=now - timedelta(days=1))
    return {
        "status": "not run yet" if newest is None else "needs attention" if problems else "healthy",
        "problems": problems,
        "last_run": newest.finished if newest else None,
        "next_run": next_run(now, newest),
        "rows_hour": written(now - timedelta(hours=1)),
        "rows_day": written(timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)),
        "waiting": sum(log.waiting(target.mark) for target in SyncTarget.objects.all()),
        "success": success_rate(day),
        "seconds": mean_seconds(day),
        "points": Point.objects.count(),
        "frames": EventFrame.objects.count(),
        "open": EventFrame.objects.filter(end=None).count(),
        "elements": Element.objects.count(),
        "equal": equal_share(),
    }


def next_run(now: datetime, newest: SyncRun | None) -> datetime | None:
    """By the schedule as the administrator has set it; None while it is switched off or nothing has run."""
    schedule = _schedule()
    paused = SyncTarget.objects.filter(paused_until__gt=now).aggregate(until=Max("paused_until"))["until"]
    if schedule is None or newest is None or not schedule.enabled:
        return None
    due = newest.finished + schedule.schedule.run_every
    return max(due, paused) if paused else due


def _schedule() -> Any:
    from django_celery_beat.models import PeriodicTask

    return PeriodicTask.objects.filter(name=SYNC.name, interval__isnull=False).select_related("interval").first()


def written(since: datetime) -> int:
    """Rows of the synchronisation and of ingestion."""
    return _synchronised(since) + jobs.written(since)


def _synchronised(since: datetime) -> int:
    sums = SyncRun.objects.filter(finished__gte=since).aggregate(*map(Sum, ("inserted", "updated", "deleted")))
    return sum(total or 0 for total in sums.values())


def equal_share() -> float | None:
    """How many of all frames and rows agree by the last comparison, in percent."""
    report = SyncReport.objects.filter(error="").first()
    if report is None or not (report.here or report.there):
        return None
    total = report.here + report.only_there
    return 100 * (total - report.only_here - report.only_there - report.different) / total if total else None


def series(now: datetime, name: str) -> dict[str, Any]:
    """Rows written and failed runs, per bar; each run counts at its end."""
    length, width = RANGES[name]
    count = length // width
    begin = now - length
    rows, failures = [0] * count, [0] * count
    window = {"finished__gt": begin, "finished__lte": now}
    for run in [*SyncRun.objects.filter(**window), *IngestionRun.objects.filter(**window)]:
        place = min(count - 1, int((run.finished - begin) / width))
        rows[place] += run.written
        failures[place] += run.state != "done"
    times = [(begin + width * (place + 1)).isoformat() for place in range(count)]
    return {"Times": times, "Rows": rows, "Failures": failures, "Seconds": int(width.total_seconds())}


def tags(group: str) -> list[tuple[str, int]]:
    """Points by kind of sensor or by plant, as their names tell; looked at anew once a minute."""
    found: list[tuple[str, int]] | None = cache.get(f"pages.tags.{group}")
    if found is None:
        counts: dict[str, int] = {}
        for name in Point.objects.values_list("name", flat=True).iterator():
            match = _SENSOR.match(name)
            key = match[group] if match else "other names"
            counts[key] = counts.get(key, 0) + 1
        found = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        cache.set(f"pages.tags.{group}", found, 60)
    return found


def shown_tags(group: str) -> list[dict[str, Any]]:
    """The largest groups; the rest is one bar that says how many it stands for."""
    found = tags(group)
    shown, rest = found[:GROUPS_SHOWN], found[GROUPS_SHOWN:]
    if rest:
        shown = [*shown, (f"{len(rest)} others", sum(total for _, total in rest))]
    most = max((total for _, total in shown), default=1)
    return [{"name": name, "count": total, "share": round(100 * total / most)} for name, total in shown]


@dataclass(frozen=True)
class Pipeline:
    name: str
    direction: str
    status: str
    schedule: str
    last: SyncRun | None
    recent: list[SyncRun]
    seconds: float | None
    success: float | None
    total: int


def pipelines(now: datetime) -> list[Pipeline]:
    """One for each direction that is switched on, with its last five runs."""
    schedule = _schedule()
    wanted = settings.OSIPI_LAKE["direction"]
    paused = SyncTarget.objects.filter(paused_until__gt=now).exists()
    going = running.states(now).get(LAKE, "")
    found = []
    for direction, name in DIRECTIONS.items():
        runs = list(SyncRun.objects.filter(direction=direction, finished__gte=now - timedelta(days=7)))
        last = runs[0] if runs else None
        status = "off" if wanted not in (direction, "both") or schedule is None or not schedule.enabled else "waiting"
        if status != "off" and paused:
            status = "paused"
        elif status != "off" and last is not None:
            status = last.state
        status = going or status
        every = f"every {int(schedule.schedule.run_every.total_seconds())} s" if schedule else "not scheduled"
        total = sum(run.repeats + 1 for run in runs)
        recent = runs[:5][::-1]
        figures = (mean_seconds(runs), success_rate(runs))
        found.append(Pipeline(name, direction, status, every, last, recent, *figures, total))
    return found


def tables(now: datetime) -> list[dict[str, Any]]:
    """The tables that are kept equal: how many rows are known, what waits, how old the newest knowledge is."""
    targets = SyncTarget.objects.annotate(rows=Count("states")).order_by("name")
    return [
        {
            "name": target.name,
            "about": target.description,
            "rows": target.rows,
            "waiting": log.waiting(target.mark),
            "watermark": target.watermark,
            "read": target.read,
            "lag": (now - target.watermark).total_seconds() if target.watermark else None,
            "paused": target.paused_until if target.paused_until and target.paused_until > now else None,
        }
        for target in targets
    ]


def checks(now: datetime) -> list[dict[str, Any]]:
    """What is looked at, what it says, and whether that is as it should be: ok, warn or bad."""
    report = SyncReport.objects.first()
    conflicts = SyncConflict.objects.filter(found__gte=now - timedelta(days=1)).count()
    letters = DeadLetter.objects.exclude(source=health.SOURCE).count()
    newest = SyncRun.objects.order_by("-finished").first()
    silent = (now - newest.finished) if newest else None
    told = "no run yet" if silent is None else span(silent.total_seconds())
    refused = SyncRun.objects.filter(finished__gte=now - timedelta(days=1)).aggregate(n=Sum("refused"))["n"] or 0
    return [
        _check("Freshness", "time since the last run", told, silent is None or silent > health.OVERDUE, "bad"),
        _check(
            "Equality",
            "frames and rows by the last comparison",
            str(report or "not compared yet"),
            report is None or not report.is_equal,
            "warn" if report is None else "bad",
        ),
        _check("Conflicts", "changed on both sides, last 24 hours", f"{conflicts:,}", conflicts > 0, "warn"),
        _check("Refused rows", "could not be taken over, last 24 hours", f"{refused:,}", refused > 0, "warn"),
        _check("Dead letters", "rows and tasks that wait for somebody", f"{letters:,}", letters > 0, "bad"),
    ]


def _check(name: str, about: str, value: str, failed: bool, level: str) -> dict[str, Any]:
    return {"name": name, "about": about, "value": value, "state": level if failed else "ok"}
