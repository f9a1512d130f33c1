"""Parquet files of values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import TICKS_PER_SECOND, format_ticks

from .files import AT_ONCE, COLUMNS, Row, Source

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def parquet_source(path: Path) -> Source:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise BadRequest(f"'{path.name}' is no Parquet file: {error}.") from None
    names = {name.lower(): name for name in file.schema_arrow.names}
    missing = [column for column in COLUMNS[:3] if column not in names]
    if missing:
        raise BadRequest(f"'{path.name}' has no column {', '.join(missing)}.")
    kind = file.schema_arrow.field(names["timestamp"]).type
    if not (_is_moment(kind) or _is_text(kind)):
        raise BadRequest(f"The column timestamp of '{path.name}' holds {kind}; it must hold times, dates or texts.")
    wanted = [names[column] for column in COLUMNS if column in names]

    def read(skip: int) -> Iterator[tuple[list[Row], int]]:
        done = 0
        for batch in file.iter_batches(AT_ONCE, columns=wanted):
            point, timestamp, value, *quality = (batch.column(name) for name in wanted)
            columns = (
                _texts(point),
                _moments(timestamp) if _is_moment(kind) else timestamp.to_pylist(),
                _values(value),
                _texts(*quality) if quality else [""] * batch.num_rows,
            )
            rows = [Row(done + place, *cells) for place, cells in enumerate(zip(*columns, strict=True), 1)]
            yield [row for row in rows if row.line > skip], batch.num_rows
            done += batch.num_rows

    return Source(max(file.metadata.num_rows, 1), "rows", read)


def _is_moment(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _texts(column: Any) -> list[str]:
    return ["" if value is None else str(value).strip() for value in column.to_pylist()]


def _moments(column: Any) -> list[int | None]:
    """Ticks, to the last digit. Times without a zone are, as in a CSV file, times of the server's zone."""
    if not pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("s"))  # dates
    if column.type.tz is None:
        column = pc.assume_timezone(column, settings.TIME_ZONE, ambiguous="earliest", nonexistent="earliest")
    per_second = _PER_SECOND[column.type.unit]
    units = column.cast(pa.int64()).to_pylist()
    return [None if value is None else value * TICKS_PER_SECOND // per_second for value in units]


def _values(column: Any) -> list[Any]:
    """As a client would send them."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    if pa.types.is_timestamp(column.type):
        return [None if ticks is None else format_ticks(ticks) for ticks in _moments(column)]
    found: list[Any] = column.to_pylist()
    return found
