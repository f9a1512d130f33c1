"""The value of an attribute by the controller Attribute."""

from __future__ import annotations

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import answers, takes
from piwebapi.api.resource import NO_CONTENT, Call, Endpoint, Reply
from streaming import writing
from streaming.streams import current, streams_of

from . import shapes


@answers(shapes.VALUE)
def value(call: Call) -> Reply:
    attribute = find(call.caller, call.web_id, "Attribute", right="read_data")
    streams = streams_of([attribute])
    return shapes.single((current(streams, call.now)[0], streams[0].fmt), call)


@answers(None, 204)
@takes(shapes.WRITTEN)
def set_value(call: Call) -> Reply:
    attribute = find(call.caller, call.web_id, "Attribute", right="write_data")
    writing.set_static(attribute, call.body, call.now)
    return NO_CONTENT


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("Attribute_GetValue", "GET", "attributes/{webId}/value", value, (params.SELECTED_FIELDS,)),
    Endpoint("Attribute_SetValue", "PUT", "attributes/{webId}/value", set_value, right="write", body="json"),
)
