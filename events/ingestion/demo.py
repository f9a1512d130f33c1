"""The demo plant as its own source: the whole way over REST into the lake, with nothing outside.

A laptop reads few streams: the sensors of two units and the points that every PI server is delivered with. Who wants
all of them sets the query of the job to ``*``. What clients write to other points comes out of the sequence log.
"""

from __future__ import annotations

from typing import Any

from events.models.ingest import IngestionJob, IngestionSource
from piwebapi.demo.loader import loaded

SOURCE = "this server"


def load() -> None:
    """Jobs that exist are left as they are."""
    plant = loaded()
    if plant is None:
        return
    source, _ = IngestionSource.objects.get_or_create(
        name=SOURCE,
        defaults={"requests_per_second": 4, "page_size": 500},  # other clients are answered between its requests
    )
    first = plant.layout.plants[0]
    chosen = f"{first}_Unit001_*,{first}_Unit002_*,SINUSOID,CDT158,BA:*"
    jobs: dict[str, tuple[str, int, dict[str, Any]]] = {
        "Values of two units": ("timeseries", 30, {"query": chosen}),
        "Written values": ("written", 30, {"query": "*", "first_seconds": 86_400}),
        "Hourly metrics": ("metrics", 60, {}),
        "Elements": ("hierarchy", 86_400, {}),
    }
    for title, (kind, seconds, more) in jobs.items():
        IngestionJob.objects.get_or_create(
            name=title, defaults={"source": source, "kind": kind, "every_seconds": seconds, **more}
        )
