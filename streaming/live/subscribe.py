"""The subscribe socket, as clients of the older mock servers speak it: ``/piwebapi/streams/channel``.

    {"Action":"Subscribe","Resource":"streams/<WebId>/value","Parameters":{"updateRate":1000}}

is answered ``{"Action":"Subscribed","Resource":..,"Status":"Success"}``, and from then on a message with the
current value comes every `updateRate` milliseconds, whether it has changed or not. What cannot be done is
answered with Status "Error" and a Reason, and the socket stays open.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from piwebapi.core.errors import ApiError

from .connection import Connection, Session
from .hub import Line, Subscription, Tag
from .resolve import resolve
from .sources import Source
from .wheel import steps_of

SLOWEST, FASTEST, USUAL = 60_000, 100, 1_000
#: So many requests are read ahead of the one that is worked on.
AHEAD = 1_000
RESOURCE = re.compile(r"/?(?:piwebapi/)?streams/([^/\s]+)/value/?", re.IGNORECASE)


class Fault(ValueError):
    """A request that makes no sense; the text is for the client."""


@dataclass(frozen=True, slots=True)
class Request:
    """`resource` as it was sent, for it is echoed; `fault`: why it cannot be done."""

    action: str
    resource: Any
    web_id: str = ""
    steps: int = 0
    fault: str = ""


def read(text: str) -> Request:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Request("", None, fault=f"The message is not JSON: {error}.")
    if not isinstance(given, Mapping):
        return Request("", None, fault="A message must be a JSON object with Action and Resource.")
    action, resource = given.get("Action"), given.get("Resource")
    try:
        if action not in ("Subscribe", "Unsubscribe"):
            raise Fault(f"Action must be Subscribe or Unsubscribe, not {_shown(action)}.")
        match = RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
        if match is None:
            raise Fault(f"Resource must be streams/<WebId>/value, not {_shown(resource)}.")
        steps = rate_of(given.get("Parameters")) if action == "Subscribe" else 0
        return Request(action, resource, match[1], steps)
    except Fault as fault:
        return Request(action if isinstance(action, str) else "", resource, fault=str(fault))


def rate_of(parameters: Any) -> int:
    """Steps of the wheel between two messages."""
    if parameters is None:
        return steps_of(USUAL)
    if not isinstance(parameters, Mapping):
        raise Fault("Parameters must be a JSON object.")
    rate = {name.lower(): value for name, value in parameters.items()}.get("updaterate", USUAL)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not FASTEST <= rate <= SLOWEST:
        raise Fault(f"updateRate must be {FASTEST} to {SLOWEST} milliseconds, not {_shown(rate)}.")
    return steps_of(int(rate))


def _shown(value: Any) -> str:
    return orjson.dumps(value).decode()[:200]


class SubscribeSession:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.live = connection.live
        self.outlet = connection.outlet
        self.by_rate: dict[int, Subscription] = {}
        self.by_resource: dict[str, Subscription] = {}
        self._inbox: list[Request] = []
        self._worker: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        await self.connection.send({"type": "websocket.accept"})

    async def received(self, text: str) -> None:
        """Requests are worked on in their order, as many at once as have come: a thousand Subscribes that
        follow each other ask the database once."""
        self._inbox.append(read(text))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        elif len(self._inbox) >= AHEAD:
            await asyncio.wait([self._worker])

    def ended(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
        for subscription in self.by_rate.values():
            self.live.hub.remove(subscription)

    def due(self, subscription: Subscription, owed: bool, regular: bool) -> None:
        if owed:
            self.outlet.owe(subscription)

    def compose(self, subscription: Subscription, texts: list[bytes]) -> Sequence[bytes]:
        return texts

    async def _work(self) -> None:
        while self._inbox:
            requests, self._inbox = self._inbox, []
            wanted = [request.web_id for request in requests if request.action == "Subscribe" and not request.fault]
            found, new = await self._tags(wanted)
            for request in requests:
                self._answer(request, found)
            await self.live.fill(new)

    async def _tags(self, web_ids: Sequence[str]) -> tuple[dict[str, Tag | ApiError], list[Tag]]:
        """What the WebIds stand for. Known ones of this caller cost no query."""
        known, tags = self.live.known, self.live.hub.tags
        user = self.connection.caller.name
        found: dict[str, Tag | ApiError] = {}
        for text in web_ids:
            key = known.get((user, "value", text))
            if key is not None and key in tags:
                found[text] = tags[key]
        unknown = [text for text in dict.fromkeys(web_ids) if text not in found]
        if not unknown:
            return found, []
        resolved = await self.live.threads.run(resolve, self.connection.caller, unknown, engineering=True)
        sources = {text: source for text, source in resolved.items() if isinstance(source, Source)}
        found.update({text: fault for text, fault in resolved.items() if isinstance(fault, ApiError)})
        made, new = self.live.wanted(list(sources.values()))
        for text, tag in zip(sources, made, strict=True):
            found[text] = tag
            known[user, "value", text] = tag.key
        return found, new

    def _answer(self, request: Request, found: Mapping[str, Tag | ApiError]) -> None:
        if request.fault:
            self._refuse(request, request.fault)
        elif request.action == "Unsubscribe":
            self._unsubscribe(request)
        else:
            tag = found[request.web_id]
            if isinstance(tag, ApiError):
                self._refuse(request, tag.messages[0])
            else:
                self._subscribe(request, tag)

    def _subscribe(self, request: Request, tag: Tag) -> None:
        """Once more with the same rate changes nothing; with another rate that one holds from now on."""
        before = self.by_resource.get(request.resource)
        subscription = self.by_rate.get(request.steps)
        if subscription is None:
            subscription = self.by_rate[request.steps] = Subscription(self, request.steps, sampled=True)
        if before is not subscription:
            if before is not None:
                self._remove(before, request.resource)
            self.live.hub.add(subscription, [(request.resource, self._line(tag, request.resource))])
            self.by_resource[request.resource] = subscription
        self._say({"Action": "Subscribed", "Resource": request.resource, "Status": "Success"})

    def _line(self, tag: Tag, resource: str) -> Line:
        head = b'{"Resource":' + orjson.dumps(resource) + b',"Items":['
        return self.live.hub.line(tag, ("value", resource), head, b"]}")

    def _unsubscribe(self, request: Request) -> None:
        subscription = self.by_resource.pop(request.resource, None)
        if subscription is None:
            self._refuse(request, f"{request.resource} is not subscribed.")
            return
        self._remove(subscription, request.resource)
        self._say({"Action": "Unsubscribed", "Resource": request.resource, "Status": "Success"})

    def _remove(self, subscription: Subscription, resource: str) -> None:
        self.live.hub.remove(subscription, [resource])
        if not subscription.items:
            self.by_rate.pop(subscription.steps, None)
            self.outlet.forget(subscription)

    def _refuse(self, request: Request, reason: str) -> None:
        answer: dict[str, Any] = {"Action": request.action or "Error", "Status": "Error", "Reason": reason}
        if isinstance(request.resource, str):
            answer["Resource"] = request.resource
        self._say(answer)

    def _say(self, answer: Mapping[str, Any]) -> None:
        self.outlet.say(orjson.dumps(answer))


async def open_subscribe(connection: Connection) -> Session:
    return SubscribeSession(connection)
