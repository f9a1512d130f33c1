"""Annotations of stored values: ours, since the vendor's contract only reads them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from piwebapi.api import fields, params
from piwebapi.api.answers import ANYTHING, MOMENT, TEXT, answers, listed, record, takes
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply
from piwebapi.core.errors import BadRequest, NotFound
from piwebapi.core.times import format_ticks
from streaming import annotating, known
from streaming.models import ValueAnnotation
from streaming.streams import Stream, streams_of
from streaming.writing import members, time_of

from . import parameters, scopes, shapes
from .writing import target_of

#: of a value, or of an event frame
FIELDS = (
    fields.NAME,
    fields.text("Description", "description"),
    fields.Field("Value", lambda annotation, call: annotation.value, "value", fields.load_any),
)
KNOWN = ("Timestamp", "Creator", "CreationDate", "Modifier", "ModifyDate")
ROUTE = "streams/{webId}/annotations"
TIMED = record(**shapes.ANNOTATION["properties"], Timestamp=MOMENT)
GIVEN = record(Timestamp=TEXT, Name=TEXT, Description=TEXT, Value=ANYTHING)


def timed(annotation: ValueAnnotation) -> dict[str, Any]:
    return {"Timestamp": format_ticks(annotation.ticks), **annotating.shown(annotation)}


def writable(call: Call) -> Stream:
    return streams_of([target_of(call, call.web_id)])[0]


def by_id(rows: QuerySet[Any], text: str) -> Any:
    """One annotation out of those of an owner, by its id in the address."""
    try:
        found = rows.filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(f"There is no annotation '{text}'.")
    return found


def find_annotation(call: Call, stream: Stream) -> ValueAnnotation:
    found: ValueAnnotation = by_id(
        ValueAnnotation.objects.filter(point_id=annotating.point_of(stream)), call.path["id"]
    )
    return found


@answers(listed(TIMED))
def list_annotations(call: Call) -> Reply:
    """Those of the values in a range, by time."""
    scope = scopes.one(call)
    start, end = sorted(scope.window(call))
    point = annotating.point_of(scope.known()[0])
    rows = ValueAnnotation.objects.filter(point_id=point, ticks__range=(start, end)).order_by("ticks", "created", "pk")
    return Reply(200, {"Links": {}, "Items": [timed(row) for row in rows[: call["maxCount"]]]})


@answers(TIMED)
def get_annotation(call: Call) -> Reply:
    return Reply(200, timed(find_annotation(call, known.stream(call.caller, call.web_id))))


@answers(None, 201)
@takes(GIVEN)
def annotate(call: Call) -> Reply:
    stream = writable(call)
    given = members(call.body)
    if not given.get("timestamp"):
        raise BadRequest("Timestamp is required: that of the value.")
    ticks = time_of(given, call.now)
    values = fields.load(call.body, FIELDS, "create", KNOWN)
    made = annotating.annotate(stream, ticks, call.caller.name, call.now, **values)
    return Reply(201, None, {"Location": f"{call.base}/streams/{stream.web_id(call.form)}/annotations/{made.pk}"})


@answers(None, 204)
@takes(GIVEN)
def change(call: Call) -> Reply:
    values = fields.load(call.body, FIELDS, "update", KNOWN, partial=True)
    annotating.change(find_annotation(call, writable(call)), call.caller.name, call.now, **values)
    return NO_CONTENT


@answers(None, 204)
def remove(call: Call) -> Reply:
    annotating.remove(find_annotation(call, writable(call)))
    return NO_CONTENT


def _endpoint(operation: str, method: str, route: str, handler: Any, *more: Any, **rest: Any) -> Endpoint:
    return Endpoint(f"Stream_{operation}", method, route, handler, more, extension=True, **rest)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint("GetAnnotations", "GET", ROUTE, list_annotations, *parameters.RANGE, params.MAX_COUNT, *params.OBJECT),
    _endpoint("CreateAnnotation", "POST", ROUTE, annotate, right="write", body="json"),
    _endpoint("GetAnnotationById", "GET", f"{ROUTE}/{{id}}", get_annotation, *params.OBJECT),
    _endpoint("UpdateAnnotation", "PATCH", f"{ROUTE}/{{id}}", change, right="write", body="json"),
    _endpoint("DeleteAnnotation", "DELETE", f"{ROUTE}/{{id}}", remove, right="write"),
)
