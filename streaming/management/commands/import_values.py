from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from piwebapi.core.errors import ApiError
from piwebapi.core.ticks import from_datetime
from piwebapi.core.webid import fold
from piwebapi.management.progress import progress
from piwebapi.models import DataServer
from streaming.archive import sealing
from streaming.archive.base import UPDATE_OPTIONS
from streaming.bulk import values
from streaming.bulk.files import source_of


class Command(BaseCommand):
    help = (
        "Imports values from a CSV or Parquet file with the columns point, timestamp, value and quality (good,"
        " questionable, bad or a system state; may be missing). What was cut off goes on where it was. Rows that"
        " cannot be stored are listed with their lines, and the exit status is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--server", default="", help="name of the data server; default: the one that is here")
        parser.add_argument(
            "--update-option",
            default="NoReplace",
            choices=UPDATE_OPTIONS,
            help="what to do where an event is; default: NoReplace, which leaves it",
        )
        parser.add_argument("--restart", action="store_true", help="begin anew, though an import was cut off")

    def handle(self, *args: Any, **options: Any) -> None:
        server = self._server(options["server"])
        now = from_datetime(timezone.now())
        try:
            source = source_of(options["file"])
            noted = values.Progress.of(options["file"], Path(settings.OSIPI_DATA_DIR) / "imports")
            if options["restart"]:
                noted.forget()
            elif noted.done():
                self.stdout.write(f"Going on after line {noted.done():,}.")
            with progress(self.stderr, "Import", source.total, source.unit, options["verbosity"]) as tell:
                report = values.run(source, noted, server=server, option=options["update_option"], now=now, tell=tell)
        except ApiError as error:
            raise CommandError(" ".join(error.messages)) from None
        except UnicodeDecodeError as error:
            raise CommandError(f"The file is not UTF-8: {error}.") from None
        sealing.seal()
        for line in report.faults:
            self.stderr.write(line)
        self.stdout.write(f"{report.rows:,} rows: {report.stored:,} stored, {report.refused:,} refused.")
        if report.refused:
            raise CommandError("Some rows were refused.", returncode=1)

    def _server(self, name: str) -> DataServer:
        servers = DataServer.objects.filter(name_key=fold(name)) if name else DataServer.objects.all()
        found = list(servers[:2])
        if len(found) != 1:
            names = ", ".join(DataServer.objects.values_list("name", flat=True))
            raise CommandError(f"Name one data server with --server: {names or 'there is none'}.")
        return found[0]
