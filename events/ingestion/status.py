"""How ingestion stands: for the command, for pages, for a watchdog. Plain values that JSON can hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min, Sum

from events.ingestion.lake.table import open_table
from events.ingestion.tables import HIERARCHY, METRICS, TIMESERIES, TableShape
from events.ingestion.tally import TICKS
from events.lakehouse.gateway import GatewayError
from events.models.ingest import Backfill, IngestionJob, IngestionQuality, IngestionRun, StreamMark
from piwebapi.core.times import format_ticks
from streaming.models import ArchivedBlock, ArchivedEvent

#: a job is overdue when it has not succeeded for so many of its periods, at least so long
PERIODS, LEAST = 3, timedelta(minutes=2)
TICKS_PER_SECOND = TICKS * 1_000_000


class Problem(NamedTuple):
    """As the watchdog of the synchronisation tells them."""

    topic: str
    sentence: str


def problems(now: datetime) -> list[Problem]:
    """Overdue and failing jobs. Two queries."""
    found = []
    jobs = IngestionJob.objects.filter(enabled=True, source__enabled=True).select_related("source")
    errors = dict(IngestionRun.objects.filter(state="failed").order_by("pk").values_list("job_id", "error"))
    for job in jobs:
        since = job.succeeded or job.created
        if now - since > max(PERIODS * timedelta(seconds=job.every_seconds), LEAST):
            why = f" {errors[job.pk]}" if job.failures and job.pk in errors else " Is a worker running, and beat?"
            sentence = f"Ingestion job '{job.name}' has not succeeded since {since:%Y-%m-%d %H:%M} UTC.{why}"
            found.append(Problem(f"ingestion {job.pk}", sentence))
    for backfill in Backfill.objects.filter(state="failed").select_related("job")[:20]:
        found.append(Problem(f"backfill {backfill.pk}", f"A backfill of '{backfill.job}' failed: {backfill.error}"))
    return found


def overview(now: datetime) -> dict[str, Any]:
    """Jobs with marks, last run and last quality; eight queries whatever their number."""
    late = {problem.topic: problem.sentence for problem in problems(now)}
    marks = {
        row["job"]: row
        for row in StreamMark.objects.filter(chosen=True)
        .values("job")
        .annotate(streams=Count("pk"), total=Sum("rows"), kept=Sum("kept"), oldest=Min("until"), newest=Max("last"))
    }
    runs = _newest(IngestionRun)
    quality = _newest(IngestionQuality)
    totals = {
        row["job"]: row
        for row in IngestionRun.objects.values("job").annotate(
            read=Sum("read"), written=Sum("written"), late=Sum("late"), rejected=Sum("rejected")
        )
    }
    jobs = [
        _told(job, now, marks.get(job.pk, {}), runs.get(job.pk), quality.get(job.pk), totals.get(job.pk, {}))
        | {"problem": late.get(f"ingestion {job.pk}", "")}
        for job in IngestionJob.objects.select_related("source")
    ]
    backfills = [
        {"id": one.pk, "job": one.job.name, "state": one.state, "share": one.share}
        | {"written": one.written, "kept": one.kept}
        for one in Backfill.objects.select_related("job")[:20]
    ]
    return {"jobs": jobs, "backfills": backfills, "problems": list(late.values())}


def _newest(model: Any) -> dict[int, Any]:
    last = model.objects.values("job").annotate(last=Max("pk")).values_list("last", flat=True)
    return {row.job_id: row for row in model.objects.filter(pk__in=list(last))}


def _told(job: IngestionJob, now: datetime, marks: Any, run: Any, quality: Any, totals: Any) -> dict[str, Any]:
    until = marks.get("oldest") or job.until
    return {
        "id": job.pk,
        "name": job.name,
        "kind": job.kind,
        "source": job.source.name,
        "enabled": job.enabled and job.source.enabled,
        "streams": marks.get("streams", 0),
        "rows": marks.get("total") or 0,
        "kept": marks.get("kept") or 0,
        "watermark": until and format_ticks(until),
        "newest": marks.get("newest") and format_ticks(marks["newest"]),
        "lag_seconds": until and round(now.timestamp() - until / TICKS_PER_SECOND, 1),
        "state": run.state if run else "never run",
        "error": run.error if run else "",
        "finished": run and run.finished.isoformat(),
        "read": totals.get("read") or 0,
        "written": totals.get("written") or 0,
        "late": totals.get("late") or 0,
        "rejected": totals.get("rejected") or 0,
        "quality": quality and quality_of(quality),
    }


def quality_of(row: IngestionQuality) -> dict[str, Any]:
    names = ("table", "read", "written", "duplicates", "late", "rejected", "null_rate", "questionable_rate")
    return {name: getattr(row, name) for name in (*names, "freshness_seconds", "lag_seconds", "volume", "drift")} | {
        "at": row.at.isoformat()
    }


def counted() -> dict[str, int | str]:
    """Rows of the tables by asking them; a sentence where that fails."""
    return {shape.name: _count(shape) for shape in (TIMESERIES, METRICS, HIERARCHY)}


def kept() -> int:
    """Events of the points here that have the values of other servers, by counting them."""
    points = StreamMark.objects.exclude(point=None).values("point")
    rows = ArchivedEvent.objects.filter(point__in=points).count()
    return rows + (ArchivedBlock.objects.filter(point__in=points).aggregate(sum=Sum("count"))["sum"] or 0)


def _count(shape: TableShape) -> int | str:
    try:
        table = open_table(shape, settings.OSIPI_DATA_DIR, settings.DATABRICKS)
        try:
            return int(table.query("SELECT count(*) AS n FROM {table}")["n"][0].as_py())
        finally:
            table.close()
    except GatewayError as error:
        return error.sentence
