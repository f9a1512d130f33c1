"""Stream updates: register, then ask with the marker of the last answer for what has come since.

A marker is the id of the registration and a position: for written points, and formulas of them, the number in
the sequence log, for simulated ones the time up to which events were told. Asking again with an old marker tells
the same again. Source: PI Web API reference, topic stream updates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.utils import timezone

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import LINKS, TEXT, answers, listed, many, named, or_null, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import ApiError, BadRequest, Conflict, NotFound
from piwebapi.models import Counter
from streaming.archive.rows import COLUMNS, COUNTER, series_of
from streaming.archive.sealing import PRUNED
from streaming.core.render import timed_objects
from streaming.core.series import Series
from streaming.models import UpdateRegistration, ValueChange
from streaming.readers import Computed, Constant, Failed, Reader, Stored
from streaming.streams import Stream, converted, streams_of

from . import shapes
from .parameters import DESIRED_UNITS
from .scopes import STREAM_KINDS

MARKER = re.compile(r"([0-9a-f]{32})_(\d+)")
LIFE = timedelta(hours=24)
_FAILED = or_null(named("Errors"))
_HEAD = {"Source": TEXT, "SourceName": TEXT, "SourcePath": TEXT, "LatestMarker": TEXT, "Status": TEXT, "Links": LINKS}
REGISTRATION = record(**_HEAD, Exception=_FAILED)
_EVENT = record(**shapes.VALUE["properties"], Action=TEXT, PreviousEventAction=TEXT)
UPDATES = record(**_HEAD, RequestedMarker=TEXT, Events=many(_EVENT), Exception=_FAILED)


@answers(REGISTRATION)
def register_one(call: Call) -> Reply:
    found = registered(call, call.web_id)
    headers = {"Location": found["Links"]["Updates"]}
    return Reply(200, found, headers)


@answers(listed(REGISTRATION))
def register_set(call: Call) -> Reply:
    if not call["webId"]:
        raise BadRequest("The parameter 'webId' is required.")
    items: list[dict[str, Any]] = []
    for text in call["webId"]:
        try:
            items.append(registered(call, text))
        except ApiError as error:
            if isinstance(error, BadRequest):
                raise
            items.append({"Source": text, "LatestMarker": "", "Status": "Failed", "Exception": error.body, "Links": {}})
    return Reply(200, {"Links": {}, "Items": items})


def registered(call: Call, text: str) -> dict[str, Any]:
    stream = stream_for(call, text)
    UpdateRegistration.objects.filter(used__lt=timezone.now() - LIFE).delete()
    made = UpdateRegistration.objects.create(id=uuid4(), web_id=stream.web_id("I"))
    marker = f"{made.id.hex}_{position(stream, call.now)}"
    return {**head(stream, call, marker), "LatestMarker": marker, "Status": "Succeeded", "Exception": None}


def stream_for(call: Call, text: str) -> Stream:
    stream = streams_of([find(call.caller, text, *STREAM_KINDS, right="read_data")])[0]
    if stream.static:
        raise Conflict(f"'{stream.name}' is a static attribute; it has no updates.")
    if isinstance(stream.reader, Failed):
        raise Conflict(stream.reader.message)
    return stream


def position(stream: Stream, now: int) -> int:
    return Counter.last(COUNTER) if written(stream.reader) else now


def head(stream: Stream, call: Call, marker: str) -> dict[str, Any]:
    return {
        "Source": stream.web_id(call.form),
        "SourceName": stream.name,
        "SourcePath": stream.path,
        "Links": {"Updates": f"{call.base}/streams/updates/{marker}"},
    }


@answers(UPDATES)
def retrieve_one(call: Call) -> Reply:
    return Reply(200, retrieved(call, call.path["marker"]))


@answers(listed(UPDATES))
def retrieve_set(call: Call) -> Reply:
    if not call["marker"]:
        raise BadRequest("The parameter 'marker' is required.")
    items: list[dict[str, Any]] = []
    for marker in call["marker"]:
        try:
            items.append(retrieved(call, marker))
        except ApiError as error:
            items.append({"RequestedMarker": marker, "Status": "Failed", "Events": [], "Exception": error.body})
    return Reply(200, {"Links": {}, "Items": items})


def retrieved(call: Call, marker: str) -> dict[str, Any]:
    match = MARKER.fullmatch(marker)
    if match is None:
        raise Conflict(f"'{marker}' is no marker.")
    registration = UpdateRegistration.objects.filter(pk=UUID(match[1])).first()
    if registration is None or int(match[2]) >= 2**63:
        raise NotFound(f"The registration of the marker '{marker}' is unknown or has expired.")
    registration.save(update_fields=["used"])
    stream = stream_for(call, registration.web_id)
    events, last = events_since(stream, int(match[2]), call)
    latest = f"{match[1]}_{last}"
    return {
        **head(stream, call, latest),
        "RequestedMarker": marker,
        "LatestMarker": latest,
        "Status": "Updated",
        "Events": events,
        "Exception": None,
    }


def written(reader: Reader) -> list[int]:
    """The points by whose log a stream is told; none where it is told by time, as everything that simulated points
    go into."""
    if isinstance(reader, Computed):
        parts = [written(part) for part in reader.inputs if not isinstance(part, Constant)]
        return [point for part in parts for point in part] if all(parts) else []
    return [reader.point] if isinstance(reader, Stored) else []


def events_since(stream: Stream, since: int, call: Call) -> tuple[list[dict[str, Any]], int]:
    """The events past a position, and the position behind the last of them."""
    points = written(stream.reader)
    if not points:
        return _told_by_time(stream, since, call)
    if not Counter.last(PRUNED) <= since <= Counter.last(COUNTER):
        raise NotFound("The changes since this marker are no longer kept; register again.")
    changes = ValueChange.objects.filter(point_id__in=points, sequence__gt=since).order_by("sequence")
    rows = list(changes.values_list("sequence", "action", *COLUMNS)[: params.max_items()])
    series, actions = series_of([tuple(row[2:]) for row in rows]), [row[1] for row in rows]
    if isinstance(stream.reader, Computed):  # its events are where those of its inputs are
        latest = {row[2]: row[1] for row in rows}
        series, actions = stream.at(np.array(list(latest), np.int64), call.now), list(latest.values())
    names = dict(ValueChange.Action.choices)
    return _events(stream, series, [names[action] for action in actions], call), rows[-1][0] if rows else since


def _told_by_time(stream: Stream, since: int, call: Call) -> tuple[list[dict[str, Any]], int]:
    limit = params.max_items()
    series = stream.reader.read(since + 1, call.now, now=call.now, limit=limit) if since < call.now else Series.empty()
    last = int(series.times[-1]) if len(series) else since
    return _events(stream, series, ["Add"] * len(series), call), last


def _events(stream: Stream, series: Series, actions: Sequence[str], call: Call) -> list[dict[str, Any]]:
    rows, fmt = converted(stream, series, call.params.get("desiredUnits"))
    return [
        {"Action": action, "PreviousEventAction": "PreviousEventArchived", **event}
        for action, event in zip(actions, timed_objects(rows, fmt), strict=True)
    ]


MARKERS = params.text("marker", many=True, about="Markers of earlier answers; repeat the parameter.")
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("Stream_RegisterStreamUpdate", "POST", "streams/{webId}/updates", register_one, params.OBJECT),
    Endpoint(
        "Stream_RetrieveStreamUpdate",
        "GET",
        "streams/updates/{marker}",
        retrieve_one,
        (DESIRED_UNITS, *params.OBJECT),
    ),
    Endpoint(
        "StreamSet_RegisterStreamSetUpdates",
        "POST",
        "streamsets/updates",
        register_set,
        (params.WEB_ID, *params.OBJECT),
    ),
    Endpoint(
        "StreamSet_RetrieveStreamSetUpdates", "GET", "streamsets/updates", retrieve_set, (MARKERS, *params.OBJECT)
    ),
)
