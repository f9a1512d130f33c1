"""Opening a socket: who asks, for what, and may they.

A refusal is answered before the upgrade, with the status and the body that REST would give (ASGI extension
`websocket.http.response`); a server without the extension can only say 403.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import orjson

from piwebapi.api.auth import identify_scope
from piwebapi.callers import require
from piwebapi.core.errors import ApiError

from . import runtime
from .channel import open_channel
from .connection import Connection, Receive, Scope, Send, Session
from .subscribe import open_subscribe

log = logging.getLogger(__name__)


async def connect(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    live = runtime.current()
    path = scope["url_route"]["kwargs"]["path"]
    try:
        caller = await live.threads.run(identify_scope, scope)
        connection = Connection(scope, send, live, caller)
        if path.lower() == "streams/channel":
            require(caller, "read")
            session: Session = await open_subscribe(connection)
        else:
            session = await open_channel(connection, path)
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


async def refuse(scope: Scope, send: Send, fault: ApiError) -> None:
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 4000 + fault.status})
        return
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in fault.headers.items()]
    headers.append((b"content-type", b"application/json; charset=utf-8"))
    await send({"type": "websocket.http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": orjson.dumps(fault.body)})
