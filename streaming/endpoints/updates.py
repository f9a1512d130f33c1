"""Stream updates: register, then ask with the marker of the last answer for what has come since.

A marker is the id of the registration and a position: for written points the number in the sequence log, for
simulated ones the time up to which events were told, for formulas of both the two of them. Asking again with an old
marker tells the same again, as long as changes are kept. A registration belongs to a caller and a stream: registering
again finds it. Source: PI Web API reference, topic stream updates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from django.utils import timezone

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import LINKS, TEXT, answers, listed, many, named, or_null, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import ApiError, BadRequest, Conflict, NotFound
from piwebapi.models import Counter
from streaming.archive.rows import COLUMNS, COUNTER, series_of
from streaming.archive.sealing import KEPT, PRUNED
from streaming.core.render import timed_objects
from streaming.core.series import SECOND, Series, Times, distinct
from streaming.models import UpdateRegistration, ValueChange
from streaming.readers import Computed, Failed, Reader, Simulated, Stored
from streaming.streams import Stream, converted, streams_of

from . import shapes
from .parameters import DESIRED_UNITS
from .scopes import STREAM_KINDS

MARKER = re.compile(r"([0-9a-f]{32})_(\d+)(?:_(\d+))?")
LIFE = timedelta(hours=24)
#: of the names from which the ids of registrations are made
_REGISTRATIONS = UUID("5f2a1c0e-7d3b-4c8e-9b61-0a4d2e6f8c13")
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
        except (BadRequest, Still):
            raise
        except ApiError as error:
            items.append({"Source": text, "LatestMarker": "", "Status": "Failed", "Exception": error.body, "Links": {}})
    return Reply(200, {"Links": {}, "Items": items})


def registered(call: Call, text: str) -> dict[str, Any]:
    stream = stream_for(call, text)
    UpdateRegistration.objects.filter(used__lt=timezone.now() - LIFE).delete()
    web_id = stream.web_id("I")
    registration, made = UpdateRegistration.objects.get_or_create(
        id=uuid5(_REGISTRATIONS, f"{call.caller.name} {web_id}"), defaults={"web_id": web_id}
    )
    if not made:
        registration.save(update_fields=["used"])
    marker = marker_of(registration, _Told.of(stream.reader).position(call.now))
    status = "Succeeded" if made else "AlreadyRegistered"
    return {**head(stream, call, marker), "LatestMarker": marker, "Status": status, "Exception": None}


class Still(Conflict):
    """A stream without updates."""


def stream_for(call: Call, text: str) -> Stream:
    stream = streams_of([find(call.caller, text, *STREAM_KINDS, right="read_data")])[0]
    if stream.static:
        raise Still(f"'{stream.name}' is a static attribute; it has no updates.")
    if isinstance(stream.reader, Failed):
        raise Conflict(stream.reader.message)
    return stream


Position = tuple[int, ...]


def marker_of(registration: UpdateRegistration, position: Position) -> str:
    return "_".join([registration.id.hex, *map(str, position)])


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
    since = tuple(int(text) for text in match.groups()[1:] if text)
    registration = UpdateRegistration.objects.filter(pk=UUID(match[1])).first()
    if registration is None or max(since) >= 2**63:
        raise NotFound(f"The registration of the marker '{marker}' is unknown or has expired.")
    registration.save(update_fields=["used"])
    stream = stream_for(call, registration.web_id)
    events, last = events_since(stream, since, call)
    latest = marker_of(registration, last)
    return {
        **head(stream, call, latest),
        "RequestedMarker": marker,
        "LatestMarker": latest,
        "Status": "Updated",
        "Events": events,
        "Exception": None,
    }


@dataclass(frozen=True)
class _Told:
    """By what a stream's events are told: by the log of written ``points``, by time those of ``simulated`` ones."""

    points: tuple[int, ...] = ()
    simulated: tuple[Simulated, ...] = ()

    @classmethod
    def of(cls, reader: Reader) -> _Told:
        if isinstance(reader, Computed):
            parts = [cls.of(part) for part in reader.inputs]
            points = (point for part in parts for point in part.points)
            return cls(tuple(points), tuple(one for part in parts for one in part.simulated))
        if isinstance(reader, Stored):
            return cls(points=(reader.point,))
        return cls(simulated=(reader,)) if isinstance(reader, Simulated) else cls()

    def position(self, now: int) -> Position:
        """The last number of the log, and the time; each only where events are told by it, else 0."""
        number = (Counter.last(COUNTER),) if self.points else ()
        return number + ((now,) if self.simulated else ()) or (0,)

    def check(self, since: Position, now: int) -> None:
        """What was told by a position that no longer fits, or is too old, cannot be gone on with."""
        number, time = since[: bool(self.points)], since[bool(self.points) :] if self.simulated else ()
        kept = len(since) == max(1, len(number) + len(time))
        kept &= all(Counter.last(PRUNED) <= one <= Counter.last(COUNTER) for one in number)
        kept &= all(one >= now - int(KEPT.total_seconds()) * SECOND for one in time)
        if not kept:
            raise NotFound("The changes since this marker are no longer kept; register again.")


def events_since(stream: Stream, since: Position, call: Call) -> tuple[list[dict[str, Any]], Position]:
    """The events past a position, and the position behind the last of them."""
    told, last = _Told.of(stream.reader), list(since)
    told.check(since, call.now)
    rows, times = _logged(told.points, since[0]), _passed(told.simulated, since[-1], call.now)
    if len(rows):
        last[0] = rows[-1][0]
    if len(times):
        last[-1] = int(times[-1])
    names = dict(ValueChange.Action.choices)
    if isinstance(stream.reader, Stored):
        series, actions = series_of([tuple(row[2:]) for row in rows]), [row[1] for row in rows]
    else:  # events of formulas are where those of their inputs are
        latest = dict.fromkeys(times.tolist(), ValueChange.Action.ADD) | {row[2]: row[1] for row in rows}
        series, actions = stream.at(np.array(list(latest), np.int64), call.now), list(latest.values())
    return _events(stream, series, [names[action] for action in actions], call), tuple(last)


def _logged(points: Sequence[int], since: int) -> list[tuple[Any, ...]]:
    changes = ValueChange.objects.filter(point_id__in=points, sequence__gt=since).order_by("sequence")
    return list(changes.values_list("sequence", "action", *COLUMNS)[: params.max_items()]) if points else []


def _passed(simulated: Sequence[Simulated], since: int, now: int) -> Times:
    """When they had events, each time once, at most as many as one answer may hold."""
    limit = params.max_items()
    read = [one.read(since + 1, now, now=now, limit=limit).times for one in simulated if since < now]
    return distinct(np.concatenate([*read, np.empty(0, np.int64)]))[:limit]


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
