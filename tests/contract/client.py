"""The service without HTTP: what a test asks and what it gets, by one who may do everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from osipi_site import urls  # noqa: F401  (joins the endpoints)
from piwebapi.api.render import json_bytes
from piwebapi.api.resource import Reply
from piwebapi.api.service import Request, service
from piwebapi.callers import Caller
from piwebapi.core.times import TICKS_PER_DAY

BASE = "http://localhost/piwebapi"
NOW = 19_900 * TICKS_PER_DAY
STAFF = Caller("boss", None, "basic", may_read=True, may_write=True, is_staff=True)
READER = Caller("reader", None, "basic", may_read=True, may_write=False, is_staff=False)
NOBODY = Caller("Anonymous", None, "anonymous", may_read=True, may_write=False, is_staff=False)


@dataclass(frozen=True)
class Answer:
    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def body(self) -> Any:
        """As a client reads it: parts of it may be ready JSON."""
        body = self.reply.body
        return orjson.loads(json_bytes(body)) if isinstance(body, bytes | dict) else body

    @property
    def items(self) -> list[Any]:
        assert self.status == 200, self.body
        return self.body["Items"]

    @property
    def names(self) -> list[str]:
        return [item["Name"] for item in self.items]

    @property
    def location(self) -> str:
        """Of a new object, below the root of the service."""
        assert self.status == 201, self.body
        return self.reply.headers["Location"].removeprefix(f"{BASE}/")

    @property
    def web_id(self) -> str:
        return self.location.rsplit("/", 1)[1]


def ask(method: str, path: str, body: Any = None, caller: Caller = STAFF, /, **query: Any) -> Answer:
    """`query` values may be lists. A body of bytes is sent as it is."""
    raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    pairs = urlencode(query, doseq=True, quote_via=quote)
    return Answer(service.answer(Request(method, path, pairs, caller, NOW, BASE, raw, {})))


def get(path: str, /, **query: Any) -> Answer:
    return ask("GET", path, **query)


def post(path: str, body: Any = None, /, **query: Any) -> Answer:
    return ask("POST", path, body, **query)


def patch(path: str, body: Any) -> Answer:
    return ask("PATCH", path, body)


def put(path: str, body: Any, /, **query: Any) -> Answer:
    return ask("PUT", path, body, **query)


def delete(path: str, /, **query: Any) -> Answer:
    return ask("DELETE", path, **query)
