"""`manage.py backfill`: past values of a time series job into the lake, chunk by chunk."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from events.ingestion import backfills
from events.models.ingest import Backfill, IngestionJob
from piwebapi.core.errors import ApiError
from piwebapi.core.times import format_ticks, from_datetime, parse_time


class Command(BaseCommand):
    help = "Reads a past range of a job into the lake, or pauses, resumes, cancels and lists backfills."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--job", help="name of a time series job")
        parser.add_argument("--start", help="a PI time: *-7d, 2026-11-01, y")
        parser.add_argument("--end", default="*", help="a PI time; by default now")
        parser.add_argument("--chunk", type=int, default=3600, help="seconds of data in a chunk")
        parser.add_argument("--rest", type=float, default=0.0, help="seconds to rest after each chunk")
        parser.add_argument("--later", action="store_true", help="leave the work to the scheduled task")
        for act in ("pause", "resume", "cancel"):
            parser.add_argument(f"--{act}", type=int, metavar="ID")
        parser.add_argument("--list", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        for act in ("pause", "resume", "cancel"):
            if options[act] is not None:
                return self.change(options[act], act, options["later"])
        if options["list"]:
            for backfill in Backfill.objects.select_related("job"):
                self.stdout.write(told(backfill))
            return None
        if not options["job"] or not options["start"]:
            raise CommandError("Give --job and --start, or --pause, --resume, --cancel with an id, or --list.")
        return self.begin(**options)

    def begin(self, *, job: str, start: str, end: str, chunk: int, rest: float, later: bool, **_: Any) -> None:
        row = IngestionJob.objects.filter(name=job).first()
        if row is None:
            raise CommandError(f"There is no job '{job}'.")
        now = from_datetime(timezone.now())
        zone = timezone.get_default_timezone()
        try:
            first, last = (
                parse_time(text, now=now, zone=zone, name=name) for text, name in ((start, "start"), (end, "end"))
            )
            backfill = backfills.create(row, first, min(last, now), chunk_seconds=max(chunk, 1), pause_seconds=rest)
        except ApiError as error:
            raise CommandError(" ".join(error.messages)) from None
        if later:
            self.stdout.write(f"Backfill {backfill.pk} waits for the scheduled task.")
            return
        self.work(backfill)

    def change(self, pk: int, act: str, later: bool) -> None:
        backfill = Backfill.objects.filter(pk=pk).select_related("job").first()
        if backfill is None:
            raise CommandError(f"There is no backfill {pk}.")
        if not backfills.change(backfill, act):
            raise CommandError(f"Backfill {pk} is {backfill.state}: too late to {act} it.")
        if act == "resume" and not later:
            self.work(backfill)
            return
        backfill.refresh_from_db()
        self.stdout.write(told(backfill))

    def work(self, backfill: Backfill) -> None:
        with tqdm(total=100, unit="%", disable=None, leave=False) as bar:

            def progress(done: Backfill) -> None:
                bar.update(int(done.share * 100) - bar.n)
                bar.set_postfix_str(f"{done.written:,} rows")

            done = backfills.advance(backfill, progress=progress)
        self.stdout.write(told(done))
        if done.state in ("failed", "waiting"):
            raise CommandError(done.error)


def told(backfill: Backfill) -> str:
    until = format_ticks(backfill.done_until)
    counts = f"{backfill.read:,} read, {backfill.written:,} written, {backfill.kept:,} kept here"
    return (
        f"{backfill.pk}: {backfill.job} {backfill.state} {backfill.share:.0%} until {until}, {counts}. {backfill.error}"
    )
