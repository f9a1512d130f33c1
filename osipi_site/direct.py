"""The direct way of a GET for JSON by a program: from the ASGI scope to the service and back.

Making a framework's request, view and response costs more than most answers do. What they decide for such a
request is decided here from the same sources: who asks by `identify`, what may be told by the service, and the
headers by the middleware itself, which is asked once per host. Everything else goes through the framework:
browsers (cookies, foreign origins, pages), writes, refused sign-ins, hosts that are not ours.
"""

from __future__ import annotations

import functools
import io
import logging
from dataclasses import dataclass
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver
from django.utils import timezone
from isal import igzip

from osipi_site.lean import PREFIX, ApiChain
from osipi_site.lifespan import Scope
from osipi_site.threaded import COMPRESSED_TYPES, LEAST_COMPRESSED, Answer, Headers, ThreadedHandler, accepts_gzip, flat
from piwebapi.api.auth import identify
from piwebapi.api.render import encode, json_bytes
from piwebapi.api.service import Request, service
from piwebapi.api.view import ServiceView
from piwebapi.core.errors import ApiError
from piwebapi.core.times import from_datetime

log = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
#: a browser sends these; what follows from them is the middleware's to say
BROWSERS = frozenset(("cookie", "origin"))


class DirectHandler(ThreadedHandler):
    """Takes the direct way where there is one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ = get_resolver().url_patterns  # they fill the service; a fault in them stops the start

    def work(self, scope: Scope, body: bytes) -> Answer:
        try:
            answer = None if body else direct(scope)
        except Exception:
            log.exception("GET %s could not be answered directly", scope["path"])
            answer = None
        return answer or super().work(scope, body)


def direct(scope: Scope) -> Answer | None:
    """The answer, or None when the framework has to give it."""
    if scope["method"] != "GET" or scope.get("root_path"):
        return None
    headers = headers_of(scope)
    if not BROWSERS.isdisjoint(headers) or headers.get("accept", "*/*") not in ("*/*", "application/json"):
        return None
    envelope = envelope_of(scope["scheme"], headers.get("host", ""))
    if envelope is None:
        return None
    close_old_connections()
    try:
        caller = identify(headers, {}, "GET", (scope.get("client") or ("",))[0])
    except ApiError:
        return None
    path, query = scope["path"][len(PREFIX) + 1 :], scope["query_string"].decode()
    now = from_datetime(timezone.now())
    reply = service.answer(Request("GET", path, query, caller, now, envelope.base, headers=headers))
    is_file = isinstance(reply.body, bytes) and not reply.media.startswith("application/json")
    if reply.status == 404 or reply.body is None or (reply.media != JSON and not is_file):
        return None  # a page, such as the help below /piwebapi; nothing; another kind of JSON
    more = [(name.lower().encode(), encode(value).encode()) for name, value in reply.headers.items()]
    if is_file:  # the work is done, and may have been a minute's
        return reply.status, *envelope.around_file(reply.body, reply.media, more, scope)
    return reply.status, *envelope.around(json_bytes(reply.body), more, scope)


def headers_of(scope: Scope) -> dict[str, str]:
    """By their names in lower case; of a header that comes twice all values."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all JSON answers under one host name have in common; ``long`` ones may be compressed."""

    base: str
    short: Headers
    long: Headers

    def around(self, content: bytes, more: Headers, scope: Scope) -> tuple[Headers, bytes]:
        headers = [*self.short, *more]
        if len(content) >= LEAST_COMPRESSED:
            headers = [*self.long, *more]
            if accepts_gzip(scope):
                content = igzip.compress(content, 1, mtime=0)
                headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(content)))
        return headers, content

    def around_file(self, content: bytes, media: str, more: Headers, scope: Scope) -> tuple[Headers, bytes]:
        """As `around`; the headers say what it is, and what does not pack well is not packed."""
        packs = media.startswith(COMPRESSED_TYPES)
        headers, sent = self.around(content, more, scope) if packs else ([*self.short, *more], content)
        named = [pair for pair in headers if pair[0] not in (b"content-type", b"content-length")]
        return [*named, (b"content-type", media.encode("latin-1")), (b"content-length", b"%d" % len(sent))], sent


@functools.lru_cache(maxsize=256)
def envelope_of(scheme: str, host: str) -> Envelope | None:
    """None where the middleware answers itself: a host that is not ours, a way to HTTPS."""
    scope = {"type": "http", "method": "GET", "path": PREFIX, "scheme": scheme, "query_string": b""}
    scope["headers"] = [(b"host", host.encode("latin-1"))]
    found = []
    for size in (0, LEAST_COMPRESSED):

        def empty(request: HttpRequest, size: int = size) -> HttpResponse:
            view = ServiceView()
            response = HttpResponse(b" " * size, content_type=JSON, headers=view.default_response_headers)
            response.base = f"{request.scheme}://{request.get_host()}{PREFIX}"
            return response

        response = ApiChain(empty)(ASGIRequest(scope, io.BytesIO()))
        if response.status_code != 200:
            return None
        _, headers, _ = flat(response, scope)
        found.append([pair for pair in headers if pair[0] != b"content-length"])
    return Envelope(response.base, *found)
