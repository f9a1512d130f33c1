"""Values as they are written here, out of the sequence log into the lake: each once, whatever happens on the way."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from events.ingestion import jobs, ledger, neighbours, written
from events.ingestion.lake.delta import DeltaTable
from events.ingestion.lake.table import open_table
from events.ingestion.tables import TIMESERIES
from events.models.ingest import IngestionJob, IngestionRun, IngestionSource, StreamMark
from piwebapi.core.times import from_datetime
from piwebapi.models import Counter, DataServer, Point
from streaming.archive import archive
from streaming.archive.sealing import PRUNED
from streaming.core.series import BAD, Series
from streaming.models import ValueChange

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE, SECOND = from_datetime(NOW), 10_000_000
Row = tuple[str, float, Any]


class Plant:
    """`write` is what a client does over REST; times are seconds after NOW."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        server = DataServer.objects.create(name="PI")
        self.points = [
            Point.objects.create(server=server, name=f"Mill_Unit{n}_Level_PV", point_type="Float64", created_ticks=0)
            for n in range(3)
        ]
        source = IngestionSource.objects.create(name="this server")
        self.job = IngestionJob.objects.create(name="written", kind="written", source=source, batch_rows=10)

    def write(self, point: int, *values: tuple[float, Any], option: str = "Replace", flags: int = 0) -> None:
        times = [BASE + round(at * SECOND) for at, _ in values]
        archive.write({self.points[point].pk: Series.of(times, [value for _, value in values], flags)}, option)

    def run(self, seconds: float = 0.0) -> IngestionRun:
        told = jobs.run(self.fresh(), NOW + timedelta(seconds=seconds))
        assert told.state == "done", told.error
        return told

    def fresh(self) -> IngestionJob:
        return IngestionJob.objects.select_related("source").get(pk=self.job.pk)

    def lake(self) -> list[Row]:
        table = open_table(TIMESERIES, self.folder, {})
        rows = table.query("SELECT tag_name, timestamp, value FROM {table}").to_pylist()
        moments = ((row["tag_name"], row["timestamp"].astimezone(UTC), row["value"]) for row in rows)
        return sorted((name, (at - NOW).total_seconds(), value) for name, at, value in moments)

    def archived(self) -> list[Row]:
        found = archive.read([point.pk for point in self.points], 0, 2**62)
        names = {point.pk: point.name for point in self.points}
        return sorted(
            (names[pk], (int(at) - BASE) / SECOND, float(value))
            for pk, series in found.items()
            for at, value in zip(series.times, series.values, strict=True)
        )


@pytest.fixture
def plant(db: None, tmp_path: Path, settings: Settings) -> Plant:
    settings.OSIPI_DATA_DIR = tmp_path
    return Plant(tmp_path)


def test_what_is_written_is_in_the_lake_after_the_next_run_and_once(plant: Plant) -> None:
    plant.write(0, *((at, at / 2) for at in range(25)))
    plant.write(1, (3, 7.5))
    first = plant.run(30)
    assert (first.read, first.written) == (26, 26)
    assert plant.run(60).written == 0
    plant.write(0, (25, 1.0), (26, 2.0))
    assert plant.run(90).written == 2
    assert plant.lake() == plant.archived()
    assert sum(StreamMark.objects.values_list("rows", flat=True)) == len(plant.lake()) == 28


def test_changed_values_are_written_over_removed_ones_taken_away_and_late_ones_told(plant: Plant) -> None:
    plant.write(0, *((at, float(at)) for at in range(20)))
    plant.run(30)
    plant.write(0, (4, 99.0), option="Replace")
    plant.write(0, (5, 0.0), (6, 0.0), option="Remove")
    plant.write(0, (7.5, 1.25))
    told = plant.run(60)
    assert (told.written, told.changed, told.late) == (4, 1, 1)
    assert plant.lake() == plant.archived()
    assert sum(StreamMark.objects.values_list("rows", flat=True)) == len(plant.lake()) == 19


def test_a_value_that_is_written_and_removed_in_one_batch_is_nowhere(plant: Plant) -> None:
    plant.write(0, (1, 1.0), (2, 2.0))
    plant.write(0, (2, 2.0), option="Remove")
    plant.write(0, (1, 5.0))
    plant.run(10)
    assert plant.lake() == plant.archived() == [("Mill_Unit0_Level_PV", 1.0, 5.0)]


def test_rows_tell_name_parts_unit_and_quality_and_a_system_state_has_no_value(plant: Plant) -> None:
    Point.objects.filter(pk=plant.points[2].pk).update(engineering_units="m")
    plant.write(2, (1, 4.5))
    plant.write(2, (2, 248.0), flags=BAD)
    plant.run(10)
    rows = open_table(TIMESERIES, plant.folder, {}).query("SELECT * FROM {table} ORDER BY timestamp").to_pylist()
    assert [(row["value"], row["quality_good"]) for row in rows] == [(4.5, True), (None, False)]
    assert {(row["plant"], row["unit"], row["sensor_type"], row["units"]) for row in rows} == {
        ("Mill", 2, "Level", "m")
    }
    assert {row["tag_webid"] for row in rows} == {Point.objects.get(pk=plant.points[2].pk).web_id()}


STEPS: dict[str, tuple[Any, str, bool]] = {
    "before the commit": (DeltaTable, "_append", False),
    "after the commit": (DeltaTable, "_append", True),
    "before the ledger": (ledger, "_settle", False),
    "before the rows that go": (DeltaTable, "remove", False),
    "before the watermark": (written, "_reached", False),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("batch", [1, 2])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, step: str, batch: int
) -> None:
    for start in (0, 9):
        plant.write(0, *((at, at / 4) for at in range(start, start + 9)))
        plant.write(0, (start, 0.0), option="Remove")
    owner, name, late = STEPS[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _dying(getattr(owner, name), batch, late))
        with pytest.raises(KeyboardInterrupt):
            plant.run(30)
    plant.write(1, (1, 1.0))
    plant.run(60)
    assert plant.lake() == plant.archived()
    assert sum(StreamMark.objects.values_list("rows", flat=True)) == len(plant.lake()) == 17


def _dying(original: Callable[..., Any], number: int, late: bool) -> Callable[..., Any]:
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and not late:
            raise KeyboardInterrupt
        done = original(*args, **kwargs)
        if calls == number:
            raise KeyboardInterrupt
        return done

    return call


@pytest.mark.parametrize("seed", range(3))
def test_after_any_sequence_of_writes_and_runs_both_sides_are_equal(plant: Plant, seed: int) -> None:
    chance = random.Random(seed)
    for turn in range(12):
        for _ in range(chance.randrange(4)):
            option = chance.choice(["Replace", "Replace", "NoReplace", "Remove"])
            times = chance.sample(range(40), chance.randrange(1, 15))
            plant.write(chance.randrange(3), *((at, chance.random()) for at in times), option=option)
        if chance.random() < 0.6:
            plant.run(30 * turn)
    plant.run(1000)
    assert plant.lake() == plant.archived()


def test_points_that_are_not_chosen_or_that_a_job_reads_over_rest_are_left_out(plant: Plant) -> None:
    IngestionJob.objects.update(query="Mill_Unit[01]*, nothing")
    rest = IngestionJob.objects.create(name="rest", source=plant.job.source)
    StreamMark.objects.create(job=rest, web_id=plant.points[1].web_id(), name="x")
    for point in range(3):
        plant.write(point, (1, 1.0))
    assert plant.run(10).read == 1
    assert [row[0] for row in plant.lake()] == ["Mill_Unit0_Level_PV"]


def test_a_stream_that_the_table_has_already_is_compared_not_appended(plant: Plant) -> None:
    plant.write(0, (1, 1.0), (2, 2.0))
    plant.run(10)
    IngestionJob.objects.all().delete()
    plant.job = IngestionJob.objects.create(name="again", kind="written", source=plant.job.source, first_seconds=10**7)
    ValueChange.objects.update(at=NOW)
    assert plant.run(20).written == 0
    assert plant.lake() == plant.archived()


@pytest.mark.parametrize("most", [1, 200])
def test_what_the_table_holds_is_asked_by_name_or_of_all(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(neighbours, "NAMED", most)
    for point in range(3):
        plant.write(point, *((at, 1.0) for at in range(point + 1)))
    plant.run(10)
    table = open_table(TIMESERIES, plant.folder, {})
    first, second, _ = (point.web_id() for point in plant.points)
    expected = {first: (BASE, 1), second: (BASE + SECOND, 2)}
    assert neighbours.held(table, [first, second, "another"]) == expected
    assert neighbours.held(table, []) == {}


def test_a_full_batch_does_not_wait_for_the_time_of_the_job(plant: Plant) -> None:
    plant.run()
    assert [job.name for job in jobs.due(NOW)] == ["written"]
    plant.write(0, *((at, 1.0) for at in range(9)))
    assert jobs.due(NOW + timedelta(seconds=6)) == []
    plant.write(0, (10, 1.0))
    assert [job.name for job in jobs.due(NOW + timedelta(seconds=6))] == ["written"]
    assert jobs.due(NOW + timedelta(seconds=7)) == []


def test_changes_that_the_log_no_longer_has_are_told(plant: Plant) -> None:
    plant.run()
    plant.write(0, *((at, 1.0) for at in range(6)))
    ValueChange.objects.filter(sequence__lte=4).delete()
    Counter.objects.create(name=PRUNED, value=4)
    told = plant.run(10)
    assert (told.written, told.rejected) == (2, 4)


def test_another_server_has_no_log_here(plant: Plant) -> None:
    IngestionSource.objects.update(url="http://example.com/piwebapi")
    told = jobs.run(plant.fresh(), NOW)
    assert (told.state, told.is_permanent) == ("failed", True)
    assert "name a source without URL" in told.error
