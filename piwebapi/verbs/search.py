"""Searches by query text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import ITEM, answers, listed
from piwebapi.api.paging import page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.queries import search


@dataclass(frozen=True)
class Search:
    """`rows(home)` are what is searched, `table` the filters that the query may hold; `home` is the kind of
    object that holds what is searched."""

    rows: Callable[[Any], QuerySet[Any]]
    table: search.Table
    order: tuple[Any, ...] = ("name_key", "pk")
    home: str = "AssetDatabase"

    @property
    def param(self) -> params.Param:
        return DATABASE if self.home == "AssetDatabase" else SERVER


@answers(listed(ITEM))
def searched(call: Call) -> Reply:
    detail: Search = call.endpoint.detail
    home = find(call.caller, call[detail.param.name], detail.home)
    condition = search.conditions(call["query"] or "", detail.table, home, call.now)
    rows = detail.rows(home).filter(condition).order_by(*detail.order)
    return page(call, call.resource, rows)


DATABASE = params.text("databaseWebId", required=True, about="The database to search.")
SERVER = params.text("assetServerWebId", required=True, about="The asset server to search.")
PARAMS = (
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
        (detail.param, *PARAMS),
        resource=resource,
        detail=detail,
    )
