"""`manage.py ingest`: jobs by hand, and how ingestion stands."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from events.ingestion import jobs, status
from events.models.ingest import IngestionJob, IngestionRun


class Command(BaseCommand):
    help = "Runs ingestion jobs (--once), or tells watermarks, rows and lag (--status)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--once", action="store_true", help="run every enabled job now, or the one that --job names")
        what.add_argument("--status", action="store_true", help="tell how ingestion stands; counts the tables")
        parser.add_argument("--job", help="name of a job")
        parser.add_argument("--json", action="store_true", help="--status as JSON")

    def handle(self, *args: Any, once: bool, job: str | None, json: bool, **_: Any) -> None:
        if once:
            self.run_jobs(self.chosen(job))
        else:
            self.tell(job, json)

    def chosen(self, name: str | None) -> list[IngestionJob]:
        rows = IngestionJob.objects.select_related("source")
        if name is None:
            return list(rows.filter(enabled=True, source__enabled=True).order_by("pk"))
        found = list(rows.filter(name=name))
        if not found:
            known = ", ".join(f"'{row.name}'" for row in rows) or "none"
            raise CommandError(f"There is no job '{name}'; there is {known}.")
        return found

    def run_jobs(self, chosen: list[IngestionJob]) -> None:
        failed = []
        for job in chosen:
            with tqdm(desc=job.name, unit=" rows", disable=None, leave=False) as bar:
                run = jobs.run_alone(job, timezone.now(), progress=bar.update)
            if run is None:
                failed.append(f"Job '{job.name}' is at work in another process.")
            elif run.state == "failed":
                failed.append(f"{job.name}: {run.error}")
            else:
                self.stdout.write(told(run))
        if failed:
            raise CommandError(" ".join(failed))

    def tell(self, name: str | None, as_json: bool) -> None:
        found = status.overview(timezone.now())
        found["jobs"] = [job for job in found["jobs"] if name in (None, job["name"])]
        found["tables"] = status.counted()
        found["kept"] = status.kept()
        if as_json:
            self.stdout.write(json.dumps(found, indent=1))
            return
        for job in found["jobs"]:
            self.stdout.write(
                f"{job['name']} ({job['kind']} from {job['source']}): {job['state']}, "
                f"watermark {job['watermark'] or 'none'}, lag {job['lag_seconds'] or 0:.0f} s, "
                f"{job['streams']} streams, {job['rows']:,} rows in the ledger, {job['written']:,} written, "
                f"{job['kept']:,} kept here, "
                f"{job['late']:,} late, {job['rejected']:,} rejected. {job['error']}".rstrip()
            )
        for table, rows in found["tables"].items():
            self.stdout.write(f"{table}: {rows:,} rows" if isinstance(rows, int) else f"{table}: {rows}")
        self.stdout.write(f"kept here: {found['kept']:,} values of other servers")
        for problem in found["problems"]:
            self.stdout.write(f"! {problem}")


def told(run: IngestionRun) -> str:
    more = "".join(
        f", {number:,} {word}"
        for number, word in (
            (run.kept, "kept here"),
            (run.late, "late"),
            (run.changed, "changed"),
            (run.duplicates, "duplicates"),
            (run.rejected, "rejected"),
            (run.retries, "retries"),
        )
        if number
    )
    return f"{run.job}: {run.read:,} read, {run.written:,} written{more}, {run.requests} requests, {run.seconds:.1f} s"
