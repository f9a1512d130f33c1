"""Attributes of event frames: searched over many frames, captured, configured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from events import search, services
from events.models import EventFrame, EventFrameAttribute
from events.resources import EVENT_FRAME
from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import answers
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply, Resource
from piwebapi.models import AssetDatabase
from piwebapi.queries import attributes as queries
from piwebapi.queries import filters
from piwebapi.resources.attributes import ATTRIBUTE, ORDERED, WANTED
from piwebapi.resources.databases import ASSET_DATABASE
from piwebapi.verbs import children, config
from piwebapi.verbs.children import Child

FRAME = "frame__database__server"
#: the filters of the frames by the names under which lists of event frames know them
OF_FRAMES = {
    "nameFilter": "eventFrameNameFilter",
    "descriptionFilter": "eventFrameDescriptionFilter",
    "categoryName": "eventFrameCategory",
    "templateName": "eventFrameTemplate",
    **{name: name for name in ("referencedElementNameFilter", "searchMode", "startTime", "endTime", "now")},
    "searchFullHierarchy": "searchFullHierarchy",
}
PARAMS = (
    params.pattern("eventFrameNameFilter", about="Wildcards for the names of the event frames."),
    params.pattern("eventFrameDescriptionFilter", about="Wildcards for the descriptions of the event frames."),
    params.text("eventFrameCategory", about="Only attributes of event frames of this category."),
    params.text("eventFrameTemplate", about="Only attributes of event frames of this template or one derived from it."),
    params.pattern("referencedElementNameFilter", about="Wildcards for the names of referenced elements."),
    *WANTED,
    *search.WHEN,
    *ORDERED,
)


def found(root: AssetDatabase | EventFrame, asked: Mapping[str, Any]) -> QuerySet[Any]:
    """The attributes, nested ones too, of the frames below the root that fit."""
    database = root if isinstance(root, AssetDatabase) else root.database
    of_frames = {name: asked.get(given) for name, given in OF_FRAMES.items()}
    frames = search.roots(root, of_frames).filter(search.matching(database, of_frames), search.within(of_frames))
    frames = filters.described(frames, of_frames["descriptionFilter"])
    rows = EventFrameAttribute.objects.filter(frame__in=frames.values("pk"))
    rows = rows.filter(filters.named(asked.get("attributeNameFilter")))
    rows = rows.filter(filters.categorised(asked.get("attributeCategory")))
    if asked.get("attributeType"):
        rows = rows.filter(type__iexact=asked["attributeType"])
    rows = filters.described(queries.visible(rows, asked), asked.get("attributeDescriptionFilter"))
    rows = filters.ordered(rows, queries.SORTS, asked.get("sortField"), asked.get("sortOrder"))
    return queries.dressed(rows).select_related(FRAME)


@answers(None, 204)
def capture(call: Call) -> Reply:
    frame = find(call.caller, call.web_id, "EventFrame", right="write")
    with transaction.atomic():
        services.capture_values(frame, call.now)
    return NO_CONTENT


def _with_all_below(frame: EventFrame) -> list[EventFrame]:
    return list(EventFrame.objects.filter(pk__in=search.branch(frame)))


def _attributes(frames: Iterable[EventFrame]) -> list[EventFrameAttribute]:
    rows = EventFrameAttribute.objects.filter(frame__in=list(frames)).exclude(data_reference="")
    return list(rows.select_related("point", "frame__primary_element", FRAME))


def _find(owner: Resource) -> tuple[Endpoint, ...]:
    child = Child(ATTRIBUTE, found)
    return children.endpoints(owner, "eventframeattributes", child, get="FindEventFrameAttributes", params_of=PARAMS)


ENDPOINTS: tuple[Endpoint, ...] = (
    *_find(ASSET_DATABASE),
    *_find(EVENT_FRAME),
    Endpoint(
        "EventFrame_CaptureValues",
        "POST",
        "eventframes/{webId}/attributes/capture",
        capture,
        resource=EVENT_FRAME,
        right="write",
    ),
    config.endpoint(EVENT_FRAME, config.Configured(_with_all_below, _attributes)),
)
