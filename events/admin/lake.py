"""The page of the lake connection: which table, the newest run, and two buttons (forms: a link must not write)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from kombu.exceptions import OperationalError

from events import sync
from events.lakehouse.gateway import GatewayError
from events.models import SyncRun, SyncTarget
from events.tasks import synchronise_event_frames


def page(admin: Any, request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        act = {"test": test, "sync": start}.get(request.POST.get("act", ""))
        if act is not None:
            level, sentence = act()
            admin.message_user(request, sentence, level)
        return HttpResponseRedirect(request.path)
    context = {
        **admin.admin_site.each_context(request),
        "title": "Lake connection",
        "opts": admin.opts,
        "settings": shown_settings(),
        "paused": SyncTarget.objects.filter(paused_until__isnull=False).values_list("paused_until", flat=True).first(),
        "run": SyncRun.objects.first(),
    }
    return TemplateResponse(request, "admin/events/synctarget/lake.html", context)


def shown_settings() -> dict[str, str]:
    """Of secrets only whether they are set."""
    names = settings.DATABRICKS
    if not names["host"]:
        return {
            "Table": "local Delta tables in the data directory",
            "Unity Catalog": "not configured (DATABRICKS_HOST)",
        }
    secret = next((key for key in ("token", "client_secret") if names[key]), "")
    return {
        "Workspace": names["host"],
        "SQL warehouse": names["http_path"] or "not set (DATABRICKS_HTTP_PATH)",
        "Catalog and schema": f"{names['catalog']}.{names['schema']}",
        "Signs in by": {"token": "access token", "client_secret": "service principal"}.get(
            secret, "nothing: no secret set"
        ),
    }


def test() -> tuple[int, str]:
    """Opens the table and counts its rows; creates and changes nothing."""
    try:
        gateway = sync.open_gateway()
        try:
            return messages.SUCCESS, f"{gateway.describe()} answers: {gateway.row_count():,} rows."
        finally:
            gateway.close()
    except GatewayError as error:
        return messages.ERROR, error.sentence


def start() -> tuple[int, str]:
    """Asks a worker for a run now. It is the scheduled task, so two runs never overlap; a pause after a failure that
    somebody had to mend is over, since somebody asks."""
    SyncTarget.objects.filter(paused_until__isnull=False).update(paused_until=None)
    try:
        synchronise_event_frames.delay(asked=True)
    except (OperationalError, OSError) as error:
        return messages.ERROR, f"The queue does not take the task: {type(error).__name__}."
    return messages.SUCCESS, "A worker is asked for a run; it appears among the sync runs when it is done."
