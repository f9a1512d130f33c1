from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from piwebapi.core.errors import ApiError
from piwebapi.core.ticks import from_datetime
from piwebapi.core.webid import fold
from piwebapi.management.progress import progress
from piwebapi.models import DataServer
from streaming.archive.base import UPDATE_OPTIONS
from streaming.bulk import values
from streaming.bulk.files import source_of

HELP = """Imports values from a CSV or Parquet file.

  point,timestamp,value,quality
  SINUSOID,2024-01-31T00:00:00Z,12.5,good
  SINUSOID,2024-01-31T00:01:00Z,,I/O Timeout
  PUMP1.MODE,2024-01-31T00:00:00+01:00,Running,

point      name of a point that exists, or its path
timestamp  ISO 8601 or any PI time; without a zone it is of OSIPI_TIME_ZONE ({zone})
value      a number with a decimal point; the name or number of a digital state; a text
quality    good, questionable, bad, or a state of the SYSTEM set; may be missing

CSV is UTF-8 with comma, semicolon or tab; a first line with these names may put them in any order and have others, else
they stand as above. Rows that cannot be stored are listed with their lines on stderr, all others are stored, and the
exit status is 1. An import that was cut off goes on where it was when it is started again."""


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = HELP.format(zone=f"now {settings.TIME_ZONE}")
        parser.add_argument("file", metavar="FILE", type=Path, help="*.parquet and *.pq are Parquet, all others CSV")
        parser.add_argument("--server", default="", help="name of the data server; default: the one that is here")
        parser.add_argument(
            "--update-option",
            default="NoReplace",
            choices=UPDATE_OPTIONS,
            help="what to do where an event is; default: NoReplace, which leaves it; Insert keeps several of one time",
        )
        parser.add_argument("--restart", action="store_true", help="begin anew, though an import was cut off")

    def handle(self, *args: Any, **options: Any) -> None:
        server = self._server(options["server"])
        now = from_datetime(timezone.now())
        try:
            source = source_of(options["file"])
            kept = values.Progress.of(options["file"], server, options["update_option"])
            if options["restart"]:
                kept.forget()
            elif line := kept.report().line:
                self.stdout.write(f"Going on after line {line:,}.")
            with progress(self.stderr, "Import", source.total, source.unit, options["verbosity"]) as tell:
                report = values.run(
                    source, kept, server=server, option=options["update_option"], now=now, tell=tell, fault=self._fault
                )
        except ApiError as error:
            raise CommandError(" ".join(error.messages)) from None
        rows = report.stored + report.needless + report.refused
        needless = f", {report.needless:,} needless (there already, or compressed)" if report.needless else ""
        self.stdout.write(f"{rows:,} rows: {report.stored:,} stored{needless}, {report.refused:,} refused.")
        if report.refused:
            raise CommandError("Some rows were refused.", returncode=1)

    def _fault(self, line: int, why: str) -> None:
        with tqdm.external_write_mode():  # a bar makes room
            self.stderr.write(f"line {line}: {why}")

    def _server(self, name: str) -> DataServer:
        servers = DataServer.objects.filter(name_key=fold(name)) if name else DataServer.objects.all()
        found = list(servers[:2])
        if len(found) != 1:
            names = ", ".join(DataServer.objects.values_list("name", flat=True))
            raise CommandError(f"Name one data server with --server: {names or 'there is none'}.")
        return found[0]
