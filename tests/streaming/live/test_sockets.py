"""What the server's own protocol adds to uvicorn's."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from osipi_site.sockets import SocketProtocol
from piwebapi.core.errors import TooMany
from streaming.live.handshake import refuse


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await refuse(scope, send, TooMany("Enough."))


async def test_a_refused_handshake_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    config = uvicorn.Config(refusing, ws=SocketProtocol, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        for _ in range(3):
            with pytest.raises(InvalidStatus, match="429") as refused:
                await connect(f"ws://127.0.0.1:{listener.getsockname()[1]}/piwebapi/streams/channel")
            assert b"Enough." in refused.value.response.body
        server.should_exit = True
        await serving
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
