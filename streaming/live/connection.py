"""One open socket: who listens, and the protocol that is spoken on it."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import Any, Protocol
from uuid import uuid4

import orjson

from piwebapi.callers import Caller

from . import limits
from .hub import Tag
from .outlet import Outlet
from .runtime import Live
from .standing import Standing, shared

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


class Session(Protocol):
    """A protocol spoken on a socket."""

    async def opened(self) -> None:
        """The upgrade has been agreed to."""

    async def received(self, text: str) -> None:
        """A message of the client; while this waits, the client's next ones wait, too."""

    def ended(self) -> None:
        """Give back what is held in the hub."""

    @property
    def streams(self) -> int:
        """How many streams it has subscribed."""

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        """These tags are there no more for this caller."""

    async def refresh(self) -> None:
        """Look again for what may have appeared since."""

    @property
    def searches(self) -> bool:
        """Whether there is anything to look again for."""


class Connection:
    """What a session knows of its socket."""

    def __init__(self, scope: Scope, send: Send, live: Live, caller: Caller, standing: Standing) -> None:
        self.scope = scope
        self.send = send
        self.live = live
        self.caller = caller
        self.id = str(uuid4())
        self.started = time.time()
        self.outlet = Outlet(scope, send, live.metrics)
        self.standing = shared(standing)
        self.session: Session | None = None
        self.refreshing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @cached_property
    def base(self) -> str:
        """The root of the service as this client calls it."""
        host = dict(self.scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        secure = self.scope.get("scheme") in ("wss", "https")
        return f"{'https' if secure else 'http'}://{host}/piwebapi"

    def give_up(self, code: int, reason: str) -> bool:
        """Close from this side; the client is told the code and the reason. False when that is under way."""
        if self._closing is not None:
            return False
        self._closing = asyncio.create_task(self.outlet.close(code, reason))
        return True

    async def run(self, session: Session, receive: Receive) -> None:
        self.session = session
        self.live.connections[self.id] = self
        self.live.metrics.opened += 1
        try:
            await session.opened()
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    break
                if message["type"] == "websocket.receive":
                    text = message.get("text")
                    await session.received(text if text is not None else "")
        finally:
            self.outlet.end()
            if self.refreshing is not None:
                self.refreshing.cancel()
            if self._closing is not None:
                await self._closing
            session.ended()
            self.session = None  # it knows its connection: neither shall keep the other
            del self.live.connections[self.id]


#: So many requests are read ahead of those that are worked on.
AHEAD = 1_000


class Conversation(ABC):
    """A session whose client asks for things while it is open: requests are worked on in their order, as many at
    once as have come meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.live = connection.live
        self.outlet = connection.outlet
        self.caller = connection.caller
        self._inbox: list[str] = []
        self._worker: asyncio.Task[None] | None = None

    async def received(self, text: str) -> None:
        self._inbox.append(text)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        elif len(self._inbox) >= AHEAD:
            await asyncio.wait([self._worker])

    @abstractmethod
    async def work(self, texts: Sequence[str]) -> None:
        """Do what the messages ask for."""

    def ended(self) -> None:
        if self._worker is not None:
            self._worker.cancel()

    def say(self, answer: Mapping[str, Any]) -> None:
        if not self.outlet.say(orjson.dumps(answer)):
            self.connection.give_up(limits.TOO_MANY_REPLIES, "The client asks without reading the answers.")

    async def _work(self) -> None:
        while self._inbox:
            texts, self._inbox = self._inbox, []
            try:
                await self.work(texts)
            except Exception:
                log.exception("Requests on the socket %s failed", self.connection.id)
                self.connection.give_up(1011, "The server failed to answer a request; its log tells why.")
