"""Pages of lists: ``startIndex`` and ``maxCount`` in, ``Links`` out.

The vendor tells First, Previous, Next and Last. The total is only counted when there is more than one
page. The parameters of the request are kept in the links.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from piwebapi.securables import visible

from .dump import dump_all
from .resource import Call, Reply, Resource

#: A QuerySet, or a sequence that is in memory already.
Rows = Any


def page(call: Call, resource: Resource, rows: Rows) -> Reply:
    """The asked slice of those `rows` that the caller may read, with its links."""
    if isinstance(rows, QuerySet):
        rows = visible(call.caller, rows)
    start, count = call.params.get("startIndex") or 0, call.params.get("maxCount")
    if count is None:
        found, total = list(rows), None
    else:
        found = list(rows[start : start + count])
        total = start + len(found)
        if len(found) == count or (not found and start):
            total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    items = dump_all(resource, found, call)
    return Reply(200, {"Links": links(call, start, count, total), "Items": items})


def links(call: Call, start: int, count: int | None, total: int | None) -> dict[str, str]:
    """Only a list of several pages has links; the last page has no Next."""
    if count is None or total is None or (total <= count and not start):
        return {}
    last = max(0, (total - 1) // count * count)
    found = {"First": _link(call, 0)}
    if start > 0:
        found["Previous"] = _link(call, max(0, start - count))
    if start + count < total:
        found["Next"] = _link(call, start + count)
    found["Last"] = _link(call, last)
    return found


def _link(call: Call, start: int) -> str:
    query = [(name, text) for name, texts in call.query.items() for text in texts if name != "startindex"]
    known = {param.name.lower(): param.name for param in call.endpoint.params}
    pairs = [(known.get(name, name), text) for name, text in query]
    return f"{call.base}/{call.url}?{urlencode([*pairs, ('startIndex', str(start))])}"
