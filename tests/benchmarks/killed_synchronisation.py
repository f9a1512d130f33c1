"""Kill -9 at random points of the synchronisation, then count what was lost or doubled.

    killed_synchronisation.py [--rounds 12] [--seed 1]

A child changes event frames, deletes some, lets another writer add and change rows in the table, and synchronises,
over and over; the parent kills it after a random time and starts the next one. In the end one undisturbed run follows,
and both sides must be equal, row by row, with each frame in the table once.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
IS_CHILD = "--child" in sys.argv
if not IS_CHILD:
    os.environ["OSIPI_DATA_DIR"] = tempfile.mkdtemp(prefix="osipi-killed-")
os.environ |= {"OSIPI_ENV_FILE": "none", "DJANGO_SETTINGS_MODULE": "osipi_site.settings"}
os.environ |= {"OSIPI_LOG_LEVEL": "error", "OSIPI_TIME_ZONE": "UTC"}

import django  # noqa: E402

django.setup(set_prefix=False)

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from events import services  # noqa: E402
from events.lakehouse.delta import DeltaGateway  # noqa: E402
from events.lakehouse.rows import FrameRow  # noqa: E402
from events.models import EventFrame  # noqa: E402
from events.reconcile import reconcile  # noqa: E402
from events.sync import open_gateway  # noqa: E402
from events.tasks import as_configured, synchronise_alone  # noqa: E402
from piwebapi.core.times import from_datetime  # noqa: E402
from piwebapi.models import AssetDatabase, AssetServer  # noqa: E402

FRAMES = 1_500
CHUNK = 100  # small, so that a run has many points to be killed at
DeltaGateway.batch_rows = CHUNK


def now() -> int:
    return from_datetime(timezone.now())


@transaction.atomic
def plant() -> None:
    database = AssetDatabase.objects.create(server=AssetServer.objects.create(name="AF"), name="Db")
    for number in range(FRAMES):
        begin = from_datetime(datetime(2026, 1, 1 + number % 28, number % 24, tzinfo=UTC))
        services.create(database, now=now(), name=f"F{number}", start=begin, end=begin + 10**9)


def change(chance: random.Random) -> None:
    """Here: some are changed, few deleted, one is new."""
    database = AssetDatabase.objects.get()
    keys = list(EventFrame.objects.values_list("pk", flat=True))
    with transaction.atomic():
        for frame in EventFrame.objects.select_related("database__server").filter(pk__in=chance.sample(keys, 30)):
            services.update(frame, now=now(), description=f"{chance.random()}")
        for frame in EventFrame.objects.select_related("database__server").filter(pk__in=chance.sample(keys, 2)):
            services.delete(frame)
        services.create(database, now=now(), name=f"N{chance.random()}")


def meddle(chance: random.Random) -> None:
    """There: another writer adds a row and changes three of those that are there."""
    gateway = open_gateway()
    rows = [stored.row for batch in gateway.read_since(None) for stored in batch]
    changed = [replace(row, description="theirs") for row in chance.sample(rows, min(3, len(rows)))]
    start = datetime(2026, 2, 1 + chance.randrange(28), tzinfo=UTC)
    fresh = FrameRow(f"their-{chance.random()}", "Theirs", "TheirTemplate", start, None, attributes={"By": "them"})
    known = dict(gateway.places())
    gateway.upsert([*changed, fresh], ingested=timezone.now(), known=known)


def child(seed: int) -> None:
    chance = random.Random(seed)
    print("ready", flush=True)
    while True:
        change(chance)
        done = synchronise_alone(timezone.now(), as_configured(policy=chance.choice(["server", "lake", "newest"])))
        print("busy" if done is None else "done", flush=True)
        meddle(chance)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        return child(asked.seed)
    call_command("migrate", verbosity=0)
    plant()
    chance, told = random.Random(asked.seed), Counter()
    for number in range(asked.rounds):
        command = [sys.executable, __file__, "--child", "--seed", str(asked.seed * 1000 + number)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.05, 6.0))
        process.send_signal(signal.SIGKILL)
        told.update(process.stdout.read().split())
        process.wait()
    return finish(asked.rounds, told)


def finish(rounds: int, told: Counter[str]) -> None:
    began = time.monotonic()
    while True:
        done = synchronise_alone(timezone.now(), as_configured())
        assert done is not None, "the lease of a killed process is still held"
        assert all(run.state == "done" for run in done), [run.error for run in done]
        if not any(run.written for run in done):
            break
    gateway = open_gateway()
    report = reconcile(gateway, timezone.now())
    keys = Counter(web_id for web_id, _ in gateway.places())
    doubled = sum(number > 1 for number in keys.values()) + gateway.row_count() - len(keys)
    print(
        f"{rounds} kills, {told['done']} runs between them came to their end, {told['busy']} found the lease held; "
        f"made good in {time.monotonic() - began:.1f} s"
    )
    print(f"{report.here:,} frames, {report.there:,} rows, {doubled} doubled, {report}")
    assert report.is_equal, report.partitions
    assert doubled == 0


if __name__ == "__main__":
    main()
