"""A source that can be made to fail, a job on it, and a lake and an archive of the test's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from events.ingestion import client, jobs, points
from events.ingestion.lake.table import open_table
from events.ingestion.tables import TIMESERIES
from events.models.ingest import IngestionJob, IngestionRun, IngestionSource
from piwebapi.models import Point
from streaming.archive import archive

from .plain_server import PlainServer, micros, plain_server

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = 1_000_000


@pytest.fixture
def plain() -> Iterator[PlainServer]:
    with plain_server() as server:
        yield server


class Place:
    """`run` runs the job at NOW plus so many seconds; `lake`, `kept` and `source` are what each side holds."""

    def __init__(self, plain: PlainServer, job: IngestionJob, folder: Path) -> None:
        self.plain, self.job, self.folder = plain, job, folder

    def run(self, seconds: float = 0.0, **options: Any) -> IngestionRun:
        now = datetime.fromtimestamp(NOW.timestamp() + seconds, UTC)
        job = IngestionJob.objects.select_related("source").get(pk=self.job.pk)
        return jobs.run(job, now, **options)

    def fill(self, streams: int, start: float, end: float, every: float = 1.0) -> None:
        """Values from `start` to `end` (seconds after NOW)."""
        base = micros("2026-03-02T12:00:00+00:00")
        for number in range(streams):
            rows = self.plain.values.setdefault(f"Plant_Unit{number:03}_Level_PV", [])
            at = start
            while at <= end:
                rows.append((base + round(at * SECOND), round(number + at / 7, 3)))
                at += every

    def lake(self) -> list[tuple[Any, ...]]:
        table = open_table(TIMESERIES, self.folder, {})
        rows = table.query("SELECT tag_webid, timestamp, value FROM {table}").to_pylist()
        found = ((row["tag_webid"], micros(row["timestamp"].isoformat()), row["value"]) for row in rows)
        return sorted(found, key=lambda row: row[:2])

    def kept(self) -> list[tuple[Any, ...]]:
        """The values of this server's own archive, told as the lake tells them."""
        points = {point.pk: point.name for point in Point.objects.filter(point_source="osipi")}
        return sorted(
            (f"P-{points[pk]}", int(at) // 10, float(value))
            for pk, series in archive.read(list(points), 0, 2**62).items()
            for at, value in zip(series.times, series.values, strict=True)
        )

    def source(self, end: float = 1e9) -> list[tuple[Any, ...]]:
        last = micros("2026-03-02T12:00:00+00:00") + round(end * SECOND)
        return sorted(
            (f"P-{name}", row[0], row[1]) for name, rows in self.plain.values.items() for row in rows if row[0] <= last
        )


def digest(rows: list[tuple[Any, ...]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.fixture
def place(db: None, plain: PlainServer, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Place:
    settings.OSIPI_DATA_DIR = tmp_path
    monkeypatch.setattr(client, "FIRST_REST", 0.001)
    monkeypatch.setattr(points, "_searched", {})
    source = IngestionSource.objects.create(
        name="plain", url=plain.url, timeout_seconds=0.4, requests_per_second=0, streams_per_request=3, page_size=4
    )
    source.values_per_request = 90
    source.save()
    job = IngestionJob.objects.create(name="values", source=source, first_seconds=120, overlap_seconds=20)
    return Place(plain, job, tmp_path)


@pytest.fixture
def failing(place: Place) -> Callable[[list[str]], None]:
    """The next requests fail so, one after the other."""

    def fail(faults: list[str]) -> None:
        waiting = list(faults)
        place.plain.faults = lambda path: waiting.pop(0) if waiting else ""

    return fail
