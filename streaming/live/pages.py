"""`/metrics`: what all server processes count about live delivery, for Prometheus."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from piwebapi.core.errors import Unavailable

from . import runtime
from .metrics import Snapshot, exposition, others, snapshot

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
LOOPBACK = ("127.0.0.1", "::1")


def metrics(request: HttpRequest) -> HttpResponse:
    """OSIPI_METRICS decides who reads it: this machine and staff (`local`), staff alone, everybody, nobody."""
    who = getattr(settings, "OSIPI_METRICS", "local")
    if who == "off":
        return HttpResponse("Metrics are switched off (OSIPI_METRICS).\n", status=404, content_type=MEDIA)
    user = getattr(request, "user", None)
    staff = bool(user and user.is_authenticated and user.is_staff)
    here = who == "local" and request.META.get("REMOTE_ADDR") in LOOPBACK
    if not (who == "open" or staff or here):
        return HttpResponse("Metrics are for staff (OSIPI_METRICS).\n", status=403, content_type=MEDIA)
    processes: dict[str, Snapshot] = {}
    for live in runtime.all_running():
        processes[live.shared.process] = snapshot(live)
        with suppress(Unavailable):  # those of the others are missing then, and ours tell how it is going
            processes |= {content["process"]: content["metrics"] for content in live.shared.others()}
    return HttpResponse(exposition(processes) + "".join(told() for told in others), content_type=MEDIA)
