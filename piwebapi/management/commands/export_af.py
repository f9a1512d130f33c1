from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from piwebapi.core.webid import fold
from piwebapi.models import AssetDatabase
from piwebapi.transfer import exporter


class Command(BaseCommand):
    help = "Exports an asset database as AF XML, which import_af and PI System Explorer read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("database", metavar="DATABASE", help="name of the asset database")
        parser.add_argument("file", metavar="FILE", type=Path, help="where to write it")
        parser.add_argument("--server", default="", help="name of the asset server, where several have such a database")
        parser.add_argument("--without-ids", action="store_true", help="tell objects by their names only")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = AssetDatabase.objects.select_related("server").filter(name_key=fold(options["database"]))
        if options["server"]:
            rows = rows.filter(server__name_key=fold(options["server"]))
        found = list(rows[:2])
        if len(found) != 1:
            raise CommandError(f"There is {'more than one' if found else 'no'} database '{options['database']}'.")
        try:
            with options["file"].open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(exporter.run(found[0], ids=not options["without_ids"]))
        except OSError as fault:
            raise CommandError(f"The file '{options['file']}' cannot be written: {fault.strerror}.") from None
        self.stdout.write(f"Exported {found[0].name} to {options['file']}.")
