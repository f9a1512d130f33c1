"""Live values to many sockets: what arrives, how late, and what it costs the server.

    sockets.py [--seconds 8] [--only NAME] [--share 1.0]

A server process of its own, simulated points with a value each second. A tick is missed when a stream has no
value for a second; the delay is from the second of a value to its arrival. CPU is that of the server process.
Whatever else the machine does shows in every figure.

    subscribe   500 sockets x 20 streams, version 1, each value a message of its own
    changes     200 sockets x 1,000 streams, version 2, every value
    one         1 socket x 10,000 streams, version 2
    channels    5,000 of the vendor's channels x 1 stream
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import calendar
import json
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import uvloop  # noqa: E402

from tests.streaming.live.server import Server  # noqa: E402

STAMP = re.compile(rb'"Timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)')


@dataclass
class Tally:
    """`told`: second of the value -> how many came."""

    on: bool = False
    messages: int = 0
    bytes: int = 0
    connected: int = 0
    refused: int = 0
    answered: int = 0
    told: Counter[bytes] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)


class Client(asyncio.Protocol):
    """Just enough of a WebSocket client: it counts the values in text frames."""

    def __init__(self, path: str, greeting: Sequence[str], tally: Tally) -> None:
        self.path, self.greeting, self.tally = path, greeting, tally
        self.open = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open.done():
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.buffer = rest
            self.open.set_result(head.startswith(b"HTTP/1.1 101"))
            self.transport.write(b"".join(map(masked, self.greeting)))
        self.frames()

    def frames(self) -> None:
        at, buffer = 0, self.buffer
        while len(buffer) - at >= 2:
            size, start = buffer[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if len(buffer) < start + size:
                break
            if buffer[at] == 0x89:
                self.transport.write(bytes((0x8A, 0x80 | size)) + b"\0\0\0\0" + buffer[start : start + size])
            elif self.tally.on:
                self.count(buffer[start : start + size])
            else:
                self.tally.answered += buffer.startswith(b'{"Action":"Subscribed"', start)
            at = start + size
        self.buffer = buffer[at:]

    def count(self, text: bytes) -> None:
        stamps = STAMP.findall(text)
        self.tally.messages += 1
        self.tally.bytes += len(text)
        if stamps:
            self.tally.told.update(stamps)
            self.tally.delays.append(time.time() - second_of(stamps[-1]))


seconds: dict[bytes, int] = {}


def second_of(stamp: bytes) -> int:
    if stamp not in seconds:
        seconds[stamp] = calendar.timegm(time.strptime(stamp.decode(), "%Y-%m-%dT%H:%M:%S"))
    return seconds[stamp]


def masked(text: str) -> bytes:
    """A text frame with a mask of zeros."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = bytes((0x81, 0x80 | size))
    elif size < 65_536:
        head = b"\x81\xfe" + size.to_bytes(2, "big")
    else:
        head = b"\x81\xff" + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


@dataclass(frozen=True)
class Shape:
    """`address` and `greeting` of client number k, whose streams have these WebIds."""

    sockets: int
    streams: int
    address: Callable[[Sequence[str]], str]
    greeting: Callable[[Sequence[str]], list[str]]


def one_by_one(ids: Sequence[str]) -> list[str]:
    parameters = {"updateRate": 1000}
    return [
        json.dumps({"Action": "Subscribe", "Resource": f"streams/{id}/value", "Parameters": parameters}) for id in ids
    ]


def together(ids: Sequence[str]) -> list[str]:
    parts = [ids[start : start + 1_000] for start in range(0, len(ids), 1_000)]
    return [json.dumps({"Action": "Subscribe", "Id": str(at), "Resources": part}) for at, part in enumerate(parts)]


SHAPES = {
    "subscribe": Shape(500, 20, lambda ids: "/piwebapi/streams/channel", one_by_one),
    "changes": Shape(200, 1_000, lambda ids: "/piwebapi/streams/channel?version=2", together),
    "one": Shape(1, 10_000, lambda ids: "/piwebapi/streams/channel?version=2", together),
    "channels": Shape(5_000, 1, lambda ids: f"/piwebapi/streams/{ids[0]}/channel", lambda ids: []),
}


async def measure(server: Server, pid: int, shape: Shape, length: float) -> dict[str, float]:
    tally, gate, loop = Tally(), asyncio.Semaphore(50), asyncio.get_running_loop()
    names = list(server.short.values())
    clients: list[Client] = []

    async def join(number: int) -> None:
        ids = [names[(number * shape.streams + place) % len(names)] for place in range(shape.streams)]
        async with gate:
            _, client = await loop.create_connection(
                lambda: Client(shape.address(ids), shape.greeting(ids), tally), "127.0.0.1", server.port
            )
            clients.append(client)
            good = await asyncio.wait_for(client.open, 120)
        tally.connected += good
        tally.refused += not good

    begun = time.monotonic()
    await asyncio.gather(*map(join, range(shape.sockets)))
    wanted = sum(len(client.greeting) for client in clients)
    while tally.answered < wanted and time.monotonic() < begun + 300:
        await asyncio.sleep(0.1)
    connecting = time.monotonic() - begun
    await asyncio.sleep(4)
    cpu, own, begun, tally.on = processor_seconds(pid), time.process_time(), time.monotonic(), True
    await asyncio.sleep(length)
    tally.on = False
    took = time.monotonic() - begun
    used, own = processor_seconds(pid) - cpu, time.process_time() - own
    memory = server.memory(server.processes[0])
    for client in clients:
        client.transport.abort()
    return summed(tally, shape, took, used, own, memory, connecting)


def summed(
    tally: Tally, shape: Shape, took: float, used: float, own: float, memory: int, connecting: float
) -> dict[str, float]:
    values = sum(tally.told.values())
    whole = sorted(tally.told)[2:-2]  # the seconds at the ends of the window are in part outside
    due = shape.sockets * shape.streams
    delays = sorted(tally.delays) or [float("nan")]
    return {
        "connected": tally.connected,
        "connecting s": connecting,
        "values/s": values / took,
        "messages/s": tally.messages / took,
        "MB/s": tally.bytes / took / 1e6,
        "missed": sum(due - tally.told[second] for second in whole),
        "p50 ms": 1e3 * delays[len(delays) // 2],
        "p99 ms": 1e3 * delays[int(0.99 * len(delays))],
        "CPU cores": used / took,
        "us/value": 1e6 * used / values if values else float("nan"),
        "RSS MB": memory / 1e6,
        "client CPU": own / took,
    }


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--only", choices=sorted(SHAPES))
    parser.add_argument("--share", type=float, default=1.0, help="of the sockets of each shape")
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="osipi-bench-") as directory:
        server = Server(Path(directory), written=0, simulated=10_000)
        process = server.start()
        server.until_it_answers()
        try:
            for name, shape in SHAPES.items():
                shape = replace(shape, sockets=max(1, round(shape.sockets * asked.share)))
                if asked.only in (None, name):
                    found = uvloop.run(measure(server, process.pid, shape, asked.seconds))
                    print(f"{name}: {shape.sockets} sockets x {shape.streams} streams")
                    for what, value in found.items():
                        print(f"    {what:14}{value:12,.1f}")
                    time.sleep(2)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
