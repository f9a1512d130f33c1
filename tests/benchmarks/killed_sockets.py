"""A server killed at random points under write load, a client that resumes by its markers, and a count of it all.

    killed_sockets.py [--kills 200] [--seconds 0.2-1.5]

One writer posts numbered values and repeats what the server did not confirm (NoReplace, so that a repetition changes
nothing). One client of the subscribe socket, version 2, keeps what it is told up to the last marker and comes back
with it after each `kill -9`. In the end the values that it has must be all that were written, in their order, each
once, and every second of a simulated point once.
"""

from __future__ import annotations

import argparse
import asyncio
import calendar
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from websockets.asyncio.client import connect  # noqa: E402
from websockets.exceptions import ConnectionClosed, InvalidHandshake  # noqa: E402

from tests.streaming.live.server import Server  # noqa: E402

FIRST = 17_900_001_00 * 10  # tenths of a second since 1970


@dataclass
class Writer:
    """Posts values 1, 2, 3 .. to the point, five at a time, at times that follow from them."""

    server: Server
    confirmed: int = 0
    repeated: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        path = f"/streams/{self.server.points['W0']}/recorded?updateOption=NoReplace"
        while not self.done.is_set():
            rows = [{"Timestamp": stamp(number), "Value": number} for number in self.next_ones()]
            try:
                status, answer = self.server.ask("POST", path, rows, timeout=5)
            except OSError:
                self.repeated += 1
                time.sleep(0.02)
                continue
            if status not in (202, 204):
                raise RuntimeError(f"writing gave {status}: {answer}")
            self.confirmed += len(rows)
            time.sleep(0.005)

    def next_ones(self) -> range:
        return range(self.confirmed + 1, self.confirmed + 6)


def stamp(number: int) -> str:
    seconds, tenths = divmod(FIRST + number, 10)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{tenths}Z"


@dataclass
class Client:
    """What it was told counts with the marker; parts without one are dropped when the connection is."""

    server: Server
    marker: str = ""
    written: list[int] = field(default_factory=list)
    simulated: list[str] = field(default_factory=list)
    visits: int = 0
    lost_sequence: int = 0
    notices: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            try:
                async with connect(self.server.sockets + "?version=2", max_size=None, open_timeout=30) as link:
                    await self.listen(link)
            except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await asyncio.sleep(0.02)

    async def listen(self, link: Any) -> None:
        points = [self.server.points["W0"], self.server.points["S0"]]
        request = {"Action": "Subscribe", "Id": "a", "Resources": points, "Rate": 100, "Initial": False}
        await link.send(json.dumps({**request, **({"From": self.marker} if self.marker else {})}))
        self.visits += 1
        expected, written, simulated = 1, [], []
        async for text in link:
            message = json.loads(text)
            if message["Action"] == "Notice":
                self.notices.append(message)
            elif message["Action"] == "Subscribed" and not self.marker:
                self.marker = message["Marker"]
            elif message["Action"] == "Data":
                self.lost_sequence += message["Sequence"] != expected
                expected = message["Sequence"] + 1
                for item in message["Items"]:
                    if item["WebId"] == points[0]:
                        written += [int(row["Value"]) for row in item["Items"]]
                    else:
                        simulated += [row["Timestamp"] for row in item["Items"]]
                if "Marker" in message:
                    self.marker = message["Marker"]
                    self.written += written
                    self.simulated += simulated
                    written, simulated = [], []


@dataclass
class Outcome:
    kills: int
    values: int
    missing: int
    doubled: int
    disordered: int
    seconds_missing: int
    seconds_doubled: int
    visits: int
    repeated: int
    lost_sequence: int
    notices: int

    @property
    def good(self) -> bool:
        faults = (self.missing, self.doubled, self.disordered, self.seconds_missing, self.seconds_doubled)
        return not any(faults) and not self.lost_sequence and not self.notices and self.values > 0


async def run(directory: Path, kills: int, pauses: tuple[float, float], seed: int = 1) -> Outcome:
    server = Server(directory, written=1, simulated=1)
    process = server.start()
    await asyncio.to_thread(server.until_it_answers)
    writer, client, chance = Writer(server), Client(server), random.Random(seed)  # noqa: S311
    listening = asyncio.create_task(client.run())
    while not client.marker:
        await asyncio.sleep(0.05)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(*pauses))
            await asyncio.to_thread(server.kill, process)
            process = server.start()
            await asyncio.to_thread(server.until_it_answers)
        await asyncio.sleep(1)
    finally:
        writer.done.set()
        await asyncio.to_thread(thread.join)
    last = writer.confirmed
    end = time.monotonic() + 30
    while last not in client.written[-20:] and time.monotonic() < end:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.5)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await asyncio.to_thread(server.stop)
    return outcome(kills, writer, client)


def outcome(kills: int, writer: Writer, client: Client) -> Outcome:
    got = [number for number in client.written if number <= writer.confirmed]
    seconds = client.simulated
    first, last = (parsed(seconds[0]), parsed(seconds[-1])) if seconds else (0, -1)
    return Outcome(
        kills=kills,
        values=len(got),
        missing=len(set(range(1, writer.confirmed + 1)) - set(got)),
        doubled=len(got) - len(set(got)),
        disordered=sum(later <= sooner for sooner, later in zip(got, got[1:], strict=False)),
        seconds_missing=last - first + 1 - len(set(seconds)),
        seconds_doubled=len(seconds) - len(set(seconds)),
        visits=client.visits,
        repeated=writer.repeated,
        lost_sequence=client.lost_sequence,
        notices=len(client.notices),
    )


def parsed(text: str) -> int:
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", default="0.2-1.5", help="between two kills, from-to")
    asked = parser.parse_args()
    low, high = map(float, asked.seconds.split("-"))
    with tempfile.TemporaryDirectory(prefix="osipi-bench-") as directory:
        found = asyncio.run(run(Path(directory), asked.kills, (low, high)))
    for name, value in vars(found).items():
        print(f"{name:16} {value}")
    print("good" if found.good else "NOT GOOD")
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
