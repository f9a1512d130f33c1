from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from piwebapi.core.errors import ApiError
from piwebapi.core.ticks import from_datetime
from piwebapi.management.progress import progress
from piwebapi.transfer import importer
from piwebapi.transfer.document import Document


class Command(BaseCommand):
    help = (
        "Imports an AF XML export of PI System Explorer: all of it, or nothing when the file is bad. Into a database"
        " that is here already it brings what is new and what has changed; nothing is deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--database", default="", help="name of the asset database; default: that of the file")
        parser.add_argument("--server", default="", help="name of the asset server; default: the one that is here")
        parser.add_argument(
            "--create-points",
            action="store_true",
            help="create the points that attributes refer to and that are not here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = importer.Options(options["server"], options["database"], options["create_points"])
        now = from_datetime(timezone.now())
        try:
            document = Document(options["file"])
            with progress(self.stderr, "Import", document.elements, "elements", options["verbosity"]) as tell:
                report = importer.run(document, wanted, now=now, tell=tell)
        except ApiError as error:
            raise CommandError(" ".join(error.messages)) from None
        for line in report.lines():
            self.stdout.write(line)
