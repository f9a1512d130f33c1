"""One open socket: who listens, and the protocol that is spoken on it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol
from uuid import uuid4

from piwebapi.callers import Caller

from .outlet import Outlet
from .runtime import Live

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Session(Protocol):
    """A protocol spoken on a socket."""

    async def opened(self) -> None:
        """The upgrade has been agreed to."""

    async def received(self, text: str) -> None:
        """A message of the client; while this waits, the client's next ones wait, too."""

    def ended(self) -> None:
        """Give back what is held in the hub."""


class Connection:
    """What a session knows of its socket."""

    def __init__(self, scope: Scope, send: Send, live: Live, caller: Caller) -> None:
        self.scope = scope
        self.send = send
        self.live = live
        self.caller = caller
        self.id = str(uuid4())
        self.started = time.time()
        self.outlet = Outlet(scope, send, live.metrics)

    @property
    def base(self) -> str:
        """The root of the service as this client calls it."""
        host = dict(self.scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        secure = self.scope.get("scheme") in ("wss", "https")
        return f"{'https' if secure else 'http'}://{host}/piwebapi"

    async def run(self, session: Session, receive: Receive) -> None:
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
            session.ended()
            del self.live.connections[self.id]
