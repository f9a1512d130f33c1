"""`manage.py sync_event_frames`: the synchronisation by hand, with a progress bar."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from events.models.sync import SyncRun
from events.runs import Progress
from events.tasks import as_configured, synchronise_alone

EVERY_SECONDS = 30
BUSY = "Another process synchronises; its lease ends at latest some minutes after a crash."


class Command(BaseCommand):
    help = "Synchronises event frames with the lakehouse table: Unity Catalog with DATABRICKS_*, else local Delta."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one run; else one every 30 s until Ctrl-C")
        parser.add_argument(
            "--direction",
            choices=["to", "from", "both"],
            help="to: into the lake; from: out of it; else as configured (OSIPI_LAKE_DIRECTION)",
        )
        parser.add_argument("--dry-run", action="store_true", help="compare and count, write nothing")
        parser.add_argument(
            "--accept-deletes", action="store_true", help="delete event frames here though many rows have gone there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.synchronise(**options)
        while not options["once"]:
            time.sleep(EVERY_SECONDS)
            self.synchronise(**options)

    def synchronise(self, *, direction: str | None, dry_run: bool, accept_deletes: bool, **_: Any) -> None:
        with tqdm(unit=" frames", disable=None, leave=False) as bar:
            runs = synchronise_alone(
                timezone.now(),
                as_configured(
                    progress=told_by(bar),
                    direction=direction or settings.OSIPI_LAKE["direction"],
                    dry_run=dry_run,
                    accept_deletes=accept_deletes,
                    asked=True,
                ),
            )
        if runs is None:
            raise CommandError(BUSY)
        for run in runs:
            if run.state == "done":
                self.stdout.write(("Dry run: " if dry_run else "") + told(run))
        if faults := [run.error for run in runs if run.state != "done"]:
            raise CommandError(" ".join(faults))


def told_by(bar: tqdm[NoReturn]) -> Progress:
    """The progress of a run, as the bar shows it."""

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return progress


def told(run: SyncRun) -> str:
    where = "out of" if run.direction == "from" else "into"
    counts = f"{run.inserted} inserted, {run.updated} updated, {run.deleted} deleted, {run.unchanged} unchanged"
    more = "".join(
        f", {number} {word}" for number, word in ((run.conflicts, "in conflict"), (run.refused, "refused")) if number
    )
    return f"{where} the {run.table}: {counts}{more} in {run.seconds:.1f} s"
