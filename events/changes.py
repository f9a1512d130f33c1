"""`GET /eventframes/changes`: what has changed since a marker, in the order of the changes. It is ours.

A client keeps `Marker` and asks with it again: it misses nothing and sees of each frame the last change only. A deleted
frame is told by its tombstone, for some days (`markers`). Versions are numbers of the counter ``eventframes``, so they
grow with each change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from events import log, markers, search
from events.models import EventFrame, EventFrameTombstone
from events.numbering import COUNTER
from piwebapi import policy
from piwebapi.api import params
from piwebapi.api.answers import FLAG, INTEGER, ITEM, TEXT, answers, listed, or_null, record
from piwebapi.api.dump import dump
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.selected import below
from piwebapi.models import Counter
from piwebapi.securables import visible

from .resources import EVENT_FRAME

CHANGE = record(Version=INTEGER, Deleted=FLAG, WebId=TEXT, Id=TEXT, Name=TEXT, EventFrame=or_null(ITEM))


@dataclass(frozen=True)
class Changes:
    """Changes up to the number `upto`, as they go to the wire."""

    items: list[dict[str, Any]]
    upto: int


@answers(listed(CHANGE, Marker=TEXT))
def changes(call: Call) -> Reply:
    """One page; `Links.Next` is there while more is waiting. Ten queries for any number of frames."""
    last = Counter.last(COUNTER)
    position = markers.position(call["since"], last)
    rows = visible(call.caller, search.dressed(EventFrame.objects.all()))
    found = page_of(rows, call, position.since, call["maxCount"])
    position.check()
    if found is None:
        return Reply(200, {"Links": {}, "Marker": position.marker(position.since), "Items": []})
    marker = position.marker(found.upto)
    links = {"Next": _next(call, marker)} if found.upto < last else {}
    return Reply(200, {"Links": links, "Marker": marker, "Items": found.items})


def page_of(rows: QuerySet[EventFrame], call: Call, since: int, size: int) -> Changes | None:
    """The next changes among the rows, and deletions; None when nothing has changed."""
    chunk = log.next_chunk(rows, since, size)
    if chunk is None:
        return None
    items = [changed(frame, call) for frame in chunk.frames] + [_gone(stone) for stone in chunk.tombstones]
    return Changes(sorted(items, key=lambda item: item["Version"]), chunk.upto)


def changed(frame: EventFrame, call: Call) -> dict[str, Any]:
    """One change as an item of the answer."""
    tree = below(call.selected, "Items", "EventFrame")
    wanted = call.selected is None or tree is not None
    return {
        "Version": frame.changed,
        "Deleted": False,
        "WebId": frame.web_id(call.form),
        "Id": str(frame.pk),
        "Name": frame.name,
        "EventFrame": dump(EVENT_FRAME, frame, call, tree) if wanted else None,
    }


def _gone(tombstone: EventFrameTombstone) -> dict[str, Any]:
    """Where rights are given one by one, nobody knows whether the caller might have read the name."""
    return {
        "Version": tombstone.changed,
        "Deleted": True,
        "WebId": tombstone.web_id,
        "Id": str(tombstone.frame_id),
        "Name": tombstone.name if policy.current().is_plain else "",
        "EventFrame": None,
    }


def _next(call: Call, marker: str) -> str:
    pairs = [(name, text) for name, texts in call.query.items() for text in texts if name != "since"]
    return f"{call.base}/{call.url}?{urlencode([*pairs, ('since', marker)])}"


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "EventFrame_GetChanges",
        "GET",
        "eventframes/changes",
        changes,
        (
            params.text("since", about="The Marker of the last answer; * for now, nothing for all from the beginning."),
            params.MAX_COUNT,
            *params.OBJECT,
        ),
        resource=EVENT_FRAME,
        extension=True,
        summary="Event frames that were changed or deleted since a marker, in the order of the changes.",
    ),
)
