"""`manage.py load_demo`: the demo plant into an empty database."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from events import demo
from events.ingestion import demo as ingestion
from events.rules import demo as rules
from piwebapi.demo import facts, loader
from piwebapi.management.progress import progress


class Command(BaseCommand):
    help = "Loads the demo plant: points, elements and event frames. The same seed and size is the same plant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        sizes = ", ".join(str(layout.tags) for layout in facts.LAYOUTS)
        parser.add_argument(
            "--tags", type=int, default=settings.OSIPI_DEMO_TAGS, help=f"{sizes}; others are rounded up"
        )
        parser.add_argument("--seed", type=int, default=settings.OSIPI_DEMO_SEED)

    def handle(self, *args: Any, tags: int, seed: int, **options: Any) -> None:
        try:
            layout = facts.layout_for(tags)
        except ValueError as fault:
            raise CommandError(str(fault)) from None
        reason = loader.obstacle()
        if reason:
            raise CommandError(reason)
        now = time.time_ns() // 100
        bar = progress(self.stderr, "Demo plant", layout.elements, "elements", options["verbosity"])
        with transaction.atomic(), bar as tell:
            loader.load(layout, seed, now, tell)
            frames = demo.load(now)
            ingestion.load()
            rules.load()
        self.stdout.write(
            f"Demo plant {facts.DATABASE}: {layout.tags:,} sensors and {len(facts.DEFAULT_POINTS)} further "
            f"points, {layout.elements:,} elements, {frames} event frames (seed {seed})."
        )
