"""The pages that look at all apps: home, health; signing in and out; the addresses of older servers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.generic import RedirectView

from events.models import EventFrame, SyncRun
from osipi_site.sign_in import SignIn
from piwebapi.models import AssetDatabase, AssetServer, Attribute, DataServer, Element, Point
from piwebapi.pages.reading import Reader, data, page
from piwebapi.version import OSIPI_VERSION

STARTED = datetime.now(UTC)
COUNTS_SECONDS = 15


def counts() -> dict[str, Any]:
    """How much there is; counted at most every 15 seconds, however many look."""
    return cache.get_or_set("pages.counts", _count, COUNTS_SECONDS) or _count()


def _count() -> dict[str, Any]:
    frames = EventFrame.objects
    return {
        "points": Point.objects.count(),
        "simulated": Point.objects.exclude(signal="").count(),
        "databases": AssetDatabase.objects.count(),
        "elements": Element.objects.count(),
        "attributes": Attribute.objects.count(),
        "eventframes": frames.count(),
        "open": frames.filter(end=None).count(),
        "counted": datetime.now(UTC).isoformat(),
    }


@page
def home(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    context = {
        "counts": counts(),
        "base": reader.base,
        "started": STARTED,
        "anonymous": settings.OSIPI_ANONYMOUS,
        "read_only": settings.OSIPI_READ_ONLY,
        "data_servers": DataServer.objects.order_by("name"),
        "asset_servers": AssetServer.objects.order_by("name"),
        "databases": AssetDatabase.objects.select_related("server").order_by("name"),
        "lake": lake(),
        "sample": Point.objects.select_related("server").order_by("pk").first(),
    }
    return render(request, "home.html", context)


def lake() -> dict[str, Any]:
    """Where event frames are synchronised to, and the newest run."""
    names = settings.DATABRICKS
    host = names["host"].removeprefix("https://").strip("/")
    return {
        "host": host,
        "table": f"{names['catalog']}.{names['schema']}",
        "run": SyncRun.objects.order_by("-id").first(),
    }


@data
def count_answer(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    return counts()


def health(request: HttpRequest) -> HttpResponseBase:
    """200 while the database answers, else 503; a page for browsers. The `mock_` names are those of older servers."""
    begin = time.perf_counter()
    try:
        found = {} if request.method == "HEAD" else _count()
        connection.ensure_connection()
        state = "healthy"
    except DatabaseError:
        found, state = {}, "unhealthy"
    answer = {
        "status": state,
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "version": OSIPI_VERSION,
        "uptime_seconds": round((datetime.now(UTC) - STARTED).total_seconds()),
        "database": {"engine": connection.vendor, "milliseconds": round((time.perf_counter() - begin) * 1000, 1)},
        **{name: found.get(name) for name in ("points", "elements", "attributes", "eventframes")},
        "mock_tags": found.get("points"),
        "mock_event_frames": found.get("eventframes"),
    }
    status = 200 if state == "healthy" else 503
    response: HttpResponse
    if "text/html" in request.headers.get("Accept", "") and request.GET.get("format") != "json":
        response = render(request, "health.html", {"health": answer}, status=status)
    else:
        response = JsonResponse(answer, status=status)
    response["Cache-Control"] = "no-store"
    return response


def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Asks first: a link must not end a session."""
    if request.method == "POST":
        return auth_views.LogoutView.as_view(next_page="/")(request)
    return render(request, "sign_out.html")


def moved(to: str) -> Any:
    return RedirectView.as_view(url=to, query_string=True)


urlpatterns = [
    path("", home),
    path("counts", count_answer),
    re_path(r"^health/?$", health),
    path(
        "sign-in/",
        auth_views.LoginView.as_view(
            template_name="sign_in.html", redirect_authenticated_user=True, authentication_form=SignIn
        ),
    ),
    path("sign-out/", sign_out),
    *[
        re_path(rf"^{old}/?$", moved(new))
        for old, new in {
            "api/visual/af-hierarchy": "/elements/",
            "api/visual/events-alarms": "/events/",
            "api/visual/websocket-monitor": "/streams/",
            "docs": "/piwebapi/help/",
            "redoc": "/piwebapi/help/",
            "openapi\\.json": "/piwebapi/openapi.json",
        }.items()
    ],
]
