"""Points and their point attributes."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import ANYTHING, ITEM, LINKS, TEXT, answers, listed, record, takes
from piwebapi.api.links import data, own, to
from piwebapi.api.paging import page
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource
from piwebapi.core.errors import BadRequest
from piwebapi.models import DataServer, Point
from piwebapi.queries import filters
from piwebapi.queries import points as point_queries
from piwebapi.queries.search import Ground
from piwebapi.services import dataservers, objects, pointsecurity
from piwebapi.verbs import identity

ON_CREATE = ("create",)

POINT = Resource(
    "Point",
    "points",
    head=("WebId", "Id", "Name", "Path"),
    fields=(
        fields.NAME,
        fields.text("Descriptor", "descriptor"),
        fields.text("PointClass", "point_class", on=ON_CREATE, required=True),
        fields.text("PointType", "point_type", on=ON_CREATE, required=True),
        fields.related("DigitalSetName", "digital_set.name", "digital_set", on=ON_CREATE),
        fields.text("EngineeringUnits", "engineering_units"),
        fields.number("Span", "span", neutral=100.0, on=ON_CREATE),
        fields.number("Zero", "zero", neutral=0.0, on=ON_CREATE),
        fields.flag("Step", "step"),
        fields.flag("Future", "future", on=ON_CREATE),
        fields.integer("DisplayDigits", "display_digits", neutral=-5),
    ),
    links=(
        own("Self", "points/{}"),
        to("DataServer", "dataservers", lambda point: point.server),
        own("Attributes", "points/{}/attributes"),
        *data("streams"),
    ),
)


def points(server: DataServer, asked: Any) -> Any:
    rows = server.points.filter(filters.named(asked.get("nameFilter")))  # each knows the server: no query for it
    return rows.prefetch_related("digital_set").order_by("name_key")


#: Point attributes that are columns; the others are in `Point.extras`.
_COLUMNS = {
    "tag": "name",
    "descriptor": "descriptor",
    "ptclassname": "point_class",
    "pointtype": "point_type",
    "pointid": "pk",
    "pointsource": "point_source",
    "engunits": "engineering_units",
    "zero": "zero",
    "span": "span",
    "step": "step",
    "future": "future",
    "displaydigits": "display_digits",
}
_DEFAULTS: dict[str, Any] = {
    "archiving": True,
    "compressing": False,
    "compdev": 0.0,
    "compmax": 28800,
    "compmin": 0,
    "excdev": 0.0,
    "excmax": 600,
    "excmin": 0,
    "instrumenttag": "",
    "location1": 0,
    "location2": 0,
    "location3": 0,
    "location4": 0,
    "location5": 0,
    "scan": True,
    "shutdown": False,
    "typicalvalue": 50.0,
    "userint1": 0,
    "userreal1": 0.0,
}


def point_attributes(point: Point) -> dict[str, Any]:
    """All point attributes by their lower-case names."""
    found = {**_DEFAULTS, **point.extras}
    found |= {name: getattr(point, column) for name, column in _COLUMNS.items()}
    found["digitalset"] = point.digital_set.name if point.digital_set else ""
    found |= pointsecurity.security_of(point)
    return dict(sorted(found.items()))


VALUE = fields.computed("Value", lambda obj, call: None, "value", fields.load_any, required=True)
ATTRIBUTE = record(Name=TEXT, Value=ANYTHING, Links=LINKS)


def _attribute(call: Call, point: Point, name: str, value: Any) -> dict[str, Any]:
    own_url = f"{call.base}/points/{point.web_id(call.form)}"
    links = {"Self": f"{own_url}/attributes/{name}", "Point": own_url}
    return {"Name": name, "Value": value, "Links": links}


@answers(listed(ATTRIBUTE))
def attributes(call: Call) -> Reply:
    """All, the named ones, or those that fit a filter; an unknown name is an error."""
    point = find(call.caller, call.web_id, "Point")
    known = point_attributes(point)
    wanted = [name.lower() for name in call["name"]]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BadRequest(f"Unknown point attributes: {', '.join(unknown)}.")
    pattern = call["nameFilter"]
    items = [
        _attribute(call, point, name, value)
        for name, value in known.items()
        if (not wanted or name in wanted) and (pattern is None or pattern.matches(name))
    ]
    return Reply(200, {"Links": {}, "Items": items})


@answers(ATTRIBUTE)
def attribute(call: Call) -> Reply:
    point = find(call.caller, call.web_id, "Point")
    name = call.path["name"].lower()
    known = point_attributes(point)
    if name not in known:
        raise BadRequest(f"Unknown point attribute: {name}.")
    return Reply(200, _attribute(call, point, name, known[name]))


@takes(record(Value=ANYTHING))
@answers(None, 204)
def set_attribute(call: Call) -> Reply:
    """Of the attributes that are no columns, and the two lists of who may do what."""
    point = find(call.caller, call.web_id, "Point", right="write")
    name = call.path["name"].lower()
    value = fields.load(call.body, (VALUE,), "update", ("Name", "Links"))["value"]
    with transaction.atomic():
        if name in pointsecurity.COLUMNS:
            pointsecurity.secure(point, name, fields.load_text(value, name))
        else:
            dataservers.update_point(point, now=call.now, extras={**point.extras, name: _checked(name, value)})
    return NO_CONTENT


def _checked(name: str, value: Any) -> Any:
    usual = _DEFAULTS.get(name)
    if usual is None:
        raise BadRequest(f"The point attribute '{name}' cannot be set here.")
    load = {bool: fields.load_flag, int: fields.load_integer, float: fields.load_number}
    return load.get(type(usual), fields.load_text)(value, name)


@answers(listed(ITEM))
def search(call: Call) -> Reply:
    """By point attributes; the vendor has it since 2021 SP3."""
    server = find(call.caller, call["dataServerWebId"], "DataServer")
    ground = Ground(None, call.now, call["zone"])
    return page(call, POINT, point_queries.searched(server, call["query"] or "", ground))


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(
        POINT,
        identity.Identity(dataservers.update_point, objects.delete),
        verbs="get path multiple update delete",
    ),
    Endpoint(
        "Point_GetAttributes",
        "GET",
        "points/{webId}/attributes",
        attributes,
        (
            params.text("name", many=True, about="Names of point attributes; repeat the parameter."),
            params.NAME_FILTER,
            *params.OBJECT,
        ),
        resource=POINT,
    ),
    Endpoint(
        "Point_GetAttributeByName",
        "GET",
        "points/{webId}/attributes/{name}",
        attribute,
        params.OBJECT,
        resource=POINT,
    ),
    Endpoint(
        "Point_UpdateAttribute",
        "PUT",
        "points/{webId}/attributes/{name}",
        set_attribute,
        resource=POINT,
        right="write",
        body="json",
        extension=True,
        summary="Sets one point attribute, among them ptsecurity and datasecurity.",
    ),
    Endpoint(
        "Point_Search",
        "GET",
        "points/search",
        search,
        (
            params.text("dataServerWebId", required=True, about="The data server to search."),
            params.text("query", about="tag:=sin* AND PointType:=Float32 OR (Descriptor:=*level*)"),
            params.START_INDEX,
            params.MAX_COUNT,
            *params.OBJECT,
        ),
        resource=POINT,
        extension=True,
        summary="Points by their point attributes.",
    ),
)
