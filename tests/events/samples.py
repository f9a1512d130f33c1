"""Rows for the table. No Django here: a spawned process imports this module before any settings are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from events.lakehouse.delta import DeltaGateway
from events.lakehouse.rows import FrameRow
from events.lakehouse.schema import TableName

START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
INGESTED = datetime(2026, 3, 2, 8, tzinfo=UTC)
TABLE = TableName("osipi", "bronze", "pi_event_frames")


def row(number: int = 1, **changes: Any) -> FrameRow:
    values: dict[str, Any] = {
        "webid": f"F1Fm{number:06}",
        "name": f"Batch_{number}",
        "template_name": "BatchRunTemplate",
        "start": START + timedelta(minutes=number),
        "end": START + timedelta(minutes=number, hours=1),
        "primary_referenced_element_webid": "F1EmUnit",
        "description": "a batch",
        "category_names": ("BatchRun",),
        "attributes": {"Product": "Polymer Grün", "Operator": "O'Neil"},
    }
    return FrameRow(**values | changes)


def write(lake: Path, numbers: list[int]) -> None:
    """One process of several that write into the same local table."""
    gateway = DeltaGateway(lake, TABLE)
    gateway.ensure_table()
    for number in numbers:
        gateway.upsert([row(number)], ingested=INGESTED)
