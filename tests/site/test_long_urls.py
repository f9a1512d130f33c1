"""URLs longer than the parser's 16 bits, over a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from osipi_site.long_urls import LONGEST

from .served import served


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = f"{scope['path']} {len(scope['query_string'])}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(echo) as port:
        yield port


async def ask(port: int, target: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    answer = (await reader.read()).decode()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/a%20b", "/a b 0"),
        ("/a?x=1", "/a 3"),
        ("/a?x=1?y#z", "/a 5"),
        (f"/a?webId={'F' * 100_000}", "/a 100006"),
    ],
)
async def test_path_and_query_arrive_however_long(port: int, target: str, told: str) -> None:
    answer = await ask(port, target)
    assert answer.startswith("HTTP/1.1 200")
    assert answer.endswith(f"\r\n\r\n{told}")


@pytest.mark.parametrize("sent", [b"a" * 65_536, b"\r\nX-A: " + b"a" * 1_000], ids=["one header", "many headers"])
async def test_a_head_without_end_is_refused(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nX-A: ")
    told, answer = 0, asyncio.create_task(reader.read())
    while not answer.done() and told < 32 * LONGEST:
        writer.write(sent * (LONGEST // 4 // len(sent)))
        told += LONGEST // 4
        await asyncio.sleep(0.01)
    writer.close()
    assert told < 32 * LONGEST
    with suppress(ConnectionResetError):  # more was on its way
        assert (await answer).startswith(b"HTTP/1.1 400")


async def test_long_heads_after_each_other_are_answered(port: int) -> None:
    """What comes in many pieces, or behind a body, is counted for one request only."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(f"GET /a?{'x' * 900_000} HTTP/1.1\r\nX-A: {'a' * 100_000}".encode())
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"\r\n\r\n")
        assert (await reader.readuntil(b"/a 900000")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_an_endless_url_is_refused(port: int) -> None:
    assert (await ask(port, f"/a?{'x' * (LONGEST + 1)}")).startswith("HTTP/1.1 400")
