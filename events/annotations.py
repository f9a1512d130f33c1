"""Annotations of event frames."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from events import services
from events.models import Annotation
from events.resources import EVENT_FRAME
from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import LINKS, answers, listed, record, takes
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply
from streaming import annotating
from streaming.endpoints import shapes
from streaming.endpoints.annotations import FIELDS, by_id

ROUTE = "eventframes/{webId}/annotations"
ANNOTATION = record(**shapes.ANNOTATION["properties"], Links=LINKS)
KNOWN = ("Creator", "CreationDate", "Modifier", "ModifyDate", "Owner")


def shown(call: Call, frame_url: str, annotation: Annotation) -> dict[str, Any]:
    own = f"{frame_url}/annotations/{annotation.pk}"
    links = {"Self": own, "Owner": frame_url}
    if annotation.attachment_name:
        links["MediaMetadata"] = f"{own}/attachment/media/metadata"
        links["MediaData"] = f"{own}/attachment/media/mediadata"
    return {**annotating.shown(annotation), "Links": links}


def find_frame(call: Call, right: Any = "read") -> Any:
    return find(call.caller, call.web_id, "EventFrame", right=right)


def frame_url(call: Call, frame: Any) -> str:
    return f"{call.base}/eventframes/{frame.web_id(call.form)}"


def find_annotation(call: Call, frame: Any) -> Annotation:
    found: Annotation = by_id(frame.annotations.defer("attachment"), call.path["id"])
    found.frame = frame
    return found


@answers(listed(ANNOTATION))
def annotations(call: Call) -> Reply:
    frame = find_frame(call)
    rows = frame.annotations.defer("attachment").order_by("created", "pk")
    return Reply(200, {"Links": {}, "Items": [shown(call, frame_url(call, frame), row) for row in rows]})


@answers(ANNOTATION)
def annotation(call: Call) -> Reply:
    frame = find_frame(call)
    return Reply(200, shown(call, frame_url(call, frame), find_annotation(call, frame)))


@answers(None, 201)
@takes(ANNOTATION)
def annotate(call: Call) -> Reply:
    frame = find_frame(call, "annotate")
    values = fields.load(call.body, FIELDS, "create", KNOWN)
    with transaction.atomic():
        made = services.annotate(frame, call.caller.name, call.now, **values)
    return Reply(201, None, {"Location": f"{frame_url(call, frame)}/annotations/{made.pk}"})


@answers(None, 204)
@takes(ANNOTATION)
def change(call: Call) -> Reply:
    frame = find_frame(call, "annotate")
    values = fields.load(call.body, FIELDS, "update", KNOWN, partial=True)
    with transaction.atomic():
        services.change_annotation(find_annotation(call, frame), call.caller.name, call.now, **values)
    return NO_CONTENT


@answers(None, 204)
def remove(call: Call) -> Reply:
    frame = find_frame(call, "annotate")
    with transaction.atomic():
        find_annotation(call, frame).delete()
        services.touch(frame)
    return NO_CONTENT


def _endpoint(operation: str, method: str, route: str, handler: Any, **more: Any) -> Endpoint:
    return Endpoint(f"EventFrame_{operation}", method, route, handler, params.OBJECT, resource=EVENT_FRAME, **more)


ENDPOINTS: tuple[Endpoint, ...] = (
    _endpoint("GetAnnotations", "GET", ROUTE, annotations),
    _endpoint("CreateAnnotation", "POST", ROUTE, annotate, right="annotate", body="json"),
    _endpoint("GetAnnotationById", "GET", f"{ROUTE}/{{id}}", annotation),
    _endpoint("UpdateAnnotation", "PATCH", f"{ROUTE}/{{id}}", change, right="annotate", body="json"),
    _endpoint("DeleteAnnotation", "DELETE", f"{ROUTE}/{{id}}", remove, right="annotate"),
)
