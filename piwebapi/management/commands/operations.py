from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import get_resolver

from piwebapi.api.resource import Endpoint
from piwebapi.api.service import service


class Command(BaseCommand):
    help = "Prints the catalogue: method, route, operation and handler of everything that the service answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("controller", metavar="CONTROLLER", nargs="?", default="", help="only of this one")

    def handle(self, *args: Any, **options: Any) -> None:
        get_resolver().url_patterns  # noqa: B018  (reading them joins the endpoints of all apps)
        wanted = options["controller"].lower()
        found = [one for one in service.endpoints if not wanted or controller(one).lower() == wanted]
        if not found:
            known = ", ".join(sorted({controller(one) for one in service.endpoints}))
            raise CommandError(f"There is no controller '{options['controller']}'; there are {known}.")
        rows = [row(one) for one in sorted(found, key=lambda one: (one.route.lower(), one.method))]
        widths = [max(len(cells[at]) for cells in rows) for at in range(3)]
        for cells in rows:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, (*widths, 0), strict=True))
            self.stdout.write(line.rstrip())


def controller(endpoint: Endpoint) -> str:
    return endpoint.operation.partition("_")[0]


def row(endpoint: Endpoint) -> tuple[str, str, str, str]:
    where = f"?{endpoint.selector}=" if endpoint.selector else ""
    handler = f"{endpoint.handler.__module__}.{endpoint.handler.__qualname__}"
    ours = " (ours)" if endpoint.extension else ""
    return endpoint.method, f"/{endpoint.route}{where}", f"{endpoint.operation}{ours}", handler
