"""Operations on event frames that clients in the field call and the vendor's contract does not have. They are ours."""

from __future__ import annotations

from piwebapi.access import find
from piwebapi.api import params
from piwebapi.api.answers import MOMENT, TEXT, answers, listed, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.times import format_ticks

from .resources import EVENT_FRAME


@answers(listed(record(AcknowledgedBy=TEXT, AcknowledgedDate=MOMENT)))
def acknowledgements(call: Call) -> Reply:
    """Who acknowledged the frame and when: a list of none or one."""
    frame = find(call.caller, call.web_id, "EventFrame")
    items = []
    if frame.is_acknowledged:
        items = [{"AcknowledgedBy": frame.acknowledged_by, "AcknowledgedDate": format_ticks(frame.acknowledged_at)}]
    return Reply(200, {"Links": {}, "Items": items})


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "EventFrame_GetAcknowledgements",
        "GET",
        "eventframes/{webId}/acknowledgements",
        acknowledgements,
        params.OBJECT,
        resource=EVENT_FRAME,
        extension=True,
        summary="Who acknowledged the event frame and when, as a list of none or one.",
    ),
)
