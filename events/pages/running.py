"""Runs that are under way: each holds the lease of its work, so taking the lease away stops it at its next step."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from events.models.ingest import IngestionJob
from events.models.sync import Lease
from events.tasks import LAKE
from piwebapi import changing

#: nobody begins the work anew so soon after somebody has cancelled it
REST = timedelta(seconds=60)
RIGHTS = {"lake": "events.change_synctarget", "job": "events.change_ingestionjob"}


def states(now: datetime) -> dict[str, str]:
    """By lease what goes on: running, or cancelled and not over yet."""
    held = Lease.objects.filter(until__gt=now).exclude(owner="")
    return {lease.name: "cancelled" if lease.is_revoked else "running" for lease in held}


@require_POST
def cancel(request: HttpRequest) -> HttpResponseBase:
    """Of the synchronisation, or of the ingestion job of `job`; for staff who may change it."""
    job = IngestionJob.objects.filter(pk=_number(request.POST.get("job", ""))).first()
    right = RIGHTS["job" if job else "lake"]
    changing.demand(request, right, "Only staff with the right to change it may cancel a run.")
    name, told = (job.lease, f"'{job.name}'") if job else (LAKE, "the synchronisation")
    if Lease.revoke(name, request.user.get_username(), timezone.now(), REST):
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(Lease),
            object_id=name,
            object_repr=name,
            action_flag=CHANGE,
            change_message="Cancelled the run.",
        )
        sentence = f"The run of {told} stops at its next step; what it has not finished is read again by the next one."
        messages.success(request, sentence)
    else:
        messages.warning(request, f"There is no run of {told} to cancel; it may have ended meanwhile.")
    return redirect("/ingestion/")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


urlpatterns = [path("ingestion/cancel", cancel)]
