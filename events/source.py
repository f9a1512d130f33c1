"""`GET /eventframes/source`: which table event frames are kept equal with, how old what is here is, and what failed
since when. It is ours; nothing in it is a secret, and the table is not asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from events import log
from events.models import SyncRun, SyncTarget
from piwebapi.api import params
from piwebapi.api.answers import INTEGER, MOMENT, TEXT, answers, or_null, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.times import format_ticks, from_datetime

from .resources import EVENT_FRAME

AGE = or_null(MOMENT)


@answers(
    record(
        Kind=TEXT,
        Host=TEXT,
        Table=TEXT,
        State=TEXT,
        Error=TEXT,
        FailedSince=AGE,
        LastSuccess=AGE,
        LastRead=AGE,
        NewestRow=AGE,
        Waiting=INTEGER,
    )
)
def source(call: Call) -> Reply:
    """Eight queries."""
    names = settings.DATABRICKS
    failed = [found for direction in ("to", "from") if (found := failure(direction))]
    good = SyncRun.objects.filter(state="done").order_by("-finished").first()
    target = SyncTarget.objects.order_by("-pk").first()
    body: dict[str, Any] = {
        "Kind": "UnityCatalog" if names["host"] else "LocalDelta",
        "Host": names["host"].removeprefix("https://").strip("/"),
        "Table": f"{names['catalog']}.{names['schema']}.pi_event_frames",
        "State": "Failed" if failed else "Good" if good else "NotRun",
        "Error": " ".join(run.error for run, _ in failed),
        "FailedSince": told(min((since for _, since in failed), default=None)),
        "LastSuccess": told(good and good.finished),
        "LastRead": told(target and target.read),
        "NewestRow": told(target and target.watermark),
        "Waiting": log.waiting(target.mark if target else 0),
    }
    return Reply(200, body)


def failure(direction: str) -> tuple[SyncRun, datetime] | None:
    """The newest run of the direction where it failed, and when the first failed since the last good one."""
    runs = SyncRun.objects.filter(direction=direction)
    newest = runs.first()
    if newest is None or newest.state == "done":
        return None
    good = runs.filter(state="done").first()
    since = runs.filter(pk__gt=good.pk if good else 0).order_by("pk").values_list("started", flat=True).first()
    return newest, since or newest.started


def told(moment: datetime | None) -> str | None:
    return format_ticks(from_datetime(moment)) if moment else None


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "EventFrame_GetSource",
        "GET",
        "eventframes/source",
        source,
        (params.SELECTED_FIELDS,),
        resource=EVENT_FRAME,
        extension=True,
        summary="The table that event frames are kept equal with: its age here, and what failed since when.",
    ),
)
