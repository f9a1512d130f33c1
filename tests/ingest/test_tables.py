"""Tables of ingestion, local and in the test warehouse: the same rows come out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest

from events.ingestion.columns import Events, events_of
from events.ingestion.lake.databricks import WarehouseTable
from events.ingestion.lake.delta import DeltaTable
from events.ingestion.lake.table import LakeTable
from events.ingestion.tables import HIERARCHY, TIMESERIES, TableShape, Tag, fitted, parts_of, series_rows
from events.lakehouse.gateway import GatewayError
from events.lakehouse.schema import TableName
from events.lakehouse.warehouse import DatabricksConfig
from tests.events.conftest import started_warehouse as started_warehouse  # noqa: PLC0414 - the fixture
from tests.events.storage import VOLUME
from tests.events.warehouse import HTTP_PATH, TOKEN, Warehouse

START = 1_772_452_800_000_000  # 2026-03-02T12:00:00Z
SECOND = 1_000_000


def events(*rows: tuple[float, float]) -> Events:
    count = len(rows)
    return Events(
        np.array([START + round(at * SECOND) for at, _ in rows], np.int64),
        np.array([value for _, value in rows]),
        np.ones(count, np.bool_),
        *(np.zeros(count, np.bool_) for _ in range(3)),
        np.zeros(count, np.int64),
    )


def some(*rows: tuple[float, float], tag: str = "P1") -> pa.Table:
    return series_rows([(Tag(tag, "Plant_Unit007_Flow_PV", "m3/h"), events(*rows))], PATTERN, START)


PATTERN = "{plant}_Unit{unit}_{sensor_type}_PV"
NONE = TIMESERIES.arrow.empty_table()


@pytest.fixture(params=["delta", "databricks", "volume"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made: list[LakeTable] = []

    def table(shape: TableShape) -> LakeTable:
        name = TableName("osipi", "bronze", f"{shape.name}_{uuid4().hex}")
        if request.param == "delta":
            found: LakeTable = DeltaTable(tmp_path, name, shape)
        else:
            house: Warehouse = request.getfixturevalue("started_warehouse")
            house.faults.clear()
            place = {"port": house.port, "ca_file": house.ca_file, "volume": VOLUME * (request.param == "volume")}
            config = DatabricksConfig("127.0.0.1", HTTP_PATH, name, token=TOKEN, **place)
            found = WarehouseTable(config, shape)
        found.ensure()
        made.append(found)
        return found

    yield table
    for one in made:
        one.close()


def held(table: LakeTable) -> list[tuple[str, datetime, float | None]]:
    rows = table.query("SELECT tag_webid, timestamp, value FROM {table} ORDER BY tag_webid, timestamp").to_pylist()
    return [(row["tag_webid"], row["timestamp"].astimezone(UTC), row["value"]) for row in rows]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(START / SECOND + seconds, UTC)


def test_rows_are_stored_and_the_same_portion_again_changes_nothing(make: Any) -> None:
    table = make(TIMESERIES)
    rows = some((0, 1.0), (1, 2.0))
    for _ in range(2):
        table.store(rows, NONE, app="job", number=1)
    assert held(table) == [("P1", moment(0), 1.0), ("P1", moment(1), 2.0)]


def test_of_rows_that_may_be_there_new_ones_are_added_and_others_written_over(make: Any) -> None:
    table = make(TIMESERIES)
    table.store(some((0, 1.0), (1, 2.0)), NONE, app="job", number=1)
    stored = table.store(NONE, some((0, 1.0), (0.5, 9.0), (1, 3.0)), app="job", number=2)
    assert (stored.inserted, stored.changed) == (1, 1)
    assert [row[2] for row in held(table)] == [1.0, 9.0, 3.0]


def test_a_value_that_becomes_unknown_is_a_change(make: Any) -> None:
    table = make(TIMESERIES)
    table.store(some((0, 1.0)), NONE, app="job", number=1)
    assert table.store(NONE, some((0, float("nan"))), app="job", number=2).changed == 1
    assert held(table) == [("P1", moment(0), None)]


def test_a_row_holds_what_the_name_of_its_point_tells(make: Any) -> None:
    table = make(TIMESERIES)
    table.store(some((0, 1.5)), NONE, app="job", number=1)
    [row] = table.query("SELECT * FROM {table}").to_pylist()
    assert (row["plant"], row["unit"], row["sensor_type"], row["units"]) == ("Plant", 7, "Flow", "m3/h")
    assert (row["quality_good"], row["partition_date"]) == (True, date(2026, 3, 2))


def test_the_hierarchy_is_kept_equal(make: Any) -> None:
    table = make(HIERARCHY)

    def rows(*names: str, **more: Any) -> pa.Table:
        values = [
            {
                "webid": name,
                "name": name,
                "path": f"\\\\A\\D\\{name}",
                "parent_webid": None,
                "level": 1,
                "template_name": None,
                "description": "",
                "category_names": ["a", "b"],
                "attributes": [("Level", "\\\\PI\\x")],
                "has_children": False,
                "ingestion_timestamp": moment(0),
            }
            | more
            for name in names
        ]
        return pa.Table.from_pylist(values, schema=HIERARCHY.arrow)

    table.upsert(rows("One", "Two", "Three"))
    assert table.upsert(rows("Two", description="new")).changed == 1
    assert table.retain("webid", ["One", "Two"]) == 1
    found = table.query("SELECT name, description FROM {table} ORDER BY name").to_pylist()
    assert [(row["name"], row["description"]) for row in found] == [("One", ""), ("Two", "new")]


def test_an_existing_table_of_the_other_shape_is_filled_as_far_as_it_goes(tmp_path: Path) -> None:
    import deltalake

    name = TableName("osipi", "bronze", "pi_timeseries")
    schema = pa.schema(
        [
            ("tag_webid", pa.string()),
            ("timestamp", pa.timestamp("us", "UTC")),
            ("value", pa.float64()),
            ("good", pa.bool_()),
            ("uom", pa.string()),
            ("received_timestamp", pa.timestamp("us", "UTC")),
        ]
    )
    deltalake.DeltaTable.create(str(tmp_path / "osipi" / "bronze" / "pi_timeseries"), schema)
    table = DeltaTable(tmp_path, name, TIMESERIES)
    table.ensure()
    table.store(some((0, 1.0)), NONE, app="job", number=1)
    assert table.store(NONE, some((0, 2.0), (1, 5.0)), app="job", number=2).changed == 1
    rows = table.query("SELECT * FROM {table} ORDER BY timestamp").to_pylist()
    assert [(row["value"], row["good"], row["uom"]) for row in rows] == [(2.0, True, "m3/h"), (5.0, True, "m3/h")]


def test_a_table_without_a_needed_column_is_refused_with_its_name(tmp_path: Path) -> None:
    import deltalake

    name = TableName("osipi", "bronze", "pi_timeseries")
    schema = pa.schema([("tag_webid", pa.string()), ("timestamp", pa.timestamp("us", "UTC"))])
    deltalake.DeltaTable.create(str(tmp_path / "osipi" / "bronze" / "pi_timeseries"), schema)
    with pytest.raises(GatewayError, match="no column value") as caught:
        DeltaTable(tmp_path, name, TIMESERIES).ensure()
    assert caught.value.permanent


def test_names_of_columns_compare_without_case() -> None:
    assert fitted(some((0, 1.0)), TIMESERIES, ["TAG_WEBID", "Timestamp", "value"]).column_names == [
        "TAG_WEBID",
        "Timestamp",
        "value",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Loy_Yang_A_Unit012_Flow_PV", ("Flow", "Loy_Yang_A", 12)),
        ("SINUSOID", (None, None, None)),
        ("A_Unit1x_Flow_PV", (None, None, None)),
    ],
)
def test_parts_of_a_name(name: str, expected: tuple[str | None, str | None, int | None]) -> None:
    assert parts_of(name, PATTERN) == expected


def test_a_timestamp_keeps_microseconds_whatever_its_digits() -> None:
    texts = ["2026-03-02T12:00:00Z", "2026-03-02T12:00:00.1234567Z", "2026-03-02T12:00:00.5Z"]
    found = events_of([{"Timestamp": text, "Value": 1.0, "Good": True} for text in texts])
    assert (found.times - START).tolist() == [0, 123_456, 500_000]


def test_something_that_is_no_value_is_a_fault_and_not_a_row() -> None:
    with pytest.raises(ValueError, match="Timestamp"):
        events_of([{"Value": 1.0, "Good": True}])
    with pytest.raises(ValueError, match="timestamp"):
        events_of([{"Timestamp": "yesterday", "Value": 1.0, "Good": True}])


def test_small_files_are_joined_and_no_row_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.ingestion.lake.delta.COMPACT_EVERY", 5)
    table = DeltaTable(tmp_path, TableName("osipi", "bronze", "pi_timeseries"), TIMESERIES)
    table.ensure()
    for number in range(12):
        table.store(some((number, float(number))), NONE, app="job", number=number)
    import deltalake

    assert len(deltalake.DeltaTable(str(table.path)).file_uris()) < 6
    assert [row[2] for row in held(table)] == [float(number) for number in range(12)]
