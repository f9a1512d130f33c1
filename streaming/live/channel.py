"""The vendor's channels: what is sent is fixed by the address, and the client only listens.

Source: PI Web API reference, topic channels; operations Stream_GetChannel, StreamSet_GetChannel and
StreamSet_GetChannelAdHoc. A message holds what has come since the last one, nested by stream; a stream
without news is left out. `heartbeatRate` counts polls (one a second) that brought nothing, after which an
empty message goes out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import orjson

from piwebapi.api.resource import Call
from piwebapi.api.service import Request, service
from piwebapi.core.errors import ApiError, Conflict, NoRoute
from streaming.endpoints.channels import CHANNELS
from streaming.streams import Stream

from . import limits
from .connection import Connection, Session
from .hub import Line, Subscription, Tag
from .runtime import now_ticks
from .sources import Source, source_of
from .wheel import STEPS

NOTHING = b'{"Links":{},"Items":[]}'


class ChannelSession:
    def __init__(self, connection: Connection, call: Call, sources: Sequence[Source]) -> None:
        self.connection = connection
        self.live = connection.live
        self.caller = connection.caller
        self.call = call
        self.sources = sources
        self.subscription = Subscription(self, STEPS)
        self.heartbeat = max(call["heartbeatRate"], 0)
        self.empty_polls = 0

    async def opened(self) -> None:
        await self.connection.send({"type": "websocket.accept"})
        tags, new = self.live.wanted(self.sources)
        lines = [(tag.key, self._line(tag)) for tag in tags]
        self.live.hub.add(self.subscription, lines, initial=self.call["includeInitialValues"])
        await self.live.fill(new)

    async def received(self, text: str) -> None:
        """Ignored, as the vendor does."""

    def ended(self) -> None:
        self.live.hub.remove(self.subscription)

    @property
    def streams(self) -> int:
        return len(self.sources)

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        """The others go on; a channel without a stream is closed."""
        items = self.subscription.items
        self.live.hub.remove(self.subscription, [tag.key for tag in lost if tag.key in items])
        if not items:
            self.connection.give_up(limits.GONE, reason)

    async def refresh(self) -> None:
        """Its streams are those of the moment when it was opened."""

    def due(self, subscription: Subscription, owed: bool, regular: bool) -> None:
        if owed:
            self.empty_polls = 0
            self.connection.outlet.owe(subscription)
        elif regular and self.heartbeat:
            self.empty_polls += 1
            if self.empty_polls >= self.heartbeat:
                self.empty_polls = 0
                self.connection.outlet.say(NOTHING)

    def compose(self, subscription: Subscription, texts: list[bytes]) -> Sequence[bytes]:
        return [b'{"Links":{},"Items":[' + b",".join(texts) + b"]}"]

    def _line(self, tag: Tag) -> Line:
        stream, form, base = tag.detail.stream, self.call.form, self.connection.base
        found = tag.lines.get((form, base))
        if found is None:
            web_id = stream.web_id(form)
            head = {
                "WebId": web_id,
                "Name": stream.name,
                "Path": stream.path,
                "Links": {"Source": f"{base}/{stream.segment}/{web_id}"},
            }
            opened = orjson.dumps(head)[:-1] + b',"Items":['
            tail = b'],"UnitsAbbreviation":' + tag.detail.unit + b"}"
            found = self.live.hub.line(tag, (form, base), opened, tail)
        return found


async def open_channel(connection: Connection, path: str) -> Session:
    call, sources = await connection.live.threads.run(_asked, connection, path)
    return ChannelSession(connection, call, sources)


def _asked(connection: Connection, path: str) -> tuple[Call, list[Source]]:
    """The streams of the address, found with the rights and refused with the answers of REST."""
    request = Request(
        method="GET",
        path=path,
        query=connection.scope.get("query_string", b"").decode("latin-1"),
        caller=connection.caller,
        now=now_ticks(),
        base=connection.base,
    )
    call = service.call(request)
    if call.endpoint not in CHANNELS:
        raise NoRoute(f"There is no channel at '{path}'.")
    scope = call.endpoint.detail(call)
    streams: list[Stream] = []
    for stream in scope.streams:
        if isinstance(stream, ApiError):
            raise stream
        streams.append(stream)
    if call.endpoint.operation == "Stream_GetChannel" and streams[0].static:
        raise Conflict(f"'{streams[0].name}' is a static attribute; its data reference has no data pipe.")
    return call, [source_of(stream) for stream in streams]
