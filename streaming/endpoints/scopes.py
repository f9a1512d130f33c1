"""Which streams a request is about, and its default times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.resource import Call
from piwebapi.callers import Right
from piwebapi.core.errors import ApiError, BadRequest, Conflict
from piwebapi.core.times import TICKS_PER_DAY
from piwebapi.resources.attributes import nested, owned
from streaming import known
from streaming.streams import Stream, streams_of

PARENT_PARAMS = (
    params.NAME_FILTER,
    params.CATEGORY_NAME,
    params.TEMPLATE_NAME,
    params.FULL_HIERARCHY,
    params.SHOW_EXCLUDED,
    params.SHOW_HIDDEN,
)
STREAM_KINDS = known.KINDS


@dataclass(frozen=True)
class Scope:
    """`streams` in the order of the answer; a stream that was not found is its error, in its place."""

    streams: tuple[Stream | ApiError, ...]
    #: the times of the event frame that the streams belong to, if any
    frame: Any = None

    def known(self) -> list[Stream]:
        return [stream for stream in self.streams if isinstance(stream, Stream)]

    def window(self, call: Call) -> tuple[int, int]:
        """Start and end: as asked, else those of the event frame, else the last day."""
        start, end = call.params.get("startTime"), call.params.get("endTime")
        if start is None:
            start = self.frame.start if self.frame is not None else call.now - TICKS_PER_DAY
        if end is None:
            over = self.frame is not None and self.frame.end is not None
            end = self.frame.end if over else call.now
        return start, end


def one(call: Call) -> Scope:
    stream = known.stream(call.caller, call.web_id)
    return Scope((stream,), getattr(stream.obj, "frame", None))


def ad_hoc(call: Call) -> Scope:
    """The streams of the `webId` parameters; several may stand in one, separated by commas."""
    texts = [part for text in call["webId"] for part in text.split(",") if part]
    if not texts:
        raise BadRequest("The parameter 'webId' is required.")
    params.refuse_above_maximum("webId", len(texts))
    return ordered(call, Scope(tuple(known.streams(call.caller, texts))))


def by_parent(call: Call) -> Scope:
    """The attributes of an element or event frame, or the child attributes of an attribute."""
    owner = owner_of(call, "read_data")
    asked = {**call.params, "sortField": None, "sortOrder": None}
    rows = nested(owner, asked) if owner.KIND == "Attribute" else owned(owner, asked)
    members = list(rows[: params.max_items()])
    frame = owner if owner.KIND == "EventFrame" else getattr(owner, "frame", None)
    return ordered(call, Scope(tuple(known.readable(call.caller, streams_of(members))), frame))


def owner_of(call: Call, right: Right) -> Any:
    """The object whose attributes the streams are."""
    try:
        return find(call.caller, call.web_id, "Element", "EventFrame", "Attribute", right=right)
    except BadRequest:
        find(call.caller, call.web_id)
        raise Conflict("Stream sets are those of elements, event frames and attributes.") from None


def ordered(call: Call, scope: Scope) -> Scope:
    """Only `sortField=Name` sorts; without it the order is that of the request."""
    if (call.params.get("sortField") or "").lower() != "name":
        return scope
    descending = call.params.get("sortOrder") == "Descending"
    streams = sorted(
        scope.streams, key=lambda stream: stream.name.lower() if isinstance(stream, Stream) else "", reverse=descending
    )
    return Scope(tuple(streams), scope.frame)
