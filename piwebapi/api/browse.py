"""The page that a browser gets for a URL of the service: the same answer, readable, with its links and a form.

Programs never see it: only an `Accept` header that names text/html chooses it (`render.PageRenderer`), and
``?format=json`` gives the plain answer to a browser, too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import orjson
from django.template.loader import render_to_string

from .markup import Markup
from .params import Param, split
from .resource import Endpoint

if TYPE_CHECKING:
    from .service import Request

#: segment of the URL -> our page that shows the object, by its WebId
PAGES = {"elements": "/elements/?webid=", "eventframes": "/events/?id=", "points": "/trend/?webid="}
VALUE_SEGMENTS = ("streams", "attributes")


def page_of(body: bytes, renderer_context: Mapping[str, Any]) -> bytes:
    """`body` is the answer as programs get it."""
    response = renderer_context["response"]
    asked: Request | None = getattr(response, "asked", None)
    request = renderer_context["request"]._request
    if not response.get("Content-Type", "application/json").startswith(("application/json", "text/html")):
        return body
    base = asked.base if asked else f"{request.scheme}://{request.get_host()}/piwebapi"
    path = asked.path.strip("/") if asked else ""
    query = asked.query if asked else ""
    endpoints = _endpoints(path)
    endpoint = _chosen(endpoints, query, asked.method if asked else "GET")
    markup = Markup(base)
    context = {
        "endpoint": endpoint,
        "controller": endpoint.operation.partition("_")[0] if endpoint else "",
        "action": endpoint.operation.partition("_")[2] if endpoint else "",
        "others": [other for other in endpoints if other is not endpoint],
        "url": f"{base}/{path}".rstrip("/") + (f"?{query}" if query else ""),
        "raw": f"?{urlencode([*_pairs(query), ('format', 'json')])}",
        "crumbs": _crumbs(path),
        "json": markup.render(orjson.loads(body)) if body else "",
        "left_out": markup.left_out,
        "status": response.status_code,
        "reason": HTTPStatus(response.status_code).phrase,
        "ok": response.status_code < 400,
        "size": len(body),
        "milliseconds": _took(asked),
        "headers": dict(response.items()),
        "fields": [_field(param, query) for param in endpoint.params] if endpoint else [],
        "shown_in": _shown_in(path),
    }
    return render_to_string("piwebapi/browse.html", context, request=request).encode()


def _endpoints(path: str) -> tuple[Endpoint, ...]:
    from .service import service

    match = service.routes.match(path)
    return match.endpoints if match else ()


def _chosen(endpoints: tuple[Endpoint, ...], query: str, method: str) -> Endpoint | None:
    """The operation that answered, or None for what no operation answers."""
    alike = [endpoint for endpoint in endpoints if endpoint.method == method]
    asked = split(query)
    named = (endpoint for endpoint in alike if endpoint.selector and endpoint.selector.lower() in asked)
    plain = (endpoint for endpoint in alike if not endpoint.selector)
    return next(named, None) or next(plain, None) or next(iter(alike), None)


def _took(asked: Request | None) -> str:
    """Since the request was read; `now` is in ticks of 100 ns."""
    return f"{max(0.0, time.time() * 1000 - asked.now / 10_000):,.0f}" if asked else ""


def _pairs(query: str) -> list[tuple[str, str]]:
    return [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0].lower() != "format"]


def _crumbs(path: str) -> list[tuple[str, str]]:
    """Name and address of each part of the path that answers by itself; of a WebId the last letters are shown."""
    segments = [segment for segment in path.split("/") if segment]
    found = [("piwebapi", "/piwebapi")]
    for length, segment in enumerate(segments, 1):
        part = "/".join(segments[:length])
        answers = any(endpoint.method == "GET" and not _needs(endpoint) for endpoint in _endpoints(part))
        name = segment if len(segment) <= 40 else f"{segment[:12]}…{segment[-6:]}"
        found.append((name, f"/piwebapi/{part}" if answers else ""))
    return found


def _needs(endpoint: Endpoint) -> bool:
    return any(param.required for param in endpoint.params)


def _field(param: Param, query: str) -> dict[str, Any]:
    texts = split(query).get(param.name.lower(), [])
    return {"param": param, "value": texts[-1] if texts else "", "texts": texts or [""], "given": bool(texts)}


def _shown_in(path: str) -> str:
    """Our own page about the object of this URL, if there is one."""
    segment, _, rest = path.partition("/")
    web_id = rest.partition("/")[0]
    if not web_id or len(web_id) < 20:
        return ""
    if segment.lower() in VALUE_SEGMENTS:
        return f"/trend/?{urlencode({'webid': web_id})}"
    start = PAGES.get(segment.lower())
    return start + web_id if start else ""
