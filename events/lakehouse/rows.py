"""Event frames as rows of the table.

A row is compared by its digest: maps cannot be compared in SQL, and a frame that was changed and changed
back need not be written. Times are UTC and cut to microseconds, the resolution of the table; an open frame
has no end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pyarrow as pa

from .schema import ARROW, TIMESTAMP

#: what a merge is fed with: the columns of the table, and the ingestion time that we know of each row
SOURCE = ARROW.append(pa.field("seen", TIMESTAMP))


@dataclass(frozen=True, slots=True)
class FrameRow:
    """An empty text is "there is none". The value of an attribute is None where others wrote NULL."""

    webid: str
    name: str
    template_name: str
    start: datetime
    end: datetime | None
    primary_referenced_element_webid: str = ""
    description: str = ""
    category_names: tuple[str, ...] = ()
    attributes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as the table holds it."""

    row: FrameRow
    ingested: datetime | None
    partition: date | None


def partition_date(start: datetime) -> date:
    """The UTC date of the start: a frame whose start moves over midnight moves to another partition."""
    return start.astimezone(UTC).date()


def iso(moment: datetime) -> str:
    """``2026-01-31T23:59:59.000001Z``: always six decimals, so equal moments are equal texts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def content(row: FrameRow) -> dict[str, object]:
    """What a row tells of its frame, as JSON."""
    return {
        "name": row.name,
        "template_name": row.template_name,
        "start_time": iso(row.start),
        "end_time": row.end and iso(row.end),
        "primary_referenced_element_webid": row.primary_referenced_element_webid,
        "description": row.description,
        "category_names": list(row.category_names),
        "attributes": dict(row.attributes),
    }


def digest(row: FrameRow) -> str:
    """SHA-256 in hex over canonical JSON, about 10 us. The order of categories and attributes does not count."""
    told = {**content(row), "webid": row.webid, "category_names": sorted(row.category_names)}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def newest(rows: Iterable[FrameRow]) -> list[FrameRow]:
    """One row per web id, the last given. A MERGE inserts a new key twice when its source holds it twice."""
    return list({row.webid: row for row in rows}.values())


def to_arrow(rows: Sequence[FrameRow], ingested: datetime, seen: Mapping[str, datetime] | None = None) -> pa.Table:
    """The columns of `SOURCE` for rows of distinct web ids. 100,000 rows take about 0.5 s."""
    seen = seen or {}
    columns: dict[str, list[Any]] = {
        "webid": [row.webid for row in rows],
        "name": [row.name for row in rows],
        "template_name": [row.template_name or None for row in rows],
        "start_time": [row.start for row in rows],
        "end_time": [row.end for row in rows],
        "primary_referenced_element_webid": [row.primary_referenced_element_webid or None for row in rows],
        "description": [row.description for row in rows],
        "category_names": [list(row.category_names) for row in rows],
        "attributes": [list(row.attributes.items()) for row in rows],
        "ingestion_timestamp": [ingested] * len(rows),
        "partition_date": [partition_date(row.start) for row in rows],
        "seen": [seen.get(row.webid) for row in rows],
    }
    return pa.table([pa.array(columns[one.name], one.type) for one in SOURCE], schema=SOURCE)


def to_json(row: FrameRow, seen: datetime | None = None) -> bytes:
    """One object of the batch parameter: texts only, which the statement casts."""
    return orjson.dumps(
        {
            "webid": row.webid,
            "name": row.name,
            "template_name": row.template_name or None,
            "start_time": iso(row.start),
            "end_time": row.end and iso(row.end),
            "primary_referenced_element_webid": row.primary_referenced_element_webid or None,
            "description": row.description,
            "category_names": row.category_names,
            "attributes": dict(row.attributes),
            "partition_date": partition_date(row.start).isoformat(),
            "seen": seen and iso(seen),
        }
    )


def from_record(record: Mapping[str, Any]) -> StoredRow:
    """A row that was read; NULL is the empty text. `attributes` may be a dict or Arrow's list of pairs."""
    row = FrameRow(
        webid=record["webid"],
        name=record["name"] or "",
        template_name=record["template_name"] or "",
        start=record["start_time"].astimezone(UTC),
        end=record["end_time"] and record["end_time"].astimezone(UTC),
        primary_referenced_element_webid=record["primary_referenced_element_webid"] or "",
        description=record["description"] or "",
        category_names=tuple(name for name in record["category_names"] or () if name is not None),
        attributes=dict(record["attributes"] or ()),
    )
    ingested = record["ingestion_timestamp"]
    return StoredRow(row, ingested and ingested.astimezone(UTC), record["partition_date"])


def packed(items: Iterable[bytes], *, most_bytes: int, most_items: int) -> Iterator[list[bytes]]:
    """Items in their order, in groups that make JSON arrays of at most `most_bytes` and `most_items`.

    ValueError for an item that is alone too large.
    """
    group: list[bytes] = []
    size = 2
    for item in items:
        if len(item) + 2 > most_bytes:
            raise ValueError(f"a row of {len(item):,} bytes is over the {most_bytes:,} that a statement takes")
        if group and (len(group) == most_items or size + len(item) + 1 > most_bytes):
            yield group
            group, size = [], 2
        group.append(item)
        size += len(item) + 1
    if group:
        yield group
