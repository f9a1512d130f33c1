"""Ingestion jobs on the pages: what each fills and how it stands, and its runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path

from events.ingestion import status
from events.models.ingest import IngestionJob, IngestionRun
from piwebapi.pages.reading import Reader, page

from . import running
from .frames import number_of
from .paging import as_file, bars, mean_seconds, paged, success_rate

RECENT = timedelta(days=1)
COLUMNS = (
    "id job state started finished seconds read written late changed duplicates rejected requests retries "
    "lag_seconds repeats error".split()
)
COUNTS = (
    *(("read", "Read"), ("written", "Written"), ("late", "Late"), ("changed", "Changed"), ("duplicates", "Duplicates")),
    *(("rejected", "Rejected"), ("requests", "Requests"), ("retries", "Retries")),
)


def jobs(now: datetime) -> list[dict[str, Any]]:
    """The jobs as `ingestion.status` tells them, with their last five runs of a day and what these say together."""
    recent: dict[int, list[IngestionRun]] = {}
    for run in IngestionRun.objects.filter(finished__gte=now - RECENT):
        recent.setdefault(run.job_id, []).append(run)
    going = running.states(now)
    told = status.overview(now)["jobs"]
    return [_told(job, recent.get(job["id"], []), going.get(f"ingestion {job['id']}", "")) for job in told]


def _told(job: dict[str, Any], runs: list[IngestionRun], going: str) -> dict[str, Any]:
    quality = job["quality"]
    return job | {
        "recent": runs[:5][::-1],
        "success": success_rate(runs),
        "seconds": mean_seconds(runs),
        "state": going or (job["state"] if job["enabled"] else "off"),
        "good": None if quality is None else 100 * (1 - quality["questionable_rate"] - quality["null_rate"]),
    }


def written(since: datetime) -> int:
    return sum(IngestionRun.objects.filter(finished__gte=since).values_list("written", flat=True))


def _found(request: HttpRequest) -> QuerySet[IngestionRun]:
    wanted = Q()
    if request.GET.get("state") in ("done", "failed"):
        wanted &= Q(state=request.GET["state"])
    if number_of(request, "job"):
        wanted &= Q(job=number_of(request, "job"))
    return IngestionRun.objects.filter(wanted).select_related("job")


@page
def runs(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    context = paged(request, _found(request)) | {
        "job": number_of(request, "job"),
        "jobs": IngestionJob.objects.order_by("name"),
    }
    return render(request, "events/job_runs.html", context)


@page
def run(request: HttpRequest, reader: Reader, pk: int) -> HttpResponseBase:
    found = get_object_or_404(IngestionRun.objects.select_related("job__source"), pk=pk)
    context = {
        "run": found,
        "counts": [(label, getattr(found, name)) for name, label in COUNTS],
        "before": bars(IngestionRun.objects.filter(job=found.job, pk__lte=pk)),
    }
    return render(request, "events/job_run.html", context)


@page
def exported(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    return as_file("ingestion-runs", COLUMNS, _found(request))


urlpatterns = [
    path("ingestion/runs/", runs),
    path("ingestion/runs/ingestion-runs.csv", exported),
    path("ingestion/runs/<int:pk>/", run),
]
