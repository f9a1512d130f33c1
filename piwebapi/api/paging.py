"""Pages of lists: ``startIndex`` and ``maxCount`` in, ``Links`` out.

The vendor tells First, Previous, Next and Last, and leaves out Last where the total is not known. It is
only counted when there is more than one page. The parameters of the request are kept in the links.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from piwebapi.core.wildcards import Pattern
from piwebapi.securables import visible

from .dump import dump_all
from .resource import Call, Reply, Resource

#: A QuerySet, or a sequence that is in memory already.
Rows = Any


#: totals beyond this are not told: counting more rows takes longer than the page, and only `Last` needs it
MOST_COUNTED = 5_000
#: further in than this the keys of a page are found first: what is computed per row would be for all rows before it
DEEP = 1_000
MOST_KEYS = 5_000


@dataclass(frozen=True)
class Slice:
    """`total` is None where it is not told."""

    rows: list[Any]
    total: int | None
    more: bool


def page(call: Call, resource: Resource, rows: Rows) -> Reply:
    """The asked slice of those `rows` that the caller may read, with its links."""
    if isinstance(rows, QuerySet):
        rows = visible(call.caller, rows)
    start, count = call.params.get("startIndex") or 0, call.params.get("maxCount")
    taken = sliced(rows, start, count)
    items = dump_all(resource, taken.rows, call)
    return Reply(200, {"Links": links(call, start, count, taken.total, taken.more), "Items": items})


def sliced(rows: Rows, start: int, count: int | None) -> Slice:
    """At most `count` rows from `start` on. A page that goes far into a list, or passes many rows, reads keys first and
    then only its own rows."""
    if count is None:
        return Slice(list(rows), None, False)
    if not isinstance(rows, QuerySet):
        return Slice(list(rows[start : start + count]), len(rows), start + count < len(rows))
    if count <= MOST_KEYS and (start >= DEEP or passes_many(rows)):
        keys = list(rows.values_list("pk", flat=True)[start : start + count + 1])
        found, more = list(rows.filter(pk__in=keys[:count])), len(keys) > count
    else:
        found = list(rows[start : start + count + 1])
        found, more = found[:count], len(found) > count
    if not more and (found or not start):
        return Slice(found, start + len(found), more)
    return Slice(found, counted(rows), more)


def passes_many(rows: QuerySet[Any]) -> bool:
    """Whether the database passes rows that do not fit: a pattern that begins with a wildcard, or a condition on
    what a row has several of (categories). Their keys stand in the index that gives the order, so that only rows are
    read that fit."""
    joins = rows.query.alias_map.values()
    several = any(getattr(getattr(join, "join_field", None), "one_to_many", False) for join in joins)
    patterns = (leaf.rhs for leaf in _leaves(rows.query.where) if isinstance(getattr(leaf, "rhs", None), Pattern))
    return several or any(not pattern.prefix for pattern in patterns)


def _leaves(node: Any) -> Iterator[Any]:
    for child in node.children:
        yield from _leaves(child) if hasattr(child, "children") else (child,)


def counted(rows: QuerySet[Any]) -> int | None:
    """How many rows there are in all; None where that is more than is worth counting."""
    number = getattr(rows, "number", None)  # of some lists it is known before they are read
    if number is None:
        number = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return number if number <= MOST_COUNTED else None


def links(call: Call, start: int, count: int | None, total: int | None, more: bool) -> dict[str, str]:
    """Only a list of several pages has links; the last page has no Next."""
    if count is None or not (more or start):
        return {}
    found = {"First": _link(call, 0)}
    if start > 0:
        found["Previous"] = _link(call, max(0, start - count))
    if more:
        found["Next"] = _link(call, start + count)
    if total is not None:
        found["Last"] = _link(call, max(0, (total - 1) // count * count))
    return found


def _link(call: Call, start: int) -> str:
    query = [(name, text) for name, texts in call.query.items() for text in texts if name != "startindex"]
    known = {param.name.lower(): param.name for param in call.endpoint.params}
    pairs = [(known.get(name, name), text) for name, text in query]
    return f"{call.base}/{call.url}?{urlencode([*pairs, ('startIndex', str(start))])}"
