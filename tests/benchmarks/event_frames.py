"""A page of event frames by each way of searching, over many frames.

    event_frames.py [--frames 20000] [--page 100] [--slow MS]

Runs on SQLite in a directory of its own, or on the PostgreSQL database of OSIPI_BENCH_DATABASE_URL, in which it makes
and drops a schema. Measured is the service, from the parsed URL to JSON bytes; sockets are left out. `p50` and `least`
are milliseconds of seven requests, `db` is the part of the median one that was spent in the database, `cpu` the
processor time of the median one here and, on this machine, in the database's process: on an idle machine `cpu` and
`p50` are about the same. With --slow MS the plans of queries that took longer are printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant, own_schema, tables  # noqa: E402

own_plant()
SCHEMA = own_schema()

import django  # noqa: E402

django.setup(set_prefix=False)

from django.db import connection, transaction  # noqa: E402

from events.models import EventFrame, EventFrameAttribute, EventFrameReference  # noqa: E402
from events.numbering import COUNTER  # noqa: E402
from osipi_site import urls  # noqa: E402, F401 - joins the endpoints
from piwebapi.api.render import json_bytes  # noqa: E402
from piwebapi.api.service import Request, service  # noqa: E402
from piwebapi.callers import Caller  # noqa: E402
from piwebapi.core.times import TICKS_PER_HOUR, TICKS_PER_MINUTE, format_ticks  # noqa: E402
from piwebapi.demo.links import link_categories  # noqa: E402
from piwebapi.models import (  # noqa: E402
    AssetDatabase,
    AssetServer,
    Counter,
    Element,
    ElementCategory,
    ElementTemplate,
)
from tests.benchmarks.twins import multiply, padded  # noqa: E402

ROUNDS = 7
READER = Caller("bench", None, "anonymous", True, True, False)
NOW = 1_780_000_000 * 10_000_000
YEAR = 365 * 24 * TICKS_PER_HOUR
UNITS = 200
BASE = 10_000
KINDS = ("BatchRun", "Alarm", "Maintenance", "Downtime")


@transaction.atomic
def fill(frames: int) -> tuple[AssetDatabase, Element]:
    """Frames of a year, of four kinds over 200 units, one in a hundred still open."""
    server = AssetServer.objects.create(name="AF")
    database = AssetDatabase.objects.create(server=server, name="Db")
    units = Element.objects.bulk_create(
        Element(database=database, name=f"Unit_{n}", path=f"Unit_{n}") for n in range(UNITS)
    )
    templates = [
        ElementTemplate.objects.create(database=database, name=f"{kind}Template", instance_type="EventFrame")
        for kind in KINDS
    ]
    categories = [ElementCategory.objects.create(database=database, name=kind) for kind in KINDS]
    first = Counter.take(COUNTER, frames)
    for offset in range(0, frames, 5000):
        numbers = range(offset, min(frames, offset + 5000))
        made = [_frame(database, units, templates, number, frames, first) for number in numbers]
        EventFrame.objects.bulk_create(made)
        EventFrameReference.objects.bulk_create(
            EventFrameReference(frame=frame, element_id=frame.primary_element_id) for frame in made
        )
        pairs = zip(made, numbers, strict=True)
        link_categories(EventFrame, [(frame.pk, categories[number % 4].pk) for frame, number in pairs])
        EventFrameAttribute.objects.bulk_create(
            EventFrameAttribute(frame=frame, name=name, trail=name, type="String", value=name)
            for frame in made
            for name in ("Product", "Operator")
        )
    return database, units[7]


def copies(times: int, frames: int) -> None:
    """So many copies of what is there, shifted in time."""
    made_from = EventFrame.objects.count()
    shift, number = f"t.k * {YEAR // frames}", padded(f"right(f.name, 7)::int + t.k * {made_from}")
    changed = {
        "start": f"f.start + {shift}",
        "end": f'f."end" + {shift}',
        "changed": f"f.changed + t.k * {made_from}",
        "name": f"left(f.name, -7) || {number}",
        "name_key": f"left(f.name_key, -7) || {number}",
    }
    parts = {EventFrameReference: "frame_id", EventFrameAttribute: "frame_id"}
    multiply(times, changed, parts | {EventFrame.categories.through: "eventframe_id"})
    with transaction.atomic():
        Counter.take(COUNTER, times * made_from)


def _frame(
    database: AssetDatabase,
    units: list[Element],
    templates: list[ElementTemplate],
    number: int,
    frames: int,
    first: int,
) -> EventFrame:
    start = NOW - YEAR + number * YEAR // frames
    return EventFrame(
        database=database,
        name=f"{KINDS[number % 4]}_{number:07}",
        template=templates[number % 4],
        start=start,
        end=None if number % 100 == 99 else start + (5 + number % 480) * TICKS_PER_MINUTE,
        severity=number % 6,
        can_be_acknowledged=number % 4 == 1,
        acknowledged_at=start if number % 8 == 1 else None,
        primary_element=units[number * 31 % UNITS],
        changed=first + number,
    )


def searches(database: AssetDatabase, unit: Element, page: int, frames: int) -> dict[str, str]:
    root, week = f"assetdatabases/{database.web_id()}/eventframes", format_ticks(NOW - 7 * 24 * TICKS_PER_HOUR)
    year, half = format_ticks(NOW - YEAR), format_ticks(NOW - YEAR // 2)
    whole = f"{root}?startTime={year}&endTime=*"
    modes = ("Overlapped", "Inclusive", "StartInclusive", "EndInclusive", "InProgress")
    rays = ("ForwardFromStartTime", "BackwardFromStartTime", "ForwardFromEndTime", "BackwardFromEndTime")
    found = {"last 8 hours": f"{root}?x=1"}
    found |= {f"{mode}, a week": f"{root}?searchMode={mode}&startTime={week}&endTime=*" for mode in modes}
    found |= {f"{mode}, the year": f"{whole}&searchMode={mode}" for mode in modes}
    found |= {mode: f"{root}?searchMode={mode}&startTime={half}" for mode in (*rays, "ForwardInProgress")}
    found |= {
        "the year, by start, last first": f"{whole}&sortField=StartTime&sortOrder=Descending",
        "the year, by end": f"{whole}&sortField=EndTime",
        "the year, by severity": f"{whole}&sortField=Severity",
        "the year, from the middle": f"{whole}&startIndex={frames // 2}",
        "the year, by start, from the middle": f"{whole}&sortField=StartTime&startIndex={frames // 2}",
        "the year, a name": f"{whole}&nameFilter=Alarm_00000*",
        "the year, names with *7*": f"{whole}&nameFilter=*7*",
        "the year, a category": f"{whole}&categoryName=Alarm",
        "the year, a template": f"{whole}&templateName=AlarmTemplate",
        "the year, Critical": f"{whole}&severity=Critical",
        "the year, not acknowledged": f"{whole}&canBeAcknowledged=true&isAcknowledged=false",
        "the year, an element's name": f"{whole}&referencedElementNameFilter=Unit_7",
        "of an element, the year": f"elements/{unit.web_id()}/eventframes?startTime={year}&endTime=*",
        "query text": f"eventframes/search?databaseWebId={database.web_id()}&query=Name:=Alarm* Severity:>=Major",
        "changes": f"eventframes/changes?since={frames // 2}",
    }
    return {name: f"{url}&maxCount={page}" for name, url in found.items()}


def spent() -> float:
    """Processor time of this process and of the database's, in milliseconds."""
    here = time.process_time() * 1000
    if connection.vendor != "postgresql":
        return here
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return here + (int(told.read_text().split()[0]) / 1e6 if told.exists() else 0.0)


class Watch:
    """Time spent in the database, and the slowest statement."""

    def __init__(self) -> None:
        self.ms, self.slowest = 0.0, (0.0, "", ())

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = (time.perf_counter() - began) * 1000
            self.ms += took
            if took > self.slowest[0]:
                self.slowest = (took, sql, params)


def measure(url: str, slow: float) -> tuple[float, float, float, float, int]:
    """Milliseconds: median, least, of the database, of processors; and how many items came."""
    path, _, query = url.partition("?")
    query = query.replace(" ", "%20")
    took, cpu, count = [], [], 0
    for _ in range(ROUNDS):
        before, began, watch = spent(), time.perf_counter(), Watch()
        with connection.execute_wrapper(watch):
            reply = service.answer(Request("GET", path, query, READER, NOW, "http://localhost/piwebapi"))
        json_bytes(reply.body)
        took.append(((time.perf_counter() - began) * 1000, watch.ms))
        cpu.append(spent() - before)
        assert reply.status == 200, reply.body
        count = len(reply.body["Items"])
    if slow and watch.slowest[0] > slow:
        explain(*watch.slowest)
    took.sort()
    whole, database = took[ROUNDS // 2]
    return whole, took[0][0], database, sorted(cpu)[ROUNDS // 2], count


def explain(took: float, sql: str, params: Any) -> None:
    print(f"{took:.1f} ms: {sql}\n{params}")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
            print("".join(f"    {line}\n" for (line,) in cursor.fetchall()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--page", type=int, default=100)
    parser.add_argument("--slow", type=float, default=0.0)
    asked = parser.parse_args()
    with tables(SCHEMA):
        began = time.perf_counter()
        made = min(asked.frames, BASE) if SCHEMA else asked.frames
        database, unit = fill(made)
        if made < asked.frames:
            copies(asked.frames // made - 1, asked.frames)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if SCHEMA else "ANALYZE")
        print(f"{asked.frames:,} event frames on {connection.vendor}, filled in {time.perf_counter() - began:.0f} s")
        print(f"{'p50':>7} {'least':>7} {'db':>7} {'cpu':>7}  items  search")
        for name, url in searches(database, unit, asked.page, asked.frames).items():
            whole, least, base, cpu, count = measure(url, asked.slow)
            print(f"{whole:7.1f} {least:7.1f} {base:7.1f} {cpu:7.1f}  {count:5}  {name}", flush=True)


if __name__ == "__main__":
    main()
