"""What ingestion asks of a table, and which table the settings mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from events.ingestion.tables import METRICS, TableShape
from events.lakehouse.gateway import GatewayError
from events.lakehouse.schema import TableName
from events.lakehouse.warehouse import DatabricksConfig


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows that are in the table now and were not, and rows that hold other values than before. `late`: by stream how
    many of the rows that might have been there were not, as far as the table tells."""

    inserted: int = 0
    changed: int = 0
    late: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.inserted + other.inserted, self.changed + other.changed)


class LakeTable(Protocol):
    """Every write may be repeated after an unknown outcome. All methods raise GatewayError and nothing else."""

    shape: TableShape
    name: str
    #: of the table, as `ensure` has found them
    columns: list[str]

    def describe(self) -> str: ...

    def ensure(self) -> None:
        """Creates the table where there is none; a table that lacks needed columns is a permanent error."""

    def store(self, new: pa.Table, maybe: pa.Table, *, app: str, number: int) -> Stored:
        """Rows of the shape, unique by its keys. `new` are known not to be there; of `maybe` those that are there are
        compared. The same (app, number) is stored once."""

    def upsert(self, rows: pa.Table) -> Stored: ...

    def remove(self, tags: Sequence[str], moments: Sequence[int]) -> int:
        """Deletes the rows of these streams at these times (microseconds); pairs of equal length."""

    def retain(self, key: str, values: Sequence[str]) -> int:
        """Deletes the rows whose key is not among the values."""

    def holds(self, app: str, number: int) -> bool | None:
        """Whether the table has stored the rows of this commit, the last that was begun. False: they may be stored
        again, under the same number. None: some may be there, so they may only be compared (`upsert`)."""

    def query(self, sql: str, values: Mapping[str, str] | None = None) -> pa.Table:
        """SQL in which {table} stands for the table and :name for a value."""

    def compact(self) -> None: ...

    def close(self) -> None: ...


def open_table(shape: TableShape, data_dir: Path, databricks: Mapping[str, Any]) -> LakeTable:
    """Opens no connection. Metrics live in the schema gold, the others in the configured one."""
    from events.ingestion.lake.databricks import WarehouseTable
    from events.ingestion.lake.delta import DeltaTable

    schema = databricks.get("metrics_schema") or "gold" if shape is METRICS else databricks.get("schema") or "bronze"
    try:
        name = TableName(databricks.get("catalog") or "osipi", schema, databricks.get(shape.name) or shape.name)
    except ValueError as error:
        raise GatewayError(f"DATABRICKS_CATALOG or DATABRICKS_SCHEMA: {error}.", permanent=True) from None
    if databricks.get("host"):
        return WarehouseTable(DatabricksConfig.read(databricks, name), shape)
    return DeltaTable(Path(data_dir) / "lake", name, shape)
