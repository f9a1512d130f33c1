"""The table as a local Delta table: the embedded default, with no server and no account."""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from . import statements
from .gateway import GatewayError, Written, checked
from .rows import FrameRow, StoredRow, from_record, newest, partition_date, to_arrow
from .schema import ARROW, NAMES, PARTITION, TableName, missing_columns

T = TypeVar("T")

log = logging.getLogger(__name__)

ATTEMPTS = 8
#: above so many dates a range is cheaper to plan than the list; it skips fewer files
MOST_PARTITIONS = 400
_first_user: int | None = None


class DeltaGateway:
    """Reads go through QueryBuilder: `to_pyarrow_table` can end the process with SIGABRT at exit."""

    batch_rows = 5_000
    patience = timedelta(minutes=2)
    metered = False

    def __init__(self, lake: Path, table: TableName) -> None:
        self.table = table
        self.path = lake / table.catalog / table.schema / table.table
        self.name = f"delta:{table}"
        self.keep: Callable[[], None] = lambda: None

    def describe(self) -> str:
        return f"local Delta table {self.table} in {self.path}"

    def ensure_table(self) -> bool:
        def ensure() -> bool:
            deltalake = _deltalake()
            if deltalake.DeltaTable.is_deltatable(str(self.path)):
                if missing := missing_columns(field.name for field in self.open().schema().fields):
                    raise GatewayError(f"{self.describe()} lacks {', '.join(missing)}.", permanent=True)
                return False
            self.path.mkdir(parents=True, exist_ok=True)
            deltalake.DeltaTable.create(
                str(self.path),
                ARROW,
                mode="ignore",
                partition_by=[PARTITION],
                configuration={"delta.enableChangeDataFeed": "true"},
            )
            return True

        return self.done(ensure)

    def clock(self) -> datetime:
        return datetime.now(UTC)

    def upsert(
        self,
        rows: Sequence[FrameRow],
        *,
        ingested: datetime,
        known: Mapping[str, date] | None = None,
        seen: Mapping[str, datetime] | None = None,
    ) -> Written:
        if not rows:
            return Written()
        rows, seen = newest(rows), seen or {}
        partitions = {partition_date(row.start) for row in rows}
        partitions |= {known[row.webid] for row in rows if row.webid in known} if known else set()
        source = to_arrow(rows, ingested, seen)
        columns = {name: f"s.{name}" for name in NAMES}

        def clauses(merger: Any) -> Any:
            merger = merger.when_matched_update(columns, predicate=statements.UNCHANGED)
            return merger.when_not_matched_insert(columns)

        metrics = self.merge(source, _on(partitions), clauses)
        written = Written(metrics["num_target_rows_inserted"], metrics["num_target_rows_updated"])
        return checked(written, least=sum(row.webid not in seen for row in rows), table=self.describe())

    def refusal(self, row: FrameRow) -> str:
        return ""

    def version(self) -> int | None:
        return int(self.done(lambda: self.open().version()))

    def deleted(self, since: int, upto: int) -> Collection[str] | None:
        def read() -> set[str]:
            feed = self.open().load_cdf(
                starting_version=since + 1,
                ending_version=upto,
                columns=["webid", "_change_type"],
                predicate="_change_type = 'delete'",
            )
            return {key for batch in pa.RecordBatchReader.from_stream(feed) for key in batch["webid"].to_pylist()}

        try:
            return self.done(read)
        except GatewayError as error:
            log.info("Deletions are found by comparing keys: %s", error.sentence)
            return None

    def present(self, web_ids: Collection[str]) -> Collection[str]:
        return set(web_ids) & {key for key, _ in self.places()}

    def delete(self, where: Mapping[str, date]) -> int:
        if not where:
            return 0
        return self.delete_matched(pa.table({"webid": pa.array(where, pa.string())}), _on(set(where.values())))

    def read_since(self, watermark: datetime | None, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        values = {"since": watermark.isoformat()} if watermark else {}
        return self._rows(statements.since("frames", watermark=watermark is not None), values, size)

    def read_between(self, first: date, last: date, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        return self._rows(statements.between("frames"), {"lo": str(first), "hi": str(last)}, size)

    def _rows(self, sql: str, values: Mapping[str, str], size: int) -> Iterator[Sequence[StoredRow]]:
        for batch in self._batches(sql, values):
            for offset in range(0, batch.num_rows, size):
                yield [from_record(record) for record in batch.slice(offset, size).to_pylist()]

    def partitions(self) -> Mapping[date, int]:
        batches = self._batches(statements.partitions("frames"))
        return {record[PARTITION]: record["n"] for batch in batches for record in batch.to_pylist()}

    def places(self, first: date | None = None, last: date | None = None) -> Iterator[tuple[str, date]]:
        between = {"lo": str(first or date.min), "hi": str(last or date.max)}
        for batch in self._batches(statements.keys("frames"), between):
            yield from zip(batch["webid"].to_pylist(), batch[PARTITION].to_pylist(), strict=True)

    def row_count(self) -> int:
        return sum(batch["n"].to_pylist()[0] for batch in self._batches(statements.count("frames")))

    def recent(self, limit: int) -> Sequence[StoredRow]:
        batches = self._batches(statements.recent("frames", limit))
        return [from_record(record) for batch in batches for record in batch.to_pylist()]

    def close(self) -> None:
        """Nothing is held between calls."""

    def open(self) -> Any:
        """The table in its newest version; to be used in `done`."""
        return _deltalake().DeltaTable(str(self.path))

    def columns(self) -> list[str]:
        return self.done(lambda: [field.name for field in self.open().schema().fields])

    def merge(self, source: pa.Table, on: str, clauses: Callable[[Any], Any]) -> dict[str, int]:
        """The metrics of a merge of `source` (s) into the table (t); `clauses` says what is done with which rows."""
        return self.done(lambda: clauses(self.open().merge(source, on, source_alias="s", target_alias="t")).execute())

    def delete_matched(self, source: pa.Table, on: str) -> int:
        """How many rows (t) went that fit one of the source (s)."""
        return self.merge(source, on, lambda merger: merger.when_matched_delete())["num_target_rows_deleted"]

    def query(self, sql: str, values: Mapping[str, str] | None = None) -> pa.Table:
        """SQL in which `frames` is the table and :name stands for a value; the engine takes no parameters."""
        for name, value in (values or {}).items():
            sql = sql.replace(f":{name}", quoted(value))

        def read() -> pa.Table:
            stream = pa.RecordBatchReader.from_stream(
                _deltalake().QueryBuilder().register("frames", self.open()).execute(sql)
            )
            return pa.Table.from_batches(list(stream), stream.schema)

        return self.done(read)

    def _batches(self, sql: str, values: Mapping[str, str] | None = None) -> list[pa.RecordBatch]:
        return [batch for batch in self.query(sql, values).to_batches() if batch.num_rows]

    def done(self, action: Callable[[], T]) -> T:
        """The action's answer. A commit that met another writer's is made again, on the newer version."""
        _refuse_after_fork()
        from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

        for attempt in range(1, ATTEMPTS + 1):
            self.keep()
            try:
                return action()
            except CommitFailedError:
                if attempt < ATTEMPTS:
                    time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
            except TableNotFoundError:
                raise GatewayError(f"There is no {self.describe()}.", permanent=False) from None
            except (DeltaError, OSError, pa.ArrowException) as error:
                reason = str(error).splitlines()[0][:300]
                raise GatewayError(f"The {self.describe()} failed: {reason}", permanent=False) from error
        raise GatewayError(f"Other writers kept changing the {self.describe()}.", permanent=False)


def _on(partitions: set[date]) -> str:
    """Web ids match, and the partitions to search are told literally: that is what lets files be skipped."""
    if len(partitions) > MOST_PARTITIONS:
        inside = f"BETWEEN DATE '{min(partitions)}' AND DATE '{max(partitions)}'"
    else:
        inside = "IN (" + ", ".join(f"DATE '{day}'" for day in sorted(partitions)) + ")"
    return f"t.webid = s.webid AND t.{PARTITION} {inside}"


def quoted(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _deltalake() -> Any:
    """The package, loaded at the first use: a page that never reads the lake does not pay for it."""
    import deltalake

    return deltalake


def _refuse_after_fork() -> None:
    """deltalake panics in the child of a process that has used it; a sentence is better."""
    global _first_user
    if _first_user not in (None, os.getpid()):
        raise GatewayError(
            "The lake was used before this process was forked: run the worker with --pool=threads.",
            permanent=True,
        )
    _first_user = os.getpid()
