"""The shape of the event frame table, and the name of a table in Unity Catalog.

The eleven columns are those of the tables in the field; what the synchronisation needs besides stays in our
own database, so an existing table is used as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

# Always with a zone: a naive timestamp would turn the table into protocol (3,7) with timestampNtz.
TIMESTAMP = pa.timestamp("us", "UTC")


class Column(NamedTuple):
    name: str
    sql: str
    arrow: pa.DataType


COLUMNS = (
    Column("webid", "STRING", pa.string()),
    Column("name", "STRING", pa.string()),
    Column("template_name", "STRING", pa.string()),
    Column("start_time", "TIMESTAMP", TIMESTAMP),
    Column("end_time", "TIMESTAMP", TIMESTAMP),
    Column("primary_referenced_element_webid", "STRING", pa.string()),
    Column("description", "STRING", pa.string()),
    Column("category_names", "ARRAY<STRING>", pa.list_(pa.string())),
    Column("attributes", "MAP<STRING,STRING>", pa.map_(pa.string(), pa.string())),
    Column("ingestion_timestamp", "TIMESTAMP", TIMESTAMP),
    Column("partition_date", "DATE", pa.date32()),
)
NAMES = tuple(column.name for column in COLUMNS)
ARROW = pa.schema([pa.field(column.name, column.arrow) for column in COLUMNS])
PARTITION = "partition_date"

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass(frozen=True, slots=True)
class TableName:
    """``catalog.schema.table``; letters, digits, ``_`` and ``-`` only, so that quoting is always safe.

    ValueError names the part that is something else. The same three parts are the folders of a local table.
    """

    catalog: str
    schema: str
    table: str

    def __post_init__(self) -> None:
        for part in ("catalog", "schema", "table"):
            if not _IDENTIFIER.fullmatch(value := getattr(self, part)):
                raise ValueError(f"{value!r} is not a {part} name: letters, digits, _ and - are accepted")

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"

    @property
    def quoted(self) -> str:
        return f"{self.quoted_schema}.`{self.table}`"

    @property
    def quoted_schema(self) -> str:
        return f"`{self.catalog}`.`{self.schema}`"


def missing_columns(found: Iterable[str]) -> tuple[str, ...]:
    """Which of our columns a table lacks. Names compare without case, as in Spark; more columns do no harm."""
    there = {name.lower() for name in found}
    return tuple(name for name in NAMES if name not in there)
