"""Event frames into the lake, out of it and compared, for growing numbers of rows.

    lake.py [--rows 1000 10000] [--warehouse [--without-volume]] [--only-export]

Into a local Delta table; with --warehouse into the test warehouse, through the unmodified connector and a volume (what
a real one takes for a statement comes on top). The database is SQLite in a directory of its own. Seconds, seconds of
processor time of this process (with the engine of the test warehouse in it), versions of the table that were made, and
the most memory of this process so far.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402

FOLDER = own_plant()

import django  # noqa: E402

django.setup(set_prefix=False)

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from events.export import export  # noqa: E402
from events.ingest import ingest  # noqa: E402
from events.lakehouse.databricks import DatabricksGateway  # noqa: E402
from events.lakehouse.delta import DeltaGateway  # noqa: E402
from events.lakehouse.gateway import Gateway  # noqa: E402
from events.lakehouse.rows import FrameRow  # noqa: E402
from events.lakehouse.schema import TableName  # noqa: E402
from events.lakehouse.warehouse import DatabricksConfig  # noqa: E402
from events.models import EventFrame, EventFrameAttribute, SyncTarget  # noqa: E402
from events.numbering import take  # noqa: E402
from events.reconcile import reconcile  # noqa: E402
from piwebapi.core.times import from_datetime  # noqa: E402
from piwebapi.models import AssetDatabase, AssetServer  # noqa: E402
from tests.benchmarks.twins import multiply, padded  # noqa: E402

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MINUTES = 90 * 24 * 60
NAMES = ("Product", "BatchID", "Operator", "TargetQuantity", "ActualQuantity")


BASE = 1000


@transaction.atomic
def fill(database: AssetDatabase, rows: int) -> None:
    """Frames of 90 days with five attributes, about 450 bytes a row; the first thousand are made here, the others are
    copied by the database."""
    first, base = take(rows), min(rows, BASE)
    made = []
    for number in range(base):
        start = from_datetime(NOW - timedelta(minutes=number * MINUTES // rows + 1))
        name, end = f"BatchRun_{number:07}", start + 36_000_000_000
        made.append(EventFrame(database=database, name=name, start=start, end=end, changed=first + number))
    EventFrame.objects.bulk_create(made)
    EventFrameAttribute.objects.bulk_create(
        EventFrameAttribute(frame=frame, name=name, trail=name, type="String", value=f"{name} of the batch")
        for frame in made
        for name in NAMES
    )
    if rows > base:
        number = f"(f.changed - {first} + t.k * {base})"
        start = f"({from_datetime(NOW)} - ({number} * {MINUTES} / {rows} + 1) * 600000000)"
        changed = {"start": start, "end": f"{start} + 36000000000", "changed": f"{first} + {number}"}
        changed |= {"name": f"'BatchRun_' || {padded(number)}", "name_key": f"'BATCHRUN_' || {padded(number)}"}
        multiply(rows // base - 1, changed, {EventFrameAttribute: "frame_id"})


def timed(gateway: Gateway, what: str, work: Callable[[], Any]) -> Any:
    version = gateway.version() or 0
    began, spent = time.perf_counter(), time.process_time()
    found = work()
    took, cpu = time.perf_counter() - began, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {took:8.2f} s {cpu:8.2f} s {(gateway.version() or 0) - version:4} {peak:6} MB  {what}", flush=True)
    return found


def measure(gateway: Gateway, rows: int, only_export: bool) -> None:
    print(f"{rows:,} rows, {type(gateway).__name__}")
    EventFrame.objects.all().delete()
    SyncTarget.objects.all().delete()
    database = AssetDatabase.objects.get()
    began = time.perf_counter(), time.process_time()
    fill(database, rows)
    print(f"  {time.perf_counter() - began[0]:8.2f} s {time.process_time() - began[1]:8.2f} s       filled", flush=True)
    gateway.ensure_table()
    run = timed(gateway, "written into the empty table", lambda: export(gateway, NOW))
    assert (run.state, run.inserted) == ("done", rows), run.error
    version = gateway.version()
    SyncTarget.objects.update(mark=0)
    run = timed(gateway, "exported once more, from the beginning: 0 changes", lambda: export(gateway, NOW))
    assert (run.unchanged, run.written, gateway.version()) == (rows, 0, version), run
    if not only_export:
        _both_ways(gateway, rows)


def _both_ways(gateway: Gateway, rows: int) -> None:
    timed(gateway, "read back as echoes", lambda: ingest(gateway, NOW))
    timed(gateway, "nothing to do", lambda: export(gateway, NOW))
    with transaction.atomic():
        number = take(rows)
        for frame in EventFrame.objects.order_by("pk").iterator():
            EventFrame.objects.filter(pk=frame.pk).update(description="changed", changed=number)
            number += 1
    run = timed(gateway, "all changed here and written", lambda: export(gateway, NOW))
    assert run.updated == rows
    theirs = [_theirs(number, rows) for number in range(rows)]
    for offset in range(0, rows, gateway.batch_rows):
        gateway.upsert(theirs[offset : offset + gateway.batch_rows], ingested=datetime.now(UTC))
    run = timed(gateway, "written by another and read", lambda: ingest(gateway, NOW))
    assert (run.state, run.inserted) == ("done", rows), (run.error, run.inserted)
    report = timed(gateway, "compared, twice as many rows", lambda: reconcile(gateway, NOW))
    assert report.is_equal, report


def _theirs(number: int, rows: int) -> FrameRow:
    start = NOW - timedelta(minutes=number * 129600 // rows + 1)
    attributes = {name: f"{name} of the batch" for name in NAMES}
    name = f"Theirs_{number:07}"
    return FrameRow(f"their-{number}", name, "TheirTemplate", start, None, "", "theirs", ("Theirs",), attributes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000])
    parser.add_argument("--warehouse", action="store_true")
    parser.add_argument("--without-volume", action="store_true")
    parser.add_argument("--only-export", action="store_true")
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    AssetDatabase.objects.create(server=AssetServer.objects.create(name="AF"), name="Db")
    print(f"  {'elapsed':>10} {'processor':>10} {'made':>4} {'peak':>9}")
    with ExitStack() as stack:
        warehouse = None
        if asked.warehouse:
            from tests.events.storage import VOLUME
            from tests.events.warehouse import HTTP_PATH, TOKEN, Warehouse

            (FOLDER / "warehouse").mkdir()
            warehouse = Warehouse(FOLDER / "warehouse")
            stack.callback(warehouse.stop)
        for rows in asked.rows:
            table = TableName("osipi", "bronze", f"frames_{rows}")
            gateway: Gateway = DeltaGateway(FOLDER / "lake", table)
            if warehouse is not None:
                place = {"port": warehouse.port, "ca_file": warehouse.ca_file}
                volume = "" if asked.without_volume else VOLUME
                config = DatabricksConfig("127.0.0.1", HTTP_PATH, table, token=TOKEN, volume=volume, **place)
                gateway = DatabricksGateway(config)
                stack.callback(gateway.close)
            measure(gateway, rows, asked.only_export)


if __name__ == "__main__":
    main()
