"""`manage.py reconcile_event_frames`: everything here against everything in the lake."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from events import turns
from events.models.sync import SyncReport, SyncRun
from events.tasks import LAKE, as_configured, reconcile_now

from .sync_event_frames import BUSY, told_by


class Command(BaseCommand):
    help = "Synchronises, then compares all event frames with the lakehouse table, partition by partition."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="decide anew about rows that differ, and write rows again that have gone from the table",
        )

    def handle(self, *args: Any, repair: bool, **_: Any) -> None:
        now = timezone.now()
        with tqdm(unit=" rows", disable=None, leave=False) as bar:
            options = as_configured(asked=True, follow=True, progress=told_by(bar))
            report = turns.alone(LAKE, now, partial(reconcile_now, now, options, repair=repair))
        if report is None:
            last = SyncRun.objects.first()
            raise CommandError(last.error if last and last.is_broken else BUSY)
        self.tell(report)
        if not report.is_equal:
            raise CommandError("Both sides differ.")

    def tell(self, report: SyncReport) -> None:
        self.stdout.write(f"{report.target}: {report.compared} partitions, {report} ({report.seconds:.1f} s)")
        for partition in report.partitions:
            named = ", ".join(partition["only_here"] + partition["only_there"] + partition["different"])
            counts = f"{partition['here']} here ({partition['digest_here']}), {partition['there']} there"
            self.stdout.write(f"  {partition['date']}: {counts} ({partition['digest_there']}): {named}")
