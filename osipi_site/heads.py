"""A time limit for the head of a request: a client that sends half of one and then nothing, or a byte now and then,
would keep its connection for ever. uvicorn limits only how long a connection stays idle after an answer.

All connections are looked at every few seconds; a request itself costs nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import uvicorn

from osipi_site.long_urls import HttpProtocol

HEAD_SECONDS = 30.0
LOOK_SECONDS = 2.0
TICK_SECONDS = 0.1  # of uvicorn


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.heads = Heads()

    async def on_tick(self, counter: int) -> bool:
        if counter % round(LOOK_SECONDS / TICK_SECONDS) == 0:
            self.heads.look(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)


class Heads:
    """Which connections wait for the end of a head, and since when."""

    def __init__(self) -> None:
        self._since: dict[HttpProtocol, tuple[object, float]] = {}

    def look(self, connections: Iterable[object], now: float) -> None:
        before, self._since = self._since, {}
        for connection in connections:
            if isinstance(connection, HttpProtocol) and awaits_head(connection):
                scope, since = before.get(connection, (None, now))
                if scope is not connection.scope:  # the next request has begun meanwhile
                    since = now
                if now - since >= HEAD_SECONDS:
                    connection.transport.close()
                else:
                    self._since[connection] = (connection.scope, since)


def awaits_head(connection: HttpProtocol) -> bool:
    """No request is being answered, and what ends an idle connection has been put off by some bytes, or has not begun:
    nothing at all was asked yet."""
    answered = connection.cycle is None or connection.cycle.response_complete
    return answered and connection.timeout_keep_alive_task is None
