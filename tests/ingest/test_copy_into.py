"""Rows into a warehouse by COPY INTO from files of their own: once each, whatever is sent twice or cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from events.ingestion import ledger
from events.ingestion.lake.databricks import WarehouseTable
from events.ingestion.tables import TIMESERIES
from events.lakehouse.schema import TableName
from events.lakehouse.volume import Volume
from events.lakehouse.warehouse import DatabricksConfig
from events.models.ingest import LakeCommit
from tests.events.conftest import started_warehouse as started_warehouse  # noqa: PLC0414 - the fixture
from tests.events.storage import VOLUME, StorageFault
from tests.events.warehouse import HTTP_PATH, TOKEN, Fault, Warehouse

from .conftest import Place
from .plain_server import micros
from .test_tables import NONE, held, moment, some


@pytest.fixture
def house(started_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    started_warehouse.faults.clear()
    started_warehouse.storage.faults.clear()
    for file in started_warehouse.storage.folder.glob("Volumes/**/*.parquet"):
        file.unlink()
    return started_warehouse


@pytest.fixture
def table(house: Warehouse) -> Iterator[WarehouseTable]:
    name = TableName("osipi", "bronze", f"series_{uuid4().hex}")
    config = DatabricksConfig(
        "127.0.0.1", HTTP_PATH, name, token=TOKEN, port=house.port, ca_file=house.ca_file, volume=VOLUME
    )
    found = WarehouseTable(config, TIMESERIES)
    found.ensure()
    house.service.statements.clear()
    yield found
    found.close()


def kinds(house: Warehouse) -> list[str]:
    return [sql.split()[0] for sql in house.service.statements]


def test_new_rows_are_copied_from_a_file_that_the_next_commit_takes_away(
    table: WarehouseTable, house: Warehouse
) -> None:
    table.store(some((0, 1.0)), NONE, app="job", number=1)
    assert kinds(house)[:2] == ["PUT", "COPY"]
    [first] = house.storage.files()
    table.store(some((1, 2.0)), NONE, app="job", number=2)
    assert first not in house.storage.files()
    assert [row[2] for row in held(table)] == [1.0, 2.0]


def test_a_commit_that_is_made_twice_is_loaded_once(table: WarehouseTable) -> None:
    for _ in range(3):
        table.store(some((0, 1.0), (1, 2.0)), NONE, app="job", number=1)
    assert len(held(table)) == 2
    table.store(some((0, 1.0), tag="P2"), NONE, app="another job", number=1)
    assert len(held(table)) == 3


def test_many_rows_that_may_be_there_are_one_merge_from_a_file(
    table: WarehouseTable, house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.ingestion.lake.databricks.MOST_ROWS", 2)
    table.store(some((0, 1.0), (1, 2.0)), NONE, app="job", number=1)
    house.service.statements.clear()
    stored = table.store(NONE, some((0, 1.0), (1, 3.0), (2, 4.0)), app="job", number=2)
    assert (stored.inserted, stored.changed) == (1, 1)
    assert kinds(house) == ["LIST", "PUT", "MERGE", "REMOVE"]
    assert [row[2] for row in held(table)] == [1.0, 3.0, 4.0]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fault", ["storage", "connection"])
def test_what_is_cut_off_is_sent_again_and_loaded_once(
    table: WarehouseTable, house: Warehouse, fault: str, after: bool
) -> None:
    if fault == "storage":
        house.storage.faults.append(StorageFault(after=after))
    else:
        house.faults += [Fault(), Fault(after=after)] if not after else [Fault(after=True)]
    table.store(some((0, 1.0), (1, 2.0)), NONE, app="job", number=1)
    assert held(table) == [("P1", moment(0), 1.0), ("P1", moment(1), 2.0)]


def test_whether_a_commit_is_there_is_told_by_its_file(table: WarehouseTable, house: Warehouse) -> None:
    assert not table.holds("job", 1)
    table.store(some((0, 1.0)), NONE, app="job", number=1)
    assert table.holds("job", 1)
    assert not table.holds("job", 2)
    assert len(held(table)) == 1


@pytest.mark.parametrize("step", ["send", "_copy", "_settle"])
@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_dies_between_file_copy_and_ledger_loses_and_doubles_nothing(
    place: Place, table: WarehouseTable, monkeypatch: pytest.MonkeyPatch, step: str, late: bool
) -> None:
    monkeypatch.setattr("events.ingestion.tally.open_table", lambda *_: table)
    owner = {"send": table._gateway, "_copy": table, "_settle": ledger}[step]
    place.fill(2, -60, 30)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, _dying(getattr(owner, step), late))
        with pytest.raises(KeyboardInterrupt):
            place.run()
    assert LakeCommit.objects.filter(is_done=False).count() == (0 if late and step == "_settle" else 1)
    assert place.run(10).state == "done"
    assert place.run(30).state == "done"
    rows = table.query("SELECT tag_webid, timestamp, value FROM {table}").to_pylist()
    found = sorted((row["tag_webid"], micros(row["timestamp"].isoformat()), row["value"]) for row in rows)
    assert found == place.source(30)
    assert sum(mark.rows for mark in place.job.marks.all()) == len(found)


@pytest.mark.parametrize(
    ("before", "after"), [("", VOLUME), (VOLUME, ""), (VOLUME, f"{VOLUME}/other")], ids=["set", "unset", "another"]
)
def test_a_volume_that_changes_while_a_commit_is_unsettled_loses_and_doubles_nothing(
    place: Place, table: WarehouseTable, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setattr("events.ingestion.tally.open_table", lambda *_: table)
    monkeypatch.setattr("events.ingestion.timeseries.PORTION", 50)  # the rows come again in portions of another size
    place.fill(2, -60, 30)
    table._gateway.volume = Volume(before) if before else None
    with monkeypatch.context() as patch:
        patch.setattr("events.ingestion.timeseries.PORTION", 250_000)
        patch.setattr(ledger, "_settle", _dying(ledger._settle, False))
        with pytest.raises(KeyboardInterrupt):
            place.run()
    assert len(held(table)) == 122
    table._gateway.volume = Volume(after) if after else None
    for seconds in (10, 30):
        assert place.run(seconds).state == "done"
    rows = table.query("SELECT tag_webid, timestamp, value FROM {table}").to_pylist()
    found = sorted((row["tag_webid"], micros(row["timestamp"].isoformat()), row["value"]) for row in rows)
    assert found == place.source(30)
    assert sum(mark.rows for mark in place.job.marks.all()) == len(found)
    assert not LakeCommit.objects.filter(is_done=False).exists()


def _dying(original: Callable[..., Any], late: bool) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> None:
        if late:
            original(*args, **kwargs)
        raise KeyboardInterrupt

    return call
