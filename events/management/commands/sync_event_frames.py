"""`manage.py sync_event_frames`: the export by hand, with a progress bar."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from events.models.sync import SyncRun
from events.sync import Options
from events.tasks import export_under_lease

EVERY_SECONDS = 30


class Command(BaseCommand):
    help = "Exports changed event frames to the lakehouse table: Unity Catalog with DATABRICKS_*, else local Delta."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one run; else one every 30 s until Ctrl-C")
        parser.add_argument("--direction", choices=["to"], default="to", help="to: from the server into the lake")
        parser.add_argument("--dry-run", action="store_true", help="compare and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        self.export(dry_run=options["dry_run"])
        while not options["once"]:
            time.sleep(EVERY_SECONDS)
            self.export(dry_run=options["dry_run"])

    def export(self, *, dry_run: bool) -> None:
        with tqdm(unit=" frames", disable=None, leave=False) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            run = export_under_lease(timezone.now(), Options(progress=progress, dry_run=dry_run))
        if run is None:
            raise CommandError("Another process is exporting; its lease ends at latest some minutes after a crash.")
        if run.state == "failed":
            raise CommandError(run.error)
        self.stdout.write(("Dry run: " if dry_run else "") + told(run))


def told(run: SyncRun) -> str:
    counts = f"{run.inserted} inserted, {run.updated} updated, {run.deleted} deleted, {run.unchanged} unchanged"
    return f"{run.table}: {counts} in {run.seconds:.1f} s"
