"""What a run counts, and what it works with."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from events.ingestion.client import PiClient
from events.ingestion.lake.table import LakeTable, open_table
from events.ingestion.tables import TableShape, drift
from events.models.ingest import IngestionJob
from piwebapi.core.times import from_datetime

TICKS = 10
SECOND = 1_000_000


@dataclass
class Tally:
    """Rows, and the newest time (microseconds)."""

    table: str = ""
    read: int = 0
    written: int = 0
    #: events that this server's own archive has got
    kept: int = 0
    late: int = 0
    changed: int = 0
    duplicates: int = 0
    nulls: int = 0
    questionable: int = 0
    newest: int | None = None
    rejected: Counter[str] = field(default_factory=Counter)
    #: how the columns of the table differ from ours
    drift: str = ""

    def saw(self, moment: int) -> None:
        self.newest = moment if self.newest is None else max(self.newest, moment)


@dataclass
class Work:
    """One run of one job. `keep` renews the lease and raises when it is lost; `seconds`: begin nothing new after so
    long. `progress(rows)` tells what has been written."""

    job: IngestionJob
    client: PiClient
    now: datetime
    keep: Callable[[], None] = lambda: None
    seconds: float | None = None
    progress: Callable[[int], None] = lambda rows: None
    tally: Tally = field(default_factory=Tally)
    began: float = field(default_factory=time.monotonic)

    @property
    def moment(self) -> int:
        """Now, in microseconds."""
        return from_datetime(self.now) // TICKS

    @property
    def is_over(self) -> bool:
        return self.seconds is not None and time.monotonic() - self.began > self.seconds

    def open(self, shape: TableShape) -> LakeTable:
        table = open_table(shape, settings.OSIPI_DATA_DIR, settings.DATABRICKS)
        table.ensure()
        self.tally.table, self.tally.drift = table.name, drift(shape, table.columns)
        return table
