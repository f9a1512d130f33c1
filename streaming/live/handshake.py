"""Opening a socket: who asks, for what, and may they.

A refusal is answered before the upgrade, with the status and the body that REST would give (ASGI extension
`websocket.http.response`); a server without the extension can only say 403.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress

import orjson

from piwebapi.api.auth import identify_scope, remembered
from piwebapi.callers import Caller, require
from piwebapi.core.errors import ApiError

from . import runtime
from .channel import open_channel
from .connection import Connection, Receive, Scope, Send, Session
from .dialogue import Dialogue, wants_dialogue
from .standing import Standing, standing_of
from .subscribe import SubscribeSession
from .tickets import redeem

log = logging.getLogger(__name__)


async def connect(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    live = runtime.current()
    path = scope["url_route"]["kwargs"]["path"]
    async with AsyncExitStack() as place:
        try:
            found = at_once(scope)
            caller, standing = await live.door.run(identify, scope) if found is None else found
            await place.enter_async_context(live.crowd.enter(caller.name))
            connection = Connection(scope, send, live, caller, standing)
            session = await session_of(connection, path)
        except ApiError as fault:
            live.metrics.refused += 1
            await refuse(scope, send, fault)
            return
        except Exception:
            log.exception("The socket /piwebapi/%s failed before it was open", path)
            await refuse(scope, send, ApiError("The server failed to open this channel; its log tells why."))
            return
        with suppress(asyncio.CancelledError):
            await connection.run(session, receive)


async def session_of(connection: Connection, path: str) -> Session:
    if path.lower() != "streams/channel":
        return await open_channel(connection, path)
    require(connection.caller, "read")
    return Dialogue(connection) if wants_dialogue(connection.scope) else SubscribeSession(connection)


def at_once(scope: Scope) -> tuple[Caller, Standing] | None:
    """Who asks, where that needs no thread: nobody by name, or somebody whose credentials were found good lately."""
    query = scope.get("query_string", b"")
    if b"ticket" in query or b"%" in query:  # names may be written in percent, too
        return None
    names = {name.lower() for name, _ in scope["headers"]}
    named = b"access_token" in query or b"authorization" in names or b"cookie" in names
    caller = remembered(scope) if named else identify_scope(scope)
    return None if caller is None else (caller, standing_in(scope, caller))


def identify(scope: Scope) -> tuple[Caller, Standing]:
    """By a ticket, else as every request."""
    if found := redeem(scope):
        return found
    caller = identify_scope(scope)
    return caller, standing_in(scope, caller)


def standing_in(scope: Scope, caller: Caller) -> Standing:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return standing_of(headers, scope.get("query_string", b"").decode("latin-1"), caller)


async def refuse(scope: Scope, send: Send, fault: ApiError) -> None:
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 4000 + fault.status})
        return
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in fault.headers.items()]
    headers.append((b"content-type", b"application/json; charset=utf-8"))
    await send({"type": "websocket.http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": orjson.dumps(fault.body)})
