"""The usual handshake of a WebSocket is answered as the library answers it, and what is unusual is left to it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.utils import accept_key

from osipi_site.long_urls import HttpProtocol
from osipi_site.sockets import SocketProtocol
from osipi_site.upgrade import usual_answer

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455, section 1.3
USUAL = [
    (b"host", b"plant.example"),
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-key", KEY),
    (b"sec-websocket-version", b"13"),
]


def changed(name: bytes, value: bytes) -> list[tuple[bytes, bytes]]:
    return [*((known, text) for known, text in USUAL if known != name), (name, value)]


def test_the_answer_is_that_of_the_standard_and_of_the_library() -> None:
    assert usual_answer(b"/a", USUAL) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    for _ in range(20):
        key = base64.b64encode(os.urandom(16))
        assert usual_answer(b"/a", changed(b"sec-websocket-key", key)) == accept_key(key.decode()).encode()


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        (b"/a", [*USUAL, (b"host", b"elsewhere.example")]),
        (b"/a", [*USUAL, (b"sec-websocket-protocol", b"osipi.subscribe.v2")]),
        (b"/a", [*USUAL, (b"content-length", b"3")]),
        (b"/a", [*USUAL, (b"transfer-encoding", b"chunked")]),
        (b"/a", USUAL[:3] + USUAL[4:]),
        (b"/a", USUAL[:4]),
        (b"/a", changed(b"sec-websocket-version", b"8")),
        (b"/a", changed(b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=")),
        (b"/a", changed(b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZTEy")),
        (b"/a", changed(b"sec-websocket-key", b"dGhl*HNhbXBsZSBub25jZQ==")),
        ("/ä".encode(), USUAL),
    ],
)
def test_what_is_unusual_is_left_to_the_library(url: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    assert usual_answer(url, headers) is None


async def telling(scope: Any, receive: Any, send: Any) -> None:
    """Tells what it was given, then what it hears."""
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"x-told", b"yes")]})
    given = {**scope, "headers": sorted(map(list, scope["headers"])), "extensions": sorted(scope["extensions"])}
    await send({"type": "websocket.send", "text": json.dumps(given, default=lambda raw: raw.decode("latin-1"))})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    options = {"lifespan": "off", "log_config": None, "access_log": False, "ws_per_message_deflate": False}
    server = uvicorn.Server(uvicorn.Config(telling, ws=SocketProtocol, http=HttpProtocol, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


async def told(address: str, **options: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The scope that the application was given, and the headers of the answer."""
    async with connect(address, max_size=None, **options) as link:
        scope = json.loads(await link.recv())
        for text in ("a", "b" * 200, "ü" * 20_000):
            await link.send(text)
            assert await link.recv() == text
        await asyncio.wait_for(await link.ping(), 5)
        return scope, dict(link.response.headers)


async def test_the_application_sees_the_same_whoever_reads_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []
    take_over = SocketProtocol.take_over

    def counted(self: SocketProtocol, http: Any, answer: bytes) -> None:
        taken.append(answer)
        take_over(self, http, answer)

    monkeypatch.setattr(SocketProtocol, "take_over", counted)
    async with served() as address:
        path = f"{address}/a%20b/c?d=%41&e=f"
        ours, answer = await told(path)
        library, other = await told(path, subprotocols=["x"])
    assert len(taken) == 1
    assert ours["path"] == "/a b/c"
    assert ours["query_string"] == "d=%41&e=f"
    assert ours["subprotocols"] == []
    for one in (ours, library):
        one["headers"] = [name for name, _ in one["headers"] if name != "sec-websocket-protocol"]
        del one["client"], one["subprotocols"]
    assert ours == library
    assert set(answer) == set(other)
    assert answer["x-told"] == "yes"
