"""Executing a batch: each request is answered by the service itself, never over the network.

The authority of a URL is ignored, as the vendor documents: what is asked is always this server. Rights,
limits and errors are those of single requests, because the way through `Service.answer` is the same.
Source: PI Web API reference, batch/execute; a request whose parent failed is answered 400 (inferred).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from piwebapi.core import jsonpaths, loosejson
from piwebapi.core.errors import ApiError, BadRequest

from .answers import ANYTHING, INTEGER, TEXT, answers, many, record, table_of, takes
from .batchplan import MOST_REQUESTS, Item, plan
from .render import encode, json_bytes
from .resource import Call, Endpoint, Reply
from .service import Request, refusal, service

_PLACE = re.compile(r"\{(\d+)\}")
_AUTHORITY = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_ROOT = re.compile(r"/*piwebapi(?=[/?#]|$)", re.IGNORECASE)
JSON = "application/json; charset=utf-8"
REQUEST = record(
    **dict.fromkeys(("Method", "Resource"), TEXT),
    RequestTemplate=record(Resource=TEXT),
    Headers=table_of(TEXT),
    Content=ANYTHING,
    **dict.fromkeys(("Parameters", "ParentIds"), many(TEXT)),
)
RESPONSE = record(Status=INTEGER, Headers=table_of(TEXT), Content=ANYTHING)


@dataclass
class Batch:
    """The responses so far. `parsed` holds those that a JSONPath has looked into, as plain JSON."""

    call: Call
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    parsed: dict[str, Any] = field(default_factory=dict)
    paths: jsonpaths.Paths = field(default_factory=jsonpaths.Paths)
    #: replies that were worked out before, several in one step
    ahead: Mapping[str, Reply] = field(default_factory=dict)
    sent: int = 0

    def run(self, item: Item) -> dict[str, Any]:
        try:
            failed = next((parent for parent in item.parents if self.responses[parent]["Status"] >= 400), None)
            if failed is not None:
                raise BadRequest(f"The request was not carried out, because the request '{failed}' failed.")
            if item.template:
                return self.expanded(item)
            return self.asked(item, [self.tokens(path)[0] for path in item.parameters])
        except ApiError as error:
            return response(refusal(error))

    def expanded(self, item: Item) -> dict[str, Any]:
        """One request for each token; parameters of one token go with all of another's."""
        chosen = [self.tokens(path, least=0) for path in item.parameters]
        length = max((len(tokens) for tokens in chosen), default=1)
        if any(not tokens for tokens in chosen):
            length = 0
        elif any(len(tokens) not in (1, length) for tokens in chosen):
            raise BadRequest("The Parameters of a RequestTemplate select different numbers of tokens.")
        rows = [[tokens[at if len(tokens) > 1 else 0] for tokens in chosen] for at in range(length)]
        items = [self.asked(item, row) for row in rows]
        return {"Status": 207, "Headers": {"Content-Type": JSON}, "Content": {"Total": length, "Items": items}}

    def tokens(self, path: str, least: int = 1) -> list[Any]:
        found = self.paths.select(path, self.root(path)) if jsonpaths.is_path(path) else [path]
        if len(found) < least:
            raise BadRequest(f"The JSONPath '{path}' selects nothing.")
        return found

    def root(self, path: str) -> dict[str, Any]:
        """What the path may look into; the response that it names becomes plain JSON once."""
        name = jsonpaths.root_name(path)
        for key in self.responses if name is None else [name]:
            if key in self.responses and key not in self.parsed:
                self.parsed[key] = orjson.loads(json_bytes(self.responses[key]))
        return self.parsed

    def asked(self, item: Item, tokens: Sequence[Any]) -> dict[str, Any]:
        """The response to one request, with the tokens in their places."""
        self.sent += 1
        if self.sent > MOST_REQUESTS:
            raise BadRequest(f"The number of requests is greater than the maximum allowed ({MOST_REQUESTS}).")
        target = item.resource
        if jsonpaths.is_path(target):
            target = str(self.tokens(target)[0])
        path, query = split(target, tokens, item.options)
        if path.strip("/").lower() == "batch":
            raise BadRequest("A batch cannot hold another batch.")
        asked = Request(
            method=item.method,
            path=path,
            query=query,
            caller=self.call.caller,
            now=self.call.now,
            base=self.call.base,
            raw=content(item.content, tokens),
            headers=item.headers,
        )
        try:
            return response(self.ahead.get(item.id) or service.answer(asked), item.method)
        except ApiError as error:
            return response(refusal(error))


def split(target: str, tokens: Sequence[Any], options: Mapping[str, Any]) -> tuple[str, str]:
    """Path below the root of the service, and query. Tokens in the query stand for themselves: encoded."""
    path, _, query = target.partition("?")
    path = placed(path, tokens, str)
    if "?" in path:  # a token was a whole URL with a query of its own
        path, _, first = path.partition("?")
        query = f"{first}&{query}" if query else first
    path = _AUTHORITY.sub("", path, count=1)
    root = _ROOT.search(path)
    if root is not None and (root.start() == 0 or _AUTHORITY.match(target)):
        path = path[root.end() :]
    query = placed(query, tokens, lambda token: quote(str(token), safe=""))
    if options:
        more = urlencode({name: _option(value) for name, value in options.items()}, doseq=True)
        query = f"{query}&{more}" if query else more
    return path, query


def _option(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def placed(text: str, tokens: Sequence[Any], write: Callable[[Any], str]) -> str:
    """``{0}`` becomes the first token. Other braces stay: they are JSON's."""

    def token(match: re.Match[str]) -> str:
        place = int(match[1])
        if place >= len(tokens):
            raise BadRequest(f"There is no parameter for '{match[0]}'.")
        return write(tokens[place])

    return _PLACE.sub(token, text) if tokens else text


def content(given: Any, tokens: Sequence[Any]) -> bytes:
    """The body of a request: strict JSON, whatever form it was given in."""
    if given is None or given == "":
        return b""
    text = given if isinstance(given, str) else orjson.dumps(given).decode()
    text = placed(text, tokens, _json_text)
    try:
        return orjson.dumps(loosejson.loads(text))
    except ValueError:
        return text.encode()  # what is no JSON the endpoint itself refuses, or takes (XML)


def _json_text(token: Any) -> str:
    """A text as it stands inside quotes; everything else as JSON."""
    encoded = orjson.dumps(token).decode()
    return encoded[1:-1] if isinstance(token, str) else encoded


def response(reply: Reply, method: str = "") -> dict[str, Any]:
    """A reply as a member of the answer: headers are texts, Content is JSON."""
    body: Any = "" if reply.body is None or method == "HEAD" else reply.body
    if isinstance(body, bytes):
        body = orjson.Fragment(body) if reply.media.startswith("application/json") else body.decode("utf-8", "replace")
    headers = {name: encode(value) for name, value in reply.headers.items()}
    if reply.body is not None:
        headers["Content-Type"] = reply.media
    return {"Status": reply.status, "Headers": headers, "Content": body}


def answered_ahead(call: Call, items: Sequence[Item]) -> dict[str, Reply]:
    """Of a batch that only reads: the requests that nothing comes before and that are alike."""
    if any(item.method != "GET" for item in items):
        return {}
    free = [item for item in items if not (item.parents or item.parameters or item.template)]
    requests: dict[str, Request] = {}
    for item in free[:MOST_REQUESTS]:
        if not jsonpaths.is_path(item.resource):
            path, query = split(item.resource, (), item.options)
            requests[item.id] = Request("GET", path, query, call.caller, call.now, call.base, headers=item.headers)
    return service.answer_together(requests)


@answers({"anyOf": [table_of(RESPONSE), record(Responses=many(RESPONSE))]}, 207)
@takes(table_of(REQUEST))
def execute(call: Call) -> Reply:
    """Always 207, whatever became of the single requests; 400 only for a body that is no batch."""
    asked = plan(_body(call.raw))
    batch = Batch(call, ahead=answered_ahead(call, asked.items))
    for item in asked.items:
        batch.responses[item.id] = batch.run(item)
    found = {key: batch.responses[key] for key in asked.ids}
    return Reply(207, {"Responses": list(found.values())} if asked.listed else found, pruned=True)


def _body(raw: bytes) -> Any:
    if not raw.strip():
        raise BadRequest("The body must not be empty.")
    try:
        return loosejson.loads(raw)
    except ValueError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from None


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("Batch_Execute", "POST", "batch", execute, body="raw", summary="Executes several requests at once."),
)
