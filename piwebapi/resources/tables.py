"""AF tables and their data."""

from __future__ import annotations

from django.db import transaction

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import ANYTHING, TEXT, answers, many, record, table_of, takes
from piwebapi.api.links import collections, secured, to
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.services import databases, objects
from piwebapi.verbs import identity

from .categories import TABLE_CATEGORY

TABLE = Resource(
    "Table",
    "tables",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.CATEGORIES,
        fields.text("TimeZone", "time_zone"),
        fields.flag("ConvertToLocalTime", "convert_to_local_time"),
    ),
    links=(
        *collections("tables", Categories="categories", Data="data"),
        *secured("tables"),
        to("Database", "assetdatabases", lambda obj: obj.database),
    ),
)
CONTENT = record(Columns=table_of(TEXT), Rows=many(table_of(ANYTHING)))


@answers(CONTENT)
def data(call: Call) -> Reply:
    table = find(call.caller, call.web_id, "Table")
    return Reply(200, {"Columns": table.columns, "Rows": table.records()})


@takes(CONTENT)
@answers(None, 201)
def replace_data(call: Call) -> Reply:
    table = find(call.caller, call.web_id, "Table", right="write")
    with transaction.atomic():
        databases.replace_table_data(table, call.body)
    return Reply(201)


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(TABLE, identity.Identity(objects.update, objects.delete)),
    identity.categories_endpoint(TABLE, TABLE_CATEGORY),
    Endpoint("Table_GetData", "GET", "tables/{webId}/data", data, (params.SELECTED_FIELDS,), resource=TABLE),
    Endpoint(
        "Table_UpdateData",
        "PUT",
        "tables/{webId}/data",
        replace_data,
        right="write",
        body="json",
        resource=TABLE,
    ),
)
