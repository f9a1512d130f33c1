"""The routes of the site: the endpoints of all apps joined into one service, the pages, the admin."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path, re_path

from events.endpoints import ENDPOINTS as EVENTS
from events.pages import compare, frames, ingestion, jobs, running, runs
from osipi_site import pages, search_pages
from piwebapi.api.batch import ENDPOINTS as BATCH
from piwebapi.api.service import service
from piwebapi.api.view import ServiceView
from piwebapi.pages import choices, explorer
from piwebapi.pages import help as reference
from piwebapi.resources import ENDPOINTS as AF
from streaming.endpoints import ENDPOINTS as STREAMS
from streaming.live.pages import metrics
from streaming.pages import points, watching

service.endpoints = (*BATCH, *STREAMS, *AF, *EVENTS)

urlpatterns = [
    *pages.urlpatterns,
    *search_pages.urlpatterns,
    *choices.urlpatterns,
    *reference.urlpatterns,
    *explorer.urlpatterns,
    *frames.urlpatterns,
    *compare.urlpatterns,
    *ingestion.urlpatterns,
    *jobs.urlpatterns,
    *runs.urlpatterns,
    *running.urlpatterns,
    *watching.urlpatterns,
    *points.urlpatterns,
    re_path(r"^piwebapi(?:/(?P<path>.*))?$", ServiceView.as_view()),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
]
