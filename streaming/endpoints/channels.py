"""Channels as operations of the catalogue: what their addresses mean, and which are open.

The addresses are those of WebSockets (`streaming.live.channel`); an ordinary request is told so.
Source: PI Web API reference, Stream_GetChannel, StreamSet_GetChannel, StreamSet_GetChannelAdHoc,
Channel_Instances.
"""

from __future__ import annotations

from piwebapi.api import params
from piwebapi.api.answers import INTEGER, MOMENT, NUMBER, TEXT, answers, listed, record
from piwebapi.api.resource import Call, Endpoint, Reply
from piwebapi.core.errors import BadRequest
from streaming.live import instances, tickets
from streaming.live.standing import standing_of

from . import scopes

PARAMS = (
    params.flag("includeInitialValues", about="The first message holds the current value of every stream."),
    params.number("heartbeatRate", "0", about="After so many empty polls in a row comes an empty message; 0: never."),
    params.WEB_ID_TYPE,
)


@answers(None, 101)
def not_a_socket(call: Call) -> Reply:
    raise BadRequest("This is the address of a channel: open it as a WebSocket (ws:// or wss://).")


@answers(record(Ticket=TEXT, Seconds=NUMBER))
def give_ticket(call: Call) -> Reply:
    """For the next half minute, once: `?ticket=` opens a socket in the caller's name."""
    ticket = tickets.issue(call.caller, standing_of(call.headers, "", call.caller))
    return Reply(200, {"Ticket": ticket, "Seconds": tickets.SECONDS})


@answers(listed(record(Id=TEXT, StartTime=MOMENT, LastMessageSentTime=MOMENT, SentMessageCount=INTEGER)))
def list_instances(call: Call) -> Reply:
    return Reply(200, {"Links": {}, "Items": instances.everywhere()})


CHANNELS: tuple[Endpoint, ...] = (
    Endpoint("Stream_GetChannel", "GET", "streams/{webId}/channel", not_a_socket, PARAMS, detail=scopes.one),
    Endpoint(
        "StreamSet_GetChannelAdHoc",
        "GET",
        "streamsets/channel",
        not_a_socket,
        (params.WEB_ID, *PARAMS),
        detail=scopes.ad_hoc,
    ),
    Endpoint(
        "StreamSet_GetChannel",
        "GET",
        "streamsets/{webId}/channel",
        not_a_socket,
        (*scopes.PARENT_PARAMS, *PARAMS),
        detail=scopes.by_parent,
    ),
)
ENDPOINTS: tuple[Endpoint, ...] = (
    *CHANNELS,
    Endpoint(
        "Stream_Subscribe",
        "GET",
        "streams/channel",
        not_a_socket,
        extension=True,
        summary="The subscribe socket: values of streams that are named, and given up, while it is open.",
    ),
    Endpoint(
        "Channel_CreateTicket",
        "POST",
        "channels/tickets",
        give_ticket,
        extension=True,
        summary="A ticket that opens one socket in the caller's name, for browsers: they cannot send headers with it.",
    ),
    Endpoint(
        "Channel_Instances",
        "GET",
        "channels/instances",
        list_instances,
        (params.SELECTED_FIELDS,),
        summary="The channels that are open, of all server processes.",
    ),
)
