"""Version 2 of the subscribe socket: many resources at once, markers, every value or the latest.

docs/subscribe-socket.md describes it. Asked for by the subprotocol `osipi.subscribe.v2` or by ``?version=2``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from piwebapi.api import params
from piwebapi.core.errors import BadRequest

from . import kinds, limits, requests
from .connection import Connection, Conversation, Scope
from .hub import Tag
from .member import Member
from .messages import shown
from .requests import Fault, Ping, Subscribe, Unsubscribe
from .visitor import Visitor

SUBPROTOCOL = "osipi.subscribe.v2"
OURS = "osipi."


def wants_dialogue(scope: Scope) -> bool:
    """Which version the client asks for. A version that is not spoken here is refused: in version 1 the client would
    wait for answers that never come. Subprotocols of others are passed over, as RFC 6455 has it."""
    query = params.split(scope.get("query_string", b"").decode("latin-1"))
    offered = scope.get("subprotocols", ())
    asked = {text for text in query.get("version", ()) if text}
    if unknown := sorted(asked - {"1", "2"}):
        raise BadRequest(f"The subscribe socket speaks version 1 and 2, not {unknown[0][:64]!r}.")
    ours = [name[:64] for name in offered if name.lower().startswith(OURS)]
    if ours and SUBPROTOCOL not in ours:
        raise BadRequest(f"The subscribe socket knows the subprotocol {SUBPROTOCOL!r}, not {ours[0]!r}.")
    if ours:
        asked.add("2")
    if len(asked) > 1:
        raise BadRequest("The subscribe socket was asked for version 1 and 2 at once.")
    return asked == {"2"}


class Dialogue(Conversation):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.members: dict[str, Member | Visitor] = {}

    async def opened(self) -> None:
        offered = SUBPROTOCOL in self.connection.scope.get("subprotocols", ())
        accept = {"type": "websocket.accept", **({"subprotocol": SUBPROTOCOL} if offered else {})}
        await self.connection.send(accept)
        self.say(
            {
                "Action": "Hello",
                "Version": 2,
                "Life": self.live.life,
                "User": self.connection.caller.name,
                "Limits": {
                    "MessageBytes": limits.MESSAGE_BYTES,
                    "Subscriptions": limits.SUBSCRIPTIONS,
                    "Streams": limits.streams(),
                    "FastestRate": limits.FASTEST,
                    "SlowestRate": limits.SLOWEST,
                    "StallSeconds": limits.stall_seconds(),
                },
                "Kinds": kinds.names(),
            }
        )

    def ended(self) -> None:
        super().ended()
        for member in self.members.values():
            member.end()
        self.members.clear()

    @property
    def streams(self) -> int:
        return sum(member.streams for member in self.members.values())

    async def work(self, texts: Sequence[str]) -> None:
        for text in texts:
            try:
                await self._answer(requests.read(text))
            except Fault as fault:
                self.refuse(fault)

    async def _answer(self, request: Subscribe | Unsubscribe | Ping) -> None:
        if isinstance(request, Ping):
            self.say({"Action": "Pong", **({"Id": request.id} if request.id is not None else {})})
        elif isinstance(request, Unsubscribe):
            member = self.members.pop(request.id, None)
            if member is None:
                raise Fault("UnknownId", f"There is no subscription {shown(request.id)}.", request.id)
            member.end()
            self.say({"Action": "Unsubscribed", "Id": request.id, "Marker": member.marker})
        else:
            await self._subscribe(request)

    async def _subscribe(self, request: Subscribe) -> None:
        if request.id in self.members:
            raise Fault("IdInUse", f"There is a subscription {shown(request.id)} already.", request.id)
        if len(self.members) >= limits.SUBSCRIPTIONS:
            raise Fault("TooMany", f"A socket has at most {limits.SUBSCRIPTIONS} subscriptions.", request.id)
        named = [one for one in request.resources if isinstance(one, Mapping) and "Kind" in one]
        if not named:
            if request.marker is not None and request.since is None:
                raise Fault("BadMarker", f"{shown(request.marker)} is no marker.", request.id)
            member: Member | Visitor = Member(self, request)
        elif len(request.resources) > 1:
            raise Fault("BadResources", "A resource with a Kind has a subscription of its own.", request.id)
        elif (kind := kinds.find(named[0]["Kind"])) is None:
            known = ", ".join(kinds.names()) or "none"
            raise Fault("UnknownKind", f"The Kind {shown(named[0]['Kind'])} is not known; known: {known}.", request.id)
        else:
            member = Visitor(self, request, kind)
        self.members[request.id] = member
        if not await member.start():
            del self.members[request.id]

    def refuse(self, fault: Fault) -> None:
        answer: dict[str, Any] = {"Action": "Error", "Status": "Error", "Code": fault.code, "Reason": str(fault)}
        if fault.id is not None:
            answer["Id"] = fault.id
        self.say(answer)

    def lose(self, lost: Collection[Tag], reason: str) -> None:
        for member in self.members.values():
            member.lose(lost, reason)

    @property
    def searches(self) -> bool:
        return any(member.searches for member in self.members.values())

    async def refresh(self) -> None:
        for member in list(self.members.values()):
            await member.refresh()
