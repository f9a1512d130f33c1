"""Many points and a long window into a local Delta table: does the memory stay bounded? Run by `make bench`.

The source is a program of some lines that answers at once, so what is measured is the client and the table: 30,000
points for a minute, then 10,000 points for so many seconds as the argument says, a value a second, and then those again
with the values kept in this server's archive, too. An hour (3600) is 36 million values; by default it is a tenth.
Afterwards every stream must have every second, once.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402

own_plant()

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 360
NOW = datetime.fromtimestamp(time.time() // 3600 * 3600, UTC)


def served(points: int) -> int:
    """A source with so many points in a process of its own; gives its port."""
    reading, writing = os.pipe()
    if os.fork():
        return int(os.read(reading, 10))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"points": points}))
    os.write(writing, str(server.server_port).encode())
    parent = os.getppid()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    points = 0

    def do_GET(self) -> None:
        link = urlsplit(self.path)
        asked = parse_qs(link.query)
        if link.path.endswith("/points"):
            first = int(asked["startIndex"][0])
            names = range(first, min(first + int(asked["maxCount"][0]), self.points))
            items = [f'{{"WebId":"P{n}","Name":"Plant_Unit{n}_Flow_PV","PointType":"Float32"}}' for n in names]
            body = f'{{"Items":[{",".join(items)}]}}'.encode()
        elif link.path.endswith("/dataservers"):
            body = b'{"Items":[{"WebId":"S","Name":"S"}]}'
        else:
            rows = values(asked["startTime"][0], asked["endTime"][0], int(asked["maxCount"][0]))
            items_of = [b'{"WebId":"%s","Items":[%s]}' % (one.encode(), rows) for one in asked["webId"]]
            body = b'{"Items":[%s]}' % b",".join(items_of)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@lru_cache(maxsize=8)
def values(start: str, end: str, most: int) -> bytes:
    first, last = (datetime.fromisoformat(text).timestamp() for text in (start, end))
    moments = range(int(-(-first // 1)), int(last) + 1)[:most]
    quality = '"Good":true,"Questionable":false,"Substituted":false'
    return ",".join(
        f'{{"Timestamp":"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}","Value":{at % 1000 / 8},{quality}}}'
        for at in moments
    ).encode()


def main() -> None:
    rows = ((30_000, 60, False), (10_000, SECONDS, False), (10_000, SECONDS, True))
    ports = [(points, seconds, keep, served(points)) for points, seconds, keep in rows]
    import django

    django.setup(set_prefix=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(
        "| points | seconds | kept here | values | wall s | CPU s | values a minute of CPU | peak memory MB (before) |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for points, seconds, keep, port in ports:
        measured(points, seconds, keep, port)


def measured(points: int, seconds: int, keep: bool, port: int) -> None:
    from events.ingestion import jobs
    from events.models.ingest import IngestionJob, IngestionSource

    source = IngestionSource.objects.create(
        name=str(port), url=f"http://127.0.0.1:{port}/piwebapi", requests_per_second=0, keep_values=keep
    )
    job = IngestionJob.objects.create(
        name=str(points), source=source, most_points=points, first_seconds=seconds - 1, overlap_seconds=10
    )
    before, began, busy = peak(), time.perf_counter(), time.process_time()
    run = jobs.run(job, NOW)
    wall, cpu = time.perf_counter() - began, time.process_time() - busy
    total = points * seconds
    assert (run.state, run.written, run.kept) == ("done", total, total * keep), (run.error, run.written, run.kept)
    counts = f"{points:,} | {seconds:,} | {'yes' if keep else 'no'} | {run.written:,} | {wall:.0f} | {cpu:.0f}"
    print(f"| {counts} | {run.written / cpu * 60:,.0f} | {peak():.0f} ({before:.0f}) |", flush=True)
    check(points, seconds, keep)
    job.delete()


def check(points: int, seconds: int, keep: bool) -> None:
    """Each stream has each second once; then the table is emptied for the next."""
    import shutil

    from django.db.models import Count

    from events.ingestion.lake.table import open_table
    from events.ingestion.tables import TIMESERIES
    from streaming.models import ArchivedEvent

    folder = Path(os.environ["OSIPI_DATA_DIR"])
    sql = "SELECT tag_webid, count(*) AS n, count(DISTINCT timestamp) AS d FROM {table} GROUP BY tag_webid"
    found = open_table(TIMESERIES, folder, {}).query(sql)
    assert found.num_rows == points
    assert set(found["n"].to_pylist()) == set(found["d"].to_pylist()) == {seconds}
    shutil.rmtree(folder / "lake")
    rows = ArchivedEvent.objects.values("point").annotate(n=Count("id"), d=Count("ticks", distinct=True))
    assert set(rows.values_list("n", "d")) == ({(seconds, seconds)} if keep else set())


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


main()
