"""Enumeration sets, digital state sets and their values."""

from __future__ import annotations

from typing import Any

from piwebapi.api import fields
from piwebapi.api.links import collections, own, secured, to
from piwebapi.api.resource import Call, Endpoint, Resource
from piwebapi.models import EnumerationSet, EnumerationValue
from piwebapi.services import databases, objects
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child


def _parent_name(obj: EnumerationValue, call: Call) -> str:
    return obj.parent.name if obj.parent else ""


ENUMERATION_SET = Resource(
    "EnumerationSet",
    "enumerationsets",
    fields=(fields.NAME, fields.DESCRIPTION),
    links=(
        *collections("enumerationsets", Values="enumerationvalues"),
        *secured("enumerationsets"),
        to("Database", "assetdatabases", lambda obj: obj.database),
        to("DataServer", "dataservers", lambda obj: obj.data_server),
    ),
)
ENUMERATION_VALUE = Resource(
    "EnumerationValue",
    "enumerationvalues",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.integer("Value", "value", required=True),
        fields.computed("Parent", _parent_name),
    ),
    links=(
        own("Self", "enumerationvalues/{}"),
        to("EnumerationSet", "enumerationsets", lambda obj: obj.enumeration_set),
        to("Parent", "enumerationvalues", lambda obj: obj.parent),
    ),
    sorts={"value": "value", "name": "name_key"},
)


def values(owner: EnumerationSet, asked: Any) -> Any:
    rows = owner.values.select_related("enumeration_set__database__server", "enumeration_set__data_server", "parent")
    return rows.order_by("value")


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(ENUMERATION_SET, identity.Identity(objects.update, objects.delete)),
    *children.endpoints(
        ENUMERATION_SET,
        "enumerationvalues",
        Child(ENUMERATION_VALUE, values, databases.create_enumeration_value),
        get="GetValues",
        post="CreateValue",
    ),
    *identity.endpoints(
        ENUMERATION_VALUE,
        identity.Identity(databases.update_enumeration_value, objects.delete),
        operations={"update": "UpdateEnumerationValue", "delete": "DeleteEnumerationValue"},
    ),
)
