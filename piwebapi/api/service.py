"""Answering a request: from method, path, query and body to a `Reply`.

The HTTP view, the sub-requests of a batch and the pages all come through `Service.answer`, so rights,
limits and errors are the same everywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson

from piwebapi.access import enter
from piwebapi.callers import Caller
from piwebapi.core import selected
from piwebapi.core.errors import ApiError, BadRequest, MethodNotAllowed, NoRoute

from . import kept, params
from .resource import Call, Endpoint, Reply
from .routes import Match, Routes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What is asked, before anything is parsed. `path` is relative to the root of the service."""

    method: str
    path: str
    query: str
    caller: Caller
    now: int
    base: str
    raw: bytes = b""
    headers: Mapping[str, str] | None = None


class Service:
    """All endpoints, joined by `osipi_site.urls`."""

    def __init__(self, endpoints: tuple[Endpoint, ...] = ()) -> None:
        self.endpoints = endpoints

    @cached_property
    def routes(self) -> Routes:
        return Routes(self.endpoints)

    def call(self, request: Request) -> Call:
        """Everything parsed and allowed, or an ApiError."""
        query = params.split(request.query)
        if "%00" in request.query and _holds_nul([*query, *query.values()]):
            raise BadRequest("The query must not contain the character NUL.")
        match = self.routes.match(request.path)
        if match is None:
            raise NoRoute("No HTTP resource was found that matches the request URI.")
        endpoint = choose(match, request.method, query)
        enter(request.caller, endpoint.right)
        return Call(
            endpoint=endpoint,
            caller=request.caller,
            now=request.now,
            base=request.base,
            url=request.path.strip("/"),
            path=match.captured,
            params=params.parse(endpoint.params, query, request.now),
            query=query,
            body=parse_body(endpoint, request.raw),
            raw=request.raw,
            headers=request.headers or {},
        )

    def answer(self, request: Request) -> Reply:
        """The reply; what goes wrong becomes a reply, too."""
        try:
            return kept.find(request) or self._answer(request)
        except ApiError as error:
            return refusal(error)
        except Exception:
            log.exception("%s /%s failed", request.method, request.path)
            return Reply(500, {"Errors": ["The server failed to answer this request; its log tells why."]})

    def answer_together(self, requests: Mapping[str, Request]) -> dict[str, Reply]:
        """Replies to those of the requests that can be worked out in one step with others: the same operation,
        the same options. The rest, and whatever goes wrong, is left to `answer`."""
        alike: dict[tuple[str, str, str], list[tuple[str, Match, Endpoint]]] = {}
        for name, request in requests.items():
            match = self.routes.match(request.path)
            fitting = [one for one in match.endpoints if one.method == request.method] if match else []
            if match is not None and len(fitting) == 1 and fitting[0].together is not None:
                key = fitting[0].operation, request.query, request.base
                alike.setdefault(key, []).append((name, match, fitting[0]))
        found: dict[str, Reply] = {}
        for members in alike.values():
            if len(members) > 1:
                found |= self._answered(members, requests[members[0][0]])
        return found

    def _answered(self, members: Sequence[tuple[str, Match, Endpoint]], first: Request) -> dict[str, Reply]:
        together = members[0][2].together
        assert together is not None
        try:
            call = self.call(first)
            calls = [replace(call, path=match.captured) for _, match, _ in members]
            return {name: pruned(reply, call) for (name, _, _), reply in zip(members, together(calls), strict=True)}
        except ApiError:
            return {}

    def _answer(self, request: Request) -> Reply:
        call = self.call(request)
        version = kept.version() if kept.is_lasting(call.endpoint) else None
        reply = pruned(call.endpoint.handler(call), call)
        return reply if version is None else kept.keep(request, version, reply)


def choose(match: Match, method: str, query: Mapping[str, list[str]]) -> Endpoint:
    """The endpoint for the method; of several, the one whose query parameter is present."""
    wanted = "GET" if method == "HEAD" else method
    candidates = [endpoint for endpoint in match.endpoints if endpoint.method == wanted]
    if not candidates:
        allowed = sorted({endpoint.method for endpoint in match.endpoints})
        raise MethodNotAllowed(
            f"The requested resource does not support http method '{method}'.",
            headers={"Allow": ", ".join(allowed)},
        )
    for endpoint in candidates:
        if endpoint.selector and endpoint.selector.lower() in query:
            return endpoint
    return next((endpoint for endpoint in candidates if not endpoint.selector), candidates[0])


def parse_body(endpoint: Endpoint, raw: bytes) -> Any:
    """The JSON of the body where the endpoint wants one."""
    if endpoint.body != "json":
        return None
    if not raw.strip():
        raise BadRequest("The body must not be empty.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from None
    if b"\\u0000" in raw and _holds_nul(body):
        raise BadRequest("The body must not contain the character NUL.")
    return body


def _holds_nul(value: Any) -> bool:
    """PostgreSQL keeps no such text."""
    if isinstance(value, dict):
        return any("\0" in name or _holds_nul(inner) for name, inner in value.items())
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value


def pruned(reply: Reply, call: Call) -> Reply:
    """`selectedFields` holds for answers, not for errors."""
    if reply.pruned or call.selected is None or reply.status >= 400 or not isinstance(reply.body, dict):
        return reply
    return Reply(reply.status, selected.prune(reply.body, call.selected), reply.headers, reply.media)


def refusal(error: ApiError) -> Reply:
    return Reply(error.status, error.body, error.headers)


#: The one service of this process; `osipi_site.urls` fills in the endpoints of all apps.
service = Service()
