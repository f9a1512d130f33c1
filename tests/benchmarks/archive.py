"""Written values: how fast they go in and come out, and what they take.

    archive.py [--values 172800]

On SQLite in a directory of its own, or on the PostgreSQL database of OSIPI_BENCH_DATABASE_URL, in which it makes and
drops a schema. The signal is a Float32 random walk, one value a second. Rates are of one writer; `single` is one
durable transaction per value.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant, own_schema, tables  # noqa: E402

own_plant()
SCHEMA = own_schema()

import django  # noqa: E402

django.setup(set_prefix=False)

import numpy as np  # noqa: E402
from django.db import connection  # noqa: E402

from piwebapi.models import DataServer, Point  # noqa: E402
from streaming.archive import archive, sealing  # noqa: E402
from streaming.core.series import DAY, SECOND, Series  # noqa: E402
from streaming.models import ArchivedBlock, ArchivedEvent, ValueChange  # noqa: E402

START = 1_700_006_400 * SECOND
AT_ONCE, STREAMS, SINGLES, AGES = 10_000, 1_000, 300, 200


def walk(first: int, count: int) -> Series:
    steps = np.random.default_rng(first % 2**32).normal(size=count)
    values = (50 + np.cumsum(steps)).astype(np.float32).astype(np.float64)
    return Series(first + np.arange(count) * SECOND, values, np.zeros(count, np.uint8))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object], rounds: int = 7) -> float:
    return min(seconds(work) for _ in range(rounds))


def size_of(model: type) -> int:
    """Bytes of a table with its indexes."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        else:
            cursor.execute(
                "SELECT SUM(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = %s)",
                [table],
            )
        return int(cursor.fetchone()[0] or 0)


def row(name: str, figure: float, unit: str, beside: float | None = None) -> None:
    ratio = f"{figure / beside:10.2f}" if beside else ""
    print(f"{name:52} {figure:14,.1f} {unit:10}{ratio}")


def writing(point: int, others: list[int], count: int) -> None:
    def bulk() -> None:
        for first in range(0, count, AT_ONCE):
            archive.write({point: walk(START + first * SECOND, min(AT_ONCE, count - first))}, "Replace")

    def single() -> None:
        for place in range(SINGLES):
            archive.write({others[0]: walk(START + place * SECOND, 1)}, "Replace")

    def tick(place: int) -> None:
        archive.write({other: walk(START + (SINGLES + place) * SECOND, 1) for other in others}, "Replace")

    alone = SINGLES / seconds(single)
    row("write, one value a request", alone, "values/s", alone)
    row(f"write, {AT_ONCE:,} values of a stream", count / seconds(bulk), "values/s", alone)
    ticks = seconds(lambda: [tick(place) for place in range(5)])
    row(f"write, a value each of {len(others):,} streams", 5 * len(others) / ticks, "values/s", alone)


def reading(point: int, others: list[int], count: int) -> None:
    def day() -> int:
        return len(archive.read([point], START, START + DAY, outer=True)[point])

    def hour() -> int:
        return len(archive.read([point], START + DAY // 2, START + DAY // 2 + DAY // 24, outer=True)[point])

    from_rows, events = best(day) * 1e3, day()
    row(f"read a day from rows ({events:,} events)", from_rows, "ms", from_rows)
    a_row = size_of(ArchivedEvent) / ArchivedEvent.objects.count()
    row("a row takes", a_row, "bytes", a_row)
    row("an entry of the log takes", size_of(ValueChange) / ValueChange.objects.count(), "bytes", a_row)
    took = seconds(lambda: sealing.seal_point(point))
    packed = sum(ArchivedBlock.objects.values_list("count", flat=True))
    row("pack", packed / took, "values/s")
    row("a packed value takes", size_of(ArchivedBlock) / packed, "bytes", a_row)
    assert day() == events
    row("read a day from blocks", best(day) * 1e3, "ms", from_rows)
    row(f"read an hour of {count:,} values", best(hour) * 1e3, "ms")
    row(f"current values of {len(others):,} streams", best(lambda: archive.newest(others), 3) * 1e3, "ms")


def late(point: int, count: int) -> None:
    """Values between packed ones: each unpacks a block, which is packed again at the next sealing."""
    every = max(count // AGES, 1)

    def insert() -> None:
        for place in range(AGES):
            moment = START + place * every * SECOND + SECOND // 2
            archive.write({point: walk(moment, 1)}, "Replace")

    row("write, out of order into packed values", AGES / seconds(insert), "values/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--values", type=int, default=172_800)
    count = parser.parse_args().values
    with tables(SCHEMA):
        server = DataServer.objects.create(name="BENCH")
        points = [Point.objects.create(server=server, name=f"p{place}").pk for place in range(STREAMS + 1)]
        print(f"{connection.vendor:52} {'':14} {'':10}{'ratio':>10}")
        writing(points[0], points[1:], count)
        reading(points[0], points[1:], count)
        late(points[0], count)


if __name__ == "__main__":
    main()
