"""A session at a SQL warehouse: databricks-sql-connector over Thrift, the only backend that has parameters, row counts
and files on volumes.

The connector sends a statement again when its connection drops, also after the commit, and so does this session:
every statement may run twice.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import pyarrow as pa
import urllib3

from . import faults
from .gateway import GatewayError
from .sign_in import ClientCredentials
from .warehouse import DatabricksConfig

T = TypeVar("T")

ATTEMPTS = 3
#: the connector's own retries: so long for one statement at most, plus one last time-out
RETRY_SECONDS = 180
SOCKET_SECONDS = 120


class Session:
    """Opens at the first statement and anew after a failure; close it, or the exit is noisy. `keep` is called before
    each attempt and may end the work by an exception of its own."""

    def __init__(self, config: DatabricksConfig, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.config = config
        self.keep: Callable[[], None] = lambda: None
        self._sleep = sleep
        self._connection: Any = None

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # the session dies by itself; what was asked for is done
                connection.close()

    def query(self, sql: str, values: Mapping[str, str] | None = None) -> pa.Table:
        """All rows at once; :name in the statement stands for a value."""

        def read() -> pa.Table:
            with self.cursor(sql, values or {}) as cursor:
                return cursor.fetchall_arrow()

        return self.done(read)

    def records(self, sql: str, values: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        return self.query(sql, values).to_pylist()

    def batches(self, sql: str, values: Mapping[str, str], size: int) -> Iterator[list[dict[str, Any]]]:
        """So many records at a time. A failure between them is not repeated."""
        cursor = self.done(lambda: self.cursor(sql, values))
        try:
            while records := cursor.fetchmany_arrow(size).to_pylist():
                yield records
        except self._raised() as error:
            raise self._failed(error) from None
        finally:
            with suppress(Exception):
                cursor.close()

    def execute(self, sql: str) -> None:
        """A statement whose answer is of no account."""
        self.done(lambda: self.cursor(sql, {}).close())

    def send(self, sql: str, content: bytes) -> None:
        """A PUT of the content. The connector does not repeat it; the whole is done again here."""
        self.done(lambda: self.cursor(sql, {}, content).close())

    def merge(self, sql: str, values: Mapping[str, str]) -> dict[str, int]:
        """How many rows a MERGE inserted, updated and affected in all, by its answer row or else its row count."""

        def run() -> dict[str, int]:
            with self.cursor(sql, values) as cursor:
                told = cursor.fetchall_arrow().to_pylist()
                told = told[0] if told else {}
                affected = told.get("num_affected_rows", cursor.rowcount)
            if affected < 0:
                raise GatewayError(f"{self.config.host} does not tell how many rows it wrote.", permanent=True)
            inserted = told.get("num_inserted_rows", 0)
            return {"affected": affected, "inserted": inserted, "updated": affected - inserted}

        return self.done(run)

    def cursor(self, sql: str, values: Mapping[str, str], content: bytes | None = None) -> Any:
        """With the answer of a statement, which is sent once; to be used in `done`."""
        if self._connection is None:
            self._connection = self._connect()
        cursor = self._connection.cursor()
        more = {} if content is None else {"input_stream": io.BytesIO(content)}
        try:
            return cursor.execute(sql, dict(values) or None, **more)
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

    def done(self, action: Callable[[], T]) -> T:
        """The action's answer. After a transient failure the whole of it is done again, in a new session."""
        for attempt in range(1, ATTEMPTS + 1):
            self.keep()
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
