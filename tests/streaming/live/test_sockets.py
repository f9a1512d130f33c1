"""What the server's own protocol adds to uvicorn's."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import ref

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from osipi_site.long_urls import HttpProtocol
from osipi_site.sockets import SocketProtocol
from piwebapi.core.errors import TooMany
from streaming.live.handshake import refuse
from tests.streaming.endpoints.plant import Plant

from .clients import values
from .test_channel import tell
from .test_dialogue import VERSION_2, subscribe
from .test_subscribe import make
from .test_subscribe import subscribe as old_subscribe


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await refuse(scope, send, TooMany("Enough."))


@asynccontextmanager
async def served(application: Any) -> AsyncIterator[tuple[uvicorn.Server, str]]:
    """The server, in this event loop, and its address."""
    options = {"lifespan": "off", "log_config": None, "access_log": False, "ws_per_message_deflate": False}
    server = uvicorn.Server(uvicorn.Config(application, ws=SocketProtocol, http=HttpProtocol, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield server, f"ws://127.0.0.1:{listener.getsockname()[1]}/piwebapi"
        server.should_exit = True
        await serving


async def test_a_refused_handshake_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    async with served(refusing) as (_, address):
        for _ in range(3):
            with pytest.raises(InvalidStatus, match="429") as refused:
                await connect(f"{address}/streams/channel")
            assert b"Enough." in refused.value.response.body
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("kind", ["vendor", "first", "second"])
async def test_a_closed_socket_leaves_nothing_to_the_collector_of_cycles(plant: Plant, live: Any, kind: str) -> None:
    from osipi_site.asgi import application

    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    path = {"vendor": f"streams/{tank.web_id()}/channel?includeInitialValues=true", "second": VERSION_2}
    asked = {"first": old_subscribe(tank.web_id()), "second": subscribe("a", tank.web_id())}
    async with served(application) as (server, address):
        link = await connect(f"{address}/{path.get(kind, 'streams/channel')}")
        if kind in asked:
            await link.send(json.dumps(asked[kind]))
        while "Items" not in json.loads(await link.recv()):
            pass
        [connection] = live.connections.values()
        [protocol] = server.server_state.connections
        left = [ref(connection), ref(protocol), ref(protocol.conn)]
        del connection, protocol
        gc.disable()
        try:
            await link.close()
            async with asyncio.timeout(10):
                while live.connections or server.server_state.tasks:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert [kept() for kept in left] == [None] * 3
        finally:
            gc.enable()


class Raw:
    """A client that writes frames itself and reads when it likes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def open(self, address: str) -> None:
        host, port = address.split("/")[2].split(":")
        self.reader, self.writer = await asyncio.open_connection(host, int(port), limit=1024)
        self.writer.write(
            f"GET /piwebapi/streams/channel HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await self.reader.readuntil(b"\r\n\r\n")

    async def send(self, head: int, payload: bytes, times: int = 1) -> None:
        """Masked with zeros."""
        self.writer.write((bytes((head, 0x80 | len(payload))) + bytes(4) + payload) * times)
        await self.writer.drain()


PING, TEXT, MORE, LAST = 0x89, 0x01, 0x00, 0x80


async def test_pings_of_a_client_that_does_not_read_are_not_kept(plant: Plant, live: Any) -> None:
    from osipi_site.asgi import application

    async with served(application) as (server, address):
        raw = Raw()
        await raw.open(address)
        [protocol] = server.server_state.connections
        for _ in range(200):  # 25 MB; the kernel takes a few of them
            await raw.send(PING, bytes(125), 1_000)
        await asyncio.sleep(0.2)
        assert protocol.transport.get_write_buffer_size() < 2**18
        raw.writer.close()


async def test_a_message_in_thousands_of_pieces_is_refused_and_a_hundred_are_put_together(
    plant: Plant, live: Any
) -> None:
    from osipi_site.asgi import application

    async with served(application) as (server, address):
        raw = Raw()
        await raw.open(address)
        await raw.send(TEXT, b"{")
        await raw.send(MORE, b"", 100)
        await raw.send(LAST, b"}")
        assert b"Action must be" in await raw.reader.readuntil(b"}")
        [protocol] = server.server_state.connections
        await raw.send(TEXT, b"{")
        await raw.send(MORE, b"", 1_001)
        assert (await raw.reader.read(4))[2:] == (1009).to_bytes(2, "big")
        assert protocol.frames == []
        raw.writer.close()


async def test_what_is_no_text_ends_the_socket_and_is_no_error_of_the_server(
    plant: Plant, live: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from osipi_site.asgi import application

    async with served(application) as (_, address):
        raw = Raw()
        await raw.open(address)
        await raw.send(TEXT, b"\xf0\x9f")
        await raw.send(LAST, b"\x98\x80")  # one letter in two pieces
        assert b"is not JSON" in await raw.reader.readuntil(b"}")
        await raw.send(TEXT | LAST, b"\xff")
        assert (await raw.reader.read(4))[2:] == (1007).to_bytes(2, "big")
        raw.writer.close()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_channels_of_one_stream_are_each_told_every_value_once(plant: Plant, live: Any) -> None:
    """A value alone goes out in a message that is framed once for all of them; several together do not."""
    from osipi_site.asgi import application

    tank = await make(plant.filled, "Tank", [(0, 1.0)])
    path = f"streams/{tank.web_id()}/channel"
    async with served(application) as (_, address):
        before = live.metrics.values
        links = [await connect(f"{address}/{path}?includeInitialValues={initial}") for initial in (True, False, False)]
        first_value = values(json.loads(await asyncio.wait_for(links[0].recv(), 10)))
        heard: list[list[float]] = [first_value, [], []]
        messages, due = [1, 0, 0], [[1.0], [], []]
        for first in (2, 3, 4, 7, 8):  # three at once the third time
            written = [(hour, float(hour)) for hour in range(first, first + (3 if first == 4 else 1))]
            await make(tell, plant, tank, *written)
            for place, link in enumerate(links):
                due[place] += [value for _, value in written]
                while len(heard[place]) < len(due[place]):
                    heard[place] += values(json.loads(await asyncio.wait_for(link.recv(), 10)))
                    messages[place] += 1
        assert heard == due
        assert live.metrics.values - before == sum(messages)
        assert sorted(one.outlet.sent for one in live.connections.values()) == sorted(messages)
        for link in links:
            await link.close()


async def test_a_burst_is_told_whole_and_in_its_order(plant: Plant, live: Any) -> None:
    """More at once than the hub keeps of a stream."""
    from osipi_site.asgi import application

    tank, due = await make(plant.filled, "Tank", [(-2, 1.0)]), [float(number) for number in range(1_500)]
    async with served(application) as (_, address):
        async with connect(f"{address}/streams/{tank.web_id()}/channel") as link:
            await make(tell, plant, tank, *((number / 100, number) for number in due))
            heard: list[float] = []
            while len(heard) < len(due):
                heard += values(json.loads(await asyncio.wait_for(link.recv(), 10)))
        assert heard == due
