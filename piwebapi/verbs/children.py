"""Collections of an object: list them, make a new one in them, refer to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from piwebapi.access import find, find_shared
from piwebapi.api import fields, params
from piwebapi.api.answers import ITEM, answers, takes
from piwebapi.api.answers import listed as list_of
from piwebapi.api.paging import Rows, page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource, created
from piwebapi.callers import Right


@dataclass(frozen=True)
class Child:
    """A collection below an object.

    `rows(owner, asked)` reads; `create(owner, now=, **values)` is the service that makes a new object and
    gives it back. It needs `right` on the owner, or what `right_of(call)` tells; `prepare` turns what was
    sent into what the service takes, where that depends on the caller.
    """

    item: Resource
    rows: Callable[[Any, Mapping[str, Any]], Rows] | None = None
    create: Callable[..., Any] | None = None
    right: Right = "write"
    right_of: Callable[[Call], Right] | None = None
    prepare: Callable[[Call, dict[str, Any]], dict[str, Any]] | None = None


@answers(list_of(ITEM))
def listed(call: Call) -> Reply:
    child: Child = call.endpoint.detail
    assert child.rows is not None
    owner = find_shared(call.caller, call.web_id, call.resource.name)
    return page(call, child.item, child.rows(owner, call.params))


@takes(ITEM)
@answers(None, 201)
def made(call: Call) -> Reply:
    """201 with the address of the new object. BadRequest by the service where a value does not fit."""
    child: Child = call.endpoint.detail
    assert child.create is not None
    owner = find(
        call.caller,
        call.web_id,
        call.resource.name,
        right=child.right_of(call) if child.right_of else child.right,
    )
    values = fields.load(call.body, child.item.fields, "create", child.item.head)
    if child.prepare is not None:
        values = child.prepare(call, values)
    with transaction.atomic():
        obj = child.create(owner, now=call.now, **values)
    return created(f"{call.base}/{child.item.segment}/{obj.web_id(call.form)}")


def endpoints(
    owner: Resource,
    segment: str,
    child: Child,
    *,
    get: str = "",
    post: str = "",
    params_of: tuple[params.Param, ...] = (),
    extension: bool = False,
) -> tuple[Endpoint, ...]:
    """`get` and `post` are the operations' names as the vendor gives them."""
    route = f"{owner.segment}/{{webId}}/{segment}"
    found: list[Endpoint] = []
    if get:
        every = (*params_of, *params.OBJECT)
        reading = Endpoint(f"{owner.name}_{get}", "GET", route, listed, every, resource=owner, detail=child)
        found.append(replace(reading, extension=extension))
    if post:
        form = (params.WEB_ID_TYPE,)
        making = Endpoint(f"{owner.name}_{post}", "POST", route, made, form, resource=owner, detail=child)
        found.append(replace(making, right="write", body="json"))
    return tuple(found)
