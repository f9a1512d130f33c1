"""The vendor's channels: what is sent is fixed by the address, and the client only listens.

Source: PI Web API reference, topic channels; operations Stream_GetChannel, StreamSet_GetChannel and
StreamSet_GetChannelAdHoc. A message holds what has come since the last one, nested by stream; a stream
without news is left out. `heartbeatRate` counts polls (one a second) that brought nothing, after which an
empty message goes out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from weakref import WeakKeyDictionary

import orjson

from piwebapi.api import params
from piwebapi.api.resource import Call
from piwebapi.api.service import Request, service
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError, Conflict, NoRoute
from streaming import known
from streaming.endpoints.channels import CHANNELS
from streaming.streams import Stream

from . import limits, log
from .connection import Connection, Session
from .hub import Item, Line, Subscription, Tag
from .runtime import Live, now_ticks
from .sources import Source, source_of
from .threads import Threads
from .together import Together
from .wheel import STEPS

NOTHING = b'{"Links":{},"Items":[]}'
OF_ONE_STREAM = re.compile(r"streams/([^/]+)/channel/?", re.IGNORECASE)


class ChannelSession:
    """Thousands are served each second, and what they touch is in no cache of the processor by then: so they are
    small, and have their outlet at hand."""

    __slots__ = (
        *("_only", "caller", "connection", "empty_polls", "form", "heartbeat", "initial", "live", "outlet", "sources"),
        *("streams", "subscription"),
    )
    searches = False

    def __init__(self, connection: Connection, call: Call, sources: Sequence[Source]) -> None:
        self.connection = connection
        self.outlet = connection.outlet
        self.live = connection.live
        self.caller = connection.caller
        self.form = call.form
        self.initial = bool(call["includeInitialValues"])
        self.sources = sources  # until it is open: a thousand would take half a megabyte
        self.streams = len(sources)
        self.subscription = Subscription(self, STEPS)
        self.heartbeat = max(call["heartbeatRate"], 0)
        self.empty_polls = 0
        self._only: Item | None = None  # of a channel with one stream

    async def opened(self) -> None:
        await self.connection.send({"type": "websocket.accept"})
        tags, new = self.live.wanted(self.sources)
        self.sources = ()
        lines = [(tag.key, self._line(tag)) for tag in tags]
        self.live.hub.add(self.subscription, lines, initial=self.initial)
        if len(self.subscription.items) == 1:
            [self._only] = self.subscription.items.values()
        if not self.initial:  # what is sampled comes with its next second
            new = [tag for tag in new if tag.clock != "sampled"]
        await self.live.fill(new)

    async def received(self, text: str) -> None:
        """Ignored, as the vendor does."""

    def ended(self) -> None:
        self.live.hub.remove(self.subscription)
        self.subscription.release()

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        """The others go on; a channel without a stream is closed."""
        items = self.subscription.items
        self.live.hub.remove(self.subscription, [tag.key for tag in lost if tag.key in items])
        if not items:
            self.connection.give_up(limits.GONE, reason)

    async def refresh(self) -> None:
        """Its streams are those of the moment when it was opened."""

    def due(self, subscription: Subscription, regular: bool) -> None:
        if self._only is not None and self._passed_on(self._only):
            self.empty_polls = 0
        elif subscription.begin(regular):
            self.empty_polls = 0
            self.outlet.owe(subscription)
        elif regular and self.heartbeat:
            self.empty_polls += 1
            if self.empty_polls >= self.heartbeat:
                self.empty_polls = 0
                self.outlet.say(NOTHING)

    def _passed_on(self, item: Item) -> bool:
        """The usual case, in a fifth of the time: one new value of one stream, and nothing waits. The message is made
        once for all whose channels have this stream."""
        tag, line, frame = item.tag, item.line, self.outlet.frame
        if item.seen != tag.count - 1 or item.seen < 0 or item.told is not None or item.gone or frame is None:
            return False
        value = tag.recent[-1]
        if line.framed is not value:
            line.frame = frame(b'{"Links":{},"Items":[%b%b%b]}' % (line.head, value, line.tail))
            line.framed = value
        if not self.outlet.pass_on(line.frame):
            return False
        item.seen = tag.count
        return True

    def compose(self, subscription: Subscription, texts: list[bytes]) -> Sequence[bytes]:
        """The vendor's messages have no place to say that values were left out, so the close says it."""
        if subscription.conflated:
            self.connection.give_up(limits.TOO_SLOW, "Values came faster than they were read, and some were left out.")
        return [b'{"Links":{},"Items":[' + b",".join(texts) + b"]}"]

    def _line(self, tag: Tag) -> Line:
        stream, form, base = tag.detail.stream, self.form, self.connection.base
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


Asked = tuple[Connection, str]
Found = tuple[Call, list[Source], int]
_openings: WeakKeyDictionary[Live, Together[Asked, Found]] = WeakKeyDictionary()


async def open_channel(connection: Connection, path: str) -> Session:
    live = connection.live
    if live not in _openings:
        _openings[live] = Together(partial(_find, live.threads), lambda asked: len(_named(*asked)))
    call, sources, number = await _openings[live].ask((connection, path))
    await live.progress.reached(number)
    return ChannelSession(connection, call, sources)


async def _find(threads: Threads, asked: list[Asked]) -> list[Found | Exception]:
    return await threads.run(_found, asked)


def _found(asked: Sequence[Asked]) -> list[Found | Exception]:
    """The streams that the addresses name in one query per kind and caller; that makes them known for what
    follows. And the number of the log up to which nothing is news to who opens them."""
    number = log.last_sequence()
    named: dict[Caller, list[str]] = {}
    for connection, path in asked:
        named.setdefault(connection.caller, []).extend(_named(connection, path))
    for caller, texts in named.items():
        with suppress(ApiError):
            known.streams(caller, list(dict.fromkeys(texts)))
    return [_answered(connection, path, number) for connection, path in asked]


def _named(connection: Connection, path: str) -> list[str]:
    """The WebIds that stand in an address."""
    if match := OF_ONE_STREAM.fullmatch(path):
        return [match[1]]
    if path.strip("/").lower() != "streamsets/channel":
        return []
    query = params.split(connection.scope.get("query_string", b"").decode("latin-1"))
    return [part for text in query.get("webid", ()) for part in text.split(",") if part]


def _answered(connection: Connection, path: str, number: int) -> Found | Exception:
    try:
        return *_asked(connection, path), number
    except Exception as fault:
        return fault


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
