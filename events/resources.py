"""Event frames on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from events import listing, search, services
from events.models import EventFrame, EventFrameAttribute
from piwebapi import securables
from piwebapi.access import allowed, find
from piwebapi.api import fields, params
from piwebapi.api.answers import answers, listed, named, takes
from piwebapi.api.links import collections, data, secured, to
from piwebapi.api.paging import page
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource
from piwebapi.core.errors import ApiError, BadRequest
from piwebapi.core.times import format_ticks
from piwebapi.models import Element
from piwebapi.queries import elements as element_queries
from piwebapi.resources.attributes import ATTRIBUTE, LIST_PARAMS, owned
from piwebapi.resources.categories import ELEMENT_CATEGORY
from piwebapi.resources.databases import ASSET_DATABASE
from piwebapi.resources.elements import ELEMENT
from piwebapi.verbs import children, identity, searchbyattribute, security
from piwebapi.verbs.children import Child
from piwebapi.verbs.search import Search
from piwebapi.verbs.search import endpoint as search_endpoint
from piwebapi.verbs.searchbyattribute import ByAttribute

NEVER = "1970-01-01T00:00:00Z"


def _end(frame: EventFrame, call: Call) -> str:
    return format_ticks(frame.end_or_open)


def _acknowledged(frame: EventFrame, call: Call) -> str:
    return NEVER if frame.acknowledged_at is None else format_ticks(frame.acknowledged_at)


def _referenced(frame: EventFrame, call: Call) -> list[str]:
    elements = [element for element in frame.shown_elements if securables.readable(call.caller, element)]
    return [call.web_id_of(element) for element in elements]


def _categories(frame: EventFrame, call: Call) -> list[str]:
    return frame.shown_categories


def _primary(frame: EventFrame) -> Element | None:
    return next(iter(frame.shown_elements), None)


def _security(frame: EventFrame, call: Call) -> dict[str, Any]:
    """What the caller may do with the frame. Frames of an answer that have the same rights share what tells them."""
    mask = securables.mask(call.caller, frame)
    key = security.told, mask
    if key not in call.memo:
        call.memo[key] = security.told(mask)
    return call.memo[key]


def _load_elements(value: Any, wire: str) -> list[str]:
    return fields.load_names(value, wire)


EVENT_FRAME = Resource(
    "EventFrame",
    "eventframes",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.related("TemplateName", "template.name", "template"),
        fields.flag("HasChildren", "has_children", write=""),
        replace(fields.CATEGORIES, read=_categories),
        fields.properties("ExtendedProperties", "extended_properties"),
        fields.Field("StartTime", fields.ticks("", "start").read, "start", fields.load_text, neutral=""),
        fields.computed("EndTime", _end, "end", fields.load_text, neutral=""),
        fields.severity("Severity", "severity"),
        fields.text("AcknowledgedBy", "acknowledged_by", write=""),
        fields.computed("AcknowledgedDate", _acknowledged),
        fields.flag("CanBeAcknowledged", "can_be_acknowledged", write=""),
        fields.flag("IsAcknowledged", "is_acknowledged", write=""),
        fields.flag("IsAnnotated", "is_annotated", write=""),
        fields.flag("IsLocked", "is_locked", write=""),
        fields.flag("AreValuesCaptured", "values_captured", write=""),
        fields.computed("RefElementWebIds", _referenced, "elements", _load_elements, neutral=[]),
        fields.computed("Security", _security),
    ),
    links=(
        *collections(
            "eventframes",
            Attributes="attributes",
            EventFrames="eventframes",
            ReferencedElements="referencedelements",
            Categories="categories",
            Annotations="annotations",
        ),
        *secured("eventframes"),
        to("Database", "assetdatabases", lambda frame: frame.database),
        to("PrimaryReferencedElement", "elements", _primary),
        to("Parent", "eventframes", lambda frame: frame.parent),
        to("Template", "elementtemplates", lambda frame: frame.template),
        *data("streamsets"),
    ),
    render=listing.render,
)


def dressed(frames: Sequence[EventFrame]) -> list[EventFrame]:
    return identity.in_order(frames, search.dressed(EventFrame.objects.all()))


def _with_elements(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    """WebIds of referenced elements become the elements."""
    if "elements" in values:
        try:
            values["elements"] = [find(call.caller, text, "Element") for text in values["elements"]]
        except ApiError as error:
            raise BadRequest(f"RefElementWebIds: {error.messages[0]}") from None
    return values


@answers(None, 201)
@takes(named("EventFrame"))
def make(call: Call) -> Reply:
    home = find(call.caller, call.web_id, call.resource.name, right="write")
    values = _with_elements(call, fields.load(call.body, EVENT_FRAME.fields, "create"))
    with transaction.atomic():
        frame = services.create(home, now=call.now, **values)
        if frame.template is not None:
            allowed(call.caller, frame.template, "write_data", "The template was not found.")
    return Reply(201, None, {"Location": f"{call.base}/eventframes/{frame.web_id(call.form)}"})


@answers(None, 204)
@takes(named("EventFrame"))
def update(call: Call) -> Reply:
    frame = find(call.caller, call.web_id, "EventFrame", right="write")
    changes = _with_elements(call, fields.load(call.body, EVENT_FRAME.fields, "update", partial=True))
    with transaction.atomic():
        services.update(frame, now=call.now, **changes)
    return NO_CONTENT


@answers(None, 204)
def acknowledge(call: Call) -> Reply:
    frame = find(call.caller, call.web_id, "EventFrame", right="annotate")
    with transaction.atomic():
        services.acknowledge(frame, call.caller.name, call.now)
    return NO_CONTENT


@answers(listed(named("Element")))
def referenced_elements(call: Call) -> Reply:
    frame = find(call.caller, call.web_id, "EventFrame")
    rows = Element.objects.filter(frame_references__frame=frame).order_by("frame_references__position")
    return page(call, ELEMENT, element_queries.dressed(rows))


def _made(owner: Resource, operation: str) -> Endpoint:
    return Endpoint(
        f"{owner.name}_{operation}",
        "POST",
        f"{owner.segment}/{{webId}}/eventframes",
        make,
        (params.WEB_ID_TYPE,),
        resource=owner,
        right="write",
        body="json",
    )


def _listed(owner: Resource, rows: Any, params_of: tuple[params.Param, ...]) -> tuple[Endpoint, ...]:
    return children.endpoints(owner, "eventframes", Child(EVENT_FRAME, rows), get="GetEventFrames", params_of=params_of)


IDENTITY = identity.Identity(services.update, services.delete, dressed=dressed)
ENDPOINTS: tuple[Endpoint, ...] = (
    *security.endpoints(EVENT_FRAME),
    *identity.endpoints(EVENT_FRAME, IDENTITY, verbs="get path multiple delete"),
    Endpoint(
        "EventFrame_Update",
        "PATCH",
        "eventframes/{webId}",
        update,
        resource=EVENT_FRAME,
        right="write",
        body="json",
    ),
    search_endpoint(EVENT_FRAME, "GetEventFramesQuery", Search(search.everything, search.FILTERS, search.BY_START[:1])),
    *searchbyattribute.endpoints(
        EVENT_FRAME,
        ByAttribute(search.listed, EventFrameAttribute, "frame", ("AssetDatabase", "EventFrame"), search.PARAMS),
    ),
    identity.categories_endpoint(EVENT_FRAME, ELEMENT_CATEGORY),
    *_listed(ASSET_DATABASE, search.listed, search.PARAMS),
    *_listed(EVENT_FRAME, search.listed, search.PARAMS),
    *_listed(ELEMENT, search.of_element, search.CHILD_PARAMS),
    _made(ASSET_DATABASE, "CreateEventFrame"),
    _made(EVENT_FRAME, "CreateEventFrame"),
    *children.endpoints(
        EVENT_FRAME,
        "attributes",
        Child(ATTRIBUTE, owned, services.create_attribute),
        get="GetAttributes",
        post="CreateAttribute",
        params_of=LIST_PARAMS,
    ),
    Endpoint(
        "EventFrame_GetReferencedElements",
        "GET",
        "eventframes/{webId}/referencedelements",
        referenced_elements,
        (params.ASSOCIATIONS, *params.OBJECT),
        resource=EVENT_FRAME,
    ),
    Endpoint(
        "EventFrame_Acknowledge",
        "PATCH",
        "eventframes/{webId}/acknowledge",
        acknowledge,
        resource=EVENT_FRAME,
        right="write",
    ),
)
