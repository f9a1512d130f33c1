"""Lists of a source, page by page: nothing missing, nothing twice.

Pages are followed by Links.Next; a server that gives none is asked by startIndex until a page is short. Objects that a
page repeats are left out. An empty page is asked for twice before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from events.ingestion.client import Parameters, PiClient
from events.ingestion.faults import SourceError, TooMuch

AGAIN = 3


def listed(client: PiClient, path: str, parameters: Parameters, size: int) -> Iterator[list[dict[str, Any]]]:
    """Pages of at most `size` objects; each object once, by its WebId. The size is halved where it is too much."""
    start, following = 0, ""
    seen: set[Any] = set()
    while True:
        try:
            body = _page(client, path, parameters, start, size, following, seen)
        except TooMuch:
            if size <= 1:
                raise
            size, following = size // 2, ""
            continue
        items = body.get("Items") or []
        fresh = [item for item in items if item.get("WebId") not in seen]
        seen.update(item.get("WebId") for item in fresh)
        if fresh:
            yield fresh
        start += len(items)
        following = _next(body, start)
        if not items or (not following and len(items) < size):
            return


def _page(
    client: PiClient, path: str, parameters: Parameters, start: int, size: int, following: str, seen: set[Any]
) -> dict[str, Any]:
    """The page, asked for again while it is empty or repeats what has been seen."""
    body: dict[str, Any] = {}
    for _ in range(AGAIN):
        if following:
            body = client.get(following)
        else:
            body = client.get(path, [*parameters, ("startIndex", str(start)), ("maxCount", str(size))])
        items = body.get("Items") or []
        if any(item.get("WebId") not in seen for item in items):
            return body
        if not items and not start:
            break
    if not body.get("Items") and not start:
        return client.get(path, [*parameters, ("startIndex", "0"), ("maxCount", str(size))])
    return body


def _next(body: dict[str, Any], start: int) -> str:
    """The link, unless it would leave objects out."""
    link = str((body.get("Links") or {}).get("Next") or "")
    named = {name.lower(): value for name, value in parse_qsl(urlsplit(link).query)}
    at = named.get("startindex")
    return "" if at is not None and at != str(start) else link


def first_named(client: PiClient, path: str, name: str, what: str) -> dict[str, Any]:
    """The object of that name in a short list, or its first one. A permanent SourceError when there is none."""
    found = [item for page in listed(client, path, (), client.source.page_size) for item in page]
    for item in found:
        if not name or str(item.get("Name", "")).lower() == name.lower():
            return item
    told = f"has no {what} named '{name}'" if name else f"has no {what}"
    raise SourceError(f"Source '{client.source.name}' {told}.", permanent=True)
