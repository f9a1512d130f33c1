"""A client of the sockets, over the ASGI application."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from channels.testing.websocket import WebsocketCommunicator
from jsonschema import Draft202012Validator

DOCS = Path(__file__).resolve().parents[3] / "docs"
SCHEMA = json.loads((DOCS / "subscribe-socket.schema.json").read_text(encoding="utf-8"))
ANSWER = Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": "#/$defs/answer"}]})
REQUEST = Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": "#/$defs/request"}]})


class Socket:
    """`status` is 101 when the upgrade was agreed to; else `body` tells why not.

    Whatever a test hears in version 2 must be what docs/subscribe-socket.schema.json says.
    """

    def __init__(self, path: str, headers: Mapping[str, str] | None = None, subprotocols: Sequence[str] = ()) -> None:
        from osipi_site.asgi import application

        raw = [(b"host", b"plant.example")]
        raw += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        self.link = WebsocketCommunicator(
            application, "/piwebapi/" + path, headers=raw, subprotocols=list(subprotocols)
        )
        self.link.scope["extensions"] = {"websocket.http.response": {}}
        self.version = 2 if "version=2" in path or subprotocols else 1
        self.status = 0
        self.body: Any = None
        self.subprotocol: str | None = None

    async def open(self) -> None:
        await self.link.send_input({"type": "websocket.connect"})
        first = await self.link.receive_output(5)
        if first["type"] == "websocket.accept":
            self.status, self.subprotocol = 101, first.get("subprotocol")
            return
        assert first["type"] == "websocket.http.response.start", first
        self.status = first["status"]
        self.body = json.loads((await self.link.receive_output(5))["body"])

    async def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.link.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, seconds: float = 5) -> dict[str, Any]:
        """The next message; a close is one, too."""
        event = await self.link.receive_output(seconds)
        if event["type"] == "websocket.close":
            return {"Closed": event["code"], "Reason": event.get("reason")}
        answer: dict[str, Any] = json.loads(event["text"])
        if self.version == 2:
            ANSWER.validate(answer)
        return answer

    async def until(self, seconds: float = 5, **members: Any) -> dict[str, Any]:
        """The next message that has these members; the others are passed over."""
        end = time.monotonic() + seconds
        while True:
            message = await self.hear(max(end - time.monotonic(), 0.01))
            if all(message.get(name) == value for name, value in members.items()):
                return message

    async def for_a_while(self, seconds: float) -> list[dict[str, Any]]:
        """All messages of the next seconds."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not await self.link.receive_nothing(left, 0.01):
                found.append(await self.hear())
        return found

    async def close(self) -> None:
        if not self.link.future.done():
            await self.link.send_input({"type": "websocket.disconnect", "code": 1000})
            await asyncio.wait([self.link.future], timeout=5)


def values(message: Mapping[str, Any]) -> list[Any]:
    """The values of a message: those of its items, or of the items of its items."""
    items = message["Items"]
    return [row["Value"] for item in items for row in item.get("Items", [item])]
