"""A PI Web API in a few lines, as a source for tests: it answers from plain lists, and fails as it is told.

Written from the vendor's reference and not from our server, so that both sides of a comparison are made differently.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(moment: int) -> str:
    return (EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")


def micros(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


class PlainServer:
    """`values`: by point its events, (microseconds, value) or (microseconds, value, good). `faults` gives what is to go
    wrong with the next request, "" for nothing; `most` is the server's maximum of values in an answer."""

    def __init__(self) -> None:
        self.values: dict[str, list[tuple[Any, ...]]] = {}
        self.faults: Callable[[str], str] = lambda path: ""
        self.most = 150_000
        self.token = ""
        self.tokens = 0
        self.links = True
        self.requests: list[str] = []
        self._last: dict[str, Any] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that was killed
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_port}/piwebapi"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        plain = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                plain.answer(self)

            def do_POST(self) -> None:
                plain.give_token(self)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler

    def give_token(self, handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        self.tokens += 1
        self.token = f"token-{self.tokens}"
        send(handler, 200, {"access_token": self.token, "expires_in": 3600})

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path.removeprefix("/piwebapi/")
        self.requests.append(handler.path)
        fault = self.faults(path)
        if fault == "expire":
            self.token = "expired"
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            return send(handler, 401, {"Errors": ["The token is not valid."]})
        if fault in ("429", "503"):
            return send(handler, int(fault), {"Errors": ["busy"]}, {"Retry-After": "0.02"})
        if fault == "slow":
            time.sleep(0.6)
        if fault == "garbage":
            return send_raw(handler, b'{"Items": [{"WebId"')
        query = parse_qs(urlsplit(handler.path).query)
        status, body = self.page(path, query)
        if fault == "repeat" and path in self._last:
            body = self._last[path]
        elif fault == "empty":
            body = {"Items": []}
        elif fault == "skip" and "startTime" in query:  # the page after the one that was asked for
            most = int(query["maxCount"][0])
            _, further = self.page(path, query | {"maxCount": [str(min(2 * most, self.most))]})
            body = {"Items": [one | {"Items": one["Items"][most:]} for one in further["Items"]]}
        elif status == 200:
            self._last[path] = body
        if fault == "cut":
            return cut_off(handler, body)
        return send(handler, status, body)

    def page(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        most = int(query.get("maxCount", ["1000"])[0])
        if path == "dataservers":
            return 200, {"Items": [{"WebId": "S1", "Name": "PLAIN"}]}
        if path.endswith("/points"):
            start = int(query.get("startIndex", ["0"])[0])
            names = sorted(self.values)
            body: dict[str, Any] = {"Items": [self.point(name) for name in names[start : start + most]]}
            if self.links and start + most < len(names):
                more = urlencode({"startIndex": start + most, "maxCount": most})
                body["Links"] = {"Next": f"{self.url}/{path}?{more}"}
            return 200, body
        if most * len(query["webId"]) > self.most:
            return 400, {"Errors": [f"The count is greater than the maximum allowed ({self.most})."]}
        low, high = (micros(query[name][0]) for name in ("startTime", "endTime"))
        return 200, {"Items": [self.stream(web_id, low, high, most) for web_id in query["webId"]]}

    def point(self, name: str) -> dict[str, Any]:
        return {"WebId": f"P-{name}", "Name": name, "EngineeringUnits": "bar", "PointType": "Float64"}

    def stream(self, web_id: str, low: int, high: int, most: int) -> dict[str, Any]:
        rows = sorted(self.values[web_id.removeprefix("P-")], key=lambda row: row[0])
        found = [row for row in rows if low <= row[0] <= high][:most]
        items = [
            {
                "Timestamp": stamp(row[0]),
                "UnitsAbbreviation": "bar",
                "Good": row[2] if len(row) > 2 else True,
                "Questionable": False,
                "Substituted": False,
                "Value": row[1],
            }
            for row in found
        ]
        return {"WebId": web_id, "Name": web_id.removeprefix("P-"), "Items": items}


def send(handler: BaseHTTPRequestHandler, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    send_raw(handler, json.dumps(body).encode(), status, headers)


def send_raw(
    handler: BaseHTTPRequestHandler, content: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    try:
        handler.wfile.write(content)
    except OSError:
        handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler, body: Any) -> None:
    content = json.dumps(body).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


@contextmanager
def plain_server() -> Iterator[PlainServer]:
    server = PlainServer()
    try:
        yield server
    finally:
        server.stop()
