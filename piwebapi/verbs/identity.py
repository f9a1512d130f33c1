"""Get by id, path or name, get several, change, delete; categories of an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from piwebapi.access import allowed, find, find_by_path, find_each, find_each_by_path
from piwebapi.api import fields, params
from piwebapi.api.answers import ITEM, TEXT, answers, listed, named, or_null, record, takes
from piwebapi.api.dump import dump
from piwebapi.api.paging import page
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource
from piwebapi.callers import Right
from piwebapi.core.chunks import chunks
from piwebapi.core.errors import ApiError
from piwebapi.core.selected import below
from piwebapi.services import security

INCLUDE_MODE = params.choice(
    "includeMode",
    ("All", "ItemsWithException", "ItemsWithoutException"),
    "All",
    about="Which items to answer.",
)
AS_PARALLEL = params.flag("asParallel", about="Taken for compatibility; it has no effect.")


@dataclass(frozen=True)
class Identity:
    """What the identity verbs need to know of a kind of object.

    `update(obj, now=, **changes)` and `delete(obj)` are services; `dressed(objs)` reads again, in a few queries, what
    the objects show beyond their rows. Changing needs the right `right`, or those that `rights_of(obj, body)` tells;
    `prepare` turns what was sent into what the service takes, where that depends on the caller.
    """

    update: Callable[..., None] | None = None
    delete: Callable[[Any], None] | None = None
    right: Right = "write"
    rights_of: Callable[[Any, Any], tuple[Right, ...]] | None = None
    prepare: Callable[[Call, dict[str, Any]], dict[str, Any]] | None = None
    dressed: Callable[[Sequence[Any]], list[Any]] = list


def shown(call: Call, obj: Any) -> Reply:
    """One object as the body."""
    (dressed,) = call.endpoint.detail.dressed([obj])
    return Reply(200, dump(call.resource, dressed, call, call.selected))


@answers(ITEM)
def get(call: Call) -> Reply:
    return shown(call, find(call.caller, call.web_id, call.resource.name))


@answers(ITEM)
def get_by_path(call: Call) -> Reply:
    return shown(call, find_by_path(call.caller, call["path"], call.resource.name))


@answers(ITEM)
def get_by_name(call: Call) -> Reply:
    return shown(call, find_by_path(call.caller, f"\\\\{call['name']}", call.resource.name))


@takes(ITEM)
@answers(None, 204)
def update(call: Call) -> Reply:
    detail: Identity = call.endpoint.detail
    assert detail.update is not None
    obj = find(call.caller, call.web_id, call.resource.name, right="read" if detail.rights_of else detail.right)
    for right in detail.rights_of(obj, call.body) if detail.rights_of else ():
        allowed(call.caller, obj, right)
    changes = fields.load(call.body, call.resource.fields, "update", call.resource.head, partial=True)
    if detail.prepare is not None:
        changes = detail.prepare(call, changes)
    with transaction.atomic():
        detail.update(obj, now=call.now, **changes)
    return NO_CONTENT


@answers(None, 204)
def delete(call: Call) -> Reply:
    detail: Identity = call.endpoint.detail
    assert detail.delete is not None
    right: Right = "delete" if detail.right == "write" else detail.right
    obj = find(call.caller, call.web_id, call.resource.name, right=right)
    with transaction.atomic():
        detail.delete(obj)
        security.forget_gone(obj)
    return NO_CONTENT


@answers(
    listed(record(Identifier=TEXT, IdentifierType=TEXT, Object=or_null(ITEM), Exception=or_null(named("Errors")))),
    200,
    207,
)
def multiple(call: Call) -> Reply:
    """Objects by WebIds and paths; what fails is told in its place, and the status is 207 then."""
    asked = [("WebId", text) for text in call["webId"]] + [("Path", text) for text in call["path"]]
    params.refuse_above_maximum("webId", len(asked))
    found = find_each(call.caller, call["webId"], call.resource.name)
    found += find_each_by_path(call.caller, call["path"], call.resource.name)
    good = [obj for obj in found if not isinstance(obj, ApiError)]
    dressed = iter(call.endpoint.detail.dressed(good))
    items = [
        _item(call, kind, text, obj if isinstance(obj, ApiError) else next(dressed))
        for (kind, text), obj in zip(asked, found, strict=True)
    ]
    failed = any(item["Exception"] for item in items)
    if call["includeMode"] != "All":
        with_exception = call["includeMode"] == "ItemsWithException"
        items = [item for item in items if bool(item["Exception"]) == with_exception]
    return Reply(207 if failed else 200, {"Links": {}, "Items": items})


def _item(call: Call, kind: str, text: str, obj: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"Identifier": text, "IdentifierType": kind, "Object": None, "Exception": None}
    if isinstance(obj, ApiError):
        return {**found, "Exception": {"Errors": list(obj.messages)}}
    return {**found, "Object": dump(call.resource, obj, call, below(call.selected, "Items", "Object"))}


def in_order(objs: Sequence[Any], rows: QuerySet[Any]) -> list[Any]:
    """The rows again, in the order of the objects: one query (and its prefetches) for 500."""
    found: dict[Any, Any] = {}
    for some in chunks(objs):
        found |= {row.pk: row for row in rows.filter(pk__in=[obj.pk for obj in some])}
    return [found[obj.pk] for obj in objs]


@answers(listed(ITEM))
def categories(call: Call) -> Reply:
    """`detail` is the resource of the categories."""
    obj = find(call.caller, call.web_id, call.resource.name)
    rows = obj.categories.select_related("database__server").order_by("name_key")
    return page(call, call.endpoint.detail, rows)


def endpoints(
    resource: Resource,
    identity: Identity,
    *,
    verbs: str = "get path update delete",
    operations: Mapping[str, str] | None = None,
    params_of: tuple[params.Param, ...] = (),
) -> tuple[Endpoint, ...]:
    """The identity operations of a resource; `operations` renames those that the vendor names otherwise."""
    names = {"delete": "Delete", "update": "Update", **(operations or {})}
    item, root = f"{resource.segment}/{{webId}}", resource.segment
    every = (*params.OBJECT, *params_of)
    known = {
        "get": Endpoint(f"{resource.name}_Get", "GET", item, get, every),
        "path": Endpoint(
            f"{resource.name}_GetByPath", "GET", root, get_by_path, (params.PATH, *every), selector="path"
        ),
        "name": Endpoint(
            f"{resource.name}_GetByName", "GET", root, get_by_name, (params.NAME, *every), selector="name"
        ),
        "multiple": Endpoint(
            f"{resource.name}_GetMultiple",
            "GET",
            f"{root}/multiple",
            multiple,
            (params.WEB_ID, params.PATHS, INCLUDE_MODE, AS_PARALLEL, *every),
        ),
        "update": Endpoint(f"{resource.name}_{names['update']}", "PATCH", item, update, right="write", body="json"),
        "delete": Endpoint(f"{resource.name}_{names['delete']}", "DELETE", item, delete, right="write"),
    }
    return tuple(bound(known[verb], resource, identity) for verb in verbs.split())


def bound(endpoint: Endpoint, resource: Resource, detail: Any) -> Endpoint:
    return replace(endpoint, resource=resource, detail=detail)


def categories_endpoint(resource: Resource, category: Resource) -> Endpoint:
    return Endpoint(
        f"{resource.name}_GetCategories",
        "GET",
        f"{resource.segment}/{{webId}}/categories",
        categories,
        (*params.OBJECT,),
        resource=resource,
        detail=category,
    )
