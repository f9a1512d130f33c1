"""Files of values: rows of point, timestamp, value and quality, batch by batch, so that any size fits.

A CSV file (UTF-8, optionally with a header that names the columns in any order; comma or semicolon) or a Parquet
file with columns of these names, whose timestamps may be texts, or numbers of time as Parquet keeps them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.core.times import TICKS_PER_SECOND

COLUMNS = ("point", "timestamp", "value", "quality")
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts from 1, in a CSV file with its header."""

    line: int
    point: str
    timestamp: Any
    value: Any
    quality: str


@dataclass(frozen=True)
class Source:
    """`total` units of work, of which `read(skip)` tells with each batch how many it has done."""

    total: int
    unit: str
    read: Callable[[int], Iterator[tuple[list[Row], int]]]


def source_of(path: Path) -> Source:
    if not path.is_file():
        raise BadRequest(f"There is no file '{path}'.")
    if path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(path)
    return Source(max(path.stat().st_size, 1), "bytes", lambda skip: _csv(path, skip))


def _csv(path: Path, skip: int) -> Iterator[tuple[list[Row], int]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        file.seek(0)
        lines = iter(file.readline, "")  # unlike iteration, this lets `tell` work
        reader = csv.reader(lines, delimiter=";" if first.count(";") > first.count(",") else ",")
        places: Sequence[int] = range(4)
        rows: list[Row] = []
        begun = 0
        for cells in reader:
            if reader.line_num == 1 and (named := _header(cells)):
                places = named
                continue
            if cells and reader.line_num > skip:
                rows.append(_row(reader.line_num, [cells[at] if 0 <= at < len(cells) else "" for at in places]))
            if len(rows) >= AT_ONCE:
                yield rows, file.tell() - begun
                rows, begun = [], file.tell()
        yield rows, file.tell() - begun


def _header(cells: Sequence[str]) -> list[int]:
    """Where each column is; empty when the line is no header."""
    names = [cell.strip().lower() for cell in cells]
    if not {"point", "timestamp", "value"} <= set(names):
        return []
    return [names.index(column) if column in names else -1 for column in COLUMNS]


def _row(line: int, cells: Sequence[Any]) -> Row:
    point, timestamp, value, quality = cells
    return Row(line, str(point or "").strip(), timestamp, value, str(quality or "").strip())


def _parquet(path: Path) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise BadRequest(f"'{path.name}' is no Parquet file: {error}.") from None
    names = {name.lower(): name for name in file.schema_arrow.names}
    missing = [column for column in COLUMNS[:3] if column not in names]
    if missing:
        raise BadRequest(f"'{path.name}' has no column {', '.join(missing)}.")
    wanted = [names[column] for column in COLUMNS if column in names]

    def read(skip: int) -> Iterator[tuple[list[Row], int]]:
        done = 0
        for batch in file.iter_batches(AT_ONCE, columns=wanted):
            columns = [_told(batch.column(name)) for name in wanted]
            if len(columns) < 4:
                columns.append([""] * batch.num_rows)
            rows = [_row(done + place, cells) for place, cells in enumerate(zip(*columns, strict=True), 1)]
            yield [row for row in rows if row.line > skip], batch.num_rows
            done += batch.num_rows

    return Source(max(file.metadata.num_rows, 1), "rows", read)


def _told(column: Any) -> list[Any]:
    """Moments as ISO texts to the last digit, in UTC when the column has no zone; everything else as Python."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]
        units = column.cast(pa.int64()).to_pylist()
        return [None if value is None else value * TICKS_PER_SECOND // per_second for value in units]
    return [
        value.replace(tzinfo=value.tzinfo or UTC).isoformat() if isinstance(value, datetime | date) else value
        for value in column.to_pylist()
    ]
