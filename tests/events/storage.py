"""The cloud storage below the volumes of the test warehouse: presigned addresses that a PUT or DELETE goes to."""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from .engine import Answer, StatementError

STATEMENT = re.compile(r"(PUT|REMOVE|LIST) (?:'(__input_stream__)' INTO )?'([^']+)'( OVERWRITE)?")
VOLUME = "/Volumes/osipi/bronze/staging"


@dataclass(frozen=True)
class StorageFault:
    """Happens to the next request: an HTTP status, or else a dropped connection; before or after it is carried out."""

    status: int = 0
    after: bool = False


class Storage:
    """`volumes` are those that there are; `faults` happen to the next requests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.volumes = {VOLUME}
        self.faults: deque[StorageFault] = deque()
        self.signed: dict[str, tuple[str, Path]] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def place(self, path: str) -> Path:
        volume = "/".join(path.split("/")[:5])
        if volume not in self.volumes:
            raise StatementError(f"[VOLUME_NOT_FOUND] Volume '{volume}' does not exist. SQLSTATE: 42704")
        return self.folder / path.lstrip("/")

    def files(self) -> list[str]:
        return sorted(file.name for file in self.folder.glob("Volumes/**/*.parquet"))

    def execute(self, sql: str) -> Answer:
        """The answer that tells the client what to ask of the storage; for LIST the files."""
        operation, stream, path, overwrite = STATEMENT.fullmatch(sql).groups()
        place = self.place(path)
        if operation == "LIST":
            names = [file.name for file in place.glob("*")] if place.is_dir() else []
            return Answer(
                pa.table({"path": [f"{path}/{name}" for name in names], "name": pa.array(names, pa.string())})
            )
        if operation == "REMOVE" and not place.exists():
            raise StatementError(f"[FILE_NOT_EXIST] {path}")
        if operation == "PUT" and place.exists() and not overwrite:
            raise StatementError(f"[FILE_ALREADY_EXISTS] {path}")
        key = uuid4().hex
        self.signed[key] = ("PUT" if operation == "PUT" else "DELETE", place)
        url = f"http://127.0.0.1:{self._http.server_address[1]}/{key}"
        row = {"operation": operation, "localFile": stream or "", "presignedUrl": url, "headers": "{}"}
        return Answer(pa.table({name: [value] for name, value in row.items()}), is_staging=True)

    def carry_out(self, method: str, key: str, body: bytes) -> int:
        signed, place = self.signed.get(key, ("", None))
        if signed != method:
            return 403
        if method == "PUT":
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        else:
            place.unlink(missing_ok=True)
        return 201 if method == "PUT" else 204


def handler(storage: Storage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_PUT(self) -> None:
            fault = storage.faults.popleft() if storage.faults else None
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = 0 if fault and not fault.after else storage.carry_out(self.command, self.path[1:], body)
            if fault and not fault.status:
                self.close_connection = True
                return self.connection.close()
            self.send_response(fault.status if fault else status)
            self.send_header("Content-Length", "0")
            return self.end_headers()

        do_DELETE = do_PUT

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
