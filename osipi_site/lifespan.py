"""What starts and stops with a server process.

An app appends coroutine functions: `lifespan.on_start.append(hub.start)`. They run in the process' event
loop, in order, and the stopping ones in reverse. A server without the lifespan protocol (daphne) starts
them with its first request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Hook = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)

on_start: list[Hook] = []
on_stop: list[Hook] = []
_running_in: asyncio.AbstractEventLoop | None = None


async def ensure_started() -> None:
    """Runs the start hooks once per event loop; costs a comparison afterwards."""
    global _running_in
    loop = asyncio.get_running_loop()
    if _running_in is loop:
        return
    _running_in = loop
    for hook in on_start:
        await hook()


async def stop() -> None:
    """Runs every stop hook, whatever the others do: one failing must not keep another's sockets open."""
    global _running_in
    if _running_in is None:
        return
    _running_in = None
    for hook in reversed(on_stop):
        try:
            await hook()
        except Exception:
            log.exception("%s failed while the server stopped", getattr(hook, "__qualname__", hook))


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI lifespan protocol: a start hook that fails keeps the process from serving."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await ensure_started()
            except Exception as fault:
                log.exception("The server cannot start")
                await send({"type": "lifespan.startup.failed", "message": str(fault)})
                return
            await send({"type": "lifespan.startup.complete"})
        else:
            await stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
