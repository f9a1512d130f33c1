"""How long a client may take to send the head of a request, over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from osipi_site import heads

from .served import served

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: loc"
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def slow_echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body, after the seconds that the query tells."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    await asyncio.sleep(float(scope["query_string"] or 0))
    body = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(heads, "LOOK_SECONDS", 0.1)
    async with served(slow_echo, heads.Server, timeout_keep_alive=60) as port:
        yield port


@pytest.fixture
async def opened(port: int) -> AsyncIterator[Callable[[bytes], Awaitable[Link]]]:
    links: list[Link] = []

    async def open_one(sent: bytes) -> Link:
        links.append(await asyncio.open_connection("127.0.0.1", port))
        links[-1][1].write(sent)
        return links[-1]

    yield open_one
    for _, writer in links:
        writer.close()


async def answered(link: Link) -> str:
    head = await link[0].readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    return (await link[0].read(1)).decode()


async def closed(link: Link, seconds: float) -> bool:
    """Whether the server ends the connection within so long, without another word."""
    try:
        async with asyncio.timeout(seconds):
            return await link[0].read() == b""
    except TimeoutError:
        return False


@pytest.mark.parametrize("sent", [b"", b"G", HALF, GET[:-2], b"\r\n\r\n"])
async def test_a_head_that_does_not_end_closes_the_connection(opened: Any, sent: bytes) -> None:
    link = await opened(sent)
    assert await closed(link, 10)


@pytest.mark.parametrize("drop", [b"X-A: b\r\n", b"x"])
async def test_a_byte_now_and_then_does_not_help(opened: Any, drop: bytes) -> None:
    link = await opened(b"GET / HTTP/1.1\r\n")
    for _ in range(200):
        link[1].write(drop)
        try:
            if await asyncio.wait_for(link[0].read(), 0.05) == b"":
                return
        except TimeoutError:
            continue
        except ConnectionResetError:
            return
    pytest.fail("The connection is still open.")


@pytest.mark.parametrize("sent", [HALF, b"\r\n"])
async def test_the_second_head_has_to_end_too(opened: Any, sent: bytes) -> None:
    link = await opened(GET)
    assert await answered(link) == "0"
    link[1].write(sent)
    assert await closed(link, 10)


async def test_an_idle_connection_stays_open(opened: Any) -> None:
    link = await opened(GET)
    assert await answered(link) == "0"
    assert not await closed(link, 1.5)
    link[1].write(GET)
    assert await answered(link) == "0"


async def test_slow_answers_and_slow_bodies_are_not_touched(opened: Any) -> None:
    slow = await opened(GET.replace(b"/ ", b"/?1.5 "))
    upload = await opened(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na")
    await asyncio.sleep(1.5)
    upload[1].write(b"bc")
    assert (await answered(slow), await answered(upload)) == ("0", "3")


async def test_request_after_request_is_not_taken_for_one(opened: Any) -> None:
    link = await opened(b"")
    for _ in range(30):
        link[1].write(GET[:20])
        await asyncio.sleep(0.05)
        link[1].write(GET[20:])
        assert await answered(link) == "0"
