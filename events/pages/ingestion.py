"""The ingestion page: panels that load, fail and refresh each by themselves; and the JSON of older dashboards."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from events.admin import lake
from piwebapi import changing
from piwebapi.core.errors import ApiError, NotFound
from piwebapi.pages.reading import Reader, Refused, data, page

from . import asked as asking
from . import data_quality, figures, frames, jobs, rows

log = logging.getLogger(__name__)


def _recent(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """The ten newest event frames of the last month."""
    query = request.GET.copy()
    query.clear()
    query["start"] = "*-30d"
    try:
        asked = asking.read(query, reader, frames.database_of(request, reader))
    except NotFound:
        return {"recent": []}
    return {"recent": rows.page_of(asked, 0, 10)}


def _tags(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    group = "plant" if request.GET.get("group") == "plant" else "sensor"
    return {"group": group, "bars": figures.shown_tags(group)}


def _quality(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    found = data_quality.overview(timezone.now())
    return {"quality": found, "columns": data_quality.COLUMNS, "counted": data_quality.counted(found)}


Fill = Callable[[HttpRequest, Reader], dict[str, Any]]


def _of(fill: Callable[[datetime], Any], name: str) -> Fill:
    return lambda request, reader: {name: fill(timezone.now())}


PANELS: dict[str, tuple[str, Fill]] = {
    "tiles": ("", _of(figures.tiles, "tiles")),
    "jobs": ("Ingestion jobs", _of(jobs.jobs, "jobs")),
    "pipelines": ("Synchronisation of event frames", _of(figures.pipelines, "pipelines")),
    "tables": ("Tables", _of(figures.tables, "tables")),
    "quality": ("Data quality", _quality),
    "checks": ("Checks of the synchronisation", _of(figures.checks, "checks")),
    "tags": ("Points", _tags),
    "recent": ("Newest events", _recent),
}


UNREADABLE = "This part could not be read; the server's log tells why."


def _panel(name: str, request: HttpRequest, reader: Reader, source: dict[str, Any]) -> str:
    title, fill = PANELS[name]
    context = {"title": title, "source": source, **fill(request, reader)}
    return render_to_string(f"events/panel_{name}.html", context, request=request)


def _tried(name: str, make: Callable[[], Any]) -> tuple[Any, str]:
    """What is made, or the sentence why there is none: one part that fails must not take the others along."""
    try:
        return make(), ""
    except (Refused, ApiError) as refused:
        return None, " ".join(refused.messages)
    except Exception:
        log.exception("the panel %s failed", name)
        return None, UNREADABLE


def _all_panels(request: HttpRequest, reader: Reader) -> dict[str, tuple[Any, str]]:
    source = figures.source()
    return {name: _tried(name, partial(_panel, name, request, reader, source)) for name in PANELS}


def _range(request: HttpRequest) -> str:
    asked = request.GET.get("range", "1h")
    return asked if asked in figures.RANGES else "1h"


@page
def dashboard(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """All panels; one that fails tells so in its place."""
    panels = {
        name: {"state": "error" if fault else "ready", "html": html, "fault": fault, "title": PANELS[name][0]}
        for name, (html, fault) in _all_panels(request, reader).items()
    }
    context = {"panels": panels, "source": figures.source(), "range": _range(request), "ranges": figures.RANGES}
    return render(request, "events/ingestion.html", context)


@data
def panels(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """Everything that the page refreshes, in one answer: each part as it is, or the sentence why there is none."""
    found = {
        name: {"Errors": [fault]} if fault else {"Html": html}
        for name, (html, fault) in _all_panels(request, reader).items()
    }
    bars, fault = _tried("series", lambda: figures.series(timezone.now(), _range(request)))
    return {"Panels": found, "Series": {"Errors": [fault]} if fault else bars}


@data
def panel(request: HttpRequest, reader: Reader, name: str) -> HttpResponseBase:
    if name not in PANELS:
        return JsonResponse({"Errors": [f"There is no panel '{name}'."]}, status=404)
    return HttpResponse(_panel(name, request, reader, figures.source()))


@data
def series(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    """Rows written and failed runs over a range: 1h, 24h or 7d."""
    return figures.series(timezone.now(), _range(request))


@require_POST
def run_now(request: HttpRequest) -> HttpResponseBase:
    """Staff ask for a run; a worker carries it out."""
    changing.demand(
        request, "events.change_synctarget", "Only staff with the right to change sync targets may start a run."
    )
    level, sentence = lake.start()
    messages.add_message(request, level, sentence)
    return redirect("/ingestion/")


# -- as older servers told it --------------------------------------------------------------------


@data
def old_status(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    tiles = figures.tiles(timezone.now())
    pipelines = figures.pipelines(timezone.now())
    moments = {name: tiles[name].isoformat() if tiles[name] else None for name in ("last_run", "next_run")}
    return moments | {
        "status": {"healthy": "Healthy", "not run yet": "No Data"}.get(tiles["status"], "Warning"),
        "rows_loaded_last_hour": tiles["rows_hour"],
        "total_rows_today": tiles["rows_day"],
        "tags_ingested": tiles["points"],
        "event_frames_ingested": tiles["frames"],
        "af_elements_indexed": tiles["elements"],
        "data_quality_score": tiles["equal"],
        "avg_latency_seconds": tiles["seconds"],
        "pipeline_groups": len(pipelines),
        "active_pipelines": sum(pipeline.status != "off" for pipeline in pipelines),
    }


@data
def old_timeseries(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    told = figures.series(timezone.now(), "1h")
    stamps = [time[11:16] for time in told["Times"]]
    return {"timestamps": stamps, "rows_per_minute": told["Rows"], "errors_per_minute": told["Failures"]}


@data
def old_tags(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    found = figures.tags("sensor")
    colours = ("#0072B2", "#C24A00", "#007A5A", "#A8437F", "#7A5C00", "#2E5FA3", "#6A3D9A", "#B2182B")
    return {
        "plants": [name for name, _ in found],
        "tag_counts": [total for _, total in found],
        "colors": [colours[place % len(colours)] for place in range(len(found))],
    }


@data
def old_pipelines(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    points = figures.tiles(timezone.now())["points"]
    told = [
        {
            "pipeline_id": place,
            "name": pipeline.name,
            "status": {"done": "Running", "waiting": "Idle"}.get(pipeline.status, pipeline.status.title()),
            "last_run": pipeline.last.finished.isoformat() if pipeline.last else None,
            "tags": points,
            "avg_duration_seconds": pipeline.seconds,
            "success_rate": pipeline.success,
        }
        for place, pipeline in enumerate(figures.pipelines(timezone.now()), 1)
    ]
    return JsonResponse(told, safe=False)


@data
def old_recent(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    kinds = {"Critical": "warning", "Major": "warning", "Minor": "warning", "None": "success"}
    told = [
        {
            "time": row["StartTime"],
            "type": kinds.get(row["Severity"], "info"),
            "message": f"{row['Name']}: {row['Description'] or row['Element']}",
        }
        for row in _recent(request, reader)["recent"]
    ]
    return JsonResponse(told, safe=False)


urlpatterns = [
    path("ingestion/", dashboard),
    path("ingestion/panels", panels),
    path("ingestion/panel/<str:name>", panel),
    path("ingestion/series", series),
    path("ingestion/run", run_now),
    path("api/ingestion/status", old_status),
    path("api/ingestion/timeseries", old_timeseries),
    path("api/ingestion/tags", old_tags),
    path("api/ingestion/pipeline_health", old_pipelines),
    path("api/ingestion/recent_events", old_recent),
]
