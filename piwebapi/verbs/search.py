"""Searches by query text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.paging import page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.queries import search


@dataclass(frozen=True)
class Search:
    """`rows(database)` are what is searched, `table` the filters that the query may hold."""

    rows: Callable[[Any], QuerySet[Any]]
    table: search.Table
    order: tuple[Any, ...] = ("name_key", "pk")


def searched(call: Call) -> Reply:
    detail: Search = call.endpoint.detail
    assert call.endpoint.resource is not None
    database = find(call.caller, call["databaseWebId"], "AssetDatabase")
    condition = search.conditions(call["query"] or "", detail.table, database, call.now)
    rows = detail.rows(database).filter(condition).order_by(*detail.order)
    return page(call, call.endpoint.resource, rows)


PARAMS = (
    params.text("databaseWebId", required=True, about="The database to search."),
    params.text("query", about="Name:=Pump* Template:=Pump ..."),
    params.START_INDEX,
    params.MAX_COUNT,
    params.ASSOCIATIONS,
    *params.OBJECT,
)


def endpoint(resource: Resource, operation: str, detail: Search) -> Endpoint:
    return Endpoint(
        f"{resource.name}_{operation}",
        "GET",
        f"{resource.segment}/search",
        searched,
        PARAMS,
        resource=resource,
        detail=detail,
    )
