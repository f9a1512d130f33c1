"""The subscribe socket, as clients of the older mock servers speak it: ``/piwebapi/streams/channel``.

    {"Action":"Subscribe","Resource":"streams/<WebId>/value","Parameters":{"updateRate":1000}}

is answered ``{"Action":"Subscribed","Resource":..,"Status":"Success"}``, and from then on a message with the
current value comes every `updateRate` milliseconds, whether it has changed or not. What cannot be done is
answered with Status "Error" and a Reason, and the socket stays open.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from piwebapi.core.errors import ApiError

from . import limits, messages
from .connection import Connection, Conversation
from .hub import Line, Subscription, Tag
from .messages import shown
from .sources import Source
from .wheel import steps_of

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
        given = messages.read(text)
    except messages.NoMessage as fault:
        return Request("", None, fault=str(fault))
    action, resource = given.get("Action"), given.get("Resource")
    try:
        if action not in ("Subscribe", "Unsubscribe"):
            raise Fault(f"Action must be Subscribe or Unsubscribe, not {shown(action)}.")
        match = RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
        if match is None:
            raise Fault(f"Resource must be streams/<WebId>/value, not {shown(resource)}.")
        steps = rate_of(given.get("Parameters")) if action == "Subscribe" else 0
        return Request(action, resource, match[1], steps)
    except Fault as fault:
        return Request(action if isinstance(action, str) else "", resource, fault=str(fault))


def rate_of(parameters: Any) -> int:
    """Steps of the wheel between two messages."""
    if parameters is None:
        return steps_of(limits.USUAL)
    if not isinstance(parameters, Mapping):
        raise Fault("Parameters must be a JSON object.")
    rate = {name.lower(): value for name, value in parameters.items()}.get("updaterate", limits.USUAL)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not limits.FASTEST <= rate <= limits.SLOWEST:
        raise Fault(f"updateRate must be {limits.FASTEST} to {limits.SLOWEST} milliseconds, not {shown(rate)}.")
    return steps_of(int(rate))


class SubscribeSession(Conversation):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.by_rate: dict[int, Subscription] = {}
        self.by_resource: dict[str, Subscription] = {}

    async def opened(self) -> None:
        await self.connection.send({"type": "websocket.accept"})

    def ended(self) -> None:
        super().ended()
        for subscription in self.by_rate.values():
            self.live.hub.remove(subscription)
            subscription.release()
        self.by_rate.clear()
        self.by_resource.clear()

    @property
    def streams(self) -> int:
        return len(self.by_resource)

    def due(self, subscription: Subscription, regular: bool) -> None:
        if subscription.begin(regular):
            self.outlet.owe(subscription)

    def compose(self, subscription: Subscription, texts: list[bytes]) -> Sequence[bytes]:
        return texts

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        for subscription in list(self.by_rate.values()):
            for resource in [str(name) for name, item in subscription.items.items() if item.tag in lost]:
                self._remove(subscription, resource)
                self.by_resource.pop(resource, None)
                self.say({"Action": "Unsubscribed", "Resource": resource, "Status": "Error", "Reason": reason})

    searches = False

    async def refresh(self) -> None:
        """A WebId stands for the same stream for ever."""

    async def work(self, texts: Sequence[str]) -> None:
        """A thousand Subscribes that follow each other ask the database once."""
        requests = [read(text) for text in texts]
        wanted = [request.web_id for request in requests if request.action == "Subscribe" and not request.fault]
        found, new = await self._tags(wanted)
        for request in requests:
            self._answer(request, found)
        await self.live.fill(new)

    async def _tags(self, web_ids: Sequence[str]) -> tuple[dict[str, Tag | ApiError], list[Tag]]:
        """What the WebIds stand for. Known ones of this caller cost no query."""
        known, tags = self.live.known, self.live.hub.tags
        found: dict[str, Tag | ApiError] = {}
        for text in web_ids:
            key = known.get((self.caller, "value", text))
            if key is not None and key in tags:
                found[text] = tags[key]
        unknown = [text for text in dict.fromkeys(web_ids) if text not in found]
        if not unknown:
            return found, []
        resolved = await self.live.resolving.ask((self.caller, unknown))
        sources = {text: source for text, source in resolved.items() if isinstance(source, Source)}
        found.update({text: fault for text, fault in resolved.items() if isinstance(fault, ApiError)})
        made, new = self.live.wanted(list(sources.values()))
        for text, tag in zip(sources, made, strict=True):
            found[text] = tag
            known[self.caller, "value", text] = tag.key
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
            elif self.streams >= limits.streams() and request.resource not in self.by_resource:
                self._refuse(request, f"A socket has at most {limits.streams()} subscriptions; open another one.")
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
        self.say({"Action": "Subscribed", "Resource": request.resource, "Status": "Success"})

    def _line(self, tag: Tag, resource: str) -> Line:
        head = b'{"Resource":' + orjson.dumps(resource) + b',"Items":['
        return self.live.hub.line(tag, ("value", resource), head, b"]}")

    def _unsubscribe(self, request: Request) -> None:
        subscription = self.by_resource.pop(request.resource, None)
        if subscription is None:
            self._refuse(request, f"{request.resource} is not subscribed.")
            return
        self._remove(subscription, request.resource)
        self.say({"Action": "Unsubscribed", "Resource": request.resource, "Status": "Success"})

    def _remove(self, subscription: Subscription, resource: str) -> None:
        self.live.hub.remove(subscription, [resource])
        if not subscription.items:
            self.by_rate.pop(subscription.steps, None)
            self.outlet.forget(subscription)

    def _refuse(self, request: Request, reason: str) -> None:
        answer: dict[str, Any] = {"Action": request.action or "Error", "Status": "Error", "Reason": reason}
        if isinstance(request.resource, str):
            answer["Resource"] = request.resource
        self.say(answer)
