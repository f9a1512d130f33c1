"""What an answer of the REST service costs, beside the least that its bytes could cost.

    rest.py [--tags 1040] [--seconds 1.0]

The demo plant in a directory of its own; each request goes the whole way of `/piwebapi` (authentication, rights,
routing, reading, JSON) in this process, without a socket. `cpu` is the processor time of a request in ms, the
least of five rounds; p50 and p99 are wall-clock ms over all of them, so they need a quiet machine. `floor` is the
same amount of JSON made by hand, with no framework, no rights and no options: ready bytes for objects, a table of
times and one join for values. The row `home` is what the framework costs: that answer is three links.
`again` asks the same few questions over and over, `anew` never the same twice.
"""

from __future__ import annotations

import argparse
import base64
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402

own_plant()

import django  # noqa: E402

django.setup(set_prefix=False)

import numpy as np  # noqa: E402
import orjson  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from osipi_site import lean  # noqa: E402
from osipi_site.direct import DirectHandler  # noqa: E402
from osipi_site.workers import Workers  # noqa: E402
from piwebapi.core.times import TICKS_PER_DAY, TICKS_PER_SECOND, format_ticks, from_datetime  # noqa: E402
from piwebapi.demo import facts, loader  # noqa: E402
from piwebapi.models import AssetDatabase, DataServer, Element, Point  # noqa: E402
from streaming.core.timestamps import stamps  # noqa: E402

ROUNDS = 5
PASSWORD = "bench-5107"
HEADERS = [
    (b"host", b"localhost"),
    (b"accept", b"application/json"),
    (b"authorization", b"Basic " + base64.b64encode(f"bench:{PASSWORD}".encode())),
]
HANDLER = DirectHandler(lean.ApiChain(), lean.refuse, Workers(1, "bench"), 2**24)
Ask = Callable[[], bytes]


def ask(path: str, query: str = "", body: bytes = b"") -> bytes:
    scope = {"type": "http", "http_version": "1.1", "scheme": "http", "root_path": "", "headers": HEADERS}
    scope |= {"method": "POST" if body else "GET", "path": f"/piwebapi{path}", "query_string": query.encode()}
    scope |= {"raw_path": None, "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8010)}
    status, _, answer = HANDLER.work(scope, body)
    assert status in (200, 207), (status, path, answer[:200])
    return answer


def floor_of(answer: bytes, values: int) -> Ask:
    """So many timed values, or an answer that lies ready."""
    if not values:
        return lambda: b"".join((answer, b""))
    times = np.arange(values) * TICKS_PER_SECOND
    numbers = np.random.default_rng(1).normal(50, 10, values).astype(np.float32)
    flags = b'"Good":true,"Questionable":false,"Substituted":false,"Annotated":false'
    tail = b',"UnitsAbbreviation":"",' + flags + b'},{"Timestamp":"'
    between = b'","Value":'

    def make() -> bytes:
        texts = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        parts = [b""] * (4 * values)
        parts[0::4], parts[1::4], parts[2::4], parts[3::4] = stamps(times), [between] * values, texts, [tail] * values
        return b"".join(parts)

    return make


class Scenarios:
    """`query(n)` of the n-th question; questions repeat after `distinct`."""

    def __init__(self, distinct: int) -> None:
        self.now = from_datetime(timezone.now()) // TICKS_PER_DAY * TICKS_PER_DAY
        points = list(Point.objects.filter(signal="process").select_related("server"))
        self.names = [point.name for point in points]
        self.ids = [point.web_id() for point in points]
        units = Element.objects.filter(template__name="ProcessUnitTemplate").select_related("database__server")
        self.units = [unit.web_id() for unit in units]
        self.server = DataServer.objects.get().web_id()
        self.database = AssetDatabase.objects.select_related("server").get().web_id()
        self.numbers: Iterator[int] = cycle(range(distinct)) if distinct else count()

    def window(self, n: int, seconds: int, **more: Any) -> str:
        start = self.now - TICKS_PER_DAY + n % 40_000 * TICKS_PER_SECOND
        given = {"startTime": format_ticks(start), "endTime": format_ticks(start + seconds * TICKS_PER_SECOND), **more}
        return "&".join(f"{name}={value}" for name, value in given.items())

    def some(self, n: int, many: int) -> str:
        return "&".join(f"webId={self.ids[(n * 7 + place) % len(self.ids)]}" for place in range(many))

    def all(self) -> dict[str, tuple[Callable[[int], bytes], int]]:
        one, unit = self._one, self._unit
        point_list = f"/dataservers/{self.server}/points"
        return {
            "home": (lambda n: ask(""), 0),
            "point": (lambda n: ask(f"/points/{one(n)}"), 0),
            "point by name": (lambda n: ask(point_list, f"nameFilter={self.names[n % len(self.names)]}"), 0),
            "1,000 points": (lambda n: ask(point_list, f"maxCount=1000&startIndex={n % 40}"), 0),
            "element children": (lambda n: ask(f"/elements/{unit(n)}/elements"), 0),
            "element attributes": (lambda n: ask(f"/elements/{unit(n)}/attributes"), 0),
            "value": (lambda n: ask(f"/streams/{one(n)}/value"), 1),
            "recorded 1,000": (lambda n: self._stream(n, "recorded", self.window(n, 999)), 1_000),
            "recorded 10,000": (lambda n: self._stream(n, "recorded", self.window(n, 9_999, maxCount=10_000)), 10_000),
            "interpolated 1,000": (
                lambda n: self._stream(n, "interpolated", self.window(n, 2_997, interval="3s")),
                1_000,
            ),
            "plot of a day, 200": (lambda n: self._stream(n, "plot", self.window(n, 43_200, intervals=200)), 800),
            "summary of a day": (lambda n: self._stream(n, "summary", self.window(n, 43_200)), 1),
            "100 streams x 100": (
                lambda n: ask("/streamsets/recorded", f"{self.some(n, 100)}&{self.window(n, 99)}"),
                10_000,
            ),
            "values of 1,000": (lambda n: ask("/streamsets/value", self.some(n, 1_000)), 1_000),
            "batch of 50 x 100": (self._batch, 5_000),
        }

    def _one(self, n: int) -> str:
        return self.ids[n % len(self.ids)]

    def _unit(self, n: int) -> str:
        return self.units[n % len(self.units)]

    def _stream(self, n: int, verb: str, query: str) -> bytes:
        return ask(f"/streams/{self._one(n)}/{verb}", query)

    def _batch(self, n: int) -> bytes:
        window = self.window(n, 99)
        resource = "http://localhost/piwebapi/streams/{}/recorded?" + window
        requests = {str(k): {"Method": "GET", "Resource": resource.format(self._one(n + k))} for k in range(50)}
        return ask("/batch", body=orjson.dumps(requests))


def measured(make: Ask, seconds: float) -> tuple[float, list[float]]:
    """CPU ms of a request, and the wall-clock ms of all."""
    best, walls = float("inf"), []
    for _ in range(ROUNDS):
        done, cpu, until = 0, time.process_time(), time.perf_counter() + seconds / ROUNDS
        while done < 3 or time.perf_counter() < until:
            began = time.perf_counter()
            make()
            walls.append((time.perf_counter() - began) * 1e3)
            done += 1
        best = min(best, (time.process_time() - cpu) * 1e3 / done)
    return best, sorted(walls)


def table(distinct: int, seconds: float) -> None:
    scenarios = Scenarios(distinct)
    for name, (question, values) in scenarios.all().items():

        def make(question: Callable[[int], bytes] = question) -> bytes:
            return question(next(scenarios.numbers))

        answer = make()
        for _ in range(min(distinct, 20)):
            make()
        cpu, walls = measured(make, seconds)
        floor, _ = measured(floor_of(answer, values), seconds / 5)
        p50, p99 = walls[len(walls) // 2], walls[len(walls) * 99 // 100]
        print(f"{name:20} {len(answer) / 1e3:9.1f} {cpu:9.3f} {p50:9.3f} {p99:9.3f} {floor:9.3f} {cpu / floor:9.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tags", type=int, default=1_040)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    loader.load(facts.layout_for(options.tags), 1, from_datetime(timezone.now()), lambda done: None)
    get_user_model().objects.create_superuser("bench", password=PASSWORD)
    print(f"{'answer':20} {'kB':>9} {'cpu':>9} {'p50':>9} {'p99':>9} {'floor':>9} {'x floor':>9}")
    for title, distinct in (("again: 20 questions", 20), ("anew: never the same question", 0)):
        print(f"-- {title}")
        table(distinct, options.seconds)


if __name__ == "__main__":
    main()
