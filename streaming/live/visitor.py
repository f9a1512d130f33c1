"""One subscription of version 2 to a kind of resource that another app has registered (`streaming.live.kinds`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from piwebapi.core.errors import ApiError

from .hub import Tag
from .kinds import Kind, Running
from .requests import Subscribe

if TYPE_CHECKING:
    from .dialogue import Dialogue

#: A kind that has emitted so many bytes which nobody reads is asked to wait.
MOST_WAITING = 256 * 1024


class Visitor:
    streams = 0

    def __init__(self, session: Dialogue, request: Subscribe, kind: Kind) -> None:
        self.session = session
        self.request = request
        self.kind = kind
        self.live = session.live
        self.caller = session.connection.caller
        self.base = session.connection.base
        self.sequence = 0
        self.marker = ""
        self.running: Running | None = None
        self._id = orjson.dumps(request.id)

    async def start(self) -> bool:
        [resource] = self.request.resources
        answer: dict[str, Any] = {"Action": "Subscribed", "Id": self.request.id}
        try:
            self.running = await self.kind.begin(resource, self.request.marker, self.request.initial, self)
        except ApiError as fault:
            told = {"Resource": resource, "Status": "Error", "Code": "BadResource", "Reason": fault.messages[0]}
            self.session.say({**answer, "Status": "Error", "Resources": [told]})
            return False
        self.marker = self.marker or self.running.marker
        told = {"Resource": resource, "Status": "Success", **self.running.described}
        self.session.say({**answer, "Status": "Success", "Marker": self.running.marker, "Resources": [told]})
        return True

    def end(self) -> None:
        if self.running is not None:
            self.running.end()

    def emit(self, items: Sequence[bytes], marker: str) -> bool:
        self.sequence += 1
        self.marker = marker
        head = b'{"Action":"Event","Id":%b,"Sequence":%d,' % (self._id, self.sequence)
        text = head + b'"Marker":' + orjson.dumps(marker) + b',"Items":[' + b",".join(items) + b"]}"
        self.session.outlet.say(text)
        return self.session.outlet.waiting < MOST_WAITING

    async def drained(self) -> None:
        await self.session.outlet.drained()

    def notice(self, kind: str, **members: Any) -> None:
        self.session.say({"Action": "Notice", "Id": self.request.id, "Kind": kind, **members})

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        """It has no streams."""

    searches = False

    async def refresh(self) -> None:
        """Nothing to search again."""
