"""The table in Unity Catalog, through a Databricks SQL warehouse.

Up to a thousand rows travel as one JSON parameter. More go as a Parquet file to a volume, where one is set: one MERGE
instead of one for each thousand rows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import orjson
import pyarrow as pa

from . import faults, statements
from .gateway import GatewayError, Written, checked
from .rows import FrameRow, StoredRow, from_record, iso, newest, packed, partition_date, to_arrow, to_json
from .schema import missing_columns
from .session import RETRY_SECONDS, SOCKET_SECONDS, Session
from .volume import Volume, as_parquet
from .warehouse import DatabricksConfig

log = logging.getLogger(__name__)

#: around a row in its batch: brackets, and the time that we saw it
ROW_FRAME = 64
#: rows of one file: some 100 MB of memory while they are read here and written
FILE_ROWS = 25_000


class DatabricksGateway(Session):
    patience = timedelta(seconds=RETRY_SECONDS + SOCKET_SECONDS)
    metered = True

    def __init__(self, config: DatabricksConfig, *, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(config, sleep=sleep)
        self.table = config.table
        self.volume = Volume(config.volume) if config.volume else None
        self.batch_rows = FILE_ROWS if self.volume else statements.MAX_ROWS
        self.name = f"databricks:{config.host}/{config.table}"
        self._swept = False

    def describe(self) -> str:
        return f"Unity Catalog table {self.table} at {self.config.host}"

    def ensure_table(self) -> bool:
        columns = self.columns()
        if columns is None:
            for sql in (statements.create_schema(self.table), statements.create_table(self.table)):
                self.execute(sql)
            return True
        if missing := missing_columns(columns):
            raise GatewayError(f"The {self.describe()} lacks {', '.join(missing)}.", permanent=True)
        return False

    def clock(self) -> datetime:
        (record,) = self.records(statements.CLOCK)
        now: datetime = record["now"]
        return now.astimezone(UTC)

    def upsert(
        self,
        rows: Sequence[FrameRow],
        *,
        ingested: datetime,
        known: Mapping[str, date] | None = None,
        seen: Mapping[str, datetime] | None = None,
    ) -> Written:
        rows, known, seen = newest(rows), known or {}, seen or {}
        if self.volume and len(rows) > statements.MAX_ROWS:
            return self._upsert_file(self.volume, rows, ingested, known, seen)
        items = [to_json(row, seen.get(row.webid)) for row in rows]
        if self.volume and sum(map(len, items)) + len(items) >= statements.MAX_PARAMETER_BYTES:
            return self._upsert_file(self.volume, rows, ingested, known, seen)
        written, sent = Written(), 0
        for batch in self._packed(items):
            part = rows[sent : sent + len(batch)]
            sent += len(batch)
            values = {"batch": _array(batch), "now": iso(ingested)} | _between(_days(part, known))
            done = self.merge(statements.upsert(self.table), values)
            written += self._written(done, part, seen)
        return written

    def _upsert_file(
        self,
        volume: Volume,
        rows: Sequence[FrameRow],
        ingested: datetime,
        known: Mapping[str, date],
        seen: Mapping[str, datetime],
    ) -> Written:
        values = {"now": iso(ingested)} | _between(_days(rows, known))
        done = self.merge_file(
            volume, to_arrow(rows, ingested, seen), lambda file: statements.upsert(self.table, file), values
        )
        return self._written(done, rows, seen)

    def _written(self, done: Mapping[str, int], rows: Sequence[FrameRow], seen: Mapping[str, datetime]) -> Written:
        least = sum(row.webid not in seen for row in rows)
        return checked(Written(done["inserted"], done["updated"]), least=least, table=self.describe())

    def merge_file(
        self, volume: Volume, rows: pa.Table, sql: Callable[[str], str], values: Mapping[str, str]
    ) -> dict[str, int]:
        """PUT, MERGE, REMOVE. The first two are repeated by themselves and may be; the last is a courtesy."""
        self._sweep(volume)
        file = volume.new_file()
        self.send(statements.put(file), as_parquet(rows))
        try:
            return self.merge(sql(file), values)
        finally:
            self.remove(file)

    def remove(self, file: str) -> None:
        """A file of the volume; that it cannot be removed is of no account."""
        with suppress(*self._raised()):
            self.cursor(statements.remove(file), {}).close()

    def _sweep(self, volume: Volume) -> None:
        """Once in the life of this gateway: files that dead processes have left. A failure is of no account."""
        if self._swept:
            return
        self._swept = True
        with suppress(*self._raised()):
            with self.cursor(statements.listing(volume.path), {}) as cursor:
                names = [str(record["name"]) for record in cursor.fetchall_arrow().to_pylist()]
            for file in volume.left_behind(names):
                self.remove(file)

    def refusal(self, row: FrameRow) -> str:
        if self.volume:
            return ""
        size = len(to_json(row)) + ROW_FRAME
        most = statements.MAX_PARAMETER_BYTES
        return f"a row of {size:,} bytes is over the {most:,} that a statement takes" if size > most else ""

    def version(self) -> int | None:
        (record,) = self.records(statements.version(self.table))
        return int(record["version"])

    def deleted(self, since: int, upto: int) -> Collection[str] | None:
        try:
            records = self.records(statements.deleted(self.table, since + 1, upto))
        except GatewayError as error:
            if not error.permanent:
                raise
            log.info("Deletions are found by the comparison alone: %s", error.sentence)
            return None
        return {record["webid"] for record in records}

    def present(self, web_ids: Collection[str]) -> Collection[str]:
        found: set[str] = set()
        for batch in self._packed(orjson.dumps(key) for key in web_ids):
            records = self.records(statements.present(self.table), {"ids": _array(batch)})
            found |= {record["webid"] for record in records}
        return found

    def delete(self, where: Mapping[str, date]) -> int:
        gone, keys = 0, list(where)
        if self.volume and len(keys) > statements.MAX_ROWS:
            ids = pa.table({"webid": pa.array(keys, pa.string())})
            sql, values = lambda file: statements.delete(self.table, file), _between(set(where.values()))
            return self.merge_file(self.volume, ids, sql, values)["affected"]
        for batch in self._packed(orjson.dumps(key) for key in keys):
            days = {where[key] for key in keys[: len(batch)]}
            del keys[: len(batch)]
            values = {"ids": _array(batch)} | _between(days)
            gone += self.merge(statements.delete(self.table), values)["affected"]
        return gone

    def read_since(self, watermark: datetime | None, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        values = {"since": iso(watermark)} if watermark else {}
        return self._rows(statements.since(self.table.quoted, watermark=watermark is not None), values, size)

    def read_between(self, first: date, last: date, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        return self._rows(statements.between(self.table.quoted), _between({first, last}), size)

    def _rows(self, sql: str, values: Mapping[str, str], size: int) -> Iterator[Sequence[StoredRow]]:
        for records in self.batches(sql, values, size):
            yield [from_record(record) for record in records]

    def partitions(self) -> Mapping[date, int]:
        return {
            record["partition_date"]: record["n"] for record in self.records(statements.partitions(self.table.quoted))
        }

    def places(self, first: date | None = None, last: date | None = None) -> Iterator[tuple[str, date]]:
        days = {first or date.min, last or date.max}
        for record in self.records(statements.keys(self.table.quoted), _between(days)):
            yield record["webid"], record["partition_date"]

    def row_count(self) -> int:
        (record,) = self.records(statements.count(self.table.quoted))
        return int(record["n"])

    def recent(self, limit: int) -> Sequence[StoredRow]:
        return [from_record(record) for record in self.records(statements.recent(self.table.quoted, limit))]

    def columns(self) -> list[str] | None:
        """The names of the table's columns; None where there is no table."""

        def probe() -> list[str] | None:
            try:
                return [column[0] for column in self.cursor(statements.probe(self.table), {}).description]
            except self._raised() as error:
                if faults.table_is_missing(error):
                    return None
                raise

        return self.done(probe)

    def _packed(self, items: Iterable[bytes]) -> Iterator[list[bytes]]:
        try:
            yield from packed(items, most_bytes=statements.MAX_PARAMETER_BYTES, most_items=statements.MAX_ROWS)
        except ValueError as error:
            raise GatewayError(f"Not for {self.table}: {error}.", permanent=True) from None


def _array(items: Sequence[bytes]) -> str:
    return f"[{b','.join(items).decode()}]"


def _days(rows: Sequence[FrameRow], known: Mapping[str, date]) -> set[date]:
    """The partitions in which the rows are, and those in which they shall be."""
    return {partition_date(row.start) for row in rows} | {known[row.webid] for row in rows if row.webid in known}


def _between(days: Iterable[date]) -> dict[str, str]:
    ordered = sorted(days)
    return {"lo": ordered[0].isoformat(), "hi": ordered[-1].isoformat()}
