"""The sockets of a real server process: bytes on the wire, slow clients, kills, several processes."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.benchmarks import killed_sockets

from .clients import values
from .server import Server

pytestmark = pytest.mark.timeout(180)
CAP = 2 * 2**20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("served"), written=2, simulated=3_000, OSIPI_SOCKET_STALL="4")
    made.start()
    made.until_it_answers()
    yield made
    made.stop()


async def hear(link: ClientConnection, seconds: float = 10) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(link.recv(), seconds))
    return message


async def write(server: Server, name: str, value: Any, **more: Any) -> None:
    body = {"Value": value, **more}
    status, answer = await asyncio.to_thread(server.ask, "POST", f"/streams/{server.points[name]}/value", body)
    assert status in (202, 204), answer


async def test_an_ordinary_client_hears_what_is_written(server: Server) -> None:
    async with connect(server.sockets) as link:
        resource = f"streams/{server.points['W0']}/value"
        await link.send(json.dumps({"Action": "Subscribe", "Resource": resource, "Parameters": {"updateRate": 200}}))
        assert await hear(link) == {"Action": "Subscribed", "Resource": resource, "Status": "Success"}
        await write(server, "W0", 12.5)
        message = await hear(link)
        while values(message) != [12.5]:
            message = await hear(link)


async def test_a_written_value_is_on_the_socket_within_a_second(server: Server) -> None:
    path = f"/streams/{server.points['W1']}/channel"
    async with connect(server.sockets.removesuffix("/streams/channel") + path) as link:
        await write(server, "W1", 1)
        await hear(link)
        await asyncio.sleep(0.3)
        await write(server, "W1", 2)
        begun = time.monotonic()
        assert values(await hear(link)) == [2]
        assert time.monotonic() - begun < 1


async def test_all_three_thousand_streams_of_a_socket_are_told_every_second(server: Server) -> None:
    """Many texts in one write, and messages of every length of the frame header."""
    names = [f"S{number}" for number in range(3_000)]
    async with connect(server.sockets + "?version=2", max_size=None) as link:
        await hear(link)
        for place in range(0, 3_000, 600):
            resources = [server.short[name] for name in names[place : place + 600]]
            await link.send(json.dumps({"Action": "Subscribe", "Id": str(place), "Resources": resources}))
        seen: dict[str, list[str]] = {}
        end = time.monotonic() + 8
        while time.monotonic() < end:
            message = await hear(link)
            if message["Action"] == "Data":
                for item in message["Items"]:
                    seen.setdefault(item["WebId"], []).extend(row["Timestamp"] for row in item["Items"])
    assert len(seen) == 3_000
    for stamps in seen.values():
        seconds = [int(stamp[17:19]) for stamp in stamps]
        assert seconds == [(seconds[0] + place) % 60 for place in range(len(seconds))]
    assert min(map(len, seen.values())) >= 4


async def many(server: Server) -> ClientConnection:
    """A client that wants a thousand simulated streams twice, ten times a second, and has little room for them."""
    link_socket = socket.socket()
    link_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link_socket.connect(("127.0.0.1", server.port))
    link_socket.setblocking(False)
    link = await connect(server.sockets + "?version=2", sock=link_socket, max_size=None, ping_interval=None)
    resources = [server.short[f"S{number}"] for number in range(1_000)]
    for mode in ("all", "latest"):
        request = {"Action": "Subscribe", "Id": mode, "Resources": resources, "Rate": 100, "Mode": mode}
        await link.send(json.dumps(request))
    return link


async def test_a_client_that_never_reads_costs_little_and_is_closed_with_a_code(server: Server) -> None:
    [process] = server.processes
    for link in [await many(server) for _ in range(4)]:  # the streams are followed, and Python has its memory
        for _ in range(6):
            await hear(link)
        await link.close()
    before = server.memory(process)
    links = [await many(server) for _ in range(4)]
    for link in links:
        link.transport.pause_reading()
    grown = []
    end = time.monotonic() + 60
    while metrics(server)["too_slow_total"] < 4 and time.monotonic() < end:
        grown.append(server.memory(process) - before)
        await asyncio.sleep(0.5)
    assert max(grown) < len(links) * CAP
    codes = [await code_of(link) for link in links]
    assert set(codes) <= {4408, None}  # None: it has not even read that
    await asyncio.sleep(3)
    counts = metrics(server)
    assert (counts["sockets"], counts["blocked"], counts["too_slow_total"]) == (0, 0, 4)


async def code_of(link: ClientConnection) -> int | None:
    """The code with which the server has closed, after all that was on its way."""
    link.transport.resume_reading()
    try:
        while True:
            await hear(link)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def metrics(server: Server) -> dict[str, float]:
    with urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if line.startswith("osipi_live_")]
    return {name.partition("{")[0].removeprefix("osipi_live_"): float(value) for name, _, value in pairs}


async def test_a_message_that_is_too_long_closes_the_socket(server: Server) -> None:
    async with connect(server.sockets) as link:
        await link.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(link)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_refusal_has_the_status_and_the_body_of_rest(server: Server) -> None:
    address = server.sockets.removesuffix("/streams/channel") + "/streams/nonsense/channel"
    with pytest.raises(InvalidStatus) as refused:
        await connect(address)
    assert refused.value.response.status_code == 400
    assert json.loads(refused.value.response.body) == {"Errors": ["Unknown or invalid WebID format: 'nonsense'."]}


@pytest.mark.parametrize("subprotocols", [None, ["theirs"]])
async def test_a_channel_may_name_a_thousand_streams(server: Server, subprotocols: list[Any] | None) -> None:
    """WebIds of long paths have some hundred characters; subprotocols are left to the library of sockets."""
    named = f"webId={server.points['W0']}&" * 999 + f"webId={server.short['W0']}&long={'x' * 500_000}"
    address = server.sockets.removesuffix("/streams/channel") + f"/streamsets/channel?{named}"
    async with connect(address, subprotocols=subprotocols) as link:
        await write(server, "W0", 7)
        assert 7 in values(await hear(link))


async def test_a_client_resumes_across_kills_of_the_server(tmp_path: Path) -> None:
    """`make bench` does this 200 times."""
    found = await killed_sockets.run(tmp_path, kills=3, pauses=(0.2, 1.0))
    assert found.good, found
    assert found.visits >= 4


async def test_two_processes_ring_each_other_and_know_each_others_channels(redis: str, tmp_path: Path) -> None:
    server = Server(tmp_path, written=1, OSIPI_WORKERS="2", REDIS_URL=redis, OSIPI_SOCKETS_PER_USER="12")
    try:
        for _ in range(2):
            server.start()
        await asyncio.to_thread(server.until_it_answers)
        links = await both_processes(server)
        try:
            await write(server, "W0", 41)
            for link in links:
                message = await hear(link)
                while "Items" not in message or not values(message):
                    message = await hear(link)
                assert values(message) == [41]
            for _ in range(12):  # whichever process it comes to, and whatever it heard last
                with pytest.raises(InvalidStatus, match="429"):
                    await connect(server.sockets)
            for _ in range(6):
                await until_listed(server, len(links))
            await links.pop().close()
            links.append(await until_let_in(server))
            with pytest.raises(InvalidStatus, match="429"):
                await connect(server.sockets)
        finally:
            for link in links:
                await link.close()
    finally:
        await asyncio.to_thread(server.stop)


async def until_listed(server: Server, number: int) -> None:
    """The others' are those of a second ago."""
    async with asyncio.timeout(30):
        while len((await asyncio.to_thread(server.ask, "GET", "/channels/instances"))[1]["Items"]) != number:
            await asyncio.sleep(0.2)


async def until_let_in(server: Server) -> ClientConnection:
    """A client knows that its socket is closed a moment before the server has counted it."""
    async with asyncio.timeout(30):
        while True:
            with suppress(InvalidStatus):
                return await connect(server.sockets)


async def both_processes(server: Server) -> list[ClientConnection]:
    """Enough channels that each process has some: the kernel gives a connection to one of them."""
    address = server.sockets.removesuffix("/streams/channel") + f"/streams/{server.points['W0']}/channel"
    return [await connect(address) for _ in range(12)]
