"""Worker, beat and server killed -9 at random points while both sides change; then a count of what was lost or doubled.

    killed_synchronisation.py [--rounds 12] [--seed 1] [--warehouse]

The three are the processes of `manage.py up`, with a database, a file broker and a table of their own. A client
creates, changes and deletes event frames over REST; another writer adds, changes and deletes rows in the table. With
--warehouse the table is behind the test warehouse, which drops connections before and after commits, answers 500 and
503 and forgets sessions meanwhile; else it is a local Delta table. In the end one undisturbed synchronisation follows,
and both sides must be equal, digest by digest, with each frame in the table once and every confirmed write in place.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.own_plant import own_plant  # noqa: E402

IS_CHILD = "--role" in sys.argv  # a child has the settings of its parent
WAREHOUSE = None
if not IS_CHILD:
    FOLDER = own_plant("osipi-killed-", OSIPI_ANONYMOUS="write", OSIPI_DEMO_TAGS="0")
    if "--warehouse" in sys.argv:
        from tests.events.storage import VOLUME
        from tests.events.warehouse import HTTP_PATH, TOKEN, Warehouse

        (FOLDER / "warehouse").mkdir()
        WAREHOUSE = Warehouse(FOLDER / "warehouse")
        os.environ |= {"DATABRICKS_HOST": f"127.0.0.1:{WAREHOUSE.port}", "DATABRICKS_HTTP_PATH": HTTP_PATH}
        os.environ |= {"DATABRICKS_TOKEN": TOKEN, "DATABRICKS_VOLUME": VOLUME, "OSIPI_LAKE_READ_SECONDS": "10"}
        os.environ["SSL_CERT_FILE"] = WAREHOUSE.ca_file

import django  # noqa: E402

django.setup(set_prefix=False)

from django.core.management import call_command  # noqa: E402
from django.db import close_old_connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from events import services, turns  # noqa: E402
from events.lakehouse import databricks, statements  # noqa: E402
from events.lakehouse.delta import DeltaGateway  # noqa: E402
from events.lakehouse.rows import digest  # noqa: E402
from events.models import DeadLetter, EventFrame, Lease, SyncConflict, SyncRun  # noqa: E402
from events.models.sync import is_dead  # noqa: E402
from events.reconcile import reconcile  # noqa: E402
from events.sync import open_gateway  # noqa: E402
from events.tasks import LAKE, as_configured, synchronise_alone  # noqa: E402
from piwebapi.core.times import from_datetime  # noqa: E402
from piwebapi.models import AssetDatabase, AssetServer  # noqa: E402
from tests.events.load import Client, Meddler  # noqa: E402

FRAMES = 300
ROLES = ("worker", "worker", "server", "beat")
#: small, so that a run has many points to be killed at, and often
CHUNK, SLOT_SECONDS, EVERY = 60, 1, 1


def hurry() -> None:
    DeltaGateway.batch_rows = databricks.FILE_ROWS = CHUNK
    statements.MAX_ROWS = CHUNK // 3  # some chunks by statements, some by files
    turns.SLOT_SECONDS = SLOT_SECONDS


def play(role: str, descriptor: int) -> None:
    """One of the processes of `manage.py up`, in the hurry of above; it leaves a mark once it is at work."""
    hurry()
    from celery.signals import beat_init, worker_ready

    from osipi_site.celery import app

    mark = Path(os.environ["OSIPI_DATA_DIR"]) / f"{role}.ready"
    for started in (worker_ready, beat_init):
        started.connect(lambda **_: mark.touch(), weak=False)
    if role == "server":
        from osipi_site import server

        server.main(descriptor)
    elif role == "worker":
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "error"]
        app.worker_main(["--quiet", "worker", "--pool", "threads", "--concurrency", "4", *alone])
    else:
        app.start(["--quiet", "beat", "--pidfile=", "--max-interval", "1", "--loglevel", "error"])


class Processes:
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, role: str) -> None:
        (FOLDER / f"{role}.ready").unlink(missing_ok=True)
        descriptor = self.listener.fileno()
        command = [sys.executable, __file__, "--role", role, "--descriptor", str(descriptor)]
        self.running[role] = subprocess.Popen(command, pass_fds=(descriptor,), stdin=subprocess.DEVNULL)

    def wait(self, role: str, client: Client) -> None:
        last = time.monotonic() + 120
        while not (client.answers() if role == "server" else (FOLDER / f"{role}.ready").exists()):
            assert self.running[role].poll() is None, f"the {role} ended by itself: {self.running[role].returncode}"
            assert time.monotonic() < last, f"the {role} does not begin to work"
            time.sleep(0.05)

    def kill(self, role: str) -> None:
        self.running[role].send_signal(signal.SIGKILL)
        self.running[role].wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()  # one that is not waited for still has its id, and seems to hold its lease


@transaction.atomic
def plant() -> None:
    database = AssetDatabase.objects.create(server=AssetServer.objects.create(name="AF"), name="Db")
    now = from_datetime(timezone.now())
    for number in range(FRAMES):
        begin = now - (number % 28 + 1) * 864_000_000_000
        services.create(database, now=now, name=f"F{number}", start=begin, end=begin + 10**9)


def schedule() -> None:
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    often = IntervalSchedule.objects.create(every=EVERY, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.exclude(task__contains="synchronise").update(enabled=False)
    PeriodicTask.objects.filter(task__contains="synchronise").update(interval=often, expire_seconds=5)


FAULTS = {
    "dropped before": {},
    "dropped after the commit": {"after": True},
    "500": {"status": 500},
    "500 after the commit": {"status": 500, "after": True},
    "503": {"status": 503},
    "session expired": None,
}


def disturb(chance: random.Random, told: Counter[str]) -> None:
    """The next statements of whoever comes will fail in this way."""
    if WAREHOUSE is None or len(WAREHOUSE.faults) > 2:
        return
    name = chance.choice(list(FAULTS))
    told[f"fault: {name}"] += 1
    if FAULTS[name] is None:
        WAREHOUSE.expire_sessions()
    else:
        WAREHOUSE.fault(**FAULTS[name], on=chance.choice(["MERGE INTO", "MERGE INTO", "PUT '", "SELECT", ""]))


def is_at_work() -> bool:
    """A dead process still owns its lease until the next one takes it."""
    close_old_connections()
    owners = Lease.objects.filter(name=LAKE).exclude(owner="").values_list("owner", flat=True)
    return any(not is_dead(owner) for owner in owners)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--warehouse", action="store_true")
    for hidden, kind in (("--role", str), ("--descriptor", int)):
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        play(asked.role, asked.descriptor)
    else:
        disturbed(asked.rounds, asked.seed)


def disturbed(rounds: int, seed: int) -> None:
    hurry()
    logging.getLogger("pyspark.sql.connect.logging").setLevel(logging.CRITICAL)  # each failed statement, at length
    call_command("migrate", verbosity=0)
    plant()
    schedule()
    chance, told = random.Random(seed), Counter()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    client = Client(listener.getsockname()[1], AssetDatabase.objects.get().web_id(), seed)
    meddler = Meddler(open_gateway, seed)
    processes = Processes(listener)
    began = time.monotonic()
    try:
        for role in set(ROLES):
            processes.start(role)
        processes.wait("server", client)
        threads = [threading.Thread(target=one.run, daemon=True) for one in (client, meddler)]
        for thread in threads:
            thread.start()
        for number in range(rounds):
            role = chance.choice(ROLES)
            disturb(chance, told)
            processes.wait(role, client)
            time.sleep(chance.uniform(0.0, 4.0))
            busy = is_at_work()
            processes.kill(role)
            told[f"{role} killed"] += 1
            told[f"{role} killed while a run was at work"] += busy
            processes.start(role)
            if number % 20 == 19:
                print(f"{number + 1} kills, {time.monotonic() - began:.0f} s", flush=True)
        client.done.set()
        meddler.done.set()
        for thread in threads:
            thread.join(120)
    finally:
        processes.stop()
    finish(told, client, meddler)
    if WAREHOUSE is not None:
        WAREHOUSE.stop()


def finish(told: Counter[str], client: Client, meddler: Meddler) -> None:
    close_old_connections()
    if WAREHOUSE is not None:
        WAREHOUSE.faults.clear()
    began = time.monotonic()
    while True:
        done = synchronise_alone(timezone.now(), as_configured(asked=True, follow=True))
        assert done is not None, "the lease of a killed process is still held"
        assert all(run.state == "done" for run in done), [run.error for run in done]
        if not any(run.written for run in done):
            break
    gateway = open_gateway()
    report = reconcile(gateway, timezone.now())
    keys = Counter(web_id for web_id, _ in gateway.places())
    doubled = sum(number > 1 for number in keys.values()) + gateway.row_count() - len(keys)
    rows = [digest(one.row) for batch in gateway.read_since(None) for one in batch]
    gateway.close()
    for name, number in sorted(told.items()):
        print(f"{number:6}  {name}")
    print(f"{client.confirmed:6}  writes over REST confirmed, {client.unknown} without an answer")
    print(f"{meddler.written:6}  rows written or deleted by others, {meddler.failed} attempts failed")
    for direction in ("to", "from"):
        runs = list(SyncRun.objects.filter(direction=direction))
        states = Counter(run.state for run in runs for _ in range(run.repeats + 1))
        print(f"{len(runs):6}  runs {direction} the lake that are told: {dict(states)}")
    print(f"{SyncConflict.objects.count():6}  conflicts, {DeadLetter.objects.count()} dead letters")
    print(f"made good in {time.monotonic() - began:.1f} s: {report.here:,} frames, {report.there:,} rows, {report}")
    print(f"{doubled} doubled; digest of all rows {hashlib.sha256(''.join(sorted(rows)).encode()).hexdigest()[:16]}")
    assert report.is_equal, report.partitions
    assert doubled == 0
    names = set(EventFrame.objects.values_list("name", flat=True))
    assert client.made <= names, f"confirmed and lost: {client.made - names}"
    assert not client.gone & names, f"deleted and back: {client.gone & names}"
    print("every frame that was confirmed is there, every one whose deletion was confirmed is not")


if __name__ == "__main__":
    main()
