"""The table in Unity Catalog, through a Databricks SQL warehouse.

databricks-sql-connector over Thrift, the only backend that has parameters and row counts. The connector sends a
statement again when its connection drops, also after the commit: every statement here may run twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import orjson
import urllib3

from . import faults, statements
from .gateway import GatewayError, Written, checked
from .rows import FrameRow, StoredRow, from_record, iso, newest, packed, partition_date, to_json
from .schema import missing_columns
from .sign_in import ClientCredentials
from .warehouse import DatabricksConfig

T = TypeVar("T")

ATTEMPTS = 3
#: the connector's own retries: so long for one statement at most, plus one last time-out
RETRY_SECONDS = 180
SOCKET_SECONDS = 120
#: around a row in its batch: brackets, and the time that we saw it
ROW_FRAME = 64


class DatabricksGateway:
    """Opens its session at the first statement and anew after a failure; close it, or the exit is noisy."""

    batch_rows = statements.MAX_ROWS
    patience = timedelta(seconds=ATTEMPTS * (RETRY_SECONDS + SOCKET_SECONDS))
    metered = True

    def __init__(self, config: DatabricksConfig, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.config = config
        self.table = config.table
        self.name = f"databricks:{config.host}/{config.table}"
        self._sleep = sleep
        self._connection: Any = None

    def describe(self) -> str:
        return f"Unity Catalog table {self.table} at {self.config.host}"

    def ensure_table(self) -> bool:
        columns = self._done(self._columns)
        if columns is None:
            for sql in (statements.create_schema(self.table), statements.create_table(self.table)):
                self._execute(sql)
            return True
        if missing := missing_columns(columns):
            raise GatewayError(f"The {self.describe()} lacks {', '.join(missing)}.", permanent=True)
        return False

    def clock(self) -> datetime:
        (record,) = self._records(statements.CLOCK)
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
        written, sent = Written(), 0
        for batch in self._packed(to_json(row, seen.get(row.webid)) for row in rows):
            part = rows[sent : sent + len(batch)]
            sent += len(batch)
            days = {partition_date(row.start) for row in part}
            days |= {known[row.webid] for row in part if row.webid in known}
            values = {"batch": _array(batch), "now": iso(ingested)}
            done = self._merge(statements.upsert(self.table), values | _between(days))
            least = sum(row.webid not in seen for row in part)
            written += checked(Written(done["inserted"], done["updated"]), least=least, table=self.describe())
        return written

    def refusal(self, row: FrameRow) -> str:
        size = len(to_json(row)) + ROW_FRAME
        most = statements.MAX_PARAMETER_BYTES
        return f"a row of {size:,} bytes is over the {most:,} that a statement takes" if size > most else ""

    def version(self) -> int | None:
        return None

    def delete(self, where: Mapping[str, date]) -> int:
        gone, keys = 0, list(where)
        for batch in self._packed(orjson.dumps(key) for key in keys):
            days = {where[key] for key in keys[: len(batch)]}
            del keys[: len(batch)]
            values = {"ids": _array(batch)} | _between(days)
            gone += self._merge(statements.delete(self.table), values)["affected"]
        return gone

    def read_since(self, watermark: datetime | None, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        values = {"since": iso(watermark)} if watermark else {}
        return self._rows(statements.since(self.table.quoted, watermark=watermark is not None), values, size)

    def read_between(self, first: date, last: date, *, size: int = 5000) -> Iterator[Sequence[StoredRow]]:
        return self._rows(statements.between(self.table.quoted), _between({first, last}), size)

    def _rows(self, sql: str, values: Mapping[str, str], size: int) -> Iterator[Sequence[StoredRow]]:
        cursor = self._done(lambda: self._cursor(sql, values))
        try:
            while records := cursor.fetchmany_arrow(size).to_pylist():
                yield [from_record(record) for record in records]
        except self._raised() as error:
            raise self._failed(error) from None
        finally:
            with suppress(Exception):
                cursor.close()

    def partitions(self) -> Mapping[date, int]:
        return {
            record["partition_date"]: record["n"] for record in self._records(statements.partitions(self.table.quoted))
        }

    def places(self, first: date | None = None, last: date | None = None) -> Iterator[tuple[str, date]]:
        days = {first or date.min, last or date.max}
        for record in self._records(statements.keys(self.table.quoted), _between(days)):
            yield record["webid"], record["partition_date"]

    def row_count(self) -> int:
        (record,) = self._records(statements.count(self.table.quoted))
        return int(record["n"])

    def recent(self, limit: int) -> Sequence[StoredRow]:
        return [from_record(record) for record in self._records(statements.recent(self.table.quoted, limit))]

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # the session dies by itself; what was asked for is done
                connection.close()

    def _columns(self) -> list[str] | None:
        """The names of the table's columns; None where there is no table."""
        try:
            return [column[0] for column in self._cursor(statements.probe(self.table), {}).description]
        except self._raised() as error:
            if faults.table_is_missing(error):
                return None
            raise

    def _records(self, sql: str, values: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            with self._cursor(sql, values or {}) as cursor:
                return cursor.fetchall_arrow().to_pylist()

        return self._done(read)

    def _execute(self, sql: str) -> None:
        self._done(lambda: self._cursor(sql, {}).close())

    def _merge(self, sql: str, values: Mapping[str, str]) -> dict[str, int]:
        """How many rows a MERGE inserted, updated and affected in all, by its answer row or else its row count."""

        def run() -> dict[str, int]:
            with self._cursor(sql, values) as cursor:
                told = cursor.fetchall_arrow().to_pylist()
                told = told[0] if told else {}
                affected = told.get("num_affected_rows", cursor.rowcount)
            if affected < 0:
                raise GatewayError(f"{self.config.host} does not tell how many rows it wrote.", permanent=True)
            inserted = told.get("num_inserted_rows", 0)
            return {"affected": affected, "inserted": inserted, "updated": affected - inserted}

        return self._done(run)

    def _packed(self, items: Iterable[bytes]) -> Iterator[list[bytes]]:
        try:
            yield from packed(items, most_bytes=statements.MAX_PARAMETER_BYTES, most_items=statements.MAX_ROWS)
        except ValueError as error:
            raise GatewayError(f"Not for {self.table}: {error}.", permanent=True) from None

    def _cursor(self, sql: str, values: Mapping[str, str]) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        cursor = self._connection.cursor()
        try:
            return cursor.execute(sql, dict(values) or None)
        except BaseException:
            with suppress(Exception):
                cursor.close()
            raise

    def _connect(self) -> Any:
        from databricks import sql  # loads pandas and pyarrow: up to a second, once

        config = self.config
        identity = (
            {"access_token": config.token} if config.token else {"credentials_provider": ClientCredentials(config)}
        )
        return sql.connect(
            server_hostname=config.host,
            http_path=config.http_path,
            **identity,
            enable_telemetry=False,  # else connecting waits for a service on port 443, 34 s where there is none
            user_agent_entry="osipi",
            session_configuration={"timezone": "UTC", "statement_timeout": str(RETRY_SECONDS)},
            _socket_timeout=SOCKET_SECONDS,
            _retry_stop_after_attempts_count=6,
            _retry_stop_after_attempts_duration=RETRY_SECONDS,
            _retry_delay_max=5,  # the wait after each 429 and 503, whatever the server asks; 5 is the least
            _port=config.port,
            _tls_trusted_ca_file=config.ca_file,
        )

    def _done(self, action: Callable[[], T]) -> T:
        """The action's answer. After a transient failure the whole of it is done again, in a new session."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return action()
            except self._raised() as error:
                failure = self._failed(error)
                if failure.permanent or attempt == ATTEMPTS:
                    raise failure from None  # the chain would show parameters and headers
                self._sleep(2.0**attempt)
        raise AssertionError("unreachable")

    def _failed(self, error: BaseException) -> GatewayError:
        self.close()
        return faults.explain(error, self.config)

    @staticmethod
    def _raised() -> tuple[type[BaseException], ...]:
        """All that a statement may raise; loaded late, with the connector."""
        from databricks.sql import exc
        from thrift.Thrift import TException

        return (exc.Error, urllib3.exceptions.HTTPError, TException, OSError, GatewayError)


def _array(items: Sequence[bytes]) -> str:
    return f"[{b','.join(items).decode()}]"


def _between(days: Iterable[date]) -> dict[str, str]:
    ordered = sorted(days)
    return {"lo": ordered[0].isoformat(), "hi": ordered[-1].isoformat()}
