"""Files on a volume: what a MERGE of many rows goes through, and what can go wrong there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.export import export
from events.lakehouse import statements
from events.lakehouse.databricks import DatabricksGateway
from events.lakehouse.gateway import GatewayError, Written
from events.lakehouse.volume import Volume
from events.lakehouse.warehouse import DatabricksConfig

from .plant import NOW, Plant
from .samples import INGESTED, row
from .storage import VOLUME, StorageFault
from .warehouse import Warehouse

ROWS = [row(number) for number in range(1_200)]
DAYS = {one.webid: one.start.date() for one in ROWS}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def kinds(warehouse: Warehouse) -> list[str]:
    return [sql.split()[0] for sql in warehouse.service.statements]


def test_more_than_a_thousand_rows_are_one_file_and_one_merge(
    with_volume: DatabricksGateway, warehouse: Warehouse
) -> None:
    with_volume.ensure_table()
    warehouse.service.statements.clear()
    assert with_volume.upsert(ROWS, ingested=INGESTED) == Written(inserted=1_200)
    assert with_volume.delete(DAYS) == 1_200
    assert kinds(warehouse) == ["LIST", "PUT", "MERGE", "REMOVE", "PUT", "MERGE", "REMOVE"]
    assert warehouse.storage.files() == []


def test_a_thousand_rows_need_no_file_unless_they_are_large(
    with_volume: DatabricksGateway, warehouse: Warehouse
) -> None:
    with_volume.ensure_table()
    warehouse.service.statements.clear()
    with_volume.upsert(ROWS[:1_000], ingested=INGESTED)
    assert kinds(warehouse) == ["MERGE"]
    large = row(5_000, description="x" * 1_000_000)
    assert with_volume.refusal(large) == ""
    assert with_volume.upsert([large], ingested=INGESTED) == Written(inserted=1)
    assert kinds(warehouse)[-2:] == ["MERGE", "REMOVE"]


STORAGE: Mapping[str, StorageFault] = {
    "dropped before": StorageFault(),
    "dropped after": StorageFault(after=True),
    "503": StorageFault(status=503),
    "500 after": StorageFault(status=500, after=True),
}


@pytest.mark.parametrize("fault", STORAGE)
def test_a_file_that_did_not_arrive_is_sent_again(
    with_volume: DatabricksGateway, warehouse: Warehouse, fault: str
) -> None:
    with_volume.ensure_table()
    warehouse.storage.faults.append(STORAGE[fault])
    assert with_volume.upsert(ROWS, ingested=INGESTED) == Written(inserted=1_200)
    assert with_volume.row_count() == 1_200
    assert (kinds(warehouse).count("PUT"), warehouse.storage.files()) == (2, [])


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["LIST '", "PUT '", "MERGE INTO", "REMOVE '"])
def test_a_connection_dropped_at_any_of_the_statements_doubles_nothing(
    with_volume: DatabricksGateway, warehouse: Warehouse, kind: str, after: bool
) -> None:
    with_volume.ensure_table()
    warehouse.fault(on=kind, after=after)
    assert with_volume.upsert(ROWS, ingested=INGESTED).rows == 1_200
    assert (with_volume.row_count(), not warehouse.faults) == (1_200, True)
    warehouse.fault(on=kind, after=after)
    with_volume.delete(DAYS)
    assert with_volume.row_count() == 0
    assert warehouse.storage.files() == []


def test_a_file_that_cannot_be_removed_is_no_failure_and_goes_a_day_later(
    with_volume: DatabricksGateway, warehouse: Warehouse, config: DatabricksConfig
) -> None:
    with_volume.ensure_table()
    warehouse.fault(on="REMOVE '", status=403)
    assert with_volume.upsert(ROWS, ingested=INGESTED).rows == 1_200
    [young] = warehouse.storage.files()
    old = f"osipi-{datetime.now(UTC) - timedelta(days=1, minutes=1):%Y%m%dT%H%M%S}Z-{'0' * 32}.parquet"
    foreign = "osipi-report.parquet"
    for name in (old, foreign):
        warehouse.storage.place(f"{VOLUME}/{name}").write_bytes(b"x")
    later = DatabricksGateway(replace(config, volume=VOLUME))
    later.upsert(ROWS, ingested=INGESTED)
    later.close()
    assert warehouse.storage.files() == sorted([young, foreign])
    for name in (young, foreign):
        warehouse.storage.place(f"{VOLUME}/{name}").unlink()


def test_a_volume_that_is_not_there_is_told(config: DatabricksConfig, warehouse: Warehouse) -> None:
    gateway = DatabricksGateway(replace(config, volume="/Volumes/osipi/bronze/other"), sleep=lambda seconds: None)
    gateway.ensure_table()
    with pytest.raises(GatewayError, match="check DATABRICKS_VOLUME") as failure:
        gateway.upsert(ROWS, ingested=INGESTED)
    assert failure.value.permanent
    assert gateway.row_count() == 0
    gateway.close()


def test_storage_that_refuses_is_told(with_volume: DatabricksGateway, warehouse: Warehouse) -> None:
    with_volume.ensure_table()
    warehouse.storage.faults.append(StorageFault(status=403))
    with pytest.raises(GatewayError, match=rf"storage of {VOLUME} refused a file \(HTTP 403\)") as failure:
        with_volume.upsert(ROWS, ingested=INGESTED)
    assert failure.value.permanent


def test_a_statement_on_files_with_parameters_is_refused_as_a_warehouse_does(
    with_volume: DatabricksGateway, warehouse: Warehouse
) -> None:
    with pytest.raises(GatewayError, match="HTTP 400"):
        with_volume.records(statements.listing(VOLUME), {"x": "1"})


@pytest.mark.parametrize("path", ["staging", "/Volumes/a/b", "/Volumes/a/b/c'; DROP", "/Volumes/a/b/../c", "dbfs:/x"])
def test_a_path_that_is_no_volume_is_refused(config: DatabricksConfig, path: str) -> None:
    with pytest.raises(ValueError, match="is no volume"):
        Volume(path)
    with pytest.raises(GatewayError, match="DATABRICKS_VOLUME: ") as failure:
        replace(config, volume=path)
    assert failure.value.permanent


def test_an_export_of_many_frames_is_one_merge(
    plant: Plant, with_volume: DatabricksGateway, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MAX_ROWS", 3)
    for number in range(8):
        plant.frame(f"F{number}")
    run: Any = export(with_volume, NOW)
    assert (run.state, run.inserted) == ("done", 8)
    assert kinds(warehouse).count("MERGE") == 1
    assert export(with_volume, NOW).written == 0
