"""The tables that ingestion fills, and how rows get their columns. Pure but for Arrow.

Existing tables are accepted in both shapes seen in the field: what a table does not have is left out, and the other
names of a column are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from events.ingestion.columns import Events
from events.lakehouse.schema import TIMESTAMP, Column

PARTITION = "partition_date"


@dataclass(frozen=True)
class TableShape:
    """`keys` tell a row; `needed` columns must be there."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    partition: str = ""
    #: column -> other names that it goes by
    also: tuple[tuple[str, str], ...] = ()
    needed: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, column.arrow) for column in self.columns])


def _columns(text: str) -> tuple[Column, ...]:
    pairs = (part.split() for part in text.split(","))
    return tuple(Column(name, sql.replace(";", ","), ARROW[sql]) for name, sql in pairs)


ARROW: Mapping[str, pa.DataType] = {
    "STRING": pa.string(),
    "TIMESTAMP": TIMESTAMP,
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "ARRAY<STRING>": pa.list_(pa.string()),
    "MAP<STRING;STRING>": pa.map_(pa.string(), pa.string()),
}

TIMESERIES = TableShape(
    "pi_timeseries",
    _columns(
        "tag_webid STRING, tag_name STRING, timestamp TIMESTAMP, value DOUBLE, units STRING, quality_good BOOLEAN, "
        "quality_questionable BOOLEAN, quality_substituted BOOLEAN, sensor_type STRING, plant STRING, unit INT, "
        "ingestion_timestamp TIMESTAMP, partition_date DATE"
    ),
    keys=("tag_webid", "timestamp"),
    partition=PARTITION,
    also=(
        ("quality_good", "good"),
        ("quality_questionable", "questionable"),
        ("quality_substituted", "substituted"),
        ("units", "uom"),
        ("ingestion_timestamp", "received_timestamp"),
    ),
    needed=("tag_webid", "timestamp", "value"),
)
METRICS = TableShape(
    "pi_metrics_hourly",
    _columns(
        "tag_webid STRING, tag_name STRING, hour TIMESTAMP, sample_count BIGINT, avg_value DOUBLE, min_value DOUBLE, "
        "max_value DOUBLE, percent_good DOUBLE, ingestion_timestamp TIMESTAMP, partition_date DATE"
    ),
    keys=("tag_webid", "hour"),
    partition=PARTITION,
    needed=("tag_webid", "hour", "sample_count"),
)
HIERARCHY = TableShape(
    "pi_asset_hierarchy",
    _columns(
        "webid STRING, name STRING, path STRING, parent_webid STRING, level INT, template_name STRING, "
        "description STRING, category_names ARRAY<STRING>, attributes MAP<STRING;STRING>, has_children BOOLEAN, "
        "ingestion_timestamp TIMESTAMP"
    ),
    keys=("webid",),
    needed=("webid", "path"),
)


@dataclass(frozen=True, slots=True)
class Tag:
    """What all rows of one stream have in common."""

    web_id: str
    name: str
    units: str = ""


@lru_cache(maxsize=64)
def pattern_of(text: str) -> re.Pattern[str] | None:
    """``{plant}_Unit{unit}_{sensor_type}_PV`` as an expression; ValueError for other names in braces."""
    if not text:
        return None
    parts = re.split(r"\{(\w+)\}", text)
    built = re.escape(parts[0])
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        if name not in ("plant", "unit", "sensor_type"):
            raise ValueError(f"{{{name}}} is not known: plant, unit and sensor_type are")
        built += (r"(?P<unit>\d{1,9})" if name == "unit" else f"(?P<{name}>[^.]+?)") + re.escape(after)
    return re.compile(built)


def parts_of(name: str, pattern: str) -> tuple[str | None, str | None, int | None]:
    """Sensor type, plant and unit that a name tells."""
    compiled = pattern_of(pattern)
    found = compiled.fullmatch(name) if compiled else None
    named = found.groupdict() if found else {}
    unit = named.get("unit")
    return named.get("sensor_type"), named.get("plant"), int(unit) if unit else None


def series_rows(parts: Sequence[tuple[Tag, Events]], pattern: str, ingested: int) -> pa.Table:
    """Rows of `TIMESERIES`, with `ingested` in microseconds. Texts are dictionaries, so a row costs an index only."""
    counts = [len(events) for _, events in parts]
    which = pa.array(np.repeat(np.arange(len(parts), dtype=np.int32), counts))
    known = [parts_of(tag.name, pattern) for tag, _ in parts]

    def shared(values: Iterable[object], kind: pa.DataType) -> pa.Array:
        return pa.DictionaryArray.from_arrays(which, pa.array(list(values), kind)).cast(kind)

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(events, name) for _, events in parts])

    times, values = joined("times"), joined("values")
    stamps = pa.array(times).cast(TIMESTAMP)
    return pa.table(
        {
            "tag_webid": shared((tag.web_id for tag, _ in parts), pa.string()),
            "tag_name": shared((tag.name for tag, _ in parts), pa.string()),
            "timestamp": stamps,
            "value": pa.array(values, pa.float64(), mask=np.isnan(values)),
            "units": shared((tag.units or None for tag, _ in parts), pa.string()),
            "quality_good": pa.array(joined("good")),
            "quality_questionable": pa.array(joined("questionable")),
            "quality_substituted": pa.array(joined("substituted")),
            "sensor_type": shared((sensor for sensor, _, _ in known), pa.string()),
            "plant": shared((plant for _, plant, _ in known), pa.string()),
            "unit": shared((unit for _, _, unit in known), pa.int32()),
            "ingestion_timestamp": pa.array(np.full(len(times), ingested)).cast(TIMESTAMP),
            PARTITION: stamps.cast(pa.date32()),
        },
        schema=TIMESERIES.arrow,
    )


def keys_of(tags: Sequence[str], moments: Sequence[int]) -> pa.Table:
    """The keys of `TIMESERIES` from pairs of stream and microseconds."""
    stamps = pa.array(moments, pa.int64()).cast(TIMESTAMP)
    return pa.table({"tag_webid": pa.array(tags, pa.string()), "timestamp": stamps})


def fitted(rows: pa.Table, shape: TableShape, found: Sequence[str]) -> pa.Table:
    """The columns that a table has, under its names. ValueError when a needed one is not among them."""
    there = {name.lower(): name for name in found}
    others = dict(shape.also)
    columns = {}
    for name in shape.names:
        target = there.get(name) or there.get(others.get(name, ""))
        if target is not None:
            columns[target] = rows[name]
        elif name in shape.needed:
            raise ValueError(f"the table has no column {name}")
    return pa.table(columns)


def drift(shape: TableShape, found: Sequence[str]) -> str:
    """What a table lacks of our columns, and what it has besides; empty where there is nothing to tell."""
    there = {name.lower() for name in found}
    others = dict(shape.also)
    lacking = [name for name in shape.names if name not in there and others.get(name, "") not in there]
    besides = sorted(there - set(shape.names) - set(others.values()))
    told = [f"{word} {', '.join(names)}" for word, names in (("lacks", lacking), ("has also", besides)) if names]
    return "; ".join(told)
