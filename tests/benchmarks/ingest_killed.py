"""Ingestion killed (SIGKILL) at random points, then counted: the lake must hold every value of the sources once, and
this server's own archive every value of the other server.

A child process reads new values, backfills, and what it writes itself (out of the sequence log, with changes and
removals) by turns, in small portions; it is killed after a random time, many times. One source is this server, the
other a plain one that fails meanwhile in eight ways. Then all are finished, and table and archive are compared with
what the sources tell of the same window, by digest. Run by `make bench` with 25 kills; the argument is another number.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import free_port, own_plant, started  # noqa: E402

PORT = free_port()
own_plant(PORT=PORT)

import django  # noqa: E402

django.setup(set_prefix=False)

import deltalake  # noqa: E402, F401 - the children find it imported; the parent must not use it before they are over
import httpx  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.models import Max  # noqa: E402
from django.utils import timezone  # noqa: E402

from events.ingestion import backfills, client, jobs, kept, status, timeseries  # noqa: E402
from events.models.ingest import (  # noqa: E402
    Backfill,
    IngestionJob,
    IngestionRun,
    IngestionSource,
    LakeCommit,
    StreamMark,
)
from events.models.sync import Lease  # noqa: E402
from piwebapi.core.times import TICKS_PER_SECOND, from_datetime  # noqa: E402
from piwebapi.models import DataServer, Point  # noqa: E402
from streaming.archive import archive  # noqa: E402
from streaming.core.series import Series  # noqa: E402
from tests.ingest.plain_server import PlainServer, plain_server  # noqa: E402

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 25
PAST, FIRST = 3600, 120
timeseries.PORTION, kept.AT_ONCE, client.FIRST_REST = 1_000, 300, 0.01
FAULTS = ("429", "503", "cut", "slow", "garbage", "repeat", "empty", "skip")
Rows = list[tuple[Any, ...]]


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("load_demo", tags=128, verbosity=0)
    IngestionJob.objects.all().delete()
    server = started()
    try:
        source = IngestionSource.objects.get()
        source.requests_per_second = 0  # the demo is in no hurry
        source.save()
        IngestionJob.objects.create(
            name="killed", source=source, query="*_Unit001_*", first_seconds=FIRST, overlap_seconds=5
        )
        IngestionJob.objects.create(name="written", kind="written", source=source, batch_rows=200)
        Point.objects.create(server=DataServer.objects.get(), name="WRITTEN", point_type="Float64", created_ticks=0)
        now = from_datetime(timezone.now())
        begin = (now // TICKS_PER_SECOND - PAST) * TICKS_PER_SECOND
        with plain_server() as plain:
            other(plain, begin // 10)
            for job in IngestionJob.objects.filter(kind="timeseries"):
                backfills.create(job, begin, now, chunk_seconds=200)
            unsettled = sum(killed(random.Random(number)) for number in range(KILLS))
            print(f"{KILLS} kills, {unsettled} between plan and settlement of a commit; {commits()} commits so far.")
            wrong = IngestionRun.objects.filter(is_permanent=True).values_list("error", flat=True)
            assert not wrong, list(wrong)
            print(f"requests to the other server: {len(plain.requests):,}, of them failed on purpose: {failed:,}")
            plain.faults = lambda path: ""
            finished()
            compare(begin, plain)
    finally:
        server.terminate()
        server.wait(10)


def other(plain: PlainServer, begin: int) -> None:
    """Twelve points with a value a second, of the past and of the next hours, read once before anything fails."""
    for number in range(12):
        plain.values[f"Mill_Unit{number:03}_Flow_PV"] = [
            (begin + second * 1_000_000 + number, round(number + second / 7, 3)) for second in range(PAST + 10_800)
        ]
    source = IngestionSource.objects.create(
        name="other", url=plain.url, requests_per_second=0, timeout_seconds=1, streams_per_request=5, page_size=5
    )
    source.values_per_request = 600
    source.save()
    job = IngestionJob.objects.create(name="other", source=source, first_seconds=FIRST, overlap_seconds=5)
    connections.close_all()
    if not (child := os.fork()):  # the parent must not use the lake yet
        os._exit(jobs.run(job, timezone.now()).state != "done")
    assert os.waitpid(child, 0)[1] == 0
    chance = random.Random(1)

    def fault(path: str) -> str:
        global failed
        told = chance.choice(FAULTS) if chance.random() < 0.1 else ""
        failed += bool(told)
        return told

    plain.faults = fault


failed = 0


def commits() -> int:
    """Of all apps together."""
    return sum(LakeCommit.objects.values("app").annotate(last=Max("number")).values_list("last", flat=True))


def killed(chance: random.Random) -> bool:
    """Whether the child was in the middle of a commit."""
    before = commits()
    connections.close_all()
    child = os.fork()
    if not child:
        work()
    deadline = time.monotonic() + 90
    while commits() == before and time.monotonic() < deadline:  # it has begun
        time.sleep(0.02)
    time.sleep(chance.uniform(0.0, 0.5))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return LakeCommit.objects.filter(is_done=False).exists()


def work() -> None:
    """Never returns."""
    chance, point = random.Random(), Point.objects.get(name="WRITTEN").pk
    while True:
        for option in ("Replace", "Replace", "Remove"):
            first = from_datetime(timezone.now()) // TICKS_PER_SECOND - chance.randrange(400, 1_000)
            times = [(first + second) * TICKS_PER_SECOND for second in range(chance.randrange(1, 300))]
            archive.write({point: Series.of(times, [chance.random() for _ in times])}, option)
        for job in IngestionJob.objects.order_by("?"):
            jobs.run_alone(job, timezone.now(), patience=3.0)
        for backfill in Backfill.objects.filter(state__in=backfills.OPEN).select_related("job"):
            backfills.advance(backfill, seconds=0.1)


def finished() -> None:
    for job in IngestionJob.objects.all():
        run = jobs.run_alone(job, timezone.now())
        assert run is not None, Lease.objects.values()
        assert run.state == "done", run.error
    for backfill in Backfill.objects.select_related("job"):
        backfills.change(backfill, "resume")
        done = backfills.advance(backfill)
        assert done.state == "done", done.error


def compare(begin: int, plain: PlainServer) -> None:
    from events.ingestion.lake.table import open_table
    from events.ingestion.tables import TIMESERIES

    folder = Path(os.environ["OSIPI_DATA_DIR"])
    found = open_table(TIMESERIES, folder, {}).query("SELECT tag_webid, timestamp, value FROM {table}").to_pylist()
    lake = sorted((row["tag_webid"], f"{row['timestamp']:%Y-%m-%dT%H:%M:%S.%f}", row["value"]) for row in found)
    source: Rows = []
    for mark in StreamMark.objects.filter(job__kind="timeseries", job__source__url=""):
        source += asked(mark.web_id, begin, mark.last)
    written = Point.objects.select_related("server").get(name="WRITTEN").web_id()
    there = asked(written, begin - PAST * TICKS_PER_SECOND, from_datetime(timezone.now()))
    print(f"of them written here: {len(there):,}")
    theirs = at_the_other(plain)
    source += there + theirs
    both = [digest(rows) for rows in (lake, sorted(source))]
    rows = sum(StreamMark.objects.values_list("rows", flat=True))
    distinct = len(set(lake))
    print(f"lake: {len(lake):,} rows, {distinct:,} distinct ({both[0]}); source: {len(source):,} ({both[1]})")
    print(f"rows that the ledger tells: {rows:,}")
    assert both[0] == both[1]
    assert rows == len(lake)
    here = kept_here()
    three = [digest(part) for part in (here, [row for row in lake if row[0].startswith("P-")], theirs)]
    print(f"of the other server: {len(here):,} kept here ({three[0]}), lake {three[1]}, source {three[2]}")
    assert len(set(three)) == 1
    assert status.kept() == len(here) == sum(StreamMark.objects.values_list("kept", flat=True))


def at_the_other(plain: PlainServer) -> Rows:
    until = StreamMark.objects.filter(web_id__startswith="P-").aggregate(last=Max("until"))["last"] // 10
    values = ((f"P-{name}", row) for name, rows in plain.values.items() for row in rows if row[0] <= until)
    return sorted((web_id, stamped(at), value) for web_id, (at, value) in values)


def kept_here() -> Rows:
    points = {point.pk: f"P-{point.name}" for point in Point.objects.filter(point_source="osipi")}
    found = archive.read(list(points), 0, 2**62).items()
    columns = ((points[pk], zip(series.times, series.values, strict=True)) for pk, series in found)
    return sorted((web_id, stamped(int(at) // 10), float(value)) for web_id, rows in columns for at, value in rows)


def stamped(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds):%Y-%m-%dT%H:%M:%S.%f}"


def digest(rows: Rows) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def asked(web_id: str, begin: int, end: int) -> Rows:
    from piwebapi.core.times import format_ticks

    query = {"startTime": format_ticks(begin), "endTime": format_ticks(end), "maxCount": 150_000}
    answer = httpx.get(f"http://127.0.0.1:{PORT}/piwebapi/streams/{web_id}/recorded", params=query, timeout=120)
    values = answer.json()["Items"]
    return [(web_id, padded(one["Timestamp"]), one["Value"]) for one in values]


def padded(text: str) -> str:
    """Six decimals, as the lake's times are written above."""
    whole, _, rest = text.removesuffix("Z").partition(".")
    return f"{whole}.{rest[:6]:0<6}"


main()
