"""A SQL warehouse on loopback, for the unmodified databricks-sql-connector.

https with a certificate of its own, so that only the port and the trusted file differ from production; the connector's
own generated TCLIService over Thrift; the documented limits of a warehouse; faults on request.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import TCLIService, ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

from .certificate import make_certificate
from .engine import Answer, Engine, StatementError
from .storage import STATEMENT, Storage

HTTP_PATH = "/sql/1.0/warehouses/test"
TOKEN = "dapi-of-the-tests"
CLIENT = ("service-principal", "its secret")
MOST_MARKERS = 255
MOST_PARAMETER_BYTES = 1_000_000
MOST_TEXT_BYTES = 16 * 1024 * 1024
OK = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)
TYPES = {
    pa.types.is_integer: ttypes.TTypeId.BIGINT_TYPE,
    pa.types.is_timestamp: ttypes.TTypeId.TIMESTAMP_TYPE,
    pa.types.is_date: ttypes.TTypeId.DATE_TYPE,
    pa.types.is_list: ttypes.TTypeId.ARRAY_TYPE,
    pa.types.is_map: ttypes.TTypeId.MAP_TYPE,
    pa.types.is_boolean: ttypes.TTypeId.BOOLEAN_TYPE,
}


@dataclass(frozen=True)
class Fault:
    """Happens to the next statement that contains `on`: an HTTP status, no answer for so many seconds, or else a
    dropped connection; before or after it is carried out."""

    status: int = 0
    after: bool = False
    hang: float = 0.0
    on: str = ""


class Refused(BaseException):
    """HTTP 400. The generated processor would answer an Exception itself."""


class Service:
    """TCLIService: sessions, statements with direct results, paging of what was not fetched at once."""

    def __init__(self, engine: Engine, storage: Storage) -> None:
        self.engine = engine
        self.storage = storage
        self.sessions: set[bytes] = set()
        self.statements: list[str] = []
        self._results: dict[bytes, Answer] = {}

    def OpenSession(self, request: Any) -> Any:
        handle = ttypes.TSessionHandle(sessionId=_new_id())
        self.sessions.add(handle.sessionId.guid)
        return ttypes.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V7,
            sessionHandle=handle,
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, request: Any) -> Any:
        self.sessions.discard(request.sessionHandle.sessionId.guid)
        return ttypes.TCloseSessionResp(status=OK)

    def ExecuteStatement(self, request: Any) -> Any:
        if request.sessionHandle.sessionId.guid not in self.sessions:
            return ttypes.TExecuteStatementResp(status=_failed("Invalid SessionHandle"))
        values = {one.name: one.value.stringValue for one in request.parameters or ()}
        _check_limits(request.statement, values)
        self.statements.append(request.statement)
        operation = ttypes.TOperationHandle(
            operationId=_new_id(),
            operationType=ttypes.TOperationType.EXECUTE_STATEMENT,
            hasResultSet=True,
        )
        try:
            on_files = STATEMENT.fullmatch(request.statement)
            answer = (
                self.storage.execute(request.statement) if on_files else self.engine.execute(request.statement, values)
            )
        except StatementError as error:
            status = _state(ttypes.TOperationState.ERROR_STATE, displayMessage=str(error))
            direct = ttypes.TSparkDirectResults(operationStatus=status)
        else:
            self._results[operation.operationId.guid] = answer
            finished = _state(ttypes.TOperationState.FINISHED_STATE, numModifiedRows=answer.modified)
            direct = ttypes.TSparkDirectResults(operationStatus=finished, resultSetMetadata=_metadata(answer))
        return ttypes.TExecuteStatementResp(status=OK, operationHandle=operation, directResults=direct)

    def FetchResults(self, request: Any) -> Any:
        key = request.operationHandle.operationId.guid
        answer = self._results[key]
        rows, rest = answer.table.slice(0, request.maxRows), answer.table.slice(request.maxRows)
        self._results[key] = Answer(rest)
        batches = [
            ttypes.TSparkArrowBatch(batch=batch.serialize().to_pybytes(), rowCount=batch.num_rows)
            for batch in rows.combine_chunks().to_batches()
        ]
        return ttypes.TFetchResultsResp(
            status=OK,
            hasMoreRows=rest.num_rows > 0,
            resultSetMetadata=_metadata(answer),
            results=ttypes.TRowSet(startRowOffset=0, rows=[], arrowBatches=batches),
        )

    def CloseOperation(self, request: Any) -> Any:
        self._results.pop(request.operationHandle.operationId.guid, None)
        return ttypes.TCloseOperationResp(status=OK)


class Warehouse:
    """`with Warehouse(folder) as warehouse`; `fault` queues what happens to the next statements."""

    def __init__(self, folder: Path) -> None:
        self.engine = Engine(folder)
        self.storage = Storage(folder)
        self.service = Service(self.engine, self.storage)
        self.faults: deque[Fault] = deque()
        self.tokens = {TOKEN}
        self.ca_file, key_file = make_certificate(folder)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key_file)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def fault(self, *, status: int = 0, after: bool = False, hang: float = 0.0, on: str = "") -> None:
        self.faults.append(Fault(status, after, hang, on))

    def due(self, request: bytes) -> Fault | None:
        is_statement = b"ExecuteStatement" in request[:40]
        if is_statement and self.faults and self.faults[0].on.encode() in request:
            return self.faults.popleft()
        return None

    def expire_sessions(self) -> None:
        self.service.sessions.clear()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self.storage.stop()
        self.engine.stop()


def _handler(warehouse: Warehouse) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each request costs 45 ms

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/oidc/v1/token":
                return self._issue_token()
            if self.headers.get("Authorization", "").removeprefix("Bearer ") not in warehouse.tokens:
                return self._send(401, b"", "the token is not known")
            if self.path != HTTP_PATH:
                return self._send(404, b"", "there is no such warehouse")
            fault = warehouse.due(body)
            if fault and not fault.after:
                return self._fail(fault)
            try:
                answer = self._process(body)
            except Refused as error:
                return self._send(400, b"", str(error))
            return self._fail(fault) if fault else self._send(200, answer)

        def _fail(self, fault: Fault) -> None:
            threading.Event().wait(fault.hang)  # time.sleep is what tests shorten
            return self._send(fault.status, b"") if fault.status else self._drop()

        def _process(self, body: bytes) -> bytes:
            received, sent = TMemoryBuffer(body), TMemoryBuffer()
            # thrift caps texts at 15.6 MiB unless told otherwise
            inbound = TBinaryProtocol(received, string_length_limit=None, container_length_limit=None)
            TCLIService.Processor(warehouse.service).process(inbound, TBinaryProtocol(sent))
            return bytes(sent.getvalue())

        def _issue_token(self) -> None:
            wanted = base64.b64encode(":".join(CLIENT).encode()).decode()
            if self.headers.get("Authorization") != f"Basic {wanted}":
                return self._send(401, b"")
            token = uuid4().hex
            warehouse.tokens.add(token)
            return self._send(200, json.dumps({"access_token": token, "token_type": "Bearer"}).encode())

        def _send(self, status: int, body: bytes, reason: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if reason:
                self.send_header("x-databricks-reason-phrase", reason)
            self.end_headers()
            self.wfile.write(body)

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _check_limits(sql: str, values: dict[str, str]) -> None:
    if len(sql.encode()) > MOST_TEXT_BYTES:
        raise Refused("The statement is too long")
    if values and STATEMENT.match(sql):
        raise Refused("Parameters are not supported in PUT, REMOVE and LIST")
    if len(re.findall(r":[a-z]\w*", sql)) > MOST_MARKERS and len(values) > MOST_MARKERS:
        raise Refused("Parameterized query has too many parameters")
    if sum(len(value.encode()) for value in values.values()) > MOST_PARAMETER_BYTES:
        raise Refused("Parameterized query has too many parameters")


def _metadata(answer: Answer) -> Any:
    columns = []
    for position, field in enumerate(answer.table.schema):
        kind = next((kind for fits, kind in TYPES.items() if fits(field.type)), ttypes.TTypeId.STRING_TYPE)
        entry = ttypes.TTypeEntry(primitiveEntry=ttypes.TPrimitiveTypeEntry(type=kind))
        description = ttypes.TTypeDesc(types=[entry])
        columns.append(ttypes.TColumnDesc(columnName=field.name, typeDesc=description, position=position))
    return ttypes.TGetResultSetMetadataResp(
        status=OK,
        schema=ttypes.TTableSchema(columns=columns),
        resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
        lz4Compressed=False,
        isStagingOperation=answer.is_staging,
        arrowSchema=answer.table.schema.serialize().to_pybytes(),
    )


def _state(state: int, **more: Any) -> Any:
    return ttypes.TGetOperationStatusResp(status=OK, operationState=state, **more)


def _failed(message: str) -> Any:
    return ttypes.TStatus(statusCode=ttypes.TStatusCode.ERROR_STATUS, errorMessage=message)


def _new_id() -> Any:
    return ttypes.THandleIdentifier(guid=uuid4().bytes, secret=uuid4().bytes)
