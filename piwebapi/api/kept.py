"""Replies that depend on nothing but the catalogue and the caller, kept until the catalogue changes.

They are kept as bytes under what was asked, so an answer that is still good costs one small statement. Event
frames, values, searches and everything that looks at the clock are never kept.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from piwebapi import catalog, policy
from piwebapi.catalog import Kept

from .render import json_bytes
from .resource import Endpoint, Reply

if TYPE_CHECKING:
    from .service import Request

#: bytes of all kept replies of a process
SIZE = 64 * 2**20
#: what the objects of these controllers tell comes from the catalogue alone
CONTROLLERS = frozenset(
    (
        *("AssetServer", "AssetDatabase", "DataServer", "Element", "Point", "ElementTemplate", "AttributeTemplate"),
        *("ElementCategory", "AttributeCategory", "EnumerationSet", "EnumerationValue", "Unit", "UnitClass", "Table"),
    )
)
#: their operations that do: an object itself, and the lists below it
VERBS = frozenset(
    (
        *("Get", "GetByPath", "GetByName", "List", "ListByName", "GetElements", "GetAttributes", "GetPoints"),
        *("GetElementTemplates", "GetAttributeTemplates", "GetEnumerationSets", "GetValues", "GetUnits"),
        *("GetUnitClasses", "GetElementCategories", "GetAttributeCategories", "GetTables", "GetTableCategories"),
    )
)

_replies: Kept[Reply] = Kept(SIZE)


def is_lasting(endpoint: Endpoint) -> bool:
    controller, _, verb = endpoint.operation.partition("_")
    return endpoint.method == "GET" and controller in CONTROLLERS and verb in VERBS


def key_of(request: Request) -> Hashable:
    """All of a request that its reply depends on."""
    caller = request.caller
    return request.path, request.query, request.base, caller.name, getattr(caller.user, "pk", None), caller.may_write


def version() -> Hashable | None:
    """What replies are good for: the version of the catalogue and of security; None inside a transaction."""
    now = catalog.version()
    return None if now is None else (now, policy.current().version)


def find(request: Request) -> Reply | None:
    """The reply that was kept for this question, if it is still good."""
    if request.method != "GET" or (key := key_of(request)) not in _replies:
        return None
    return _replies.get(key, version())


def keep(request: Request, version: Hashable, reply: Reply) -> Reply:
    """`version` is that from before the reply was worked out."""
    if reply.status != 200 or not reply.media.startswith("application/json"):
        return reply
    body = json_bytes(reply.body)
    ready = Reply(200, body, reply.headers, reply.media, pruned=True)
    _replies.put(key_of(request), version, ready, len(body) + 500)
    return ready
