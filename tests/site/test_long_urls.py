"""URLs longer than the parser's 16 bits, over a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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


async def test_an_endless_url_is_refused(port: int) -> None:
    assert (await ask(port, f"/a?{'x' * (LONGEST + 1)}")).startswith("HTTP/1.1 400")
