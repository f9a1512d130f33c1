"""Searches by the values of attributes: described once with POST, read page by page with GET.

The search id holds the description itself, so nothing is stored, a search never expires, and every process
of the server can answer it. Source: PI Web API reference, search by attribute.
"""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.db.models import Exists, OuterRef, QuerySet

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import ANYTHING, ITEM, TEXT, answers, listed, many, or_null, record, takes
from piwebapi.api.paging import page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.core.errors import BadRequest, TooLarge
from piwebapi.core.webid import fold
from piwebapi.models import ElementTemplate, OwnedAttribute
from piwebapi.queries import values
from piwebapi.services import templates

LARGEST = 64 * 1024  # bytes of a description; its id goes into an address
QUERIES = 20


@dataclass(frozen=True)
class ByAttribute:
    """`rows(root, asked)` are the objects below a database or an object, filtered and ordered as in lists;
    `owner` is the column of `attributes` that leads to them."""

    rows: Callable[[Any, Mapping[str, Any]], QuerySet[Any]]
    attributes: type[OwnedAttribute]
    owner: str
    roots: tuple[str, ...]
    params: tuple[params.Param, ...]


@dataclass(frozen=True)
class ValueQuery:
    name: str
    value: Any
    operator: str
    unit: str


@dataclass(frozen=True)
class Description:
    """WebIds of the root (empty: the database of the template) and of the template, and the conditions."""

    root: str
    template: str
    queries: tuple[ValueQuery, ...]


QUERY_FIELDS = (
    fields.text("AttributeName", "name", required=True),
    fields.computed("AttributeValue", lambda obj, call: None, "value", fields.load_any),
    fields.text("SearchOperator", "operator"),
    fields.text("AttributeUOM", "unit"),
)

QUERY = record(AttributeName=TEXT, AttributeValue=ANYTHING, SearchOperator=TEXT, AttributeUOM=TEXT)


def described(body: Any) -> Description:
    """The description in a body, checked as far as that needs no database."""
    if not isinstance(body, Mapping):
        raise BadRequest("The body must be a JSON object.")
    given = {name.lower(): value for name, value in body.items()}
    unknown = sorted(given.keys() - {"searchroot", "elementtemplate", "valuequeries", "webexception"})
    if unknown:
        raise BadRequest(f"Unknown members: {', '.join(unknown)}.")
    queries = given.get("valuequeries")
    if not isinstance(queries, list) or not 1 <= len(queries) <= QUERIES:
        raise BadRequest(f"ValueQueries must be a list of 1 to {QUERIES} queries.")
    return Description(
        fields.load_text(given.get("searchroot") or "", "SearchRoot"),
        fields.load_text(given.get("elementtemplate") or "", "ElementTemplate"),
        tuple(_query(query) for query in queries),
    )


def _query(body: Any) -> ValueQuery:
    loaded = fields.load(body, QUERY_FIELDS, "create")
    operator = loaded.get("operator") or "Equal"
    return ValueQuery(loaded["name"], loaded.get("value"), operator, loaded.get("unit", ""))


def packed(description: Description) -> str:
    """The description as a search id: the text of an address."""
    return urlsafe_b64encode(zlib.compress(orjson.dumps(description), 9)).decode().rstrip("=")


def unpacked(search_id: str) -> Description:
    """The description in a search id. BadRequest for every text that `packed` cannot have made."""
    try:
        data = urlsafe_b64decode(search_id.encode() + b"=" * (-len(search_id) % 4))
        inflate = zlib.decompressobj()
        found = orjson.loads(inflate.decompress(data, LARGEST))
        queries = [ValueQuery(**query) for query in found["queries"]]
        texts = [
            found["root"],
            found["template"],
            *(text for one in queries for text in (one.name, one.operator, one.unit)),
        ]
        if len(queries) > QUERIES or not all(isinstance(text, str) for text in texts):
            raise ValueError
        return Description(found["root"], found["template"], tuple(queries))
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, BadRequest):
        raise BadRequest(f"Unknown or invalid search id: '{search_id[:80]}'.") from None


def found(call: Call, description: Description, asked: Mapping[str, Any]) -> QuerySet[Any]:
    """The objects of the template, or of one derived from it, whose attributes fit all conditions."""
    detail: ByAttribute = call.endpoint.detail
    template: ElementTemplate = find(call.caller, description.template, "ElementTemplate")
    root = find(call.caller, description.root, *detail.roots) if description.root else template.database
    rows = detail.rows(root, asked).filter(template__in=templates.derived([template.pk]))
    known = {row.trail_key: row for row in templates.inherited([template.pk])[template.pk]}
    for query in description.queries:
        attribute_template = known.get(fold(query.name.strip("|")))
        if attribute_template is None:
            raise BadRequest(f"The template '{template.name}' has no attribute '{query.name}'.")
        if attribute_template.data_reference:
            raise BadRequest(f"The values of '{query.name}' come from a data reference and cannot be searched.")
        condition = values.comparison(attribute_template, query.operator, query.value, query.unit)
        owned = detail.attributes._default_manager.filter(
            **{detail.owner: OuterRef("pk"), "trail_key": attribute_template.trail_key}
        )
        rows = rows.filter(Exists(values.annotated(owned).filter(condition)))
    return rows


@answers(or_null(listed(ITEM)), 201)
@takes(record(SearchRoot=TEXT, ElementTemplate=TEXT, ValueQueries=many(QUERY)))
def create(call: Call) -> Reply:
    """201 with the Location of the search, and its first page unless `noResults` says otherwise."""
    if len(call.raw) > LARGEST:
        raise TooLarge(f"The description has {len(call.raw)} bytes; the maximum allowed is {LARGEST}.")
    description = described(call.body)
    asked = params.parse(call.endpoint.detail.params, {}, call.now) | dict(call.params)
    rows = found(call, description, asked)
    where = f"{call.resource.segment}/searchbyattribute/{packed(description)}"
    location = {"Location": f"{call.base}/{where}"}
    if call["noResults"]:
        return Reply(201, None, location)
    first = page(replace(call, params=asked, url=where), call.resource, rows)
    return replace(first, status=201, headers=location)


@answers(listed(ITEM))
def execute(call: Call) -> Reply:
    return page(call, call.resource, found(call, unpacked(call.path["searchId"]), call.params))


NO_RESULTS = params.flag("noResults", about="Only the Location of the search, not its first page.")


def endpoints(resource: Resource, detail: ByAttribute) -> tuple[Endpoint, ...]:
    """The POST changes nothing, so who may read may search."""
    associations = tuple(param for param in detail.params if param is params.ASSOCIATIONS)
    route = f"{resource.segment}/searchbyattribute"
    create_params = (NO_RESULTS, *associations, *params.OBJECT)
    return (
        Endpoint(
            f"{resource.name}_CreateSearchByAttribute",
            "POST",
            route,
            create,
            create_params,
            resource=resource,
            detail=detail,
            body="json",
        ),
        Endpoint(
            f"{resource.name}_ExecuteSearchByAttribute",
            "GET",
            f"{route}/{{searchId}}",
            execute,
            (*detail.params, *params.OBJECT),
            resource=resource,
            detail=detail,
        ),
    )
